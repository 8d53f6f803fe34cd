"""Blocs with a certificate: the answer, how it was found, and how far from the best it can be at most.

`two_blocs` finds the frustration index: the least weight of ties that must be violated when the states form at
most two camps. Small cases are enumerated; larger ones go to a mixed-integer program (HiGHS through SciPy),

    minimise Σ_{i<j} |W_ij| f_ij    f_ij ≥ |x_i − x_j| for friends, f_ij ≥ |x_i + x_j − 1| for enemies,
                                    f_ij + f_jl + f_il ≥ 1 for every unbalanced triangle,   x_i ∈ {0, 1},

with a time limit; when it runs out, the best split known is returned with the bound that was proven.

References
----------
Harary (1959); Aref, Mason & Wilson (2020), A modeling and computational study of the frustration index in signed
networks, Networks 75.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from sim.errors import complain
from sim.outcomes.blocs import by_friendship, canonical, rounding
from sim.outcomes.landscape import near_optimal
from sim.outcomes.metrics import Labels, Matrix, Vector, checked_ties, violated_weight

type Method = Literal["auto", "exact", "heuristic"]

ENUMERATED = 20  # states up to which all splits are simply listed: 2^19 in some ten milliseconds
MOST_STATES_EXACT = 1_000  # beyond, even writing the program down takes minutes
MOST_COUNTED = 100_000  # equally good splits
MOST_CUTS = 100_000  # they only speed up the proof
HEURISTIC_STARTS = 64
POWER_STEPS = (
    300  # enough for the signs of a leading eigenvector that stands a few percent clear of the others
)
ROUNDING = 1e-7  # relative error that the solver leaves in sums of weights


@dataclass(frozen=True)
class BlocResult:
    """A partition into blocs and what is proven about it.

    Parameters
    ----------
    blocs
        Bloc of each state: the index of its first member, shape (N,).
    method
        "enumeration" or "integer program" (two blocs), "branch and bound", "cutting planes" or both (any number),
        "local search" (either, without proof).
    is_optimal
        Whether no other partition does better, by proof.
    objective
        What was minimised: the violated weight of the ties less the resolution.
    bound
        Proven lower bound on the objective; equal to it when optimal.
    frustration_index
        L, the weight of the ties W violated by these blocs; the line index of balance when two blocs are optimal.
    energy
        Σ_{i≠j} W_ij [different blocs] over ordered pairs, 2 (L − Σ_{i<j} max(−W_ij, 0)).
    n_optimal
        How many partitions are as good as this one, where they were all seen; else `None`.
    """

    blocs: Labels
    method: str
    is_optimal: bool
    objective: float
    bound: float
    frustration_index: float
    energy: float
    n_optimal: int | None = None

    @property
    def gap(self) -> float:
        """Share of the objective that a better partition could still save: 0 when optimal, 1 when nothing is known."""
        return 0.0 if self.is_optimal else (self.objective - self.bound) / self.objective

    @property
    def n_blocs(self) -> int:
        """Number of blocs, states standing alone included."""
        return int(np.unique(self.blocs).size)


def raise_bound(bound: float, weights: Matrix) -> float:
    """Raise a proven lower bound on a sum of such weights to the next whole number if all weights are whole."""
    if math.isfinite(bound) and np.array_equal(weights, np.round(weights)):
        return math.ceil(bound - ROUNDING * max(1.0, float(np.abs(weights).sum())))
    return bound


def certify(
    W: Matrix, blocs: Labels, method: str, objective: float, bound: float, n_optimal: int | None = None
) -> BlocResult:
    """Put a partition, its objective and a proven lower bound together, and judge whether it is optimal.

    `W` are the symmetric ties, shape (N, N); an objective within rounding of the bound is optimal.
    """
    is_optimal = objective <= bound + ROUNDING * float(np.abs(W).sum()) / 2.0
    bound = objective if is_optimal else max(bound, 0.0)
    violated = float(violated_weight(W, blocs))
    energy = float(W[blocs[:, None] != blocs[None, :]].sum())
    return BlocResult(blocs, method, is_optimal, objective, bound, violated, energy, n_optimal)


@njit(cache=True, nogil=True)
def leading_vector(matrix: Matrix) -> Vector:
    """Eigenvector of the largest eigenvalue of a symmetric matrix, by power iteration; shape (N,), max |entry| 1.

    The matrix is shifted by its largest absolute row sum, which makes the largest eigenvalue the dominant one.
    The start is the row of that state, so relabelling the states relabels the result. Close eigenvalues leave
    a mixture.
    """
    n = matrix.shape[0]
    strength = np.zeros(n)
    for i in range(n):
        for j in range(n):
            strength[i] += abs(matrix[i, j])
    strongest = np.argmax(strength)
    shift = strength[strongest]
    vector: Vector = matrix[strongest].copy()
    vector[strongest] = shift
    for _ in range(POWER_STEPS):
        image: Vector = shift * vector
        for j in range(n):
            for i in range(n):
                image[i] += matrix[j, i] * vector[j]
        largest = np.abs(image).max()
        if largest == 0.0:
            return image
        vector = image / largest
    return vector


@njit(cache=True, nogil=True)
def _descend_two(W: Matrix, spin: Vector) -> float:
    """Switch, in place, the state whose switch helps most until none helps; return Σ_ij W_ij x_i x_j."""
    n = spin.shape[0]
    least = n * rounding(W)
    field = np.zeros(n)
    for j in range(n):
        for i in range(n):
            field[i] += W[j, i] * spin[j]
    while True:
        who = 0
        for i in range(1, n):
            if spin[i] * field[i] < spin[who] * field[who]:
                who = i
        if spin[who] * field[who] >= -least:
            depth = 0.0
            for i in range(n):
                depth += spin[i] * field[i]
            return depth
        spin[who] = -spin[who]
        for i in range(n):
            field[i] += 2.0 * spin[who] * W[who, i]


@njit(cache=True, nogil=True)
def _signs(vector: Vector) -> Vector:
    spin = np.ones(vector.shape[0])
    for i in range(vector.shape[0]):
        if vector[i] < 0.0:
            spin[i] = -1.0
    return spin


@njit(cache=True, nogil=True)
def two_camps(W: Matrix, n_starts: int) -> Labels:
    """Two camps by deterministic local search, from the leading eigenvector and the strongest states' friendships.

    Returns side 0 or 1 of each state, shape (N,), the first state on side 0. Not certified: see `two_blocs`.
    """
    n = W.shape[0]
    best = _signs(leading_vector(W))
    most = _descend_two(W, best)
    for centre in by_friendship(np.abs(W))[:n_starts]:
        spin = _signs(W[centre])
        depth = _descend_two(W, spin)
        if depth > most:
            best, most = spin, depth
    side = np.zeros(n, np.int64)
    for i in range(n):
        side[i] = best[i] != best[0]
    return side


def _constraints(W: Matrix, edges: Labels) -> LinearConstraint:
    """Rows of the integer program in x (states), then f (ties)."""
    n = len(W)
    i, j = edges.T
    f = n + np.arange(len(edges))
    sign = np.sign(W[i, j])
    # friends: f − x_i + x_j ≥ 0 and f + x_i − x_j ≥ 0;  enemies: f − x_i − x_j ≥ −1 and f + x_i + x_j ≥ 1
    one = np.ones_like(sign)
    columns = [np.stack([f, i, j], 1)] * 2
    values = [np.stack([one, -one, sign], 1), np.stack([one, one, -sign], 1)]
    least = [np.where(sign > 0, 0.0, -1.0), np.where(sign > 0, 0.0, 1.0)]
    triangles = _unbalanced_triangles(W, edges)
    columns.append(n + triangles)
    values.append(np.ones(triangles.shape))
    least.append(np.ones(len(triangles)))
    column, value, low = np.concatenate(columns), np.concatenate(values), np.concatenate(least)
    row = np.repeat(np.arange(len(column)), 3)
    shape = (len(column), n + len(edges))
    return LinearConstraint(csr_array(coo_array((value.ravel(), (row, column.ravel())), shape=shape)), lb=low)


def _unbalanced_triangles(W: Matrix, edges: Labels) -> NDArray[np.int64]:
    """Ties, by their number, of triangles whose signs multiply to −1: all, or enough; shape (triangles, 3)."""
    number = np.full(W.shape, -1)
    number[edges[:, 0], edges[:, 1]] = np.arange(len(edges))
    found = [np.empty((0, 3), np.int64)]
    many = 0
    for e, (i, j) in enumerate(edges):
        third = np.flatnonzero(W[i, j] * W[i, j + 1 :] * W[j, j + 1 :] < 0) + j + 1
        found.append(np.stack([np.full(third.size, e), number[i, third], number[j, third]], 1))
        many += third.size
        if many > MOST_CUTS:
            break
    return np.concatenate(found)


def _split_by_program(W: Matrix, time_limit: float) -> tuple[Labels | None, float]:
    """Best split that the integer program found, if any, and the proven lower bound on the violated weight."""
    n = len(W)
    edges = np.argwhere(np.triu(W) != 0)
    cost = np.r_[np.zeros(n), np.abs(W[edges[:, 0], edges[:, 1]])]
    upper = np.ones(cost.size)
    upper[np.argmax((W != 0).sum(axis=1))] = 0.0  # a split and its mirror image are one
    answer = milp(
        cost,
        integrality=np.r_[np.ones(n), np.zeros(len(edges))],
        bounds=Bounds(np.zeros(cost.size), upper),
        constraints=_constraints(W, edges),
        options={"time_limit": time_limit, "mip_rel_gap": 0.0},
    )
    bound = answer.mip_dual_bound
    split = None if answer.x is None else (answer.x[:n] > 0.5).astype(np.int64)
    return split, 0.0 if bound is None or not np.isfinite(bound) else float(bound)


def _orient(W: Matrix, side: Labels) -> Labels:
    """Mirror each connected part of the ties so that its first state is on side 0."""
    _, part = connected_components(csr_array(W), directed=False)
    _, first, where = np.unique(part, return_index=True, return_inverse=True)
    turned: Labels = side ^ side[first][where]
    return turned


def check_method(n: int, method: Method, most: int) -> None:
    """Refuse an exact answer on too many states.

    Raises
    ------
    InputError
        If `method` is unknown, or is not "heuristic" and there are more than `most` states.
    """
    if method not in ("auto", "exact", "heuristic"):
        raise complain(f"method is auto, exact or heuristic, not {method!r}")
    if method != "heuristic" and n > most:
        raise complain(f"{n} states are too many to solve exactly (at most {most}); use method heuristic")


def two_blocs(matrix: Matrix, *, method: Method = "auto", time_limit: float = 60.0) -> BlocResult:
    """Find the two camps that violate the least weight of ties: the frustration index and its certificate.

    Parameters
    ----------
    matrix
        Signed ties or affinities, shape (N, N): weighted, directed (symmetrised), with zeros.
    method
        "auto" and "exact" enumerate up to 20 states and otherwise solve the integer program; "heuristic" searches
        locally and proves nothing.
    time_limit
        Seconds for the integer program; when they run out the gap is reported.

    States without ties stand alone. Camps of states that no chain of ties connects could be joined either way
    round; the first state of each such part is put in the same bloc.

    Raises
    ------
    InputError
        If the matrix is not finite and square, or too large for an exact answer.
    """
    ties = checked_ties(matrix)
    active = np.flatnonzero(ties.any(axis=1))
    check_method(active.size, method, MOST_STATES_EXACT)
    blocs = np.arange(len(ties))
    if not active.size:
        return certify(ties, blocs, "enumeration", 0.0, 0.0, 1)
    tied = np.ascontiguousarray(ties[np.ix_(active, active)])
    if method != "heuristic" and active.size <= ENUMERATED:
        splits, _ = near_optimal(tied, keep=MOST_COUNTED)
        side, bound, name = splits[0].astype(np.int64), np.inf, "enumeration"
        n_optimal = len(splits) if len(splits) < MOST_COUNTED else None
    else:
        side, bound, name = _search(tied, method, time_limit)
        n_optimal = None
    blocs[active] = active[canonical(_orient(tied, side))]
    objective = float(violated_weight(tied, side))
    return certify(ties, blocs, name, objective, min(bound, objective), n_optimal)


def _search(W: Matrix, method: Method, time_limit: float) -> tuple[Labels, float, str]:
    """Best split by local search and, unless only that is asked for, by the integer program; bound; method."""
    side = two_camps(W, HEURISTIC_STARTS)
    if method == "heuristic":
        return side, 0.0, "local search"
    found, bound = _split_by_program(W, time_limit)
    if found is not None and violated_weight(W, found) < violated_weight(W, side):
        side = found
    return side, raise_bound(bound, W), "integer program"
