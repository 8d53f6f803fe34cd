"""The frustration index as a mixed-integer program, which HiGHS solves through SciPy.

    minimise Σ_{i<j} |W_ij| f_ij    f_ij ≥ |x_i − x_j| for friends, f_ij ≥ |x_i + x_j − 1| for enemies,
                                    f_ij + f_jl + f_il ≥ 1 for every unbalanced triangle,   x_i ∈ {0, 1}

The solver's tolerances are absolute, so the edges are scaled by the largest. What they leave undecided is a share
`ROUNDING` of all weight together.

References
----------
Aref, Mason & Wilson (2020), A modeling and computational study of the frustration index in signed networks,
Networks 75.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array

from sim.outcomes.measures import Labels, Matrix

MOST_CUTS = 100_000  # they only speed up the proof
ROUNDING = 1e-7  # relative error that the solver leaves in sums of weights


def scaled(W: Matrix) -> tuple[Matrix, int]:
    """Scale edges so that the largest lies in [1/2, 1), by a power of two, which rounds nothing; and its exponent."""
    exponent = int(np.frexp(np.abs(W).max(initial=0.0))[1])
    return np.ldexp(W, -exponent), exponent


def undecided(W: Matrix) -> float:
    """Violated weight that the solver's tolerances may hide, in units of W."""
    return ROUNDING * float(np.abs(W).sum()) / 2.0


def _constraints(W: Matrix, edges: Labels) -> LinearConstraint:
    """Rows of the integer program in x (states), then f (edges)."""
    n = len(W)
    i, j = edges.T
    f = n + np.arange(len(edges))
    sign = np.sign(W[i, j])
    # friends: f − x_i + x_j ≥ 0 and f + x_i − x_j ≥ 0;  enemies: f − x_i − x_j ≥ −1 and f + x_i + x_j ≥ 1
    one = np.ones_like(sign)
    columns = [np.stack([f, i, j], 1)] * 2
    values = [np.stack([one, -one, sign], 1), np.stack([one, one, -sign], 1)]
    least = [np.where(sign > 0, 0.0, -1.0), np.where(sign > 0, 0.0, 1.0)]
    triangles = _unbalanced_triangles(W, edges)
    columns.append(n + triangles)
    values.append(np.ones(triangles.shape))
    least.append(np.ones(len(triangles)))
    column, value, low = np.concatenate(columns), np.concatenate(values), np.concatenate(least)
    row = np.repeat(np.arange(len(column)), 3)
    shape = (len(column), n + len(edges))
    return LinearConstraint(csr_array(coo_array((value.ravel(), (row, column.ravel())), shape=shape)), lb=low)


def _unbalanced_triangles(W: Matrix, edges: Labels) -> NDArray[np.int64]:
    """Edges, by their number, of triangles whose signs multiply to −1: all, or enough; shape (triangles, 3)."""
    number = np.full(W.shape, -1)
    number[edges[:, 0], edges[:, 1]] = np.arange(len(edges))
    result = [np.empty((0, 3), np.int64)]
    many = 0
    for e, (i, j) in enumerate(edges):
        third = np.flatnonzero(W[i, j] * W[i, j + 1 :] * W[j, j + 1 :] < 0) + j + 1
        result.append(np.stack([np.full(third.size, e), number[i, third], number[j, third]], 1))
        many += third.size
        if many > MOST_CUTS:
            break
    return np.concatenate(result)


def split_by_program(weights: Matrix, time_limit: float) -> tuple[Labels | None, float]:
    """Best split that the integer program found, if any, and the proven lower bound on the violated weight."""
    W, exponent = scaled(weights)
    n = len(W)
    edges = np.argwhere(np.triu(W) != 0)
    cost = np.r_[np.zeros(n), np.abs(W[edges[:, 0], edges[:, 1]])]
    upper = np.ones(cost.size)
    upper[np.argmax((W != 0).sum(axis=1))] = 0.0  # a split and its mirror image are one
    answer = milp(
        cost,
        integrality=np.r_[np.ones(n), np.zeros(len(edges))],
        bounds=Bounds(np.zeros(cost.size), upper),
        constraints=_constraints(W, edges),
        options={"time_limit": time_limit, "mip_rel_gap": 0.0},
    )
    bound = answer.mip_dual_bound
    split = None if answer.x is None else (answer.x[:n] > 0.5).astype(np.int64)
    return split, 0.0 if bound is None or not np.isfinite(bound) else float(np.ldexp(bound, exponent))
