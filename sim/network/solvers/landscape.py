"""The landscape of two camps: every way to split the states in two, and where each way slides to.

Axelrod & Bennett's energy of a split X, over ordered pairs, with sizes s and propensities p:

    E(X) = Σ_{i≠j} s_i s_j p_ij d_ij(X),   d = 1 when i and j are on different sides, else 0

so friends apart cost and enemies apart relieve. A *local minimum* is a split that no single state's switch lowers;
its *basin* is the set of splits that steepest descent (always the switch that lowers E most, the first state
between equals) carries to it. A split and its mirror image are one: the first state is always on side 0, so there
are 2^(n−1). Splits are numbered by their bits: bit b is the side of state b + 1. States without any edge are
neutral: they have no side (−1) and do not multiply the minima. What a state's switch changes by less than `TOLERANCE`
of its own edges is rounding; splits are equally deep where the weight that they violate is the same to within `EQUAL`.

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
from sim.network.solvers.splits import all_steps, count_basins, descend, find, violations
from sim.outcomes.measures import Labels, Matrix, Vector, checked_edges

type Sides = NDArray[np.int8]
type Basins = Literal["auto", "full", "sampled", "none"]

TOLERANCE = 1e-11  # a share of one state's edges
EQUAL = 1e-12  # a share of the weight violated
MOST_STATES = 32  # 2^31 splits, minutes; beyond, use sim.network.proof.certificate
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
        How many splits were visited, 2^(states with edges − 1).
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
    edges = checked_edges(propensity)
    if sizes is None:
        return edges
    size = np.asarray(sizes, dtype=np.float64)
    if size.shape != (edges.shape[0],) or not np.isfinite(size).all() or (size < 0).any():
        raise complain(f"sizes are {edges.shape[0]} numbers of at least 0, one per state")
    with np.errstate(over="ignore", invalid="ignore"):
        weighted = edges * np.outer(size, size)
    return checked_edges(weighted)


def _active(coupling: Matrix) -> Labels:
    active = np.flatnonzero(coupling.any(axis=1))
    if active.size > MOST_STATES:
        raise complain(
            f"{active.size} states have {active.size - 1} two-way choices, too many to list "
            f"(at most {MOST_STATES} states); ask for the best two blocs instead"
        )
    return active


def _tolerance(coupling: Matrix) -> Vector:
    return TOLERANCE * np.abs(coupling).sum(axis=1)


def _chunks(states: int) -> list[tuple[int, int]]:
    splits = 1 << (states - 1)
    return [(first, min(CHUNK, splits - first)) for first in range(0, splits, CHUNK)]


def _lowest(coupling: Matrix, splits: Labels, keep: int) -> tuple[Labels, Vector]:
    """Of these splits the `keep` that violate least, and what they violate; equals by split number."""
    violated = violations(coupling, splits)
    by_depth = np.argsort(violated, kind="stable")
    step = np.diff(violated[by_depth], prepend=violated[by_depth[:1]])
    rank = np.empty(splits.size, np.int64)
    rank[by_depth] = np.cumsum(step > EQUAL * violated[by_depth])
    order = np.lexsort((splits, rank))[:keep]
    return splits[order], violated[order]


def _energy(coupling: Matrix, violated: Vector) -> Vector:
    """Energy over ordered pairs of splits that violate so much."""
    return 2.0 * violated + np.minimum(coupling, 0.0).sum()


def _sides(splits: Labels, active: Labels, n: int) -> Sides:
    """Sides of all n states, −1 for the neutral, from split numbers over the active ones."""
    sides = np.full((splits.size, n), -1, np.int8)
    if active.size:
        sides[:, active[0]] = 0
        sides[:, active[1:]] = (splits[:, None] >> np.arange(active.size - 1)) & 1
    return sides


def _minima(coupling: Matrix, least: Vector, keep: int) -> tuple[Labels, Vector, int]:
    waiting = [np.empty(0, np.int64)]
    n_minima = n_waiting = 0
    for first, count in _chunks(len(coupling)):
        result, _ = find(coupling, first, count, least, -np.inf)
        waiting.append(result)
        n_minima += result.size
        n_waiting += result.size
        if n_waiting > keep:  # memory stays flat however many there are
            waiting, n_waiting = [_lowest(coupling, np.concatenate(waiting), keep)[0]], 0
    return *_lowest(coupling, np.concatenate(waiting), keep), n_minima


def _minima_with_basins(coupling: Matrix, least: Vector) -> tuple[Labels, Vector, Labels]:
    """Every minimum, what it violates and its basin, from the steepest step out of every split."""
    n = len(coupling)
    step = np.empty(1 << (n - 1), np.int8)
    for first, count in _chunks(n):
        all_steps(coupling, first, count, least, step)
    result = np.flatnonzero(step < 0)
    minima, violated = _lowest(coupling, result, result.size)
    return minima, violated, count_basins(step, minima, n)


def _sampled_basins(
    coupling: Matrix, minima: Labels, least: Vector, n_descents: int, rng_seed: int
) -> Labels:
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
        p_ij (or any signed edges), shape (N, N); directed input is symmetrised, the diagonal dropped.
    sizes
        s_i ≥ 0, shape (N,); all 1 if left out.
    basins
        "full" follows all splits (at most 24 states with edges), "sampled" follows `n_descents` random ones,
        "auto" is the first where possible and else the second.
    rng_seed
        Root of the sampled starts.
    keep
        Minima to return at most, the lowest; `n_minima` counts them all.

    Raises
    ------
    InputError
        If the input is not a finite square matrix with matching sizes, or has too many states with edges.
    """
    coupling = couple(propensity, sizes)
    active = _active(coupling)
    if not active.size:
        alone = _sides(np.zeros(1, np.int64), active, len(coupling))
        return Landscape(coupling, alone, np.zeros(1), np.ones(1, np.int64), "full", 1, 1, 1)
    method = _basin_method(basins, active.size)
    linked = np.ascontiguousarray(coupling[np.ix_(active, active)])
    least = _tolerance(linked)
    n_splits = 1 << (active.size - 1)
    if method == "full":
        minima, violated, basin = _minima_with_basins(linked, least)
        n_minima, n_descents = minima.size, n_splits
        minima, violated, basin = minima[:keep], violated[:keep], basin[:keep]
    else:
        minima, violated, n_minima = _minima(linked, least, keep)
        n_descents = n_descents if method == "sampled" else 0
        basin = _sampled_basins(linked, minima, least, n_descents, rng_seed)
    sides = _sides(minima, active, len(coupling))
    return Landscape(
        coupling, sides, _energy(linked, violated), basin, method, n_descents, n_minima, n_splits
    )


