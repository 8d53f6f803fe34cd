"""Blocs by branch and bound: the best partition of a couple of dozen states, proven, in about a millisecond.

States are placed one by one, each into one of the blocs so far or its own. The solved problems nest like Russian
dolls: the last state, the last two, the last three … so that a half-made partition is given up when

    worth so far + Σ_{unplaced i} max(0, max_b pull_ib) + best of the unplaced among themselves

cannot beat the best known, at first that of a local search. States with most friendship go first, so that the hard
choices are made early. The largest dolls, of more than two thirds of the states, are not solved but bounded.

References
----------
Verfaillie, Lemaître & Schiex (1996), Russian doll search for solving constraint optimization problems;
Grötschel & Wakabayashi (1989) for the clique partitioning problem.
"""

from __future__ import annotations

import numpy as np

from sim.compiled.kernels import njit
from sim.outcomes.blocs.local import (
    agreement,
    blocs,
    by_friendship,
    carried_on,
    gains_over,
    reordered,
    rounding,
    separate,
)
from sim.outcomes.measures import ANY_ORDER, Labels, Matrix, Vector

SOLVED_STATES = 24  # in a replica; a hundred microseconds where they form blocs
MOST_NODES = 20_000_000  # in a replica; two seconds, which only noise comes near


@njit(cache=True, inline="always")
def _extend(gains: Matrix, first: int, best: Labels) -> float:
    """Place state `first` beside the best partition of those after it, where it gains most; return the gain."""
    n = gains.shape[0]
    pull = np.zeros(n + 1)
    k = 0
    for j in range(first + 1, n):
        pull[best[j]] += gains[first, j]
        k = max(k, best[j] + 1)
    best[first] = k
    for b in range(k):
        if pull[b] > pull[best[first]]:
            best[first] = b
    return pull[best[first]]


@njit(cache=True, inline="always")
def _hope(
    gains: Matrix, pull: Matrix, top: Matrix, second: Matrix, owner: Matrix, at: int, bloc: int
) -> float:
    """Most that later states can gain once state `at` has joined a bloc, Σ_i max(0, max_b pull_bi)."""
    hope = 0.0
    for i in range(at + 1, pull.shape[1]):
        others = second[at, i] if owner[at, i] == bloc else top[at, i]
        hope += max(others, pull[bloc, i] + gains[at, i])
    return hope


@njit(cache=True, inline="always")
def _rank(pull: Matrix, k: int, at: int, top: Matrix, second: Matrix, owner: Matrix) -> float:
    """Write by later state the highest pull of any of k blocs, at least 0, the next highest, and whose the highest is.

    Returns the sum of the highest.
    """
    hope = 0.0
    for i in range(at + 1, pull.shape[1]):
        highest, next_highest, whose = 0.0, 0.0, -1.0
        for b in range(k):
            value = pull[b, i]
            next_highest = max(next_highest, min(value, highest))
            whose = float(b) if value > highest else whose
            highest = max(highest, value)
        top[at, i], second[at, i], owner[at, i] = highest, next_highest, whose
        hope += highest
    return hope


