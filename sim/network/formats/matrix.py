"""Matrices: names in the first row and the first column, row i, column j being what i holds toward j."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.errors import InputError, complain, suggest
from sim.network.edges import Network, network_of_matrix, refuse_many
from sim.network.formats.cells import LARGEST, Row, Table, is_number
from sim.network.names import state_name
from sim.outcomes.measures import Matrix, Vector

MOST_IN_A_MATRIX = 20_000  # 3 GB; beyond, most pairs have no edge and an edge list says it shorter
EITHER = (
    "a matrix has names in its first row and column; a list has columns a, b and sign or weight, or no header and "
    "names, not numbers, in its first two columns"
)


def read_matrix(table: Table, most: int | None = None) -> Network:
    """Read a matrix.

    Parameters
    ----------
    table
        Its rows.
    most
        Refuse more states than this before any row is read.

    Raises
    ------
    InputError
        Where names or numbers are wrong, or one half of the matrix is not filled.
    """
    names = [state_name(cell) for cell in table.first.cells[1:]]
    _check_names(table, names)
    refuse_many(len(names), most, table.file)
    if len(names) > MOST_IN_A_MATRIX:
        reason = (
            f"a matrix of {len(names)} states is too large (at most {MOST_IN_A_MATRIX}); give an edge list"
        )
        raise complain(reason, file=table.file, line=table.first.line)
    affinity = _fill(table, names)
    _refuse_triangle(table, affinity)
    return network_of_matrix(tuple(names), affinity)


def _check_names(table: Table, names: list[str]) -> None:
    """Refuse a first row that does not name at least two states, each once."""
    where = {"file": table.file, "line": table.first.line}
    if all(map(is_number, table.first.cells)):
        raise complain(f"the first row holds no names; {EITHER}", **where)  # type: ignore[arg-type]
    if len(names) < 2:
        raise complain(f"a network needs at least two states; {EITHER}", **where)  # type: ignore[arg-type]
    if "" in names:
        raise complain(f"column {names.index('') + 2} has no name", **where)  # type: ignore[arg-type]
    if len(set(names)) < len(names):
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise complain(f"the name {twice!r} appears twice", **where)  # type: ignore[arg-type]


def _fill(table: Table, names: list[str]) -> Matrix:
    place = {name: i for i, name in enumerate(names)}
    if names == [f"V{i}" for i in range(1, len(names) + 1)]:  # R, of a matrix without names
        place |= {str(i + 1): i for i in range(len(names))}
    line_of: dict[int, int] = {}
    affinity = np.zeros((len(names), len(names)))
    for row in table.rows:
        if len(row.cells) == len(table.first.cells) + 1:
            reason = "one cell more than the first row; put an empty cell in front of that, as R's write.table does not"
            raise complain(reason, file=table.file, line=row.line)
        table.check_width(row)
        name = state_name(row.cells[0])
        if name not in place:
            raise _stranger(table, row, name, names)
        own = place[name]
        if own in line_of:
            reason = f"the row {name!r} appears twice, first on line {line_of[own]}"
            raise complain(reason, file=table.file, line=row.line)
        line_of[own] = row.line
        affinity[own] = _row_of_numbers(table, row, own, names)
    missing = [name for i, name in enumerate(names) if i not in line_of]
    if missing:
        reason = f"not square: {len(names)} columns, {len(line_of)} rows; no row of {some(missing)}"
        raise complain(reason, file=table.file)
    return affinity


def _stranger(table: Table, row: Row, name: str, names: list[str]) -> InputError:
    """Build the complaint about a row whose first cell is no name of a column."""
    if is_number(name):
        reason = (
            f"the row begins with the number {name}, not with the name of a column; {EITHER} (in R, give the matrix "
            "row names before write.csv)"
        )
    else:
        reason = f"the row {name!r} has no column of that name; {EITHER}{suggest(name, names)}"
    return complain(reason, file=table.file, line=row.line)


def _row_of_numbers(table: Table, row: Row, own: int, names: list[str]) -> Vector:
    """One row of a matrix; what stands on the diagonal does not matter."""
    cells = row.cells[1:]
    cells[own] = "0"
    try:
        numbers = np.array(cells, np.float64)
    except ValueError:
        numbers = np.full(len(cells), np.nan)
    if (np.abs(numbers) <= LARGEST).all():
        return numbers
    whose = (f"the edge of {names[own]!r} with {other!r}" for other in names)
    return np.array([table.number(cell, what, row.line) for cell, what in zip(cells, whose, strict=True)])


def _refuse_triangle(table: Table, affinity: Matrix) -> None:
    """Refuse a matrix with one half blank: read as it stands, every edge would count half."""
    n = len(affinity)
    has_upper = any(affinity[i, i + 1 :].any() for i in range(n))
    has_lower = any(affinity[i, :i].any() for i in range(n))
    if has_upper != has_lower:
        reason = (
            f"only the half {'above' if has_upper else 'below'} the diagonal holds edges; fill both halves, or list "
            "each pair once in an edge list"
        )
        raise complain(reason, file=table.file)


def some(names: Sequence[str]) -> str:
    """Name the first three, and how many more there are."""
    return ", ".join(map(repr, names[:3])) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
