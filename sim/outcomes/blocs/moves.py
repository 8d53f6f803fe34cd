"""Moves of a local search over partitions: one state, two blocs, or a chain of states at a time.

Everything works on gains W − γ with a zero diagonal, shape (N, N), and changes labels in place.
"""

from __future__ import annotations

import numpy as np

from sim.compiled.kernels import njit
from sim.outcomes.measures import Labels, Mask, Matrix, Vector


@njit(cache=True)
def _count(labels: Labels) -> int:
    """Renumber the blocs 0…k−1 in order of appearance, in place; return k."""
    n = labels.shape[0]
    number = np.full(n, -1)
    k = 0
    for i in range(n):
        if number[labels[i]] < 0:
            number[labels[i]] = k
            k += 1
        labels[i] = number[labels[i]]
    return k


@njit(cache=True)
def set_out(gains: Matrix, labels: Labels) -> tuple[Matrix, Labels]:
    """Return pull[b, i] = Σ_{j in b} gains_ij and the size of each bloc, with room for one more bloc."""
    n = gains.shape[0]
    pull = np.zeros((n + 1, n))
    size = np.zeros(n + 1, np.int64)
    for j in range(n):
        bloc = labels[j]
        size[bloc] += 1
        for i in range(n):
            pull[bloc, i] += gains[j, i]
    return pull, size


@njit(cache=True)
def _weigh_moves(
    pull: Matrix, labels: Labels, size: Labels, k: int, home: Vector, gain: Vector, where: Labels
) -> None:
    """Write for each state the pull of its bloc, what its best move gains, and its new bloc (k: alone)."""
    n = labels.shape[0]
    for i in range(n):
        home[i] = pull[labels[i], i]
        gain[i] = -home[i] if size[labels[i]] > 1 else -np.inf
        where[i] = k
    for b in range(k):
        for i in range(n):
            value = pull[b, i] - home[i]
            is_more = (value > gain[i]) & (labels[i] != b)
            gain[i] = value if is_more else gain[i]
            where[i] = b if is_more else where[i]


@njit(cache=True)
def _most(gain: Vector, is_free: Mask, least: float) -> int:
    """Choose the free state whose best move gains most, and more than `least`; −1: none."""
    who = -1
    for i in range(gain.shape[0]):
        if gain[i] > least and is_free[i]:
            least, who = gain[i], i
    return who


@njit(cache=True)
def _relocate(gains: Matrix, labels: Labels, pull: Matrix, size: Labels, k: int, who: int, where: int) -> int:
    """Move a state to another bloc, in place; return the number of blocs."""
    old, n = labels[who], labels.shape[0]
    labels[who] = where
    size[old] -= 1
    size[where] += 1
    k = max(k, where + 1)
    for i in range(n):
        pull[old, i] -= gains[who, i]
    for i in range(n):
        pull[where, i] += gains[who, i]
    if size[old] == 0:  # the last bloc takes the number of the one that emptied
        k -= 1
        size[old] = size[k]
        size[k] = 0
        for i in range(n):
            pull[old, i] = pull[k, i]
        for i in range(n):
            pull[k, i] = 0.0
        for i in range(n):
            labels[i] = old if labels[i] == k else labels[i]
    return k


@njit(cache=True, inline="always")
def _move(gains: Matrix, labels: Labels, least: float) -> None:
    """Move the state that gains most to the bloc (or solitude) where it gains most, until none gains."""
    k, n = _count(labels), labels.shape[0]
    pull, size = set_out(gains, labels)
    home, gain, where, everyone = np.empty(n), np.empty(n), np.empty(n, np.int64), np.ones(n, np.bool_)
    while True:
        _weigh_moves(pull, labels, size, k, home, gain, where)
        who = _most(gain, everyone, least)
        if who < 0:
            break
        k = _relocate(gains, labels, pull, size, k, who, where[who])


