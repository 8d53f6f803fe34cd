"""What a file of nodes and edges says about them: how a node is called, and the sign or weight of an edge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from sim.errors import complain
from sim.network.edges import Edge
from sim.network.formats.cells import number, sign
from sim.network.names import state_name

type Attributes = Mapping[str, str]


class RawEdge(NamedTuple):
    """An edge as a file has it: its ends' ids, its attributes by name without capitals, its line."""

    source: str
    target: str
    about: Attributes
    line: int | None
    is_mutual: bool


def names_of(nodes: Mapping[str, Attributes], file: Path) -> dict[str, str]:
    """Name every node: by its `name`, else its `label`, where all nodes have one, else by its id.

    Raises
    ------
    InputError
        Where two nodes have the same name.
    """
    kind = next((k for k in ("name", "label") if all(about.get(k) for about in nodes.values())), "id")
    names = {node: state_name(node if kind == "id" else about[kind]) for node, about in nodes.items()}
    seen: set[str] = set()
    for name in names.values():
        if not name:
            raise complain(f"a node has a blank {kind}", file=file)
        if name in seen:
            raise complain(f"two nodes have the same {kind} {name!r}", file=file)
        seen.add(name)
    return names


def read_edges(edges: Iterable[RawEdge], names: Mapping[str, str], file: Path) -> Iterator[Edge]:
    """Read the ends and the value of every edge: all have a sign, or all have a weight.

    Raises
    ------
    InputError
        Where an edge has neither, or both, or the other; where it ends at no node; where its value is wrong.
    """
    first: str | None = None
    for edge in edges:
        for end in (edge.source, edge.target):
            if end not in names:
                raise complain(f"an edge ends at {end!r}, which is no node", file=file, line=edge.line)
        a, b = names[edge.source], names[edge.target]
        who = f"the edge of {a!r} with {b!r}"
        kinds = [kind for kind in ("sign", "weight") if kind in edge.about]
        if not kinds:
            raise complain(f"{who} has neither sign nor weight", file=file, line=edge.line)
        first = first or kinds[0]
        if kinds != [first]:
            reason = f"{who} has {' and '.join(kinds)}; give every edge a sign, or every edge a weight, and not both"
            raise complain(reason, file=file, line=edge.line)
        read = sign if first == "sign" else number
        yield Edge(a, b, read(edge.about[first], who, file, edge.line), edge.line, edge.is_mutual)
