"""Where the points lie: grids, samples of the cube, screening designs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import ceil, log2, prod

import numpy as np
from scipy.stats import qmc

from sim.errors import complain, shorten, suggest
from sim.scenario.schema.models import Sweep
from sim.shapes import Float
from sim.sweeps.design.cells import write_cell
from sim.sweeps.design.factors import Design, Factor

METHODS = ("grid", "lhs", "sobol", "morris", "saltelli")
MORRIS_LEVELS = 4  # at least; more where a list is longer
MAX_POINTS, MAX_KEYS = 10_000_000, 1000
MOST_NAMED = 6  # values that no point has
_SPAWN_KEY = (2**31,)  # of the design's own chance; no replica has it


def count_points(factors: Sequence[Factor], sweep: Sweep) -> int:
    """Number of points that a design has, before they are laid out.

    Raises
    ------
    InputError
        For an unknown design, no factors or more than `MAX_KEYS`, or a grid of more than `MAX_POINTS`.
    """
    if sweep.design not in METHODS:
        reason = f"unknown design {shorten(sweep.design)}{suggest(sweep.design, METHODS)}, or a file .csv"
        raise complain(reason, key="sweep.design")
    if not factors:
        raise complain("nothing varies: write `sweep: vary:` or --vary KEY=LOW:HIGH", key="sweep.vary")
    if len(factors) > MAX_KEYS:
        raise complain(f"{len(factors)} keys vary; at most {MAX_KEYS} can", key="sweep.vary")
    n = _number_of(sweep.design, factors, sweep.points)
    if sweep.design == "grid" and n > MAX_POINTS:
        raise complain(f"a grid of {shorten(n)} points; at most {MAX_POINTS} are run", key="sweep.vary")
    return n


def _number_of(design: str, factors: Sequence[Factor], n_points: int) -> int:
    k = len(factors)
    if design == "grid":
        return prod(len(f.grid()) for f in factors)
    if design == "sobol":
        return 2 ** ceil(log2(max(n_points, 2)))
    if design == "morris":
        return max(2, n_points // (k + 1)) * (k + 1)
    if design == "saltelli":
        return int(2 ** max(1, int(log2(max(n_points / (k + 2), 2))))) * (k + 2)
    return n_points


def lay_out(factors: Sequence[Factor], sweep: Sweep, rng_seed: int) -> Design:
    """Place the points of a design.

    Raises
    ------
    InputError
        As `count_points` does.
    """
    n = count_points(factors, sweep)
    rng = np.random.default_rng(np.random.SeedSequence(rng_seed, spawn_key=_SPAWN_KEY))
    k = len(factors)
    if sweep.design == "grid":
        unit = _grid([f.grid() for f in factors], n)
    elif sweep.design == "lhs":
        unit = qmc.LatinHypercube(k, rng=rng).random(n)
    elif sweep.design == "sobol":
        unit = qmc.Sobol(k, rng=rng).random_base2(int(log2(n)))
    else:
        unit = _screened(sweep.design, factors, n, rng)
    return Design(sweep.design, tuple(factors), np.ascontiguousarray(unit))


def _grid(levels: Sequence[np.ndarray], n: int) -> Float[np.ndarray, "P K"]:
    """All combinations, the last key's levels changing first."""
    columns, each = [], n
    for axis in levels:
        each //= axis.size
        columns.append(np.tile(np.repeat(axis, each), n // (each * axis.size)))
    return np.stack(columns, axis=1)


def morris_levels(lengths: Iterable[int]) -> int:
    """Number of positions of each key in a Morris design, an even one: enough for the longest list of values."""
    most = max([MORRIS_LEVELS, *lengths])
    return most + most % 2


def _screened(method: str, factors: Sequence[Factor], n: int, rng: np.random.Generator) -> np.ndarray:
    from SALib.sample import morris, sobol  # imports much that no other design needs

    k = len(factors)
    problem = {"num_vars": k, "names": [str(i) for i in range(k)], "bounds": [[0, 1]] * k}
    if method == "morris":
        levels = morris_levels(len(f.values) for f in factors)
        unit = morris.sample(problem, n // (k + 1), num_levels=levels, seed=rng)
    else:
        unit = sobol.sample(problem, n // (k + 2), calc_second_order=False, seed=rng)
    return np.asarray(unit, float)


def unvisited_values(design: Design) -> Iterator[str]:
    """Say which listed values no point of a design has."""
    for factor, coded in zip(design.factors, design.columns, strict=True):
        missing = np.setdiff1d(np.arange(len(factor.values)), coded)
        if missing.size:
            named = ", ".join(shorten(write_cell(factor.values[k])) for k in missing[:MOST_NAMED])
            more = f" and {missing.size - MOST_NAMED} more" if missing.size > MOST_NAMED else ""
            yield f"no point of this design has {factor.key} at {named}{more}; ask for more points, or a grid"
