"""Lower bounds on the weight that every partition violates: of triangles packed, and of multiples of a unit."""

from __future__ import annotations

import math

import numpy as np

from sim.compiled.kernels import njit
from sim.network.proof.program import ROUNDING
from sim.outcomes.measures import Matrix


def raise_bound(bound: float, weights: Matrix) -> float:
    """Raise a proven lower bound on a sum of such weights to the next multiple of what they are all multiples of.

    That is the least of them, or 1; without either the bound stays as it is.
    """
    size = np.abs(weights[weights != 0.0])
    if not (math.isfinite(bound) and size.size):
        return bound
    for unit in (float(size.min()), 1.0):
        count = size / unit
        if np.array_equal(count, np.round(count)):
            return unit * math.ceil(bound / unit - ROUNDING * max(1.0, float(count.sum())))
    return bound


@njit(cache=True, nogil=True)
def packed_bound(W: Matrix, in_two: bool) -> float:
    """Least weight that must be violated: triangles that cannot be at peace, packed so that none counts an edge twice.

        Σ_t y_t ≤ V,   y_t ≥ 0 on triangles t that violate an edge in every partition,   Σ_{t ∋ ij} y_t ≤ |W_ij|

    Such triangles have one hostile edge, or three where there are but two camps (`in_two`). Filled greedily, in
    n³ operations, for where a program has not come to an end.
    """
    n = W.shape[0]
    left = np.abs(W)
    total = 0.0
    for i in range(n):
        for j in range(i):
            for k in range(j):
                hostile = (W[i, j] < 0.0) + (W[i, k] < 0.0) + (W[j, k] < 0.0)
                if hostile == 1 or (in_two and hostile == 3):
                    least = min(left[i, j], left[i, k], left[j, k])
                    left[i, j] -= least
                    left[i, k] -= least
                    left[j, k] -= least
                    total += least
                if left[i, j] <= 0.0:
                    break
    return total
