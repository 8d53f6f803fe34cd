"""Blocs by local search: which states stand together, fast enough to be asked at every saved step of a run.

Correlation clustering with a resolution: choose the partition, with any number of blocs, that maximises the
agreement Σ_{i<j in the same bloc} (W_ij − γ). The resolution γ ≥ 0 is the mutual affinity at which two states are just
worth joining, so states without edges stay alone. The search is deterministic: from two starts, the single best
move of a state, merger of two blocs or chain of moves until none helps. `sim.outcomes.blocs.exact` finds the best
partition of a couple of dozen states, `sim.network.proof.clustering` says how far from optimal an answer is.
Everything here is compiled and may be called inside a compiled run.
"""

from __future__ import annotations

import numpy as np

from sim.compiled.kernels import njit
from sim.outcomes.blocs.moves import improve, merge, neighbourhoods, set_out, settle
from sim.outcomes.measures import ANY_ORDER, Labels, Matrix, Vector

TOLERANCE = 1e-12  # gains below this share of what a move can change are rounding, not gains


@njit(cache=True)
def canonical(labels: Labels) -> Labels:
    """Name each bloc by its member of smallest index: equal partitions, equal labels; shape (N,)."""
    n = labels.shape[0]
    named = np.empty(n, np.int64)
    for i in range(n):
        named[i] = i
        for j in range(i):
            if labels[j] == labels[i]:
                named[i] = named[j]
                break
    return named


@njit(cache=True)
def agreement(W: Matrix, labels: Labels, resolution: float) -> float:
    """What a partition is worth: the edges within blocs, each less the resolution.

        Σ_{i<j, bloc_i = bloc_j} (W_ij − γ)        [units of W]

    Each pair counts once; 0 for all alone.
    """
    total = 0.0
    for i in range(W.shape[0]):
        for j in range(i):
            if labels[i] == labels[j]:
                total += W[i, j] - resolution
    return total


@njit(cache=True)
def gains_over(W: Matrix, resolution: float) -> Matrix:
    """Worth of joining each pair: W_ij − γ, zero diagonal, shape (N, N)."""
    gains = np.empty(W.shape)
    for i in range(W.shape[0]):
        for j in range(W.shape[0]):
            gains[i, j] = W[i, j] - resolution
        gains[i, i] = 0.0
    return gains


@njit(cache=True, fastmath=ANY_ORDER)
def rounding(gains: Matrix) -> float:
    """Largest difference between agreements that is taken for rounding, not for a gain.

    `TOLERANCE` of the most that one state's move can change, max_i Σ_j |gain_ij|: a chain of N moves adds up N
    roundings of that size, each below 1e-16.
    """
    largest = 0.0
    for i in range(gains.shape[0]):
        reach = 0.0
        for j in range(gains.shape[0]):
            reach += abs(gains[i, j])
        largest = max(largest, reach)
    return TOLERANCE * largest


@njit(cache=True)
def by_friendship(gains: Matrix) -> Labels:
    """Order the states by how much they gain from friends, most first, so that no answer hangs on their numbering."""
    n = gains.shape[0]
    friendship = np.zeros(n)
    order = np.empty(n, np.int64)
    for i in range(n):
        for j in range(n):
            friendship[i] += max(gains[i, j], 0.0)
        place = i
        while place > 0 and friendship[order[place - 1]] < friendship[i]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = i
    return order


@njit(cache=True)
def reordered(matrix: Matrix, order: Labels) -> Matrix:
    """Return the matrix with its states in this order, shape (N, N)."""
    n = order.shape[0]
    moved = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            moved[i, j] = matrix[order[i], order[j]]
    return moved


@njit(cache=True)
def separate(gains: Matrix, labels: Labels) -> Labels:
    """Split each bloc into the parts that chains of positive gains connect; canonical labels, shape (N,).

    Never lowers the agreement, as nothing positive is cut; leaves alone who has no reason to be in a bloc.
    """
    n = labels.shape[0]
    split = np.full(n, -1)
    queue = np.empty(n, np.int64)
    for i in range(n):
        if split[i] < 0:
            split[i] = queue[0] = i
            head, tail = 0, 1
            while head < tail:
                member = queue[head]
                head += 1
                for j in range(n):
                    if split[j] < 0 and labels[j] == labels[i] and gains[member, j] > 0.0:
                        split[j] = i
                        queue[tail] = j
                        tail += 1
    return split


@njit(cache=True, nogil=True)
def blocs(W: Matrix, resolution: float) -> Labels:
    """Partition the states into blocs, as many as the edges ask for.

        maximise Σ_{i<j, bloc_i = bloc_j} (W_ij − γ)

    W is symmetric of shape (N, N) and γ = `resolution` ≥ 0 in its units. Returns the label of each state's
    bloc, its smallest member's index, shape (N,). The better of two deterministic local searches, from all
    alone and from neighbourhoods; between equals the first. No single move and no merger betters it, but it
    need not be the best there is: see `sim.outcomes.blocs.exact` and `sim.network.proof.clustering`. A state whose
    edges are all at or below γ stands alone.

    References
    ----------
    Bansal, Blum & Chawla (2004), Correlation clustering; Traag & Bruggeman (2009), signed edges, resolution.
    """
    order = by_friendship(gains_over(W, resolution))
    gains = reordered(gains_over(W, resolution), order)
    least = rounding(gains)
    best = np.arange(W.shape[0])
    merge(gains, best, least)
    improve(gains, best, least, W.shape[0])
    worth = agreement(gains, best, 0.0)
    rival = neighbourhoods(gains)
    settle(gains, rival, least)
    if abs(agreement(gains, rival, 0.0) - worth) > least:  # else it is most likely the same partition
        improve(gains, rival, least, W.shape[0])
        if agreement(gains, rival, 0.0) > worth + least:
            best = rival
    labels = np.empty(W.shape[0], np.int64)
    for place, bloc in enumerate(separate(gains, best)):
        labels[order[place]] = bloc
    return canonical(labels)


@njit(cache=True, nogil=True)
def carried_on(W: Matrix, resolution: float, labels: Labels) -> Labels:
    """Carry blocs on to edges that have changed since: as `blocs`, by one local search, from an earlier partition.

    `labels` are canonical, of shape (N,), and so is what is returned. No single move and no merger betters it, nor a
    chain of moves, given up when a third of the states have moved in vain. Over the steps of a run it is as good as
    two fresh searches at each with chains to the end, in a small fraction of the time.
    """
    gains, carried = gains_over(W, resolution), labels.copy()
    improve(gains, carried, rounding(gains), W.shape[0] // 3)
    return separate(gains, carried)


@njit(cache=True)
def exit_costs(W: Matrix, labels: Labels, resolution: float) -> tuple[Vector, Labels]:
    """Agreement that each state's leaving its bloc alone would lose, and where to: who would flip next, and to whom.

    Least over the other blocs and solitude, shape (N,); at least 0, rounding aside, where no single move helps. The
    second array names the bloc it would go to by its first member, or the state itself if alone.
    """
    n = W.shape[0]
    named = canonical(labels)
    pull, size = set_out(gains_over(W, resolution), named)
    cost, rival = np.empty(n), np.empty(n, np.int64)
    for i in range(n):
        most, rival[i] = 0.0, i
        if size[named[i]] == 1:
            most = -np.inf
        for b in range(n):
            if size[b] > 0 and b != named[i] and pull[b, i] > most:
                most, rival[i] = pull[b, i], b
        cost[i] = pull[named[i], i] - most
    return cost, rival
