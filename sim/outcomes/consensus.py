"""Measures of many: over the replicas of a run who is with whom, how surely, and when that changes.

Partitions are labels of shape (replicas, N), read only for which states share a label. Paths have time last.
Every function is NumPy on whole arrays; weights are not needed because replicas are equally likely draws.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.errors import complain
from sim.outcomes.blocs.exact import likely_best_blocs
from sim.outcomes.measures import Labels, Mask, Matrix, Vector

NEVER = NONE = -1


def co_assignment(labels: Labels) -> Matrix:
    """Probability that two states are in the same bloc; shape (N, N), symmetric, 1 on the diagonal.

        P_ij = share of replicas in which bloc_i = bloc_j

    The error of a share over R replicas is √(P (1 − P) / R).
    """
    replicas = _replicas(labels)
    shares = np.zeros((replicas.shape[1],) * 2)
    for one in replicas:
        shares += one[:, None] == one[None, :]
    return shares / len(replicas)


def membership_entropy(co: Matrix) -> Vector:
    """How unsure each state's company is: mean entropy of whether it shares a bloc with each other state.

        H_i = −Σ_{j≠i} [P_ij log₂ P_ij + (1 − P_ij) log₂(1 − P_ij)] / (N − 1)        range [0, 1] bits, shape (N,)

    0 when its company is the same in every replica, 1 when every companion is a coin toss; 0 for a lone state. Takes
    the matrix of `co_assignment`, since the names of blocs mean nothing from one replica to the next.
    """
    chance = np.clip(co, np.finfo(float).tiny, 1.0)
    other = np.clip(1.0 - co, np.finfo(float).tiny, 1.0)
    bits = -(co * np.log2(chance) + (1.0 - co) * np.log2(other))
    np.fill_diagonal(bits, 0.0)
    entropy: Vector = bits.sum(axis=1) / max(len(co) - 1, 1)
    return entropy


def modal_partition(labels: Labels) -> tuple[Labels, float]:
    """Partition found most often, and its share of the replicas; between equals, the first in label order.

    Returns the labels, each bloc named by its first member, shape (N,), and the share in (0, 1].
    """
    named = first_members(labels)
    partitions, counts = np.unique(named, axis=0, return_counts=True)
    most = int(np.argmax(counts))
    return partitions[most], float(counts[most] / len(named))


def consensus(co: Matrix) -> Labels:
    """Partition that the replicas agree on best, from the matrix of `co_assignment`; first members, shape (N,).

        maximise Σ_{i<j, bloc_i = bloc_j} (P_ij − 1/2)

    It gathers pairs that stand together in more than half of the replicas, and so minimises the expected number of
    pairs misplaced. Exact for a couple of dozen states: see `sim.outcomes.blocs.exact.likely_best_blocs`.

    References
    ----------
    Binder (1978), Bayesian cluster analysis, Biometrika 65.
    """
    labels: Labels = likely_best_blocs(np.ascontiguousarray(co), 0.5)[0]
    return labels


def company(labels: Labels, co: Matrix) -> tuple[Labels, Vector]:
    """Each state's bloc of two or more, else the nearest one, and the probability of standing there; shapes (N,).

        p_i = median of P_ij over the members j ≠ i of the bloc        range [0, 1]

    The median, so that one loose member does not loosen the rest. `labels` name blocs by their first members; without
    any bloc of two the bloc is −1 and the probability 0.
    """
    found, size = np.unique(labels, return_counts=True)
    crowds = found[size > 1]
    if not crowds.size:
        return np.full(len(labels), NONE), np.zeros(len(labels))
    others = np.where(np.eye(len(labels), dtype=bool), np.nan, co)
    sure = np.stack([np.nanmedian(others[labels == bloc], axis=0) for bloc in crowds])
    choice = np.argmax(sure + 2 * (labels == crowds[:, None]), axis=0)  # one's own bloc before all others
    return crowds[choice], sure[choice, np.arange(len(labels))]


def first_members(labels: Labels) -> Labels:
    """Name each bloc by the index of its first member, so that equal partitions have equal labels; (replicas, N)."""
    replicas = _replicas(labels)
    n = replicas.shape[1]
    named = np.full(replicas.shape, n)
    for i in range(n - 1, -1, -1):
        named = np.where(replicas == replicas[:, [i]], i, named)
    return named


def stability(before: Labels, after: Labels) -> float:
    """Likeness of two partitions of the same states beyond chance: the adjusted Rand index.

        (pairs together in both − expected) / (mean of pairs together in each − expected)        range about [-0.5, 1]

    1 for the same partition, 0 for what chance would give. Both trivial in the same way (all alone, all together): 1.

    References
    ----------
    Hubert & Arabie (1985), Comparing partitions, Journal of Classification 2.
    """
    _, first = np.unique(before, return_inverse=True)
    _, second = np.unique(after, return_inverse=True)
    table = np.zeros((first.max() + 1, second.max() + 1))
    np.add.at(table, (first, second), 1.0)
    both, one, two = (float((c * (c - 1) / 2).sum()) for c in (table, table.sum(axis=1), table.sum(axis=0)))
    pairs = math.comb(first.size, 2)
    expected = one * two / pairs if pairs else 0.0
    spread = (one + two) / 2.0 - expected
    return 1.0 if spread == 0.0 else (both - expected) / spread


def drift(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far a tie, an alignment or any measure has moved since the start: path[…, t] − path[…, 0].

    Any shape with time last; negative means that X has drifted away from Y. Units of the path.
    """
    return path - path[..., :1]


def first_passage(has_happened: Mask) -> Labels:
    """First step at which something is true, −1 where it never is; time last in, that axis dropped.

    For a change of sign pass ``np.sign(path) != np.sign(path[..., :1])``; for a change of bloc, `left_company`.
    """
    first = np.argmax(has_happened, axis=-1)
    return np.where(has_happened.any(axis=-1), first, NEVER)


def left_company(labels: Labels, state: int, other: int) -> Mask:
    """Whether two states are no longer as they began, together or apart; labels (…, time, N) → (…, time)."""
    together: Mask = labels[..., state] == labels[..., other]
    return together != together[..., :1]


def passage_probability(first: Labels, n_steps: int) -> Vector:
    """Probability that it has happened by each step, from the first passages of the replicas; shape (n_steps,).

        F(t) = share of replicas with 0 ≤ first ≤ t        range [0, 1]

    Non-decreasing; what never happens leaves it below 1.
    """
    happened = np.asarray(first).ravel()
    if not happened.size:
        raise complain("there are no replicas to take a share of")
    counts = np.bincount(happened[(happened >= 0) & (happened < n_steps)], minlength=n_steps)
    return np.cumsum(counts) / happened.size


def _replicas(labels: Labels) -> Labels:
    replicas = np.asarray(labels)
    if replicas.ndim != 2 or not replicas.size:
        raise complain(
            f"labels have one row per replica and one column per state, not shape {replicas.shape}"
        )
    return replicas
