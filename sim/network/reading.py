"""Read anyone's signed network: a matrix or an edge list as CSV, or GraphML.

A matrix has the names in its first row and first column, in any order; row i, column j is what i holds toward j,
and the diagonal is not looked at. An edge list has columns `a`, `b` (or `source`, `target`; or `from`, `to`) and either
`sign` (−1, 0 or 1) or `weight`; other columns are not looked at. What is wrong is said with the line it stands on.
"""

from __future__ import annotations

import csv
import difflib
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from sim.errors import complain
from sim.network.ties import Network, Tie, network_of_matrix, network_of_ties
from sim.outcomes.metrics import Vector

GRAPHML = (".graphml", ".xml")
MOST_IN_A_MATRIX = 20_000  # 3 GB; beyond, most pairs have no tie and an edge list says it shorter

ENDS = (("a", "b"), ("source", "target"), ("from", "to"))  # columns of an edge list

type Line = tuple[int, list[str]]


def read_network(file: Path, most: int | None = None) -> Network:
    """Read a signed network from a CSV file (matrix or edge list) or from GraphML.

    Parameters
    ----------
    file
        Names ending in ``.graphml`` or ``.xml`` are GraphML, all others CSV.
    most
        Refuse more states than this, as early as they can be counted.

    Raises
    ------
    InputError
        With the first thing wrong and its line.
    """
    if file.suffix.lower() in GRAPHML:
        network = _read_graphml(file)
    else:
        with _lines(file) as lines:
            _, header = next(lines, (0, []))
            if not header:
                raise complain("the file is empty", file=file)
            if ";" in header[0]:
                raise complain("separated by semicolons; save it with commas", file=file, line=1)
            read = _read_list if _ends(header) else _read_matrix
            network = read(file, header, lines, most)
    _refuse_many(len(network.names), most, file)
    return network


def read_sizes(file: Path, names: Sequence[str]) -> Vector:
    """Read the size of each state, columns `name` and `size`, in the order of these names; shape (N,).

    Raises
    ------
    InputError
        Where a size is missing, negative, not a number, or of nobody.
    """
    sizes: dict[str, float] = {}
    with _lines(file) as lines:
        _, header = next(lines, (0, []))
        if not {"name", "size"} <= set(header):
            raise complain("sizes have columns name and size", file=file, line=1)
        for line, row in lines:
            _check_width(row, header, file, line)
            name = row[header.index("name")]
            if name not in names:
                raise complain(f"{name!r} is not in the network{_nearest(name, names)}", file=file, line=line)
            if name in sizes:
                raise complain(f"the size of {name!r} stands twice", file=file, line=line)
            sizes[name] = _number(row[header.index("size")], f"the size of {name!r}", file, line)
            if sizes[name] < 0.0:
                raise complain(f"the size of {name!r} is {sizes[name]:g}, below 0", file=file, line=line)
    missing = [name for name in names if name not in sizes]
    if missing:
        raise complain(f"no size of {_some(missing)}", file=file)
    return np.array([sizes[name] for name in names])


@contextmanager
def _lines(file: Path) -> Iterator[Iterator[Line]]:
    """Lines that are not blank, as stripped cells with their number."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.reader(handle, strict=True)
            yield ((reader.line_num, cells) for row in reader if any(cells := [c.strip() for c in row]))
    except OSError as error:
        raise complain(f"cannot be read: {error.strerror}", file=file) from error
    except UnicodeDecodeError as error:
        raise complain("not a text file in UTF-8", file=file) from error
    except csv.Error as error:
        raise complain(f"not CSV: {error}", file=file, line=reader.line_num) from error


def _ends(header: Sequence[str]) -> tuple[str, str] | None:
    """Name the columns of an edge list's two ends, or none where it is a matrix."""
    return next((ends for ends in ENDS if header[0] and set(ends) <= set(header)), None)


def _read_list(file: Path, header: list[str], lines: Iterator[Line], most: int | None) -> Network:
    kinds = [name for name in ("sign", "weight") if name in header]
    if len(kinds) != 1:
        raise complain("an edge list has a column sign or a column weight, and not both", file=file, line=1)
    a, b, value = (header.index(name) for name in (*(_ends(header) or ENDS[0]), kinds[0]))

    def ties() -> Iterator[Tie]:
        for line, row in lines:
            _check_width(row, header, file, line)
            if not row[a] or not row[b]:
                raise complain("a tie is between two names; one is blank", file=file, line=line)
            weight = _number(row[value], f"the tie of {row[a]!r} with {row[b]!r}", file, line)
            if kinds[0] == "sign" and weight not in (-1.0, 0.0, 1.0):
                reason = f"a sign is -1, 0 or 1, not {row[value]}; call the column weight"
                raise complain(reason, file=file, line=line)
            yield Tie(row[a], row[b], weight, line)

    return network_of_ties(ties(), file=file)


