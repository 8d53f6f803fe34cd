"""One YAML 1.2 document as a tree of plain values that remember their file and line.

Nothing here knows what a scenario is. Read in safe mode, event by event, so that a hostile file is
refused before it costs memory: too large, too deep, anchors and aliases, tags, several documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)
from ruamel.yaml.nodes import ScalarNode

from sim.errors import InputError, Problem, complain, shorten

MAX_BYTES = 2**20
MAX_NODES = 100_000
MAX_DEPTH = 50
MAX_WHOLE = 2**63 - 1  # in size
ALIAS = "anchors (&) and aliases (*) are refused; write the value itself, or use `extends`"
MAX_PROBLEMS = 100  # named at once; finding the nearest word takes time, and nobody reads more

Scalar = str | int | float | bool | date | None
Location = tuple[str | int, ...]
# What the reader of a hostile file may raise besides its own error, e.g. ValueError for `%YAML 111…1`.
_READER_ERRORS = (YAMLError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a document and where it stands.

    Parameters
    ----------
    value
        A scalar, a mapping of text keys to nodes, or a list of nodes.
    file, line
        Where the value (or its key) stands, the line counted from 1; no file: given by ``--set``.
    is_cut
        Whether it is text without quotes that a comment ends: perhaps the ``#`` was meant as text.
    """

    value: Scalar | dict[str, Node] | list[Node]
    file: Path | None = None
    line: int | None = None
    is_cut: bool = False


def read_document(file: Path) -> Node:
    """Read the one YAML document of a file.

    Returns
    -------
    Node
        The tree, whose root is a mapping.

    Raises
    ------
    InputError
        With every problem found: unreadable, over `MAX_BYTES`, not UTF-8, no YAML, duplicate keys,
        tags, anchors, aliases, more than `MAX_DEPTH` levels or `MAX_NODES` values, or no mapping at the top.
    """
    root = parse(_text(file), file)
    if root is None:
        raise complain("the file is empty; a scenario is a mapping of keys to values", file=file, line=1)
    if not isinstance(root.value, dict):
        raise complain("the top level must be a mapping of keys to values", file=file, line=root.line)
    return root


def parse(text: str, file: Path | None = None) -> Node | None:
    """Turn YAML text into a tree; `None` when there is nothing but space and comments.

    Raises
    ------
    InputError
        As `read_document` does for the text's own faults.
    """
    return _Composer(text, file).document()


