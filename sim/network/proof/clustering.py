"""Any number of blocs, with a certificate: correlation clustering solved exactly, or with the gap that is left.

`free_blocs` minimises the violated weight of the edges less the resolution,

    V = Σ_{i<j same bloc} max(γ − W_ij, 0) + Σ_{i<j different blocs} max(W_ij − γ, 0),

which differs by a constant from the agreement that `sim.outcomes.blocs.local.blocs` maximises. With z_ij = 1 for a pair
in the same bloc this is a linear program over the partitions, which satisfy z_ij + z_jl − z_il ≤ 1 for every three
states. Those triangle inequalities are added as they are violated; if the end of it is fractional, the same with
whole z. Parts of the states that no chain of edges above the resolution connects are solved one by one, trimmed
(`sim.network.proof.excess`) and scaled by their largest edge, small ones by `sim.outcomes.blocs.exact`.

References
----------
Grötschel & Wakabayashi (1989), A cutting plane algorithm for a clustering problem, Mathematical Programming 45;
Doreian & Mrvar (1996), A partitioning approach to structural balance, Social Networks 18.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from sim.errors import complain
from sim.network.proof.bounds import packed_bound, raise_bound
from sim.network.proof.certificate import (
    MOST_STATES_PAIRED,
    BlocResult,
    Method,
    certify,
    check_method,
    searched_blocs,
)
from sim.network.proof.excess import restored, trimmed
from sim.network.proof.parts import Proof, judge, parts_of, solve_apart
from sim.network.proof.program import scaled, undecided
from sim.network.proof.splitting import EXACT
from sim.network.solvers.large import blocs_of_many
from sim.outcomes.blocs.exact import best_blocs
from sim.outcomes.blocs.local import rounding, separate
from sim.outcomes.blocs.moves import improve
from sim.outcomes.measures import LARGEST, Labels, Matrix, Vector, checked_edges, violated_weight

MOST_STATES_EXACT = 200  # pairs, hence variables, grow with the square: 19 900
MOST_STATES = MOST_STATES_PAIRED  # in all parts together
MOST_STATES_BRANCHED = 64  # states in one part up to which branch and bound is tried for a second
SURELY_BRANCHED = (
    32  # and up to which it is given half the time: it beats cutting planes even on random edges
)
NODES_A_SECOND = 8_000_000
CUTS_A_ROUND = 4_000
SLACK = 1e-6


@dataclass
class _Program:
    """The growing linear program of one part: worth of each pair, and the triangle inequalities found so far."""

    gains: Matrix
    deadline: float
    cuts: list[NDArray[np.int64]] = field(default_factory=list)

    def __post_init__(self) -> None:
        n = len(self.gains)
        self.pairs = np.stack(np.triu_indices(n, 1), 1)
        self.number = np.zeros((n, n), np.int64)
        self.number[self.pairs[:, 0], self.pairs[:, 1]] = np.arange(len(self.pairs))
        self.number += self.number.T
        self.worth: Vector = self.gains[self.pairs[:, 0], self.pairs[:, 1]]

    def cut(self, same: Matrix) -> int:
        """Add the triangle inequalities that these pair values (N, N) violate most; return how many."""
        n = len(same)
        result, by = [], []
        for j in range(n):
            excess = same[j][:, None] + same[j][None, :] - same - 1.0
            excess[j] = excess[:, j] = -1.0
            i, k = np.nonzero(np.triu(excess, 1) > SLACK)
            result.append(np.stack([self.number[i, j], self.number[j, k], self.number[i, k]], 1))
            by.append(excess[i, k])
        order = np.argsort(-np.concatenate(by), kind="stable")[:CUTS_A_ROUND]
        if order.size:
            self.cuts.append(np.concatenate(result)[order])
        return order.size

    def solve(self, *, whole: bool) -> OptimizeResult:
        """Maximise the worth of the pairs in the same bloc under the cuts so far, z in [0, 1] or whole."""
        cuts = np.concatenate([np.empty((0, 3), np.int64), *self.cuts])
        row = np.repeat(np.arange(len(cuts)), 3)
        value = np.tile([1.0, 1.0, -1.0], len(cuts))
        rows = coo_array((value, (row, cuts.ravel())), shape=(len(cuts), len(self.worth)))
        return milp(
            -self.worth,
            integrality=np.full(len(self.worth), int(whole)),
            bounds=Bounds(0.0, 1.0),
            constraints=LinearConstraint(csr_array(rows), ub=1.0),
            options={"time_limit": max(self.deadline - time.monotonic(), 0.01), "mip_rel_gap": 0.0},
        )

    def pair_values(self, z: Vector) -> Matrix:
        """Spread the variables over the pairs: symmetric (N, N), 1 on the diagonal."""
        same = np.eye(len(self.gains))
        same[self.pairs[:, 0], self.pairs[:, 1]] = same[self.pairs[:, 1], self.pairs[:, 0]] = z
        return same

    def upper(self, answer: OptimizeResult, *, whole: bool) -> float:
        """Proven upper bound on the agreement of any partition; an unfinished linear program proves none."""
        if answer.status == 0:
            return -float(answer.fun)
        bound = answer.get("mip_dual_bound") if whole else None
        return np.inf if bound is None else -float(bound)


def _cut_and_solve(gains: Matrix, labels: Labels, deadline: float) -> tuple[Labels, float]:
    """Better this partition by cutting planes until it is proven best or the deadline; it and the bound on V."""
    light, exponent = scaled(gains)
    friendly = float(np.maximum(light, 0.0).sum()) / 2.0
    least = rounding(gains)
    program = _Program(light, deadline)
    program.cut((gains > 0.0) + np.eye(len(gains)))
    whole = was_whole = has_cut = False
    bound = raise_bound(packed_bound(gains, False), gains)
    while True:
        answer = program.solve(whole=whole)
        proven = float(np.ldexp(friendly - program.upper(answer, whole=whole), exponent))
        bound = max(bound, raise_bound(proven, gains))
        if answer.x is not None:
            same = program.pair_values(answer.x)
            together = csr_array((same > 0.5).astype(np.int8))
            rival = connected_components(together, directed=False)[1].astype(np.int64)
            improve(gains, rival, least, gains.shape[0])
            if violated_weight(gains, rival) < violated_weight(gains, labels):
                labels = rival
            has_cut, was_whole = program.cut(same) > 0, whole
            whole = whole or not has_cut
        is_over = answer.x is None or (was_whole and not has_cut) or time.monotonic() > deadline
        if is_over or violated_weight(gains, labels) <= bound + undecided(gains):
            return separate(gains, labels), bound


def _prove_part(gains: Matrix, deadline: float) -> Proof:
    """Best partition of one part: of its edges trimmed, and of the cores that this leaves."""
    light, ends = trimmed(gains, in_two=False)
    cores = parts_of(light > 0.0)
    result = solve_apart(light, cores, lambda core: _prove_core(core, deadline), "branch and bound")
    labels = separate(gains, restored(gains, ends, result.labels, in_two=False))
    is_proven = result.is_proven and violated_weight(gains, labels) <= result.bound * (1.0 + EXACT)
    return Proof(labels, is_proven, result.bound, result.methods)


def _prove_core(gains: Matrix, deadline: float) -> Proof:
    """Best partition of one core found by the deadline, and the proven lower bound on its violated weight.

    Branch and bound for a while, then cutting planes; and where their tolerances are too coarse, the former again.
    """
    n = len(gains)
    seconds = max(deadline - time.monotonic(), 0.0) / 2.0  # the rest is for a bound, should it not finish
    branched = _branch(gains, seconds if n <= SURELY_BRANCHED else min(seconds, 1.0))
    if branched is not None:
        return branched
    labels, bound = _cut_and_solve(gains, blocs_of_many(csr_array(gains), 0.0), deadline)
    cut = judge(gains, labels, bound, "cutting planes", undecided(gains))
    branched = None if cut.is_proven else _branch(gains, deadline - time.monotonic())
    return branched or cut


def _branch(gains: Matrix, seconds: float) -> Proof | None:
    """Best partition by branch and bound, or none where there are too many states or the time is too short."""
    if len(gains) > MOST_STATES_BRANCHED or seconds <= 0.0:
        return None
    labels, is_best = best_blocs(gains, 0.0, int(NODES_A_SECOND * seconds))
    if not is_best:
        return None
    violated = float(violated_weight(gains, labels))
    return judge(gains, labels, violated, "branch and bound", len(gains) * float(rounding(gains)))


def free_blocs(
    matrix: Matrix, resolution: float = 0.0, *, method: Method = "auto", time_limit: float = 60.0
) -> BlocResult:
    """Find the partition, with any number of blocs, that violates the least weight of edges less the resolution.

    Parameters
    ----------
    matrix
        Signed edges or affinities, shape (N, N): weighted, directed (symmetrised), with zeros.
    resolution
        γ ≥ 0 in units of the edges: the edge at which two states are just worth joining. Above 0, strangers stay apart.
    method
        "auto" and "exact" branch and bound small parts and cut planes for larger ones (up to 200 states in one
        part); "heuristic" searches locally and proves nothing.
    time_limit
        Seconds for all parts together; when they run out the gap is reported.

    States stand alone, and parts apart, where no chain of edges above the resolution connects them.

    Raises
    ------
    InputError
        If the matrix is not finite and square or too large, or the resolution is not a finite number ≥ 0.
    """
    edges = checked_edges(matrix)
    if not (resolution >= 0.0 and resolution * edges.size < LARGEST):
        raise complain(f"the resolution is a number of at least 0 that can be added up, not {resolution}")
    check_method(len(edges), method, MOST_STATES)
    if method == "heuristic":
        return searched_blocs(csr_array(edges), resolution)
    gains = edges - resolution
    np.fill_diagonal(gains, 0.0)
    parts = parts_of(gains > 0.0)
    check_method(max((part.size for part in parts), default=1), method, MOST_STATES_EXACT)
    deadline = time.monotonic() + time_limit
    result = solve_apart(gains, parts, lambda part: _prove_part(part, deadline), "branch and bound")
    return certify(csr_array(edges), resolution, replace(result, n_optimal=None))
