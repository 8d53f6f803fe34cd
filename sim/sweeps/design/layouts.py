"""The designs: how many points each has and where they lie. Grids, samples of the cube, screening designs.

A new design is a function here and its line in `LAYOUTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import ceil, log2, prod
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import qmc

from sim.errors import complain, shorten, suggest
from sim.scenario.schema.models import Sweep
from sim.sweeps.design.cells import write_cell
from sim.sweeps.design.factors import Design, Factor

MORRIS_LEVELS = 4  # at least; more where a list is longer
MAX_POINTS, MAX_KEYS = 10_000_000, 1000
MOST_NAMED = 6  # values that no point has
_SPAWN_KEY = (2**31,)  # of the design's own chance; no replica has it


def morris_levels(lengths: Iterable[int]) -> int:
    """Number of positions of each key in a Morris design, an even one: enough for the longest list of values."""
    most = max([MORRIS_LEVELS, *lengths])
    return most + most % 2


def _grid(factors: Sequence[Factor], n: int, _: np.random.Generator) -> np.ndarray:
    """All combinations, the last key's levels changing first."""
    columns, each = [], n
    for axis in (f.grid() for f in factors):
        each //= axis.size
        columns.append(np.tile(np.repeat(axis, each), n // (each * axis.size)))
    return np.stack(columns, axis=1)


def _latin_hypercube(factors: Sequence[Factor], n: int, rng: np.random.Generator) -> np.ndarray:
    return qmc.LatinHypercube(len(factors), rng=rng).random(n)


def _sobol(factors: Sequence[Factor], n: int, rng: np.random.Generator) -> np.ndarray:
    return qmc.Sobol(len(factors), rng=rng).random_base2(int(log2(n)))


def _morris(factors: Sequence[Factor], n: int, rng: np.random.Generator) -> np.ndarray:
    from SALib.sample import morris  # imports much that no other design needs

    levels = morris_levels(len(f.values) for f in factors)
    return morris.sample(_problem(len(factors)), n // (len(factors) + 1), num_levels=levels, seed=rng)


def _saltelli(factors: Sequence[Factor], n: int, rng: np.random.Generator) -> np.ndarray:
    from SALib.sample import sobol  # imports much that no other design needs

    k = len(factors)
    return sobol.sample(_problem(k), n // (k + 2), calc_second_order=False, seed=rng)


def _problem(k: int) -> dict[str, Any]:
    return {"num_vars": k, "names": [str(i) for i in range(k)], "bounds": [[0, 1]] * k}


class Layout(NamedTuple):
    """How many points a design has, by its factors and the number asked for, and where they lie in the cube."""

    n_points: Callable[[Sequence[Factor], int], int]
    place: Callable[[Sequence[Factor], int, np.random.Generator], np.ndarray]


LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {
        "grid": Layout(lambda factors, _: prod(len(f.grid()) for f in factors), _grid),
        "lhs": Layout(lambda _, n: n, _latin_hypercube),
        "sobol": Layout(lambda _, n: 2 ** ceil(log2(max(n, 2))), _sobol),
        "morris": Layout(lambda factors, n: max(2, n // (len(factors) + 1)) * (len(factors) + 1), _morris),
        "saltelli": Layout(
            lambda factors, n: 2 ** max(1, int(log2(max(n / (len(factors) + 2), 2)))) * (len(factors) + 2),
            _saltelli,
        ),
    }
)
"""The designs, by the name that a scenario or ``--design`` gives."""


def count_points(factors: Sequence[Factor], sweep: Sweep) -> int:
    """Number of points that a design has, before they are laid out.

    Raises
    ------
    InputError
        For an unknown design, no factors or more than `MAX_KEYS`, or a grid of more than `MAX_POINTS`.
    """
    if sweep.design not in LAYOUTS:
        hint = suggest(sweep.design, LAYOUTS)
        reason = (
            f"unknown design {shorten(sweep.design)}{hint}; there are {', '.join(LAYOUTS)}, or a file .csv"
        )
        raise complain(reason, key="sweep.design")
    if not factors:
        raise complain("nothing varies: write `sweep: vary:` or --vary KEY=LOW:HIGH", key="sweep.vary")
    if len(factors) > MAX_KEYS:
        raise complain(f"{len(factors)} keys vary; at most {MAX_KEYS} can", key="sweep.vary")
    n = LAYOUTS[sweep.design].n_points(factors, sweep.points)
    if sweep.design == "grid" and n > MAX_POINTS:
        raise complain(f"a grid of {shorten(n)} points; at most {MAX_POINTS} are run", key="sweep.vary")
    return n


def lay_out(factors: Sequence[Factor], sweep: Sweep, rng_seed: int) -> Design:
    """Place the points of a design.

    Raises
    ------
    InputError
        As `count_points` does.
    """
    n = count_points(factors, sweep)
    rng = np.random.default_rng(np.random.SeedSequence(rng_seed, spawn_key=_SPAWN_KEY))
    unit = LAYOUTS[sweep.design].place(factors, n, rng)
    return Design(sweep.design, tuple(factors), np.ascontiguousarray(unit, float))


def unvisited_values(design: Design) -> Iterator[str]:
    """Say which listed values no point of a design has."""
    for factor, coded in zip(design.factors, design.columns, strict=True):
        missing = np.setdiff1d(np.arange(len(factor.values)), coded)
        if missing.size:
            named = ", ".join(shorten(write_cell(factor.values[k])) for k in missing[:MOST_NAMED])
            more = f" and {missing.size - MOST_NAMED} more" if missing.size > MOST_NAMED else ""
            yield f"no point of this design has {factor.key} at {named}{more}; ask for more points, or a grid"
