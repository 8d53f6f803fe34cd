"""Blocs with a certificate: the answer, how it was found, and how far from the best it can be at most.

`two_blocs` finds the frustration index: the least weight of edges that must be violated when the states form at
most two camps. Parts that no edge connects are solved apart, each by tolerances of its own: small ones enumerated,
larger ones trimmed (`sim.network.proof.excess`) and given to branch and bound (`sim.network.proof.splitting`) and,
unless its tolerances would hide some state's edges, to the integer program (`sim.network.proof.program`), with a time
limit; when it runs out, the best split known is returned with the bound that was proven. What is said to be best is
checked against the edges first.

References
----------
Harary (1959); Aref, Mason & Wilson (2020), A modeling and computational study of the frustration index in signed
networks, Networks 75.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sim.errors import complain
from sim.network.proof.bounds import packed_bound, raise_bound
from sim.network.proof.excess import restored, trimmed
from sim.network.proof.parts import Proof, is_decided, judge, parts_of, solve_apart
from sim.network.proof.program import split_by_program, undecided
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
        What was minimised: the violated weight of the edges less the resolution.
    bound
        Proven lower bound on the objective; equal to it when optimal.
    frustration_index
        L, the weight of the edges W violated by these blocs; the line index of balance when two blocs are optimal.
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


def flip_costs(edges: csr_array, blocs: Labels, resolution: float | None) -> Vector:
    """What the objective would rise by if a state alone switched; shape (N,), infinite for states without edges.

    To the other camp of two, where x = ±1 by camp: Σ_j J_ij x_i x_j. With any number of blocs, to the bloc or solitude
    that costs least: `sim.outcomes.blocs.local.exit_costs`; infinite beyond 2000 states.
    """
    has_edges = np.diff(edges.indptr) > 0
    cost = np.full(blocs.size, np.inf)
    if resolution is None:
        spin = np.where(blocs == (blocs[has_edges][0] if has_edges.any() else 0), 1.0, -1.0)
        cost[has_edges] = (spin * (edges @ spin))[has_edges]
    elif blocs.size <= MOST_STATES_PAIRED:
        cost[has_edges] = exit_costs(edges.toarray(), blocs, resolution)[0][has_edges]
    return cost


def certify(edges: csr_array, resolution: float | None, result: Proof) -> BlocResult:
    """Check a proof against all edges and put the result together.

    Everything is counted anew from the partition, in `found.labels`. What was proven counts only if the partition
    violates no more than the bound, and if no state alone would do better elsewhere, by more than the rounding of its
    own edges.
    """
    blocs, gamma = result.labels, resolution or 0.0
    objective = violated_by_many(edges, blocs, gamma)
    reach = np.asarray(abs(edges).sum(axis=1)) + gamma * blocs.size
    is_optimal = objective == 0.0 or (
        result.is_proven
        and objective <= result.bound * (1.0 + EXACT)
        and bool((flip_costs(edges, blocs, resolution) >= -EXACT * reach).all())
    )
    bound = objective if is_optimal else min(result.bound, objective * (1.0 - EXACT))
    pair = edges.tocoo()
    energy = float(pair.data[blocs[pair.row] != blocs[pair.col]].sum())
    violated = violated_by_many(edges, blocs, 0.0)
    n_optimal = result.n_optimal if is_optimal else None
    method = " and ".join(sorted(result.methods))
    return BlocResult(blocs, method, is_optimal, objective, bound, violated, energy, n_optimal)


def searched_blocs(edges: csr_array, resolution: float | None = None) -> BlocResult:
    """Blocs by local search alone, of as many states as there is memory for their edges.

    Parameters
    ----------
    edges
        Symmetric and finite, with an empty diagonal, shape (N, N).
    resolution
        γ ≥ 0 for any number of blocs; two camps if left out.

    Nothing is proven, unless no edge is violated at all.
    """
    blocs = _orient(edges, two_camps(edges)) if resolution is None else blocs_of_many(edges, resolution)
    return certify(edges, resolution, Proof(blocs, False, 0.0, frozenset(["local search"])))


def _orient(edges: csr_array, side: Labels) -> Labels:
    """Blocs of a split by first members: each connected part mirrored so that its first state is on side 0.

    States without edges stand alone.
    """
    _, part = connected_components(edges, directed=False)
    _, first, where = np.unique(part, return_index=True, return_inverse=True)
    turned = side ^ side[first][where]
    is_neutral = np.diff(edges.indptr) == 0
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
    """Find the two camps that violate the least weight of edges: the frustration index and its certificate.

    Parameters
    ----------
    matrix
        Signed edges or affinities, shape (N, N): weighted, directed (symmetrised), with zeros.
    method
        "auto" and "exact" enumerate parts of up to 20 states and otherwise branch and bound or solve the integer
        program; "heuristic" searches locally and proves nothing.
    time_limit
        Seconds for the proof; when they run out the gap is reported.

    States without edges stand alone. Camps of states that no chain of edges connects could be joined either way
    round; the first state of each such part is put in the same bloc, and every way is counted in `n_optimal`.

    Raises
    ------
    InputError
        If the matrix is not finite and square, or too large for an exact answer.
    """
    edges = checked_edges(matrix)
    check_method(int(edges.any(axis=1).sum()), method, MOST_STATES_EXACT)
    if method == "heuristic":
        return searched_blocs(csr_array(edges))
    deadline = time.monotonic() + time_limit
    parts = parts_of(edges != 0.0)
    result = solve_apart(edges, parts, lambda part: _prove_part(part, deadline), "enumeration")
    blocs = _orient(csr_array(edges), _sides(result.labels, parts))
    ways = result.n_optimal and result.n_optimal * 2 ** max(len(parts) - 1, 0)
    proof = Proof(blocs, result.is_proven, result.bound, result.methods, ways)
    return certify(csr_array(edges), None, proof)


def _sides(labels: Labels, parts: list[Labels]) -> Labels:
    """Side of each state, from blocs that are two at most in each part; the first of a part is on side 0."""
    side = np.zeros(labels.size, np.int64)
    for members in parts:
        side[members] = labels[members] != labels[members[0]]
    return side


def _prove_part(W: Matrix, deadline: float) -> Proof:
    """Best split of one connected part: listed, or of its edges trimmed and of the cores that this leaves."""
    if len(W) <= ENUMERATED:
        return _enumerate(W)
    light, ends = trimmed(W, in_two=True)
    cores = parts_of(light != 0.0)
    result = solve_apart(light, cores, lambda core: _prove_core(core, deadline), "enumeration")
    side = restored(W, ends, _sides(result.labels, cores), in_two=True)
    is_proven = result.is_proven and violated_weight(W, side) <= result.bound * (1.0 + EXACT)
    return Proof(side, is_proven, result.bound, result.methods)


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
    result = _branch(W, camps, min((deadline - time.monotonic()) / 2.0, 1.0))
    if not result.is_proven and is_decided(W, undecided(W)):
        result = _better(_program(W, camps, deadline - time.monotonic()), result)
    if not result.is_proven and time.monotonic() < deadline:
        result = _better(_branch(W, camps, deadline - time.monotonic()), result)
    return result


def _branch(W: Matrix, camps: Labels, seconds: float) -> Proof:
    side, least = split_by_branching(W, camps, int(STEPS_A_SECOND * max(seconds, 0.0)))
    bound = max(least, float(packed_bound(W, True)))
    return judge(W, side, bound, "branch and bound", EXACT * bound)


def _program(W: Matrix, camps: Labels, seconds: float) -> Proof:
    result, bound = split_by_program(W, max(seconds, 0.01))
    is_better = result is not None and violated_weight(W, result) < violated_weight(W, camps)
    side = result if result is not None and is_better else camps
    return judge(W, side, raise_bound(bound, W), "integer program", undecided(W))


def _better(one: Proof, other: Proof) -> Proof:
    """Proof that is one, or else has the higher bound."""
    return one if one.is_proven or one.bound >= other.bound else other
