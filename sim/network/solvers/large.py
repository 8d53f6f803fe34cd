"""Blocs of crowds: dozens to many thousands of states, by local search over the edges that there are.

Edges come as a symmetric sparse array without a diagonal, so that time and memory go with the number of edges, not of
pairs. A search that has come to rest is upset at random places and settles again, many times over; the better
partition stays. The chance of it has a root of its own, so that the same edges always give the same blocs.

References
----------
Blondel et al. (2008), Fast unfolding of communities in large networks; Traag, Van Dooren & Nesterov (2011), the
resolution; Schrimpf et al. (2000), Record breaking optimization results using the ruin and recreate principle.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.sparse.linalg import ArpackError, ArpackNoConvergence, eigsh

from sim.compiled.kernels import njit
from sim.outcomes.measures import Labels, Vector

type Places = NDArray[np.int32]

UPSET = 0.1  # share of the states, or blocs, that a search begins with anew
UPSETS_OF_CAMPS, UPSETS_OF_BLOCS = 100, 200
MOST_EDGES_UPSET = 10_000_000  # summed over all upsets: so many edges that it takes seconds
MOST_ROUNDS = 20  # of moving, gathering and moving again; a handful settle it
TOLERANCE = 1e-12  # differences below this share of a state's own edges are rounding
RNG_SEED = 0
DENSE = 0.05  # share of pairs with an edge from which whole rows are multiplied faster than lists of edges
ROWS_AT_A_TIME = 512


@njit(cache=True, nogil=True)
def _switch_all(start: Places, other: Places, weight: Vector, spin: Vector) -> None:
    """Switch each state whose edges are more against its side than for it, in turn and in place, until none is.

    A difference within the rounding of the state's own edges is none.
    """
    is_restless = True
    while is_restless:
        is_restless = False
        for i in range(spin.shape[0]):
            field = reach = 0.0
            for t in range(start[i], start[i + 1]):
                field += weight[t] * spin[other[t]]
                reach += abs(weight[t])
            if spin[i] * field < -TOLERANCE * reach:
                spin[i] = -spin[i]
                is_restless = True


def _upsets(edges: csr_array, most: int) -> int:
    return min(most, MOST_EDGES_UPSET // max(edges.nnz, 1))


def leading_signs(edges: csr_array) -> Vector:
    """Sign of each state in the leading eigenvector of the edges, ±1, shape (N,): two camps where one axis rules.

    References
    ----------
    Marvel et al. (2011), Continuous-time model of structural balance, PNAS 108.
    """
    strongest = int(np.argmax(abs(edges).sum(axis=1)))
    exponent = int(np.frexp(np.abs(edges.data).max(initial=0.0))[1])
    edges = edges * np.ldexp(1.0, -exponent)  # ARPACK fails at extreme scales
    begin = edges[[strongest]].toarray()[0]
    begin[strongest] = 1.0
    try:
        vector = eigsh(edges, k=1, which="LA", v0=begin, tol=1e-4, maxiter=300)[1]
    except ArpackNoConvergence as unfinished:
        vector = unfinished.eigenvectors
    except ArpackError:  # of weights of too many orders; the other start does without
        return np.ones(edges.shape[0])
    return np.where(vector[:, 0] < 0.0, -1.0, 1.0) if vector.size else np.ones(edges.shape[0])


@njit(cache=True, nogil=True)
def _spread(start: Places, other: Places, weight: Vector) -> Vector:
    """Side of each state, ±1, as the edges of a forest ask for from the first state of each tree on."""
    n = start.shape[0] - 1
    side, reached = np.zeros(n), np.empty(n, np.int64)
    for root in range(n):
        if side[root] != 0.0:
            continue
        side[root], reached[0] = 1.0, root
        n_reached = 1
        while n_reached > 0:
            n_reached -= 1
            i = reached[n_reached]
            for t in range(start[i], start[i + 1]):
                if side[other[t]] == 0.0:
                    side[other[t]] = side[i] * np.sign(weight[t])
                    reached[n_reached] = other[t]
                    n_reached += 1
    return side


def _signs_along_strong_edges(edges: csr_array) -> Vector:
    """Sides that agree with the strongest edges that form no cycle: with all edges, where the network is balanced."""
    weakness = edges.copy()
    weakness.data = 1.0 + np.unique(-np.abs(edges.data), return_inverse=True)[1]
    forest = minimum_spanning_tree(weakness)
    strongest_edges = csr_array(edges * (forest + forest.T).astype(bool))
    return _spread(strongest_edges.indptr, strongest_edges.indices, strongest_edges.data)


def two_camps(edges: csr_array) -> Labels:
    """Split states into the two camps that violate little weight; side 0 or 1 of each, the first on 0, shape (N,).

    From the leading eigenvector and from the sides that the strongest edges ask for, which solves a balanced network.
    Proves nothing.
    """
    if not edges.nnz:
        return np.zeros(edges.shape[0], np.int64)
    rng = np.random.default_rng(RNG_SEED)
    best, most = np.ones(edges.shape[0]), -np.inf
    starts = [leading_signs(edges), _signs_along_strong_edges(edges)]
    for k in range(len(starts) + _upsets(edges, UPSETS_OF_CAMPS)):
        spin = starts[k] if k < len(starts) else np.where(rng.random(best.size) < UPSET, -best, best)
        _switch_all(edges.indptr, edges.indices, edges.data, spin)
        depth = float(spin @ (edges @ spin))
        if depth >= most:
            best, most = spin, depth
    return (best != best[0]).astype(np.int64)


@njit(cache=True, nogil=True)
def _best_bloc(
    i: int, start: Places, other: Places, weight: Vector, size: Vector, cost: float, labels: Labels,
    bulk: Vector, pull: Vector,
) -> tuple[int, float]:  # fmt: skip
    """Choose the neighbouring bloc where state i gains most, −1 for solitude; and how much more than at home.

    A gain within the rounding of the state's own edges is 0. `pull` is scratch space, all zero before and after.
    """
    home, best, most = labels[i], -1, 0.0
    reach = cost * size[i] * bulk[home]
    for t in range(start[i], start[i + 1]):
        pull[labels[other[t]]] += weight[t]
        reach += abs(weight[t])
    stay = pull[home] - cost * size[i] * (bulk[home] - size[i])
    for t in range(start[i], start[i + 1]):
        bloc = labels[other[t]]
        value = pull[bloc] - cost * size[i] * bulk[bloc]
        if bloc != home and value > most:
            best, most = bloc, value
    for t in range(start[i], start[i + 1]):
        pull[labels[other[t]]] = 0.0
    if best >= 0:
        reach += cost * size[i] * bulk[best]
    gain = most - stay
    return best, gain if gain > TOLERANCE * reach else 0.0


@njit(cache=True, nogil=True)
def _move_all(
    start: Places, other: Places, weight: Vector, size: Vector, cost: float, order: Labels, labels: Labels
) -> bool:  # fmt: skip
    """Move states, in this order and in place, to where they gain most, until none gains; say whether any did."""
    n = labels.shape[0]
    bulk, members, pull = np.zeros(n), np.zeros(n, np.int64), np.zeros(n)
    for i in range(n):
        bulk[labels[i]] += size[i]
        members[labels[i]] += 1
    empty = [b for b in range(n) if members[b] == 0]
    has_moved, is_restless = False, True
    while is_restless:
        is_restless = False
        for i in order:
            bloc, gain = _best_bloc(i, start, other, weight, size, cost, labels, bulk, pull)
            home = labels[i]
            if gain <= 0.0 or (bloc < 0 and members[home] == 1):
                continue
            if bloc < 0:
                bloc = empty.pop()
            bulk[home] -= size[i]
            members[home] -= 1
            if members[home] == 0:
                bulk[home] = 0.0
                empty.append(home)
            labels[i] = bloc
            bulk[bloc] += size[i]
            members[bloc] += 1
            has_moved = is_restless = True
    return has_moved


def _aggregate(edges: csr_array, size: Vector, labels: Labels) -> tuple[csr_array, Vector]:
    """Edges and sizes of the blocs as if each were one state; labels 0 … k − 1."""
    n, k = labels.size, int(labels.max()) + 1
    member = csr_array((np.ones(n), (np.arange(n), labels)), shape=(n, k))
    between = csr_array(member.T @ edges @ member)
    between.setdiag(0.0)
    between.eliminate_zeros()
    return between, np.bincount(labels, size, k)


def _carry(edges: csr_array, resolution: float, labels: Labels, rng: np.random.Generator) -> bool:
    """Move states, then blocs, then blocs of blocs, in place, until none gains; say whether any did."""
    level, size, place = edges, np.ones(labels.size), labels.copy()
    whose, has_moved = np.arange(labels.size), False
    while True:
        rows, order = (level.indptr, level.indices, level.data), rng.permutation(size.size)
        if not _move_all(*rows, size, resolution, order, place):
            return has_moved
        has_moved = True
        inner = np.unique(place, return_inverse=True)[1].astype(np.int64)
        whose = labels[:] = inner[whose]
        level, size = _aggregate(level, size, inner)
        place = np.arange(size.size)


def _settle(edges: csr_array, resolution: float, labels: Labels, rng: np.random.Generator) -> float:
    """Carry a partition, in place, to where no move of a state or merger of blocs gains; return its agreement."""
    for _ in range(MOST_ROUNDS):
        if not _carry(edges, resolution, labels, rng):
            break
    return agreement_of_many(edges, labels, resolution)


def agreement_of_many(edges: csr_array, labels: Labels, resolution: float) -> float:
    """What a partition is worth, as `sim.outcomes.blocs.local.agreement`: Σ_{i<j, bloc_i = bloc_j} (W_ij − γ)."""
    pair = edges.tocoo()
    size = np.unique(labels, return_counts=True)[1].astype(float)
    within = pair.data[labels[pair.row] == labels[pair.col]].sum() / 2.0
    return float(within - resolution * (size * (size - 1.0)).sum() / 2.0)


def violated_by_many(edges: csr_array, labels: Labels, resolution: float) -> float:
    """Violated weight of the edges less the resolution: Σ_{i<j} |W_ij − γ| of pairs at odds with the blocs.

    Friends, W_ij > γ, in different blocs and others in the same; γ ≥ 0. Nothing is subtracted, so the error is rounding
    of what is violated, and 0 is 0.
    """
    pair = edges.tocoo()
    gain = pair.data - resolution
    is_same = labels[pair.row] == labels[pair.col]
    size = np.unique(labels, return_counts=True)[1]
    strangers = int((size * (size - 1)).sum()) - int(is_same.sum())
    return float(np.abs(gain[is_same != (gain > 0.0)]).sum() + resolution * strangers) / 2.0


def _upset(labels: Labels, are_blocs: bool, rng: np.random.Generator) -> Labels:
    """Leave some random states alone, or all members of some random blocs; labels 0 … k − 1."""
    inner = np.unique(labels, return_inverse=True)[1]
    is_upset = rng.random(labels.size) < UPSET
    if are_blocs:
        is_upset = is_upset[inner]
    alone = labels.size + np.arange(labels.size)
    return np.unique(np.where(is_upset, alone, inner), return_inverse=True)[1].astype(np.int64)


def blocs_of_many(edges: csr_array, resolution: float) -> Labels:
    """Partition many states into blocs as `sim.outcomes.blocs.local.blocs` does; first members, shape (N,).

        maximise Σ_{i<j, bloc_i = bloc_j} (W_ij − γ)

    Moves of states, of blocs, of blocs of blocs … and of states again until none gains. Proves nothing.
    """
    rng = np.random.default_rng(RNG_SEED)
    best = np.arange(edges.shape[0])
    most = _settle(edges, resolution, best, rng)
    for k in range(_upsets(edges, UPSETS_OF_BLOCS)):
        rival = _upset(best, k % 2 == 0, rng)
        worth = _settle(edges, resolution, rival, rng)
        if worth >= most:
            best, most = rival, worth
    return _separate(edges, resolution, best)


def _separate(edges: csr_array, resolution: float, labels: Labels) -> Labels:
    """Split each bloc into the parts that chains of edges above the resolution connect, named by first members."""
    pair = edges.tocoo()
    is_friend = (labels[pair.row] == labels[pair.col]) & (pair.data > resolution)
    where = (pair.row[is_friend], pair.col[is_friend])
    friends = csr_array((np.ones(is_friend.sum()), where), shape=edges.shape)
    part = connected_components(friends, directed=False)[1]
    _, first, number = np.unique(part, return_index=True, return_inverse=True)
    return first[number].astype(np.int64)


def balanced_triangles_of_many(edges: csr_array) -> float:
    """Share of balanced triangles, as `sim.outcomes.measures.balanced_triangles`, by products of rows; NaN if none."""
    sign = csr_array(edges.sign().astype(np.float32))
    is_dense = sign.nnz > DENSE * math.prod(sign.shape)
    rows: Any = sign.toarray() if is_dense else sign
    size: Any = abs(rows)
    product = triangles = 0.0
    for first in range(0, sign.shape[0], ROWS_AT_A_TIME):
        near = rows[first : first + ROWS_AT_A_TIME]
        product += float(((near @ rows) * near).sum(dtype=np.float64))
        triangles += float(((abs(near) @ size) * abs(near)).sum(dtype=np.float64))
    return 0.5 * (1.0 + product / triangles) if triangles else math.nan
