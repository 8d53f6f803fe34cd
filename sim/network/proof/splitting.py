"""Two camps by branch and bound, for weights of so many orders of magnitude that a solver's tolerances hide some.

States are placed one by one on either side, those with most weight first. A half-made split is given up when

    violated so far + Σ_{unplaced i} min over sides of what i would violate + least of the unplaced among themselves

is no less than the best known; the last term from solving the last two states, the last three … before (Russian dolls).
Only violated weight is added up, never subtracted, so that heavy edges at peace do not swallow light ones: the error is
a share `EXACT` of the weight violated.

References
----------
Verfaillie, Lemaître & Schiex (1996), Russian doll search for solving constraint optimization problems.
"""

from __future__ import annotations

import numpy as np

from sim.compiled.kernels import njit
from sim.outcomes.measures import Labels, Matrix, Vector, violated_weight

EXACT = 1e-12  # share of a sum of violated weight that is rounding
STEPS_A_SECOND = 200_000_000  # a node takes one for each state


@njit(cache=True, inline="always")
def _place(W: Matrix, at: int, side: int, cost: Matrix) -> None:
    """Add, in place, what each later state would violate on either side, now that state `at` is on this one."""
    for i in range(at + 1, W.shape[0]):
        if W[at, i] > 0.0:
            cost[1 - side, i] += W[at, i]
        else:
            cost[side, i] -= W[at, i]


@njit(cache=True, inline="always")
def _hope(cost: Matrix, at: int) -> float:
    """Least that the states after `at` must violate with those placed."""
    total = 0.0
    for i in range(at + 1, cost.shape[1]):
        total += min(cost[0, i], cost[1, i])
    return total


@njit(cache=True, nogil=True)
def _solve_from(
    W: Matrix, first: int, doll: Vector, known: float, best: Labels, nodes: int
) -> tuple[float, int]:
    """Least violated weight among states first … n−1, at most `known`, its sides written into `best`; nodes left.

    `doll[s]` is a lower bound on it among states from s on, s > first; `nodes` may be visited. None
    are left where that was not enough.
    """
    n = W.shape[0]
    costs = np.zeros((n - first + 1, 2, n))  # by depth: what a later state would violate on either side
    side, tried, worth = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n + 1)
    at = first
    while at >= first and nodes > 0:
        if tried[at] == (1 if at == first else 2):  # a split and its mirror image are one
            tried[at] = 0
            at -= 1
            continue
        nodes -= 1
        cost, cost_below = costs[at - first], costs[at - first + 1]
        nearer = 0 if cost[0, at] <= cost[1, at] else 1
        side[at] = nearer if tried[at] == 0 else 1 - nearer
        tried[at] += 1
        total = worth[at] + cost[side[at], at]
        enough = known * (1.0 - EXACT)
        if total + doll[at + 1] >= enough:
            continue
        for i in range(at + 1, n):
            cost_below[0, i], cost_below[1, i] = cost[0, i], cost[1, i]
        _place(W, at, side[at], cost_below)
        if total + _hope(cost_below, at) + doll[at + 1] >= enough:
            continue
        if at == n - 1:
            known = total
            best[first:] = side[first:]
            continue
        at += 1
        worth[at] = total
    return known, nodes


def split_by_branching(edges: Matrix, start: Labels, most_steps: int) -> tuple[Labels, float]:
    """Split that violates least, and a proven lower bound on what any violates: the same, if the steps are enough.

    Parameters
    ----------
    edges
        Symmetric, zero diagonal, shape (N, N).
    start
        Side 0 or 1 of each state in a good split, shape (N,), returned where the steps run out.
    most_steps
        `STEPS_A_SECOND` take about a second; not counted by the clock, so that equal edges have equal answers.
    """
    order = np.argsort(-np.abs(edges).sum(axis=1), kind="stable")
    W, n = np.ascontiguousarray(edges[np.ix_(order, order)]), len(edges)
    best, doll, least = np.zeros(n, np.int64), np.zeros(n + 1), 0.0
    for first in range(n - 2, -1, -1):
        tail = np.ascontiguousarray(W[first:, first:])
        rivals = [np.r_[side, best[first + 1 :]] for side in (0, 1)]
        if first == 0:
            rivals.append(start[order])
        violated = [violated_weight(tail, rival) for rival in rivals]
        best[first:] = rivals[int(np.argmin(violated))]
        least, nodes = _solve_from(W, first, doll, min(violated), best, most_steps // (n - first))
        most_steps = nodes * (n - first)
        if nodes == 0:
            return start, float(doll[first + 1])
        doll[first] = least * (1.0 - EXACT)
    split = np.empty(n, np.int64)
    split[order] = best
    return split, least