@njit(cache=True, inline="always")
def _chain(gains: Matrix, labels: Labels, least: float, patience: int) -> bool:
    """Move one state after the other, each once, by the best or least bad move; keep the best point, if it gains.

    This is how groups change blocs together (Kernighan & Lin 1970). A chain ends when so many moves as `patience`
    have been in vain since its best point, or when all have moved.
    """
    k, n = _count(labels), labels.shape[0]
    trial = labels.copy()
    pull, size = set_out(gains, trial)
    home, gain, where, is_free = np.empty(n), np.empty(n), np.empty(n, np.int64), np.ones(n, np.bool_)
    total, top, in_vain, is_better = 0.0, least, 0, False
    while in_vain <= patience:
        _weigh_moves(pull, trial, size, k, home, gain, where)
        who = _most(gain, is_free, -np.inf)
        if who < 0:
            break
        is_free[who] = False
        total += gain[who]
        k = _relocate(gains, trial, pull, size, k, who, where[who])
        in_vain += 1
        if total > top:
            top, in_vain, is_better = total, 0, True
            for i in range(n):
                labels[i] = trial[i]
    return is_better


@njit(cache=True, inline="always")
def _pair_up(between: Matrix, k: int, least: float) -> tuple[int, int]:
    """Choose the two of k blocs that gain most by joining, and more than `least`; −1: none."""
    goes, stays = -1, -1
    for a in range(k):
        for b in range(a):
            if between[a, b] > least:
                least, goes, stays = between[a, b], a, b
    return goes, stays


@njit(cache=True, inline="always")
def merge(gains: Matrix, labels: Labels, least: float) -> bool:
    """Join the two blocs that gain most by it, until none gain; say whether any were joined."""
    n = gains.shape[0]
    k = _count(labels)
    before = k
    between = np.zeros((k, k))
    pull, _ = set_out(gains, labels)
    for b in range(k):
        for i in range(n):
            between[b, labels[i]] += pull[b, i]
    while True:
        goes, stays = _pair_up(between, k, least)
        if goes < 0:
            return k < before
        k -= 1
        for b in range(k + 1):
            between[stays, b] += between[goes, b]
        for b in range(k + 1):  # the last bloc takes the number of the one that went
            between[goes, b] = between[k, b]
        between[stays, goes] = between[stays, k]
        for b in range(k):
            between[b, stays] = between[stays, b]
            between[b, goes] = between[goes, b]
        for i in range(n):
            if labels[i] == goes:
                labels[i] = stays
            elif labels[i] == k:
                labels[i] = goes


@njit(cache=True)
def neighbourhoods(gains: Matrix) -> Labels:
    """One bloc around each state in turn, most friendship among the free first: it and its free friends."""
    n = gains.shape[0]
    friendship = np.zeros(n)
    for i in range(n):
        for j in range(n):
            friendship[i] += max(gains[i, j], 0.0)
    labels = np.full(n, -1)
    while True:
        centre, most = -1, -np.inf
        for i in range(n):
            if labels[i] < 0 and friendship[i] > most:
                centre, most = i, friendship[i]
        if centre < 0:
            return labels
        for j in range(n):
            if j == centre or (labels[j] < 0 and gains[centre, j] > 0.0):
                labels[j] = centre
                for i in range(n):
                    friendship[i] -= max(gains[i, j], 0.0)


@njit(cache=True, inline="always")
def settle(gains: Matrix, labels: Labels, least: float) -> None:
    """Move and merge, in place, until neither gains."""
    is_better = True
    while is_better:
        _move(gains, labels, least)
        is_better = merge(gains, labels, least)


@njit(cache=True, inline="always")
def improve(gains: Matrix, labels: Labels, least: float, patience: int) -> None:
    """Carry a partition, in place, to one that no move, merger or chain of moves betters.

    `gains` is W − γ with a zero diagonal, shape (N, N); labels in 0…N−1; gains up to `least` are ignored. Chains
    may go on for `patience` moves in vain, at most N.
    """
    is_better = True
    while is_better:
        settle(gains, labels, least)
        is_better = _chain(gains, labels, least, patience)
