"""Measures of one moment: affinities or edges in, a number (or one per state) out; nothing changes.

Arrays are float64, axes sender, target. `affinity` is directed, a_ij in [-1, 1] with a zero diagonal; `W` is
symmetric with a zero diagonal; `labels` are integers, equal for states of the same bloc. Every function but
`walk_balance` is compiled and may be called inside a compiled run.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.compiled.kernels import njit
from sim.errors import complain

type Matrix = NDArray[np.float64]
type Vector = NDArray[np.float64]
type Labels = NDArray[np.int64]
type Mask = NDArray[np.bool_]

LARGEST = np.finfo(np.float64).max / 8  # weight that can still be added up and weighed both ways

Word = np.uint64
ANY_ORDER = {"contract", "reassoc", "nsz", "nnan"}  # compiled sums and maxima may be taken in any order


@njit(cache=True)
def mutual_affinity(affinity: Matrix) -> Matrix:
    """What the two of each pair hold toward each other, on average.

        W_ij = (a_ij + a_ji) / 2,   W_ii = 0        shape (N, N), range that of the affinities

    Report `asymmetry` beside it: the part of the affinities that this drops.
    """
    n = affinity.shape[0]
    W = np.zeros((n, n))
    for i in range(n):
        for j in range(i):
            W[i, j] = W[j, i] = 0.5 * (affinity[i, j] + affinity[j, i])
    return W


@njit(cache=True, fastmath=ANY_ORDER)
def pair_measures(affinity: Matrix) -> tuple[float, float, float]:
    """`mean_affinity`, `asymmetry` and `polarisation` in one pass over the pairs; NaN for fewer than two states."""
    n = affinity.shape[0]
    if n < 2:
        return math.nan, math.nan, math.nan
    first = affinity[0, 1] + affinity[1, 0]  # pairs alike then differ from it by nothing, not by rounding
    apart = beyond = spread = 0.0
    for i in range(1, n):
        for j in range(i):
            apart += abs(affinity[j, i] - affinity[i, j])
            more = affinity[j, i] + affinity[i, j] - first
            beyond += more
            spread += more * more
    pairs = n * (n - 1) / 2
    mean = beyond / pairs
    return 0.5 * (first + mean), apart / pairs, max(0.0, 0.25 * (spread / pairs - mean * mean))


@njit(cache=True)
def mean_affinity(affinity: Matrix) -> float:
    """Warmth of the average ordered pair.

        Σ_{i≠j} a_ij / (N(N−1))        range [-1, 1]

    NaN for fewer than two states.
    """
    return pair_measures(affinity)[0]


@njit(cache=True)
def asymmetry(affinity: Matrix) -> float:
    """How far the average pair is from feeling alike about each other.

        2 Σ_{i<j} |a_ij − a_ji| / (N(N−1))        range [0, 2]

    NaN for fewer than two states.
    """
    return pair_measures(affinity)[1]


@njit(cache=True)
def polarisation(affinity: Matrix) -> float:
    """How far the pairs have sorted into friends and enemies: the variance of the mutual affinities.

        P = Σ_{i<j} (W_ij − W̄)² · 2 / (N(N−1)),   W the mutual affinities        range [0, 1]

    0 when all pairs are alike (all friends, all strangers or all enemies), 1 when half of the pairs are at 1
    and half at −1; two equal camps of N/2, friendly within and hostile across, reach 1 − 1/(N−1)². NaN for
    fewer than two states. Groups need not be named, so the measure does not depend on a partition.

    References
    ----------
    Flache & Macy (2011), Small worlds and cultural polarization, Journal of Mathematical Sociology 35:
    polarisation as the variance of pairwise agreement in [-1, 1].
    """
    return pair_measures(affinity)[2]


@njit(cache=True, inline="always")
def _ones(word: Word) -> Word:
    """Count the bits that are set, all at once (Warren, Hacker's Delight, 5-1)."""
    word = word - ((word >> Word(1)) & Word(0x5555555555555555))
    word = (word & Word(0x3333333333333333)) + ((word >> Word(2)) & Word(0x3333333333333333))
    word = (word + (word >> Word(4))) & Word(0x0F0F0F0F0F0F0F0F)
    return (word * Word(0x0101010101010101)) >> Word(56)


@njit(cache=True, inline="always")
def _signs(W: Matrix, word: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Set out in bits to whom of 64 states each state has an edge, and to whom a hostile one."""
    n, first = W.shape[0], 64 * word
    edge, hostile = np.empty(n, np.uint64), np.empty(n, np.uint64)
    for i in range(n):
        has_edge, is_hostile = Word(0), Word(0)
        for bit in range(min(64, n - first)):
            has_edge |= Word(W[i, first + bit] != 0.0) << Word(bit)
            is_hostile |= Word(W[i, first + bit] < 0.0) << Word(bit)
        edge[i], hostile[i] = has_edge, is_hostile
    return edge, hostile


@njit(cache=True)
def balanced_triangles(W: Matrix) -> float:
    """Share of triangles in which the friend of my friend is my friend, the enemy of my enemy too.

        #{i<j<l : W_ij W_jl W_il > 0} / #{i<j<l : W_ij W_jl W_il ≠ 0}        range [0, 1]

    NaN without triangles. Weights count by their sign only.

    References
    ----------
    Heider (1946); Cartwright & Harary (1956), degree of balance on 3-cycles.
    """
    triangles = unbalanced = Word(0)
    for word in range((W.shape[0] + 63) // 64):
        edge, hostile = _signs(W, word)
        for i in range(W.shape[0]):
            for j in range(i):
                has_edge, is_hostile = Word(W[i, j] != 0.0), Word(W[i, j] < 0.0)
                thirds = edge[i] & edge[j] & (Word(0) - has_edge)
                triangles += _ones(thirds)
                unbalanced += _ones(thirds & (hostile[i] ^ hostile[j] ^ (Word(0) - is_hostile)))
    return 1.0 - unbalanced / triangles if triangles > Word(0) else math.nan


@njit(cache=True, fastmath=ANY_ORDER)
def violated_weight(W: Matrix, labels: Labels) -> float:
    """Weight of the edges at odds with the blocs: hostility within them and friendship across.

        L = Σ_{i<j} |W_ij| [ (W_ij < 0 and same bloc) or (W_ij > 0 and different blocs) ]

    Range [0, Σ_{i<j} |W_ij|]. Its least value over all partitions into at most two blocs is the frustration
    index (line index of balance).

    References
    ----------
    Harary (1959); Doreian & Mrvar (1996) for more than two blocs.
    """
    total = 0.0
    for i in range(W.shape[0]):
        for j in range(i):
            total += abs(W[i, j]) if (W[i, j] > 0.0) != (labels[i] == labels[j]) else 0.0
    return total


@njit(cache=True, fastmath=ANY_ORDER)
def frustration(W: Matrix, labels: Labels) -> float:
    """Frustration score of the blocs: 1 when every edge agrees with them, lower the more weight is violated.

        F = 1 − 2L / Σ_{i<j} |W_ij|,   L = `violated_weight`        range [-1, 1]

    At least 0 for the best two blocs; NaN without edges. Aref & Wilson's normalised F: higher is *less* frustrated.

    References
    ----------
    Aref & Wilson (2019), Balance and frustration in signed networks, Journal of Complex Networks 7.
    """
    total = 0.0
    for i in range(W.shape[0]):
        for j in range(i):
            total += abs(W[i, j])
    if total == 0.0:
        return math.nan
    return 1.0 - 2.0 * violated_weight(W, labels) / total


@njit(cache=True, fastmath=ANY_ORDER)
def modularity(W: Matrix, labels: Labels) -> float:
    """How much friendlier the blocs are within than the states' totals of friendship and enmity would give.

        Q = Σ_ij [W_ij − (w⁺_i w⁺_j / 2w⁺ − w⁻_i w⁻_j / 2w⁻)] δ(bloc_i, bloc_j) / (2w⁺ + 2w⁻)

    with w±_i = Σ_j max(±W_ij, 0) and 2w± = Σ_i w±_i. Range [-1, 1]; NaN without edges.

    References
    ----------
    Gómez, Jensen & Arenas (2009), Analysis of community structure in networks of correlated data,
    Physical Review E 80, 016114.
    """
    n = W.shape[0]
    warm, cold = np.empty(n), np.empty(n)
    total = all_warm = all_cold = 0.0
    for i in range(n):
        friendly = hostile = within = 0.0
        for j in range(n):
            friendly += max(W[i, j], 0.0)
            hostile += max(-W[i, j], 0.0)
            within += W[i, j] if labels[i] == labels[j] else 0.0
        warm[i], cold[i] = friendly, hostile
        all_warm, all_cold, total = all_warm + friendly, all_cold + hostile, total + within
    if all_warm + all_cold == 0.0:
        return math.nan
    per_warm = 1.0 / all_warm if all_warm > 0.0 else 0.0
    per_cold = 1.0 / all_cold if all_cold > 0.0 else 0.0
    for i in range(n):
        friendly, hostile = warm[i] * per_warm, cold[i] * per_cold
        for j in range(n):
            total -= friendly * warm[j] - hostile * cold[j] if labels[i] == labels[j] else 0.0
    return total / (all_warm + all_cold)


@njit(cache=True)
def number_of_blocs(labels: Labels) -> int:
    """Number of blocs, lone states included; `labels` name each bloc by its first member, shape (N,).

    #{i : bloc_i = i}        range [1, N]
    """
    n = 0
    for i in range(labels.size):
        n += labels[i] == i
    return n


@njit(cache=True)
def most_courted(courtship: Vector) -> Vector:
    """Whether each state is the one that others court most, by the warmth it has received; shared between equals.

        m_i = [G_i = max_j G_j > 0] / #{j : G_j = max_l G_l}        shape (N,), range [0, 1], Σ m = 1 or 0

    `courtship` G_i = Σ max(warmth, 0) over the acts toward i, so that a summit counts for more than a greeting. A
    state's standing is read from what others send it, as by Singer and Small from the missions it receives. All 0
    where nobody has been courted.

    References
    ----------
    Singer & Small (1966), The composition and status ordering of the international system, World Politics 18.
    """
    most, n = 0.0, 0
    for warmth in courtship:
        if warmth > most:
            most, n = warmth, 1
        elif warmth == most:
            n += 1
    shares = np.zeros(courtship.size)
    for i in range(courtship.size):
        shares[i] = 1.0 / n if most > 0.0 and courtship[i] == most else 0.0
    return shares


@njit(cache=True)
def alignment(affinity: Matrix, poles: Mask) -> Matrix:
    """Closeness of each state to each pole: its mean mutual affinity with the pole's other members.

        A_pi = Σ_{j∈p, j≠i} W_ij / #{j∈p, j≠i},   W the mutual affinities        shape (P, N), range [-1, 1]

    NaN where the pole has no other member. `poles` are boolean masks of shape (P, N).
    """
    n = affinity.shape[0]
    close = np.zeros(poles.shape)
    for p in range(poles.shape[0]):
        n_members = 0
        for j in range(n):
            n_members += poles[p, j]
            if poles[p, j]:
                for i in range(n):
                    close[p, i] += 0.5 * (affinity[i, j] + affinity[j, i]) if i != j else 0.0
        for i in range(n):
            others = n_members - poles[p, i]
            close[p, i] = close[p, i] / others if others > 0 else math.nan
    return close


def walk_balance(W: Matrix) -> float:
    """Balance over closed walks of every length, short ones counting most.

        κ = tr e^W / tr e^|W| = Σ_k exp λ_k(W) / Σ_k exp λ_k(|W|)        range (0, 1], 1 when balanced

    Weights count as they stand: pass ``np.sign(W)`` for the published unweighted form.

    References
    ----------
    Estrada & Benzi (2014), Walk-based measure of balance in signed networks, Physical Review E 90, 042802.
    """
    if W.shape[0] == 0:
        return math.nan
    signed = np.linalg.eigvalsh(W)
    unsigned = np.linalg.eigvalsh(np.abs(W))
    top = unsigned[-1]
    return float(np.exp(signed - top).sum() / np.exp(unsigned - top).sum())


def checked_edges(matrix: Matrix) -> Matrix:
    """Edges of anyone's signed matrix: weighted, directed, with or without a diagonal.

    A directed matrix is made symmetric by `mutual_affinity` (report `asymmetry` beside it); the diagonal is dropped.

    Raises
    ------
    InputError
        If the matrix is empty, not square, holds NaN or infinity, or weights too large to be added up.
    """
    weights = np.asarray(matrix, dtype=np.float64)
    if weights.ndim != 2 or weights.shape[0] != weights.shape[1] or weights.size == 0:
        raise complain(f"a matrix of edges is square with one row per state, not of shape {weights.shape}")
    if not np.isfinite(weights).all():
        sender, target = np.argwhere(~np.isfinite(weights))[0]
        raise complain(
            f"the edge in row {sender + 1}, column {target + 1} is {weights[sender, target]}, not a number"
        )
    W: Matrix = mutual_affinity(weights)
    with np.errstate(over="ignore"):
        total = np.abs(W).sum()
    if not total < LARGEST:
        raise complain(
            f"edges as large as {np.abs(weights).max():g} cannot be added up; divide all by the largest"
        )
    return W
