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
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from sim.compiled.kernels import njit
from sim.errors import complain
from sim.outcomes.landscape import near_optimal
from sim.outcomes.metrics import Labels, Matrix, checked_ties, violated_weight
from sim.outcomes.search.crowds import agreement_of_many, blocs_of_many, two_camps

type Method = Literal["auto", "exact", "heuristic"]

ENUMERATED = 20  # states up to which all splits are simply listed: 2^19 in some ten milliseconds
MOST_STATES_EXACT = 1_000  # beyond, even writing the program down takes minutes
MOST_COUNTED = 100_000  # equally good splits
MOST_CUTS = 100_000  # they only speed up the proof
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


@njit(cache=True, nogil=True)
def packed_bound(W: Matrix, in_two: bool) -> float:
    """Least weight that must be violated: triangles that cannot be at peace, packed so that none counts a tie twice.

        Σ_t y_t ≤ V,   y_t ≥ 0 on triangles t that violate a tie in every partition,   Σ_{t ∋ ij} y_t ≤ |W_ij|

    Such triangles have one hostile tie, or three where there are but two camps (`in_two`). Filled greedily, in
    n³ operations, for where a program has not come to an end.
    """
    n = W.shape[0]
    left = np.abs(W)
    total = 0.0
    for i in range(n):
        for j in range(i):
            for k in range(j):
                hostile = (W[i, j] < 0.0) + (W[i, k] < 0.0) + (W[j, k] < 0.0)
                if hostile == 1 or (in_two and hostile == 3):
                    least = min(left[i, j], left[i, k], left[j, k])
                    left[i, j] -= least
                    left[i, k] -= least
                    left[j, k] -= least
                    total += least
                if left[i, j] <= 0.0:
                    break
    return total


def certify(
    ties: Matrix | csr_array,
    blocs: Labels,
    method: str,
    objective: float,
    bound: float,
    n_optimal: int | None = None,
) -> BlocResult:
    """Put a partition, its objective and a proven lower bound together, and judge whether it is optimal.

    `ties` are symmetric, dense or sparse, shape (N, N); an objective within rounding of the bound is optimal.
    """
    pair = coo_array(ties)
    is_apart = blocs[pair.row] != blocs[pair.col]
    weight = np.abs(pair.data)
    is_optimal = objective <= bound + ROUNDING * float(weight.sum()) / 2.0
    bound = objective if is_optimal else max(bound, 0.0)
    violated = float(weight[is_apart == (pair.data > 0.0)].sum()) / 2.0
    energy = float(pair.data[is_apart].sum())
    return BlocResult(blocs, method, is_optimal, objective, bound, violated, energy, n_optimal)


def searched_blocs(ties: csr_array, resolution: float | None = None) -> BlocResult:
    """Blocs by local search alone, of as many states as there is memory for their ties.

    Parameters
    ----------
    ties
        Symmetric and finite, with an empty diagonal, shape (N, N).
    resolution
        γ ≥ 0 for any number of blocs; two camps if left out.

    Nothing is proven, unless no tie is violated at all.
    """
    if resolution is None:
        blocs = _oriented(ties, two_camps(ties))
        objective = certify(ties, blocs, "", 0.0, 0.0).frustration_index
    else:
        blocs = blocs_of_many(ties, resolution)
        friendly = float(np.maximum(ties.data - resolution, 0.0).sum()) / 2.0
        objective = max(friendly - agreement_of_many(ties, blocs, resolution), 0.0)
    return certify(ties, blocs, "local search", objective, 0.0)


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


def _oriented(ties: csr_array, side: Labels) -> Labels:
    """Blocs of a split by first members: each connected part mirrored so that its first state is on side 0.

    States without ties stand alone.
    """
    _, part = connected_components(ties, directed=False)
    _, first, where = np.unique(part, return_index=True, return_inverse=True)
    turned = side ^ side[first][where]
    is_neutral = np.diff(ties.indptr) == 0
    turned = np.where(is_neutral, 2 + np.arange(side.size), turned)
    _, first, where = np.unique(turned, return_index=True, return_inverse=True)
    return first[where].astype(np.int64)


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
    if method == "heuristic":
        return searched_blocs(csr_array(ties))
    side, n_optimal = np.zeros(len(ties), np.int64), None
    tied = np.ascontiguousarray(ties[np.ix_(active, active)])
    if active.size <= ENUMERATED:
        splits, _ = near_optimal(tied, keep=MOST_COUNTED) if active.size else (side[None, :0], None)
        side[active], bound, name = splits[0], np.inf, "enumeration"
        n_optimal = len(splits) if len(splits) < MOST_COUNTED else None
    else:
        side[active], bound = _proven_split(tied, time_limit)
        name = "integer program"
    objective = float(violated_weight(tied, side[active]))
    blocs = _oriented(csr_array(ties), side)
    return certify(ties, blocs, name, objective, min(bound, objective), n_optimal)


def _proven_split(W: Matrix, time_limit: float) -> tuple[Labels, float]:
    """Better of the local search's split and the integer program's, and the proven bound on violated weight."""
    side = two_camps(csr_array(W))
    found, bound = _split_by_program(W, time_limit)
    if found is not None and violated_weight(W, found) < violated_weight(W, side):
        side = found
    return side, raise_bound(max(bound, packed_bound(W, True)), W)
