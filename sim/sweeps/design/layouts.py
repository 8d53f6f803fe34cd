"""Where the points lie: grids, samples of the cube, screening designs, or a table of one's own."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from math import ceil, log2
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import qmc

from sim.errors import complain
from sim.scenario.form.models import Sweep
from sim.scenario.text.document import shorten, suggest
from sim.scenario.text.overlay import scalar
from sim.shapes import Float
from sim.sweeps.design.factors import Design, Factor, Kind

METHODS = ("grid", "lhs", "sobol", "morris", "saltelli")
MORRIS_LEVELS = 4
MAX_POINTS = 10_000_000
_SPAWN_KEY = (2**31,)  # of the design's own chance; no replica has it


def lay_out(factors: Sequence[Factor], sweep: Sweep, rng_seed: int) -> Design:
    """Place the points of a design.

    Raises
    ------
    InputError
        For an unknown design, no factors, or more points than `MAX_POINTS`.
    """
    if sweep.design not in METHODS:
        reason = f"unknown design {shorten(sweep.design)}{suggest(sweep.design, METHODS)}, or a file .csv"
        raise complain(reason, key="sweep.design")
    if not factors:
        raise complain("nothing varies: write `sweep: vary:` or --vary KEY=LOW:HIGH", key="sweep.vary")
    rng = np.random.default_rng(np.random.SeedSequence(rng_seed, spawn_key=_SPAWN_KEY))
    k, wanted = len(factors), sweep.points
    if sweep.design == "grid":
        unit = _grid([f.grid() for f in factors])
    elif sweep.design == "lhs":
        unit = qmc.LatinHypercube(k, rng=rng).random(wanted)
    elif sweep.design == "sobol":
        unit = qmc.Sobol(k, rng=rng).random_base2(ceil(log2(max(wanted, 2))))
    else:
        unit = _screened(sweep.design, k, wanted, rng)
    return Design(sweep.design, tuple(factors), np.ascontiguousarray(unit))


def _grid(levels: Sequence[np.ndarray]) -> Float[np.ndarray, "P K"]:
    n = int(np.prod([float(len(found)) for found in levels]))
    if n > MAX_POINTS:
        raise complain(f"a grid of {n} points; at most {MAX_POINTS} are run", key="sweep.vary")
    return np.stack([axis.ravel() for axis in np.meshgrid(*levels, indexing="ij")], axis=1)


def salib_problem(factors: Sequence[Factor]) -> dict[str, Any]:
    """What SALib calls the problem: the factors as axes of the unit cube."""
    return {"num_vars": len(factors), "names": [f.key for f in factors], "bounds": [[0, 1]] * len(factors)}


def _screened(method: str, k: int, wanted: int, rng: np.random.Generator) -> np.ndarray:
    from SALib.sample import morris, sobol  # imports much that no other design needs

    problem = {"num_vars": k, "names": [str(i) for i in range(k)], "bounds": [[0, 1]] * k}
    if method == "morris":
        found = morris.sample(problem, max(2, wanted // (k + 1)), num_levels=MORRIS_LEVELS, seed=rng)
    else:
        n = 2 ** max(1, int(log2(max(wanted / (k + 2), 2))))
        found = sobol.sample(problem, n, calc_second_order=False, seed=rng)
    return np.asarray(found, float)


def read_table(file: Path) -> Design:
    """Read points from a CSV file: a header of dotted keys, one row for each point.

    A column `point` is passed over, so that the table of points of an earlier sweep can be used again.

    Raises
    ------
    InputError
        Where the file cannot be read, or a cell is empty or no plain value.
    """
    header, rows = _rows(file)
    named = [k for k, key in enumerate(header) if key != "point"]
    factors, table, unit = [], [], []
    for k in named:
        made, coded = _column(file, header[k], [row[k].strip() for row in rows])
        span = np.ptp(coded)
        factors.append(made)
        table.append(coded)
        unit.append((coded - coded.min()) / span if span else np.full(len(rows), 0.5))
    if not factors:
        raise complain("no column of values; the header is one of dotted keys", file=file, line=1)
    return Design("table", tuple(factors), np.stack(unit, axis=1), tuple(table))


def _rows(file: Path) -> tuple[list[str], list[list[str]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            header, *rows = csv.reader(stream, strict=True)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise complain(f"cannot be read: {shorten(error, 160)}", file=file) from error
    except ValueError:
        raise complain("is empty; a table of points has a header of dotted keys", file=file) from None
    header = [key.strip() for key in header]
    if not rows or len(rows) > MAX_POINTS:
        raise complain(f"{len(rows)} points; between 1 and {MAX_POINTS} can be run", file=file, line=1)
    for line, row in enumerate(rows, start=2):
        if len(row) != len(header) or not all(cell.strip() for cell in row):
            reason = f"{len(row)} cells under {len(header)} keys, none of them empty, are needed"
            raise complain(reason, file=file, line=line)
    if repeated := [key for key in header if header.count(key) > 1]:
        raise complain("stands there twice", file=file, line=1, key=shorten(repeated[0]))
    return header, rows


def _column(file: Path, key: str, cells: list[str]) -> tuple[Factor, np.ndarray]:
    """Read one column: numbers where all cells are, else a list of the values that occur."""
    place = {"file": file, "line": 1, "label": shorten(key)}
    found = {cell: scalar(cell, shorten(key)).value for cell in dict.fromkeys(cells)}
    if wrong := [cell for cell, value in found.items() if isinstance(value, dict | list | None)]:
        line = cells.index(wrong[0]) + 2
        raise complain(f"{shorten(wrong[0])} is no plain value", file=file, line=line, key=shorten(key))
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in found.values()):
        is_whole = all(isinstance(value, int) for value in found.values())
        coded = np.array([found[cell] for cell in cells], np.int64 if is_whole else np.float64)
        kind: Kind = "whole" if is_whole else "number"
        return Factor(key, kind, float(coded.min()), float(coded.max()), **place), coded  # type: ignore[arg-type]
    place_of = {cell: k for k, cell in enumerate(found)}
    values: Any = tuple(found.values())
    made = Factor(key, "listed", 0.0, float(len(values)), values, **place)  # type: ignore[arg-type]
    return made, np.array([place_of[cell] for cell in cells], np.int64)
