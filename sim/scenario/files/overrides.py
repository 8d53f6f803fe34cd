"""Scenario files on top of each other: `extends`, merging, and `--set key.path=value`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath, PureWindowsPath

from sim.errors import InputError, Problem, complain, shorten, suggest
from sim.scenario.files.places import item_id
from sim.scenario.files.yaml import MAX_DEPTH, Node, parse, read_document

LISTS_BY_ID = ("acts", "shocks", "expect")
OWN_KEYS = ("name", "abstract", "extends")  # said by a file of itself, never inherited


def assemble(path: Path, overrides: Sequence[str] = ()) -> tuple[Node, tuple[Path, ...]]:
    """Lay a scenario file over the files it extends, then the overrides over both.

    Mappings merge deeply; in `LISTS_BY_ID` an item replaces the fields of the item of the same id and
    is appended otherwise; any other value replaces the one below.

    Returns
    -------
    (tree, files)
        The merged tree, in which each value knows the file and line it came from, and the files read,
        from the one asked for down to the last base.

    Raises
    ------
    InputError
        For files that cannot be read, cycles in `extends`, paths that leave the folder, duplicate ids,
        and overrides that point nowhere.
    """
    documents = _chain(path)
    duplicates = [problem for _, root in documents for problem in _duplicate_ids(root)]
    if duplicates:
        raise InputError(duplicates)
    tree = documents[-1][1]
    for _, overlay in reversed(documents[:-1]):
        tree = merge(_without(tree, OWN_KEYS), overlay)
    tree = _without(tree, ("extends",))
    for override in overrides:
        tree = _override(tree, override)
    return tree, tuple(file for file, _ in documents)


def merge(base: Node, overlay: Node, key: str | None = None) -> Node:
    """Lay one tree over another; `key` is the name of the value when it stands at the top level."""
    if isinstance(base.value, dict) and isinstance(overlay.value, dict):
        merged = dict(base.value)
        for name, child in overlay.value.items():
            top = name if key is None else ""
            merged[name] = merge(merged[name], child, top) if name in merged else child
        return replace(overlay, value=merged)
    if isinstance(base.value, list) and isinstance(overlay.value, list) and key in LISTS_BY_ID:
        return replace(overlay, value=_merge_items(base.value, overlay.value))
    return overlay


def inside(reference: str, here: Path, root: Path) -> Path:
    """Resolve a relative path written in a file, refusing what leaves a folder.

    Parameters
    ----------
    reference
        The path as written, relative to `here`.
    here, root
        The folder of the file it stands in, and the resolved folder that it must stay in.

    Raises
    ------
    ValueError
        With the reason, when it is absolute, leaves `root` once symbolic links are followed, is a
        device or a pipe, or no path at all.
    """
    if PurePosixPath(reference).is_absolute() or PureWindowsPath(reference).anchor:
        raise ValueError("an absolute path is refused; write it relative to this file")
    try:
        target = (here / reference).resolve()
        is_other = target.exists() and not (target.is_file() or target.is_dir())
    except (OSError, RuntimeError, ValueError) as error:
        raise ValueError(f"is no usable path: {shorten(error)}") from error
    if not target.is_relative_to(root):
        raise ValueError(
            f"{shorten(reference)} leaves the folder {shorten(root.name)}, which it must stay in"
        )
    if is_other:
        raise ValueError(f"{shorten(reference)} is a device or a pipe, no file")
    return target


def _chain(path: Path) -> list[tuple[Path, Node]]:
    documents: list[tuple[Path, Node]] = [(path, read_document(path))]
    seen, root = [path.resolve()], path.parent.resolve()
    while True:
        path, document = documents[-1]
        extends = _mapping(document).get("extends")
        if extends is None or extends.value is None:
            return documents
        path = _base(extends, path, root)
        if path.resolve() in seen:
            names = " → ".join(shorten(file.name) for file, _ in documents)
            raise _wrong(extends, f"goes round in a circle: {names} → {shorten(path.name)}")
        seen.append(path.resolve())
        documents.append((path, read_document(path)))


def _base(extends: Node, path: Path, root: Path) -> Path:
    if not isinstance(extends.value, str):
        raise _wrong(extends, "should be the path of a scenario file")
    try:
        target = inside(extends.value, path.parent, root)
        is_file = target.is_file()
    except (OSError, ValueError) as error:
        raise _wrong(extends, shorten(error, 160)) from error
    if target.suffix not in (".yaml", ".yml"):
        raise _wrong(extends, f"{shorten(extends.value)} should be a .yaml or .yml file")
    if not is_file:
        near = suggest(target.name, (file.name for file in path.parent.glob("*.y*ml")))
        raise _wrong(extends, f"no such file: {shorten(extends.value)}{near}")
    return path.parent / target.relative_to(path.parent.resolve(), walk_up=True)  # as written, without links


def _wrong(node: Node, reason: str) -> InputError:
    return complain(reason, file=node.file, line=node.line, key="extends")


def _duplicate_ids(root: Node) -> list[Problem]:
    problems = []
    for name in LISTS_BY_ID:
        items = _mapping(root).get(name)
        seen: set[str] = set()
        for item in items.value if items is not None and isinstance(items.value, list) else ():
            name_of_item = item_id(item)
            if name_of_item in seen:
                key = f"{name}.{shorten(name_of_item)}"
                problems.append(Problem(f"duplicate id {shorten(name_of_item)}", item.file, item.line, key))
            seen |= {name_of_item} if name_of_item is not None else set()
    return problems


def _merge_items(below: list[Node], above: list[Node]) -> list[Node]:
    merged = list(below)
    places = {item_id(item): index for index, item in enumerate(below)}
    for item in above:
        index = places.get(item_id(item)) if item_id(item) is not None else None
        if index is None:
            merged.append(item)
        else:
            merged[index] = merge(merged[index], item, "")
    return merged


def _mapping(node: Node) -> dict[str, Node]:
    return node.value if isinstance(node.value, dict) else {}


def _without(node: Node, keys: Sequence[str]) -> Node:
    return replace(node, value={key: child for key, child in _mapping(node).items() if key not in keys})


def _override(root: Node, override: str) -> Node:
    key, equals, text = override.partition("=")
    key = key.strip()
    label = f"--set {shorten(key)}"
    if not equals or not all(key.split(".")):
        raise complain("write it as --set key.path=value", key=f"--set {shorten(override)}")
    return put(root, key, scalar(text, label), label)


def scalar(text: str, label: str) -> Node:
    """Read the value that stands behind the ``=`` of an option.

    Raises
    ------
    InputError
        Where it is no YAML, or nothing at all.
    """
    try:
        value = parse(text)
    except InputError as error:
        raise InputError([Problem(problem.reason, key=label) for problem in error.problems]) from error
    if value is None:
        raise complain("no value after =; null clears a value", key=label)
    return value


def put(root: Node, key: str, value: Node, label: str) -> Node:
    """Put a value at a dotted key of a scenario's tree, list items by id or position.

    Raises
    ------
    InputError
        Where the key points nowhere; it is called by its label.
    """
    parts = key.split(".")
    if not all(parts):
        raise complain("is no dotted key such as params.balance", key=label)
    if len(parts) > MAX_DEPTH:
        raise complain(f"is deeper than {MAX_DEPTH} levels", key=label)
    if parts[0] == "extends":
        raise complain("what a scenario extends is said in its file", key=label)
    return _put(root, parts, value, label)


def _put(node: Node, parts: Sequence[str], value: Node, label: str) -> Node:
    if not parts:
        return value
    first, rest = parts[0], parts[1:]
    if isinstance(node.value, dict):
        child = node.value.get(first, Node({}))
        return replace(node, value={**node.value, first: _put(child, rest, value, label)})
    if isinstance(node.value, list):
        index = _index(node.value, first, label)
        changed = _put(node.value[index], rest, value, label)
        return replace(node, value=[*node.value[:index], changed, *node.value[index + 1 :]])
    if node.value is None:
        return _put(Node({}), parts, value, label)
    raise complain(f"{shorten(node.value)} is a single value and has no part {shorten(first)}", key=label)


def _index(items: list[Node], name: str, label: str) -> int:
    ids = [item_id(item) for item in items]
    if name in ids:
        return ids.index(name)
    if name.isdecimal() and len(name) < 7 and int(name) < len(items):
        return int(name)
    known = [known_id for known_id in ids if known_id is not None]
    reason = f"no item {shorten(name)} in a list of {len(items)}{suggest(name, known)}"
    raise complain(reason, key=label)
