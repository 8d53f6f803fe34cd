"""Pajek's networks: *Vertices with their labels, *Edges and *Arcs with a value each."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from sim.errors import complain
from sim.network.edges import Edge, Network, network_of_edges
from sim.network.formats.cells import number
from sim.network.names import state_name

type NumberedLine = tuple[int, str]


def read_pajek(file: Path, lines: Iterable[NumberedLine]) -> Network:
    """Read a network of Pajek; what else it holds, such as places to draw at, is not looked at.

    Raises
    ------
    InputError
        Where there is a second network, one of two kinds of vertices, a form of listing other than *Edges and *Arcs, or
        an edge without a value.
    """
    names: dict[str, str] = {}
    edges = list(_edges(file, lines, names))
    if len(set(names.values())) < len(names):
        seen = list(names.values())
        twice = next(name for i, name in enumerate(seen) if name in seen[:i])
        raise complain(f"two vertices have the same name {twice!r}", file=file)
    return network_of_edges(
        (Edge(names[a], names[b], weight, line, is_mutual) for a, b, weight, line, is_mutual in edges),
        names.values(),
        file,
    )


def _edges(file: Path, lines: Iterable[NumberedLine], names: dict[str, str]) -> Iterator[Edge]:
    """Read on, filling in the names of the vertices by their numbers; edges name their ends by these numbers."""
    section = ""
    for line, text in lines:
        cells = next(csv.reader([" ".join(text.split())], delimiter=" "), [])
        if not cells or cells[0].startswith("%"):
            continue
        if cells[0].startswith("*"):
            section = cells[0].casefold()
            _check_section(file, line, cells, names)
            if section == "*vertices":
                names |= {str(k): str(k) for k in range(1, int(cells[1]) + 1)}
        elif section == "*vertices":
            if cells[0] not in names:
                raise complain(f"vertex {cells[0][:20]!r} is beyond the {len(names)}", file=file, line=line)
            names[cells[0]] = state_name(cells[1]) if len(cells) > 1 else cells[0]
        elif section in ("*edges", "*arcs"):
            yield _edge(file, line, cells, names, section == "*edges")


def _check_section(file: Path, line: int, cells: list[str], names: dict[str, str]) -> None:
    section, *numbers = cells
    kind = section.casefold()
    if kind == "*vertices":
        if names:
            reason = "a second network; put the one you mean into a file of its own"
            raise complain(reason, file=file, line=line)
        if len(numbers) > 1:
            reason = "a network of two kinds of vertices; blocs need edges among states"
            raise complain(reason, file=file, line=line)
        if not (numbers and numbers[0].isascii() and numbers[0].isdigit() and len(numbers[0]) < 8):
            raise complain("write *Vertices and how many there are", file=file, line=line)
    elif kind not in ("*network", "*edges", "*arcs"):
        reason = f"{section[:20]!r} is not read; write *Edges or *Arcs, a line with a value for each edge"
        raise complain(reason, file=file, line=line)


def _edge(file: Path, line: int, cells: list[str], names: dict[str, str], is_mutual: bool) -> Edge:
    for end in cells[:2]:
        if end not in names:
            raise complain(f"no vertex has the number {end[:20]!r}", file=file, line=line)
    if len(cells) < 3:
        reason = "an edge is two vertices and its value, such as -1 or 1; here is no third cell"
        raise complain(reason, file=file, line=line)
    who = f"the edge of {names[cells[0]]!r} with {names[cells[1]]!r}"
    return Edge(cells[0], cells[1], number(cells[2], who, file, line), line, is_mutual)
