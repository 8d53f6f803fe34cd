"""Moves of a local search over partitions: one state, two blocs, or a chain of states at a time.

Everything works on gains W − γ with a zero diagonal, shape (N, N), and changes labels in place.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.outcomes.metrics import Labels, Mask, Matrix


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
    """Return pull[i, b] = Σ_{j in b} gains_ij and the size of each bloc, with room for one more bloc."""
    n = gains.shape[0]
    pull = np.zeros((n, n + 1))
    size = np.zeros(n + 1, np.int64)
    for i in range(n):
        size[labels[i]] += 1
        for j in range(n):
            pull[i, labels[j]] += gains[i, j]
    return pull, size


@njit(cache=True)
def _best_move(
    pull: Matrix, labels: Labels, size: Labels, k: int, least: float, is_free: Mask
) -> tuple[int, int, float]:
    """Choose the free state that gains most by moving, its new bloc (k: alone) and the gain; state −1: none."""
    most, who, where = least, -1, -1
    for i in range(labels.shape[0]):
        if is_free[i]:
            home = pull[i, labels[i]]
            if -home > most and size[labels[i]] > 1:
                most, who, where = -home, i, k
            for b in range(k):
                if pull[i, b] - home > most and b != labels[i]:
                    most, who, where = pull[i, b] - home, i, b
    return who, where, most


@njit(cache=True)
def _relocate(gains: Matrix, labels: Labels, pull: Matrix, size: Labels, k: int, who: int, where: int) -> int:
    """Move a state to another bloc, in place; return the number of blocs."""
    left = labels[who]
    labels[who] = where
    size[left] -= 1
    size[where] += 1
    k = max(k, where + 1)
    for i in range(labels.shape[0]):
        pull[i, left] -= gains[i, who]
        pull[i, where] += gains[i, who]
    if size[left] == 0:  # the last bloc takes the number of the one that emptied
        k -= 1
        size[left] = size[k]
        size[k] = 0
        for i in range(labels.shape[0]):
            pull[i, left], pull[i, k] = pull[i, k], 0.0
            if labels[i] == k:
                labels[i] = left
    return k


@njit(cache=True)
def _move(gains: Matrix, labels: Labels, least: float) -> None:
    """Move the state that gains most to the bloc (or solitude) where it gains most, until none gains."""
    k = _count(labels)
    pull, size = set_out(gains, labels)
    everyone = np.ones(labels.shape[0], np.bool_)
    while True:
        who, where, _ = _best_move(pull, labels, size, k, least, everyone)
        if who < 0:
            return
        k = _relocate(gains, labels, pull, size, k, who, where)


@njit(cache=True)
def _chain(gains: Matrix, labels: Labels, least: float) -> bool:
    """Move every state once, each time the best or least bad move; keep the best point of the chain, if it gains.

    This is how groups change blocs together (Kernighan & Lin 1970).
    """
    k = _count(labels)
    trial = labels.copy()
    pull, size = set_out(gains, trial)
    is_free = np.ones(labels.shape[0], np.bool_)
    total, top, is_better = 0.0, least, False
    while True:
        who, where, gain = _best_move(pull, trial, size, k, -np.inf, is_free)
        if who < 0:
            return is_better
        is_free[who] = False
        k = _relocate(gains, trial, pull, size, k, who, where)
        total += gain
        if total > top:
            top, is_better = total, True
            for i in range(labels.shape[0]):
                labels[i] = trial[i]


@njit(cache=True)
def merge(gains: Matrix, labels: Labels, least: float) -> bool:
    """Join the two blocs that gain most by it, until none gain; say whether any were joined."""
    n = gains.shape[0]
    k = _count(labels)
    before = k
    between = np.zeros((k, k))
    for i in range(n):
        for j in range(n):
            between[labels[i], labels[j]] += gains[i, j]
    while True:
        most, gone, kept = least, -1, -1
        for a in range(k):
            for b in range(a):
                if between[a, b] > most:
                    most, gone, kept = between[a, b], a, b
        if gone < 0:
            return k < before
        k -= 1
        for b in range(k + 1):
            between[kept, b] += between[gone, b]
        for b in range(k + 1):  # the last bloc takes the number of the one that went
            between[gone, b] = between[k, b]
        between[kept, gone] = between[kept, k]
        for b in range(k):
            between[b, kept] = between[kept, b]
            between[b, gone] = between[gone, b]
        for i in range(n):
            if labels[i] == gone:
                labels[i] = kept
            elif labels[i] == k:
                labels[i] = gone


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


@njit(cache=True)
def settle(gains: Matrix, labels: Labels, least: float) -> None:
    """Move and merge, in place, until neither gains."""
    _move(gains, labels, least)
    while merge(gains, labels, least):
        _move(gains, labels, least)


@njit(cache=True)
def improve(gains: Matrix, labels: Labels, least: float) -> None:
    """Carry a partition, in place, to one that no move, merger or chain of moves betters.

    `gains` is W − γ with a zero diagonal, shape (N, N); labels in 0…N−1; gains up to `least` are ignored.
    """
    settle(gains, labels, least)
    while _chain(gains, labels, least):
        settle(gains, labels, least)
