"""Pairs bound by one treaty, as far as dyads tell: pacts that began in one year and hang together through states."""

from __future__ import annotations

import numpy as np
from scipy.sparse.csgraph import connected_components

from sim.shapes import Int
from sim.studies.alliances.panel import Panel


def treaty_labels(panel: Panel) -> Int[np.ndarray, "T N N"]:
    """Number of the treaty that binds each pair in each window; -1 where none does.

    Pacts belong to one treaty if they began in one window and a chain of states bound then leads from one to the
    other. A state that joins later is a treaty of its own; pacts older than the first window began in it.
    """
    n = len(panel.codes)
    labels = np.full(panel.sign.shape, -1)
    before = np.zeros((n, n), bool)
    for t, sign in enumerate(panel.sign):
        bound = sign > 0
        _, part = connected_components(bound & ~before, directed=False)
        new = np.broadcast_to(t * n + part[:, None], (n, n))
        labels[t] = np.where(bound, np.where(before, labels[t - 1], new), -1)
        before = bound
    return labels


def effective_number(labels: Int[np.ndarray, "C"]) -> float:
    """Kish's effective number of treaties among some pairs: (Σ n)² / Σ n², n the pairs of each."""
    if not labels.size:
        return 0.0
    sizes = np.unique(labels, return_counts=True)[1]
    return float(sizes.sum() ** 2 / (sizes**2).sum())
