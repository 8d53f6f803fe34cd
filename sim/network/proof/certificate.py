"""Blocs with a certificate: the answer, how it was found, and how far from the best it can be at most.

`two_blocs` finds the frustration index: the least weight of ties that must be violated when the states form at
most two camps. Parts that no tie connects are solved apart, each by tolerances of its own: small ones enumerated,
larger ones trimmed (`sim.network.proof.excess`) and given to branch and bound (`sim.network.proof.splitting`) and,
unless its tolerances would hide some state's ties, to the integer program (`sim.network.proof.program`), with a time
limit; when it runs out, the best split known is returned with the bound that was proven. What is said to be best is
checked against the ties first.

References
----------
Harary (1959); Aref, Mason & Wilson (2020), A modeling and computational study of the frustration index in signed
networks, Networks 75.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sim.compiled.kernels import njit
from sim.errors import complain
from sim.network.proof.excess import restored, trimmed
from sim.network.proof.parts import Proof, is_decided, judge, parts_of, solve_apart
from sim.network.proof.program import ROUNDING, split_by_program, undecided
from sim.network.proof.splitting import EXACT, STEPS_A_SECOND, split_by_branching
from sim.network.solvers.landscape import near_optimal
from sim.network.solvers.large import blocs_of_many, two_camps, violated_by_many
from sim.outcomes.blocs.local import exit_costs
from sim.outcomes.measures import Labels, Matrix, Vector, checked_edges, violated_weight

type Method = Literal["auto", "exact", "heuristic"]

ENUMERATED = 20  # states up to which all splits are simply listed: 2^19 in some ten milliseconds
MOST_STATES_EXACT = 1_000  # beyond, even writing the program down takes minutes
MOST_STATES_PAIRED = 2_000  # matrices of pairs fill the memory beyond


@dataclass(frozen=True)
class BlocResult:
    """A partition into blocs and what is proven about it.

    Parameters
    ----------
    blocs
        Bloc of each state: the index of its first member, shape (N,).
    method
        "enumeration", "integer program" or "branch and bound" (two blocs), "branch and bound" or "cutting planes" (any
        number), or several, where parts were solved apart; "local search" (either, without proof).
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
    """Raise a proven lower bound on a sum of such weights to the next multiple of what they are all multiples of.

    That is the least of them, or 1; without either the bound stays as it is.
    """
    size = np.abs(weights[weights != 0.0])
    if not (math.isfinite(bound) and size.size):
        return bound
    for unit in (float(size.min()), 1.0):
        count = size / unit
        if np.array_equal(count, np.round(count)):
            return unit * math.ceil(bound / unit - ROUNDING * max(1.0, float(count.sum())))
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


def flip_costs(ties: csr_array, blocs: Labels, resolution: float | None) -> Vector:
    """What the objective would rise by if a state alone switched; shape (N,), infinite for states without ties.

    To the other camp of two, where x = ±1 by camp: Σ_j J_ij x_i x_j. With any number of blocs, to the bloc or solitude
    that costs least: `sim.outcomes.blocs.local.exit_costs`; infinite beyond 2000 states.
    """
    has_ties = np.diff(ties.indptr) > 0
    cost = np.full(blocs.size, np.inf)
    if resolution is None:
        spin = np.where(blocs == (blocs[has_ties][0] if has_ties.any() else 0), 1.0, -1.0)
        cost[has_ties] = (spin * (ties @ spin))[has_ties]
    elif blocs.size <= MOST_STATES_PAIRED:
        cost[has_ties] = exit_costs(ties.toarray(), blocs, resolution)[0][has_ties]
    return cost


