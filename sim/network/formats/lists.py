"""Edge lists: an edge a row. With a header, as Gephi writes it too; without one, three cells; KONECT's and SNAP's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from sim.errors import complain
from sim.network.edges import Edge, Network, network_of_edges
from sim.network.formats.cells import Row, Table, is_number, sign
from sim.network.names import state_name

ENDS = (("a", "b"), ("source", "target"), ("from", "to"))  # columns of an edge list
VALUES = ("sign", "weight")
KONECT = ("sym", "asym", "bip")  # the first word of its files


def read_list(table: Table) -> Network | None:
    """Read an edge list; `None` where the table is none.

    Raises
    ------
    InputError
        Where its columns or a row are wrong.
    """
    header, remarks = table.header, [remark.lstrip("%# ").casefold() for remark in table.remarks]
    if remarks and remarks[0].split(" ")[0] in KONECT:
        return _read_konect(table, remarks[0].split(" ")[0])
    if (remarks and {"fromnodeid", "tonodeid"} <= set(remarks[-1].split())) or _is_bare(header):
        return network_of_edges(_bare_edges(table, is_mutual=False), file=table.file)
    ends = next((ends for ends in ENDS if set(ends) <= set(header)), None)
    has_value = bool(set(VALUES) & set(header))
    if ends and (has_value or header[0] in ends):
        return network_of_edges(_edges(table, ends), file=table.file)
    if has_value and not ends:
        reason = "which columns hold the two ends? call them a and b, or source and target"
        raise complain(reason, file=table.file, line=table.first.line)
    return None


def _is_bare(cells: Sequence[str]) -> bool:
    """Whether a first row can only be an edge: two names and a number."""
    return len(cells) == 3 and all(cells) and [is_number(cell) for cell in cells] == [False, False, True]


def _edges(table: Table, ends: tuple[str, str]) -> Iterator[Edge]:
    header = table.header
    kinds = [name for name in VALUES if name in header]
    if len(kinds) != 1:
        reason = "an edge list has a column sign or a column weight, and not both"
        raise complain(reason, file=table.file, line=table.first.line)
    if repeated := [name for name in (*ends, kinds[0]) if header.count(name) > 1]:
        reason = f"two columns are called {repeated[0]}"
        raise complain(reason, file=table.file, line=table.first.line)
    a, b, value = (header.index(name) for name in (*ends, kinds[0]))
    kind = header.index("type") if "type" in header else None  # Gephi's
    for row in table.rows:
        table.check_width(row)
        is_mutual = kind is not None and row.cells[kind].casefold() == "undirected"
        yield _edge(table, row, (a, b, value), kinds[0] == "sign", is_mutual)


def _edge(table: Table, row: Row, columns: tuple[int, int, int], is_sign: bool, is_mutual: bool) -> Edge:
    a, b = (state_name(row.cells[column]) for column in columns[:2])
    if not a or not b:
        raise complain("an edge is between two names; one is blank", file=table.file, line=row.line)
    text, who = row.cells[columns[2]], f"the edge of {a!r} with {b!r}"
    weight = sign(text, who, table.file, row.line) if is_sign else table.number(text, who, row.line)
    return Edge(a, b, weight, row.line, is_mutual)


def _bare_edges(table: Table, is_mutual: bool) -> Iterator[Edge]:
    """Edges of a list without a header: two names and a weight; what follows, such as a date, is not looked at."""
    rows: Iterable[Row] = chain([table.first], table.rows) if table.first.cells else []
    for row in rows:
        table.check_width(row)
        if len(row.cells) < 3:
            reason = "an edge is two names and its sign or weight; here is no third cell"
            raise complain(reason, file=table.file, line=row.line)
        yield _edge(table, row, (0, 1, 2), is_sign=False, is_mutual=is_mutual)


def _read_konect(table: Table, kind: str) -> Network:
    if kind == "bip":
        reason = "a network of two kinds of nodes (bip); blocs need edges among states"
        raise complain(reason, file=table.file, line=1)
    return network_of_edges(_bare_edges(table, is_mutual=kind == "sym"), file=table.file)