def _basin_method(basins: Basins, states: int) -> Basins:
    if basins == "auto":
        return "full" if states <= MOST_STATES_FULL else "sampled"
    if basins == "full" and states > MOST_STATES_FULL:
        raise complain(f"full basins need at most {MOST_STATES_FULL} states with edges; sample them instead")
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
    linked = np.ascontiguousarray(coupling[np.ix_(active, active)])
    if not active.size:
        return _sides(np.zeros(1, np.int64), active, len(coupling)), np.zeros(1)
    least = float(_tolerance(linked).max())  # of sums over all states; what passes is weighed again
    asks_depth_only = np.full(active.size, np.inf)
    near, deepest = np.empty(0, np.int64), -np.inf
    for first, count in _chunks(active.size):
        result, deep = find(linked, first, count, asks_depth_only, deepest - 2.0 * within - least)
        deepest = max(deepest, deep)
        if result.size:
            near = _near(linked, np.concatenate([near, result]), within)[:keep]
    return _sides(near, active, len(coupling)), _energy(linked, violations(linked, near))


def _near(coupling: Matrix, splits: Labels, within: float) -> Labels:
    """Of these splits those whose energy lies within a margin of the least, lowest first."""
    ranked, violated = _lowest(coupling, splits, splits.size)
    return ranked[violated <= (violated[0] + 0.5 * within) * (1.0 + EQUAL)]
