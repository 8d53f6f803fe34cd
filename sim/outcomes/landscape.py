"""The landscape of two camps: every way to split the states in two, and where each way slides to.

Axelrod & Bennett's energy of a split X, over ordered pairs, with sizes s and propensities p:

    E(X) = Σ_{i≠j} s_i s_j p_ij d_ij(X),   d = 1 when i and j are on different sides, else 0

so friends apart cost and enemies apart relieve. A *local minimum* is a split that no single state's switch lowers;
its *basin* is the set of splits that steepest descent (always the switch that lowers E most, the first state
between equals) carries to it. A split and its mirror image are one: the first state is always on side 0, so there
are 2^(n−1). Splits are numbered by their bits: bit b is the side of state b + 1. States without any tie are
neutral: they have no side (−1) and do not multiply the minima. Differences below `TOLERANCE` of the largest
possible change are rounding.

References
----------
Axelrod & Bennett (1993), A landscape theory of aggregation, British Journal of Political Science 23.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.errors import complain
from sim.outcomes.metrics import Labels, Matrix, Vector, checked_ties
from sim.outcomes.search.splits import all_steps, count_basins, depths, descend, find

type Sides = NDArray[np.int8]
type Basins = Literal["auto", "full", "sampled", "none"]

TOLERANCE = 1e-11
MOST_STATES = 32  # 2^31 splits, minutes; beyond, use sim.outcomes.proof.certificate
MOST_STATES_FULL = 24  # full basins hold 5 bytes for each split
CHUNK = 1 << 16  # splits between two exact restarts of the running sums


@dataclass(frozen=True)
class Landscape:
    """The local minima of a two-camp landscape, lowest energy first.

    Parameters
    ----------
    coupling
        s_i s_j p_ij, symmetric, zero diagonal, shape (N, N).
    sides
        Side (0 or 1; −1 neutral) of each state in each minimum, shape (M, N).
    energy
        E over ordered pairs, shape (M,), in units of coupling.
    basin
        Splits that slide to each minimum, shape (M,): of all `n_splits`, or of `n_descents` sampled ones.
    basin_method
        "full", "sampled" or "none" (then `basin` is all zero).
    n_descents
        Splits from which descent was followed.
    n_minima
        How many minima there are; more than M if only the lowest were kept.
    n_splits
        How many splits were visited, 2^(states with ties − 1).
    """

    coupling: Matrix
    sides: Sides
    energy: Vector
    basin: Labels
    basin_method: Basins
    n_descents: int
    n_minima: int
    n_splits: int

    @property
    def gap(self) -> float:
        """How much lower the lowest minimum is than the next: 0 when tied, infinite when it stands alone."""
        return float(self.energy[1] - self.energy[0]) if self.energy.size > 1 else np.inf

    @property
    def basin_share(self) -> Vector:
        """Share of splits that slide to each minimum; when sampled its error is √(share (1 − share)/n_descents)."""
        return self.basin / max(self.n_descents, 1)


def couple(propensity: Matrix, sizes: Vector | None = None) -> Matrix:
    """Weight propensities by both states' sizes, as the landscape does.

        J_ij = s_i s_j (p_ij + p_ji)/2,   J_ii = 0

    Raises
    ------
    InputError
        If the matrix is not square and finite, or the sizes are not N finite numbers ≥ 0.
    """
    ties = checked_ties(propensity)
    if sizes is None:
        return ties
    size = np.asarray(sizes, dtype=np.float64)
    if size.shape != (ties.shape[0],) or not np.isfinite(size).all() or (size < 0).any():
        raise complain(f"sizes are {ties.shape[0]} numbers of at least 0, one per state")
    weighted: Matrix = ties * np.outer(size, size)
    return weighted


def split_energy(coupling: Matrix, sides: Sides) -> float:
    """Energy of one split over ordered pairs: Σ_ij J_ij [side_i ≠ side_j]; neutral states (−1) add nothing."""
    return float(coupling[sides[:, None] != sides[None, :]].sum())


def state_frustration(propensity: Matrix, sizes: Vector, sides: Sides) -> Vector:
    """Frustration of each state in a split, lower the better it is placed; shape (N,).

        F_i = Σ_{j≠i} s_j p_ij d_ij,   and E = Σ_i s_i F_i

    Directed propensities are symmetrised first.
    """
    apart = sides[:, None] != sides[None, :]
    frustrations: Vector = (checked_ties(propensity) * apart) @ np.asarray(sizes, dtype=np.float64)
    return frustrations


def switch_cost(coupling: Matrix, sides: Sides) -> Vector:
    """Energy that each state's switching sides alone would add; shape (N,), all ≥ 0 in a local minimum.

        ΔE_i = 2 Σ_j J_ij x_i x_j,   x = ±1 by side

    Infinite for neutral states, which have no side to leave.
    """
    spin = np.where(sides < 0, 0, 1 - 2 * sides)
    return np.where(sides < 0, np.inf, 2.0 * spin * (coupling @ spin))


def pivotal_states(coupling: Matrix, sides: Sides) -> Labels:
    """List the states by what their switch alone costs, the cheapest first: who would flip next; shape (N,)."""
    return np.argsort(switch_cost(coupling, sides), kind="stable")


def _active(coupling: Matrix) -> Labels:
    active = np.flatnonzero(coupling.any(axis=1))
    if active.size > MOST_STATES:
        raise complain(
            f"{active.size} states have {active.size - 1} two-way choices, too many to list "
            f"(at most {MOST_STATES} states); ask for the best two blocs instead"
        )
    return active


def _tolerance(coupling: Matrix) -> float:
    return TOLERANCE * float(np.abs(coupling).sum(axis=1).max())


def _chunks(states: int) -> list[tuple[int, int]]:
    splits = 1 << (states - 1)
    return [(first, min(CHUNK, splits - first)) for first in range(0, splits, CHUNK)]


def _lowest(found: list[tuple[Labels, Vector]], keep: int, least: float) -> tuple[Labels, Vector]:
    """Join what the chunks found; the `keep` deepest, deepest first, equals by split number."""
    splits = np.concatenate([splits for splits, _ in found])
    depth = np.concatenate([depth for _, depth in found])
    grain = 1000.0 * max(least, np.finfo(float).tiny)
    order = np.lexsort((splits, -np.round(depth / grain)))[:keep]
    return splits[order], depth[order]


def _sides(splits: Labels, active: Labels, n: int) -> Sides:
    """Sides of all n states, −1 for the neutral, from split numbers over the active ones."""
    sides = np.full((splits.size, n), -1, np.int8)
    if active.size:
        sides[:, active[0]] = 0
        sides[:, active[1:]] = (splits[:, None] >> np.arange(active.size - 1)) & 1
    return sides


def _minima(coupling: Matrix, least: float, keep: int) -> tuple[Labels, Vector, int]:
    kept: tuple[Labels, Vector] = (np.empty(0, np.int64), np.empty(0))
    waiting: list[tuple[Labels, Vector]] = []
    n_minima = n_waiting = 0
    for first, count in _chunks(len(coupling)):
        found = find(coupling, first, count, least, -np.inf)
        waiting.append(found)
        n_minima += found[0].size
        n_waiting += found[0].size
        if n_waiting > keep:  # memory stays flat however many there are
            kept, waiting, n_waiting = _lowest([kept, *waiting], keep, least), [], 0
    return *_lowest([kept, *waiting], keep, least), n_minima


def _minima_with_basins(coupling: Matrix, least: float) -> tuple[Labels, Vector, Labels]:
    """Every minimum, its depth and its basin, from the steepest step out of every split."""
    n = len(coupling)
    step = np.empty(1 << (n - 1), np.int8)
    for first, count in _chunks(n):
        all_steps(coupling, first, count, least, step)
    found = np.flatnonzero(step < 0)
    minima, depth = _lowest([(found, depths(coupling, found))], found.size, least)
    return minima, depth, count_basins(step, minima, n)


def _sampled_basins(coupling: Matrix, minima: Labels, least: float, n_descents: int, rng_seed: int) -> Labels:
    rng = np.random.default_rng(rng_seed)
    starts = rng.integers(0, 1 << (len(coupling) - 1), n_descents)
    ends = np.sort(descend(coupling, starts, least))
    return np.searchsorted(ends, minima, "right") - np.searchsorted(ends, minima, "left")


def landscape(
    propensity: Matrix,
    sizes: Vector | None = None,
    *,
    basins: Basins = "auto",
    n_descents: int = 10_000,
    rng_seed: int = 0,
    keep: int = 100_000,
) -> Landscape:
    """List every local minimum of the two-camp landscape, exactly, with its energy and basin.

    Parameters
    ----------
    propensity
        p_ij (or any signed ties), shape (N, N); directed input is symmetrised, the diagonal dropped.
    sizes
        s_i ≥ 0, shape (N,); all 1 if left out.
    basins
        "full" follows all splits (at most 24 states with ties), "sampled" follows `n_descents` random ones,
        "auto" is the first where possible and else the second.
    rng_seed
        Root of the sampled starts.
    keep
        Minima to return at most, the lowest; `n_minima` counts them all.

    Raises
    ------
    InputError
        If the input is not a finite square matrix with matching sizes, or has too many states with ties.
    """
    coupling = couple(propensity, sizes)
    active = _active(coupling)
    if not active.size:
        alone = _sides(np.zeros(1, np.int64), active, len(coupling))
        return Landscape(coupling, alone, np.zeros(1), np.ones(1, np.int64), "full", 1, 1, 1)
    method = _basin_method(basins, active.size)
    tied = np.ascontiguousarray(coupling[np.ix_(active, active)])
    least = _tolerance(tied)
    n_splits = 1 << (active.size - 1)
    if method == "full":
        minima, depth, basin = _minima_with_basins(tied, least)
        n_minima, n_descents = minima.size, n_splits
        minima, depth, basin = minima[:keep], depth[:keep], basin[:keep]
    else:
        minima, depth, n_minima = _minima(tied, least, keep)
        n_descents = n_descents if method == "sampled" else 0
        basin = _sampled_basins(tied, minima, least, n_descents, rng_seed)
    energy = 0.5 * (tied.sum() - depth)
    sides = _sides(minima, active, len(coupling))
    return Landscape(coupling, sides, energy, basin, method, n_descents, n_minima, n_splits)


def _basin_method(basins: Basins, states: int) -> Basins:
    if basins == "auto":
        return "full" if states <= MOST_STATES_FULL else "sampled"
    if basins == "full" and states > MOST_STATES_FULL:
        raise complain(f"full basins need at most {MOST_STATES_FULL} states with ties; sample them instead")
    return basins


def near_optimal(
    propensity: Matrix, sizes: Vector | None = None, *, within: float = 0.0, keep: int = 100_000
) -> tuple[Sides, Vector]:
    """List the splits whose energy lies within a margin of the least: the rival readings of who is with whom.

    Returns the sides, shape (M, N), and the energies, shape (M,), lowest first, at most `keep`; `within` ≥ 0 is
    in units of coupling. Errors as `landscape`.
    """
    coupling = couple(propensity, sizes)
    active = _active(coupling)
    tied = np.ascontiguousarray(coupling[np.ix_(active, active)])
    if not active.size:
        return _sides(np.zeros(1, np.int64), active, len(coupling)), np.zeros(1)
    least = _tolerance(tied)
    kept: tuple[Labels, Vector] = (np.empty(0, np.int64), np.empty(0))
    deepest = -np.inf
    for first, count in _chunks(active.size):
        found = find(tied, first, count, np.inf, deepest - 2.0 * within - least)
        deepest = max(deepest, found[1].max(initial=-np.inf))
        kept = _lowest([kept, found], keep, least) if found[0].size else kept
    near = kept[1] >= deepest - 2.0 * within - least
    return _sides(kept[0][near], active, len(coupling)), 0.5 * (tied.sum() - kept[1][near])
