"""Measures of many: over the replicas of a run who is with whom, and how surely.

Partitions are labels of shape (replicas, N), read only for which states share a label. Every function is NumPy on
whole arrays; weights are not needed because replicas are equally likely draws.
"""

from __future__ import annotations

import numpy as np

from sim.errors import complain
from sim.outcomes.blocs.exact import likely_best_blocs
from sim.outcomes.measures import Labels, Matrix, Vector

NONE = -1


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
    blocs, size = np.unique(labels, return_counts=True)
    crowds = blocs[size > 1]
    if not crowds.size:
        return np.full(len(labels), NONE), np.zeros(len(labels))
    others = np.where(np.eye(len(labels), dtype=bool), np.nan, co)
    sure = np.stack([np.nanmedian(others[labels == bloc], axis=0) for bloc in crowds])
    choice = np.argmax(sure + 2 * (labels == crowds[:, None]), axis=0)  # one's own bloc before all others
    return crowds[choice], sure[choice, np.arange(len(labels))]


def _replicas(labels: Labels) -> Labels:
    replicas = np.asarray(labels)
    if replicas.ndim != 2 or not replicas.size:
        raise complain(
            f"labels have one row per replica and one column per state, not shape {replicas.shape}"
        )
    return replicas