def certify(ties: csr_array, resolution: float | None, found: Proof) -> BlocResult:
    """Check a proof against all ties and put the result together.

    Everything is counted anew from the partition, in `found.labels`. What was proven counts only if the partition
    violates no more than the bound, and if no state alone would do better elsewhere, by more than the rounding of its
    own ties.
    """
    blocs, gamma = found.labels, resolution or 0.0
    objective = violated_by_many(ties, blocs, gamma)
    reach = np.asarray(abs(ties).sum(axis=1)) + gamma * blocs.size
    is_optimal = objective == 0.0 or (
        found.is_proven
        and objective <= found.bound * (1.0 + EXACT)
        and bool((flip_costs(ties, blocs, resolution) >= -EXACT * reach).all())
    )
    bound = objective if is_optimal else min(found.bound, objective * (1.0 - EXACT))
    pair = ties.tocoo()
    energy = float(pair.data[blocs[pair.row] != blocs[pair.col]].sum())
    violated = violated_by_many(ties, blocs, 0.0)
    n_optimal = found.n_optimal if is_optimal else None
    method = " and ".join(sorted(found.methods))
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
    blocs = _oriented(ties, two_camps(ties)) if resolution is None else blocs_of_many(ties, resolution)
    return certify(ties, resolution, Proof(blocs, False, 0.0, frozenset(["local search"])))


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
        "auto" and "exact" enumerate parts of up to 20 states and otherwise branch and bound or solve the integer
        program; "heuristic" searches locally and proves nothing.
    time_limit
        Seconds for the proof; when they run out the gap is reported.

    States without ties stand alone. Camps of states that no chain of ties connects could be joined either way
    round; the first state of each such part is put in the same bloc, and every way is counted in `n_optimal`.

    Raises
    ------
    InputError
        If the matrix is not finite and square, or too large for an exact answer.
    """
    ties = checked_edges(matrix)
    check_method(int(ties.any(axis=1).sum()), method, MOST_STATES_EXACT)
    if method == "heuristic":
        return searched_blocs(csr_array(ties))
    deadline = time.monotonic() + time_limit
    parts = parts_of(ties != 0.0)
    found = solve_apart(ties, parts, lambda part: _prove_part(part, deadline), "enumeration")
    blocs = _oriented(csr_array(ties), _sides(found.labels, parts))
    ways = found.n_optimal and found.n_optimal * 2 ** max(len(parts) - 1, 0)
    proof = Proof(blocs, found.is_proven, found.bound, found.methods, ways)
    return certify(csr_array(ties), None, proof)


def _sides(labels: Labels, parts: list[Labels]) -> Labels:
    """Side of each state, from blocs that are two at most in each part; the first of a part is on side 0."""
    side = np.zeros(labels.size, np.int64)
    for members in parts:
        side[members] = labels[members] != labels[members[0]]
    return side


def _prove_part(W: Matrix, deadline: float) -> Proof:
    """Best split of one connected part: listed, or of its ties trimmed and of the cores that this leaves."""
    if len(W) <= ENUMERATED:
        return _enumerate(W)
    light, ends = trimmed(W, in_two=True)
    cores = parts_of(light != 0.0)
    found = solve_apart(light, cores, lambda core: _prove_core(core, deadline), "enumeration")
    side = restored(W, ends, _sides(found.labels, cores), in_two=True)
    is_proven = found.is_proven and violated_weight(W, side) <= found.bound * (1.0 + EXACT)
    return Proof(side, is_proven, found.bound, found.methods)


def _enumerate(W: Matrix) -> Proof:
    splits, _ = near_optimal(W, keep=1 << (ENUMERATED - 1))
    side = splits[0].astype(np.int64)
    violated = float(violated_weight(W, side))
    return replace(judge(W, side, violated, "enumeration", EXACT * violated), n_optimal=len(splits))


def _prove_core(W: Matrix, deadline: float) -> Proof:
    """Best split known of one core by the deadline, and the proven bound on violated weight.

    Branch and bound for a second, then the integer program; and where its tolerances are too coarse or it has given
    up, the former again.
    """
    if len(W) <= ENUMERATED:
        return _enumerate(W)
    camps = two_camps(csr_array(W))
    found = _branch(W, camps, min((deadline - time.monotonic()) / 2.0, 1.0))
    if not found.is_proven and is_decided(W, undecided(W)):
        found = _better(_program(W, camps, deadline - time.monotonic()), found)
    if not found.is_proven and time.monotonic() < deadline:
        found = _better(_branch(W, camps, deadline - time.monotonic()), found)
    return found


def _branch(W: Matrix, camps: Labels, seconds: float) -> Proof:
    side, least = split_by_branching(W, camps, int(STEPS_A_SECOND * max(seconds, 0.0)))
    bound = max(least, float(packed_bound(W, True)))
    return judge(W, side, bound, "branch and bound", EXACT * bound)


def _program(W: Matrix, camps: Labels, seconds: float) -> Proof:
    found, bound = split_by_program(W, max(seconds, 0.01))
    is_better = found is not None and violated_weight(W, found) < violated_weight(W, camps)
    side = found if found is not None and is_better else camps
    return judge(W, side, raise_bound(bound, W), "integer program", undecided(W))


def _better(one: Proof, other: Proof) -> Proof:
    """Proof that is one, or else has the higher bound."""
    return one if one.is_proven or one.bound >= other.bound else other
