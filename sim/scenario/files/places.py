"""Places in a document: from a location to its value, its line and its dotted name, and other values put there."""

from __future__ import annotations

from dataclasses import replace

from sim.errors import Problem, shorten
from sim.scenario.files.yaml import Location, Node


def place(root: Node, location: Location) -> tuple[Node, str]:
    """Find the deepest value on the way to a location, and the dotted name of the way.

    Parts that the document does not have (a missing key, the tag of a union) are passed over, except
    that a missing last key is named. A list item with an `id` is named by it, others by position.
    """
    node, names = root, list[str]()
    for depth, part in enumerate(location, start=1):
        if isinstance(node.value, dict) and part in node.value:
            node = node.value[str(part)]
            names.append(str(part))
        elif isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            names.append(item_id(node) or str(part))
        elif depth == len(location) and isinstance(node.value, dict):
            names.append(str(part))
    return node, ".".join(map(shorten, names))


def item_id(node: Node) -> str | None:
    """Read the `id` of a list item, `None` when it has none."""
    child = node.value.get("id") if isinstance(node.value, dict) else None
    return child.value if child is not None and isinstance(child.value, str) else None


def problem_at(root: Node, location: Location, reason: str) -> Problem:
    """Say what is wrong at a location of a document, with its file and line."""
    node, key = place(root, location)
    if node.file is None:
        return Problem(reason, None, None, f"--set {key}")
    return Problem(reason, node.file, node.line, key or None)


def find(node: Node, location: Location) -> Node | None:
    """Give the value at a location of mappings, `None` where there is none."""
    for part in location:
        child = node.value.get(str(part)) if isinstance(node.value, dict) else None
        if child is None:
            return None
        node = child
    return node


def change(node: Node, location: Location, new: Node | None) -> Node:
    """Replace or remove the value at a location, passing over parts that only name a union's branch."""
    if not location:
        return node
    part, rest = location[0], location[1:]
    if isinstance(node.value, dict) and part in node.value:
        below = change(node.value[str(part)], rest, new) if rest else new
        others = {key: child for key, child in node.value.items() if key != part}
        return replace(node, value=others if below is None else {**node.value, str(part): below})
    if isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
        items = list(node.value)
        items[part] = change(items[part], rest, new)
        return replace(node, value=items)
    return change(node, rest, new)