def plain(node: Node) -> Any:
    """Forget the places: dictionaries, tuples and scalars only."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return tuple(plain(child) for child in node.value)
    return node.value


def _text(file: Path) -> str:
    try:
        if file.is_dir():
            raise complain("is a folder, not a scenario file", file=file)
        if not file.is_file():
            raise complain("is no plain file" if file.exists() else "no such file", file=file)
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise complain(f"cannot be read: {shorten(error)}", file=Path(shorten(file, 200))) from error
    if len(content) > MAX_BYTES:
        raise complain(
            f"is larger than {MAX_BYTES // 2**20} MiB, the limit of a scenario file", file=file, line=1
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise complain("is not UTF-8 text", file=file, line=line) from error


class _Composer:
    """Builds the tree from the events of one text, gathering problems as it goes."""

    def __init__(self, text: str, file: Path | None) -> None:
        self.text, self.file = text, file
        self.yaml = YAML(typ="safe", pure=True)
        self.problems: list[Problem] = []
        self.total = 0

    def document(self) -> Node | None:
        events, root = self._events(), None
        for event in events:
            if isinstance(event, DocumentStartEvent):
                self._check_start(event, is_second=root is not None)
                root = self._node(next(events), events, ())
            elif isinstance(event, StreamEndEvent):
                break
        if self.problems:
            raise InputError(self.problems)
        return root

    def _events(self) -> Iterator[Event]:
        try:
            yield from self.yaml.parse(self.text)
        except _READER_ERRORS as error:
            raise self._syntax_error(error) from error

    def _check_start(self, event: DocumentStartEvent, *, is_second: bool) -> None:
        if is_second:
            raise InputError(self._problem("a second document starts here; one file holds one", _line(event)))
        if event.version not in (None, (1, 2)):
            raise InputError(self._problem("is written for another YAML version; 1.2 is read", _line(event)))

    def _node(self, event: Event, events: Iterator[Event], at: Location, line: int | None = None) -> Node:
        line = line or _line(event)
        if getattr(event, "anchor", None) is not None:
            self._add(ALIAS, line, at)
        if getattr(event, "tag", None) is not None:
            self._add("tags (such as !!python/… or !!str) are refused; write the plain value", line, at)
        if len(at) > MAX_DEPTH:
            raise InputError(self._problem(f"nested deeper than {MAX_DEPTH} levels", line))
        self._count(line)
        if isinstance(event, AliasEvent):
            return Node(None, self.file, line)
        if isinstance(event, ScalarEvent):
            return Node(self._scalar(event, at, line), self.file, line, is_cut=self._is_cut(event))
        if isinstance(event, MappingStartEvent):
            return Node(self._mapping(events, at), self.file, line)
        return Node(self._list(events, at), self.file, line)

    def _mapping(self, events: Iterator[Event], at: Location) -> dict[str, Node]:
        children: dict[str, Node] = {}
        while not isinstance(event := next(events), MappingEndEvent):
            line = _line(event)
            key = self._node(event, events, (*at, "?")).value
            name = key if isinstance(key, str) else shorten(key)
            child = self._node(next(events), events, (*at, name), line)
            if not isinstance(key, str):
                self._add("a key must be text", line, (*at, name))
            elif key in children:
                self._add(f"duplicate key, already on line {children[key].line}", line, (*at, name))
            elif key == "<<":
                self._add("merge keys (<<) are not part of YAML 1.2; use `extends`", line, (*at, name))
            else:
                children[key] = child
        return children

    def _list(self, events: Iterator[Event], at: Location) -> list[Node]:
        children: list[Node] = []
        while not isinstance(event := next(events), SequenceEndEvent):
            children.append(self._node(event, events, (*at, len(children))))
        return children

    def _scalar(self, event: ScalarEvent, at: Location, line: int) -> Scalar:
        tag = str(self.yaml.resolver.resolve(ScalarNode, event.value, event.implicit))
        if tag.endswith((":str", ":merge", ":value")):
            return str(event.value)
        try:
            value: Scalar = self.yaml.constructor.construct_object(ScalarNode(tag, event.value))
        except _READER_ERRORS:
            kind = "date" if tag.endswith(":timestamp") else tag.rpartition(":")[2]
            self._add(f"{shorten(event.value)} is no valid {kind}", line, at)
            return None
        if isinstance(value, int) and abs(value) > MAX_WHOLE:
            self._add(f"{shorten(event.value)} is a whole number of more than 64 bits", line, at)
            return None
        return value

    def _is_cut(self, event: ScalarEvent) -> bool:
        rest = self.text[event.end_mark.index :].partition("\n")[0] if event.implicit[0] else ""
        return rest.lstrip(" \t").startswith("#")

    def _count(self, line: int) -> None:
        self.total += 1
        if self.total > MAX_NODES:
            raise InputError(self._problem(f"more than {MAX_NODES} values", line))

    def _add(self, reason: str, line: int, at: Location) -> None:
        self.problems.append(self._problem(reason, line, ".".join(shorten(part) for part in at) or None))
        if len(self.problems) == MAX_PROBLEMS:
            raise InputError(self.problems)

    def _problem(self, reason: str, line: int | None, key: str | None = None) -> Problem:
        return Problem(reason, self.file, line if self.file else None, key)

    def _syntax_error(self, error: Exception) -> InputError:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        position = getattr(error, "position", None)
        line = mark.line + 1 if mark else self.text.count("\n", 0, position) + 1 if position else 1
        words = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
        if "'\\t'" in words:
            words = "a tab stands where YAML allows spaces only"
        else:
            words = (
                f"{shorten(words, 120)}; text with a colon, a # or another such mark in it stands in quotes"
            )
        return InputError(self._problem(f"is not valid YAML: {shorten(words, 220)}", line))


def _line(event: Event) -> int:
    return int(event.start_mark.line) + 1