def _read_matrix(file: Path, header: list[str], lines: Iterator[Line], most: int | None) -> Network:
    names = header[1:]
    if all(map(_is_number, header)):
        raise complain("the first row and the first column of a matrix are names", file=file, line=1)
    _check_names(names, file)
    _refuse_many(len(names), most, file)
    if len(names) > MOST_IN_A_MATRIX:
        reason = (
            f"a matrix of {len(names)} states is too large (at most {MOST_IN_A_MATRIX}); give an edge list"
        )
        raise complain(reason, file=file, line=1)
    place = {name: i for i, name in enumerate(names)}
    line_of: dict[str, int] = {}
    affinity = np.zeros((len(names), len(names)))
    for line, row in lines:
        _check_width(row, header, file, line)
        name = row[0]
        if name not in place:
            reason = (
                f"the row {name!r} has no column of that name{_nearest(name, names)}; this was read as a matrix, as "
                "its first line names no columns a and b"
            )
            raise complain(reason, file=file, line=line)
        if name in line_of:
            raise complain(
                f"the row {name!r} stands twice, first on line {line_of[name]}", file=file, line=line
            )
        line_of[name] = line
        affinity[place[name]] = _row_of_numbers(row[1:], place[name], names, file, line)
    missing = [name for name in names if name not in line_of]
    if missing:
        reason = f"not square: {len(names)} columns, {len(line_of)} rows; no row of {_some(missing)}"
        raise complain(reason, file=file)
    return network_of_matrix(tuple(names), affinity)


def _check_names(names: list[str], file: Path) -> None:
    """Refuse a first row that does not name at least two states, each once."""
    if len(names) < 2:
        reason = (
            "a network needs at least two states: a matrix with names in its first row and column, or a list with "
            "columns a, b and sign or weight"
        )
        raise complain(reason, file=file, line=1)
    if "" in names:
        raise complain(f"column {names.index('') + 2} has no name", file=file, line=1)
    if len(set(names)) < len(names):
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise complain(f"the name {twice!r} stands twice", file=file, line=1)


def _row_of_numbers(cells: list[str], own: int, names: list[str], file: Path, line: int) -> Vector:
    """One row of a matrix; what stands on the diagonal does not matter."""
    cells[own] = "0"
    try:
        row = np.array(cells, np.float64)
    except ValueError:
        row = np.full(len(cells), np.nan)
    if not np.isfinite(row).all():
        for cell, other in zip(cells, names, strict=True):
            _number(cell, f"the tie of {names[own]!r} with {other!r}", file, line)
    return row


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number(text: str, what: str, file: Path, line: int | None) -> float:
    value = float(text) if _is_number(text) else math.nan
    if not math.isfinite(value):
        wrong = f"{text[:20]!r}, not a number" if text else "blank; write 0 for none"
        raise complain(f"{what} is {wrong}", file=file, line=line)
    return value


def _check_width(row: list[str], header: list[str], file: Path, line: int) -> None:
    if len(row) != len(header):
        reason = f"{len(row)} cells where the first row has {len(header)}"
        raise complain(reason, file=file, line=line)


def _refuse_many(n: int, most: int | None, file: Path) -> None:
    if most is not None and n > most:
        reason = f"{n} states are too many to solve exactly (at most {most}); use --method heuristic"
        raise complain(reason, file=file)


def _nearest(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(names), 1)
    return f"; nearest: {near[0]!r}" if near else ""


def _some(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:3])) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _read_graphml(file: Path) -> Network:
    """Ties from the edge attribute `sign` or `weight`; a node goes by its `name` or `label`, if all have one."""
    from xml.etree.ElementTree import ParseError

    from networkx import NetworkXError, read_graphml

    try:
        graph = read_graphml(file)
    except OSError as error:
        raise complain(f"cannot be read: {error.strerror}", file=file) from error
    except ParseError as error:
        raise complain(f"not XML: {error.msg}", file=file, line=error.position[0]) from error
    except (NetworkXError, KeyError, ValueError) as error:
        raise complain(f"not GraphML: {error}", file=file) from error
    names = _node_names(graph.nodes(data=True), file)

    def ties() -> Iterator[Tie]:
        for a, b, about in graph.edges(data=True):
            who = f"the tie of {names[a]!r} with {names[b]!r}"
            kind = next((k for k in ("sign", "weight") if k in about), None)
            if kind is None:
                raise complain(f"{who} has neither sign nor weight", file=file)
            yield Tie(names[a], names[b], _number(str(about[kind]), who, file, None))

    return network_of_ties(ties(), names.values(), file)


def _node_names(nodes: Iterable[tuple[str, dict[str, object]]], file: Path) -> dict[str, str]:
    found = list(nodes)
    for key in ("name", "label"):
        if found and all(about.get(key) for _, about in found):
            names = {node: str(about[key]).strip() for node, about in found}
            if len(set(names.values())) < len(names):
                raise complain(f"two nodes have the same {key}", file=file)
            return names
    return {str(node): str(node) for node, _ in found}
