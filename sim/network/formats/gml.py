"""GML, by networkx's reader."""

from __future__ import annotations

from pathlib import Path

from sim.errors import complain
from sim.network.edges import Network, network_of_edges
from sim.network.formats.attributes import RawEdge, names_of, read_edges


def read_gml(file: Path, text: str) -> Network:
    """Read GML: of an edge `sign` or `weight`, of a node `name`, else `label`, else its id.

    Raises
    ------
    InputError
        Where networkx cannot read it, or its edges are no plain edges.
    """
    from networkx import NetworkXError, parse_gml

    try:
        graph = parse_gml(text.splitlines(), label="id")
    except (NetworkXError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        # networkx takes for granted that a graph is a list of lists
        raise complain(f"not GML: {str(error)[:160]}", file=file) from error
    nodes = {str(node): _fold_case(about) for node, about in graph.nodes(data=True)}
    edges = (
        RawEdge(str(a), str(b), _fold_case(about), None, not graph.is_directed())
        for a, b, about in graph.edges(data=True)
    )
    names = names_of(nodes, file)
    return network_of_edges(read_edges(edges, names, file), names.values(), file)


def _fold_case(about: dict[str, object]) -> dict[str, str]:
    return {key.casefold(): str(value) for key, value in about.items()}
