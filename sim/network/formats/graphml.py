"""GraphML: one graph, its nodes with those inside groups, its edges with their defaults and their own directions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NoReturn
from xml.parsers import expat

from sim.errors import complain
from sim.network.edges import Network, network_of_edges
from sim.network.formats.attributes import Attributes, RawEdge, names_of, read_edges

TOLD = ("data", "default", "NodeLabel")  # elements whose text counts; the last is yEd's


def read_graphml(file: Path, handle: BinaryIO) -> Network:
    """Read GraphML as it streams by; a node that holds a graph is a group, not a state.

    Raises
    ------
    InputError
        Where it is not XML, not GraphML, holds several graphs, or its edges are no plain edges.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    document = _Document(file, parser)
    parser.StartElementHandler = document.start
    parser.EndElementHandler = document.end
    parser.CharacterDataHandler = document.characters
    parser.EntityDeclHandler = document.refuse_entities  # they could grow without end
    try:
        parser.ParseFile(handle)
    except expat.ExpatError as error:
        reason = f"not XML: {expat.ErrorString(error.code)}"
        raise complain(reason, file=file, line=error.lineno) from error
    except (LookupError, ValueError) as error:
        raise complain(f"its encoding cannot be read: {error}", file=file, line=1) from error
    names = names_of(document.states(), file)
    return network_of_edges(read_edges(document.raw_edges(), names, file), names.values(), file)


@dataclass
class _Key:
    """What an attribute is called, without capitals; of what it is; what it is where nothing is said."""

    name: str
    of: str
    default: str | None = None


@dataclass
class _Element:
    """A node or an edge under way: its XML attributes, its data by key."""

    attributes: dict[str, str]
    line: int
    is_mutual: bool = False
    is_group: bool = False
    data: dict[str, str] = field(default_factory=dict)
    label: str | None = None


class _Document:
    """The file as far as it has been read."""

    def __init__(self, file: Path, parser: expat.XMLParserType) -> None:
        self.file, self.parser = file, parser
        self.keys: dict[str, _Key] = {}
        self.key: _Key | None = None
        self.nodes: dict[str, _Element] = {}
        self.edge_elements: list[_Element] = []
        self.path: list[str] = []
        self.graphs: list[str] = []  # ids of those at the top
        self.is_directed: list[bool] = []  # of the graphs that are open
        self.open: list[_Element] = []  # the nodes and the edge that are open, the innermost last
        self.data_key = ""
        self.text: list[str] = []

    def refuse(self, reason: str) -> NoReturn:
        raise complain(reason, file=self.file, line=self.parser.CurrentLineNumber)

    def refuse_entities(self, *_: object) -> None:
        self.refuse("declares entities, which no network needs; save it without")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        kind = tag.rpartition(" ")[2]
        if not self.path and kind != "graphml":
            self.refuse(f"not GraphML: its first element is {kind!r}; save the network as GraphML")
        self.path.append(kind)
        if kind in TOLD:
            self.text.clear()
        begin = getattr(self, f"_begin_{kind}", None)
        if begin is not None:
            begin(attributes)

    def characters(self, text: str) -> None:
        if self.path and self.path[-1] in TOLD:
            self.text.append(text)

    def end(self, _: str) -> None:
        kind = self.path.pop()
        text = "".join(self.text).strip()
        if kind == "data" and self.path[-1] in ("node", "edge"):
            self.open[-1].data[self.data_key] = text
        elif kind == "NodeLabel" and self.open and self.open[-1].label is None:
            self.open[-1].label = text
        elif kind == "default" and self.key is not None:
            self.key.default = text
        elif kind == "key":
            self.key = None
        elif kind in ("node", "edge") and self.open:
            self.open.pop()
        elif kind == "graph":
            self.is_directed.pop()

    def _begin_key(self, attributes: dict[str, str]) -> None:
        self.key = _Key(attributes.get("attr.name", "").casefold(), attributes.get("for", "all"))
        self.keys[attributes.get("id", "")] = self.key

    def _begin_graph(self, attributes: dict[str, str]) -> None:
        self.is_directed.append(attributes.get("edgedefault") == "directed")
        if self.open:
            self.open[-1].is_group = True
            return
        self.graphs.append(attributes.get("id", ""))
        if len(self.graphs) > 1:
            first, second = self.graphs
            self.refuse(
                f"a second graph {second!r} after {first!r}; put the one you mean into a file of its own"
            )

    def _begin_node(self, attributes: dict[str, str]) -> None:
        name = attributes.get("id", "")
        if name in self.nodes:
            self.refuse(f"the node {name!r} appears twice")
        self.nodes[name] = _Element(attributes, self.parser.CurrentLineNumber)
        self.open.append(self.nodes[name])

    def _begin_edge(self, attributes: dict[str, str]) -> None:
        if not {"source", "target"} <= set(attributes):
            self.refuse("an edge has a source and a target")
        default = "true" if self.is_directed and self.is_directed[-1] else "false"
        is_mutual = attributes.get("directed", default) not in ("true", "1")
        self.edge_elements.append(_Element(attributes, self.parser.CurrentLineNumber, is_mutual))
        self.open.append(self.edge_elements[-1])

    def _begin_hyperedge(self, _: dict[str, str]) -> None:
        self.refuse("a hyperedge joins more than two; write edges")

    def _begin_data(self, attributes: dict[str, str]) -> None:
        self.data_key = attributes.get("key", "")
        if self.data_key not in self.keys:
            self.refuse(f"no key {self.data_key!r} is declared")
        if self.path[-2] in ("node", "edge") and self.data_key in self.open[-1].data:
            self.refuse(f"the key {self.data_key!r} is given twice")

    def states(self) -> dict[str, Attributes]:
        """Attributes of the nodes that are no groups."""
        result: dict[str, Attributes] = {}
        for name, node in self.nodes.items():
            if not node.is_group:
                label = {"label": node.label} if node.label else {}
                result[name] = label | self._about(node, "node")
        return result

    def raw_edges(self) -> Iterator[RawEdge]:
        """Edges with their attributes."""
        for edge in self.edge_elements:
            source, target = edge.attributes["source"], edge.attributes["target"]
            for end in (source, target):
                if end in self.nodes and self.nodes[end].is_group:
                    reason = f"an edge ends at {end!r}, which is a group; edges are between states"
                    raise complain(reason, file=self.file, line=edge.line)
            yield RawEdge(source, target, self._about(edge, "edge"), edge.line, edge.is_mutual)

    def _about(self, element: _Element, of: str) -> dict[str, str]:
        """Attributes by name, defaults among them."""
        about: dict[str, str] = {}
        for name, key in self.keys.items():
            value = element.data.get(name, key.default)
            if value is None or key.of not in (of, "all"):
                continue
            if key.name in about and key.name in ("sign", "weight", "name", "label"):
                raise complain(f"two keys are called {key.name}", file=self.file, line=element.line)
            about[key.name] = value
        return about