@njit(cache=True, inline="always")
def _solve_from(
    gains: Matrix, first: int, doll: Vector, known: float, best: Labels, most_nodes: int
) -> tuple[float, int]:
    """Best agreement of states first … n−1, at least `known`, written into `best`; and the nodes visited."""
    n = gains.shape[0]
    pull, before = (
        np.zeros((n + 1, n)),
        np.empty((n, n)),
    )  # of each bloc; by depth, of the bloc joined, before
    top, second, owner = np.empty((n, n)), np.empty((n, n)), np.empty((n, n))  # from `_rank`, by depth
    worth, n_blocs, labels = np.zeros(n), np.zeros(n, np.int64), np.full(n, -1)
    friendship, room = np.zeros(n), np.empty(n)  # with later states; most that can be added, by depth
    for at in range(n):
        for i in range(at + 1, n):
            friendship[at] += max(0.0, gains[at, i])
    least, at, nodes = rounding(gains), first, 0
    room[at] = _rank(pull, 0, at, top, second, owner) + friendship[at] + doll[at + 1]
    while nodes < most_nodes:
        labels[at] += 1
        bloc, k = labels[at], n_blocs[at]
        if bloc > k:  # all tried: back, and out of the bloc joined there
            if at == first:
                break
            at -= 1
            for i in range(at + 1, n):
                pull[labels[at], i] = before[at, i]
            continue
        nodes += 1
        value = worth[at] + pull[bloc, at]
        if value + room[at] <= known + least:  # at a glance
            continue
        if value + _hope(gains, pull, top, second, owner, at, bloc) + doll[at + 1] <= known + least:
            continue
        if at == n - 1:
            known = value
            for i in range(first, n):
                best[i] = labels[i]
            continue
        for i in range(at + 1, n):
            before[at, i] = pull[bloc, i]
            pull[bloc, i] += gains[at, i]
        at += 1
        worth[at], n_blocs[at], labels[at] = value, max(k, bloc + 1), -1
        room[at] = _rank(pull, n_blocs[at], at, top, second, owner) + friendship[at] + doll[at + 1]
    return known, nodes


@njit(cache=True, nogil=True, fastmath=ANY_ORDER)
def _solve(W: Matrix, resolution: float, start: Labels, most_nodes: int) -> tuple[Labels, bool]:
    """Best partition, proven, at least as good as `start`; or, where the nodes ran out, what was found by then."""
    n = W.shape[0]
    gains = gains_over(W, resolution)
    order = by_friendship(gains)
    sorted_gains = reordered(gains, order)
    doll = np.zeros(n + 1)  # doll[s]: best agreement of the states from s on, or more
    best = np.zeros(n, np.int64)
    for first in range(n - 1, -1, -1):
        if 0 < first < n // 3:  # seldom asked for, and half of the work
            doll[first] = doll[first + 1]
            for j in range(first + 1, n):
                doll[first] += max(0.0, sorted_gains[first, j])
            continue
        if first > 0:
            known = doll[first + 1] + _extend(sorted_gains, first, best)
        else:
            known = agreement(W, start, resolution)
            for place in range(n):
                best[place] = start[order[place]]
        doll[first], nodes = _solve_from(sorted_gains, first, doll, known, best, most_nodes)
        most_nodes -= nodes
        if most_nodes <= 0:
            return best, False
    labels = np.empty(n, np.int64)
    for place in range(n):
        labels[order[place]] = best[place]
    return separate(gains, labels), True


def best_blocs(W: Matrix, resolution: float, most_nodes: int) -> tuple[Labels, bool]:
    """Partition the states into the best blocs there are, with proof.

        maximise Σ_{i<j, bloc_i = bloc_j} (W_ij − γ)

    W is symmetric of shape (N, N), γ = `resolution` ≥ 0. Returns labels as `sim.outcomes.blocs.local.blocs` does, and
    whether they are proven best: not if `most_nodes` (about ten million a second) ran out, in which case they
    are those of the local search. Twenty structured states take some thousand nodes, thirty random ones millions.
    """
    start = carried_on(W, resolution, np.arange(W.shape[0]))
    labels, is_best = _solve(W, resolution, start, most_nodes)
    return (labels, True) if is_best else (blocs(W, resolution), False)


def likely_best_blocs(W: Matrix, resolution: float) -> tuple[Labels, bool]:
    """Blocs of one replica among many: the best there are for up to 24 states, else those of the local search.

    W is symmetric of shape (N, N), γ = `resolution` ≥ 0. Returns labels, and whether they are proven best: not if there
    are more states, nor where the proof would take more than `MOST_NODES`.
    """
    if W.shape[0] <= SOLVED_STATES:
        return best_blocs(W, resolution, MOST_NODES)
    return blocs(W, resolution), False
