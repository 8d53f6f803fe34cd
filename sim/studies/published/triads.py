"""Constrained triad dynamics (Antal, Krapivsky & Redner 2005) on the law's own balance term.

Edges are signs. N times the balance pull of a pair is the number of balanced less unbalanced triangles that its
edge would close if it were +, so `edge · pull` says what a flip does to the number of unbalanced triangles: pick an
edge at random, flip it if that number falls, with chance ½ if it stays, never if it rises.
"""

from __future__ import annotations

import numpy as np

from sim.compiled.kernels import njit
from sim.dynamics.drift import balance_pull, weigh


@njit(cache=True)
def triangle_field(edges: np.ndarray) -> np.ndarray:
    """Σ_l s_il s_jl of each pair, from the law's balance term at equal capabilities; whole numbers."""
    n = edges.shape[0]
    by_target = np.asfortranarray(edges)  # as the law stores its arrays
    even = np.full(n, 1.0 / n)
    return np.rint(n * balance_pull(weigh(by_target, even), by_target, even, False))


@njit(cache=True)
def is_settled(edges: np.ndarray, field: np.ndarray) -> bool:
    """Whether any flip would add unbalanced triangles."""
    for i in range(edges.shape[0]):
        for j in range(i):
            if edges[i, j] * field[i, j] <= 0.0:
                return False
    return True


@njit(cache=True)
def flip(edges: np.ndarray, field: np.ndarray, i: int, j: int) -> None:
    """Flip one edge and bring the field up to date."""
    edges[i, j] = edges[j, i] = -edges[i, j]
    for other in range(edges.shape[0]):
        if other not in (i, j):
            field[i, other] += 2.0 * edges[i, j] * edges[j, other]
            field[j, other] += 2.0 * edges[i, j] * edges[i, other]
            field[other, i], field[other, j] = field[i, other], field[j, other]


@njit(cache=True)
def settle(edges: np.ndarray, rng: np.random.Generator, is_recomputed: bool) -> np.ndarray:
    """Let the edges settle, in place; with `is_recomputed` the law is asked anew after every flip."""
    n = edges.shape[0]
    field = triangle_field(edges)
    while not is_settled(edges, field):
        for _ in range(n * (n - 1) // 2):
            i = int(rng.random() * n)
            j = int(rng.random() * (n - 1))
            j += 1 if j >= i else 0
            change = edges[i, j] * field[i, j]
            if change < 0.0 or (change == 0.0 and rng.random() < 0.5):
                flip(edges, field, i, j)
                if is_recomputed:
                    field = triangle_field(edges)
    return field


@njit(cache=True)
def count_jammed(n: int) -> int:
    """Count unbalanced states of n that no flip betters or leaves level, up to switching whole camps.

    Switching a state's edges changes no triangle's balance, so all edges of state 0 may be taken as +: the edges
    among the others are enumerated, all 2^((n-1)(n-2)/2) of them, in Gray order.
    """
    m = (n - 1) * (n - 2) // 2
    row, column = np.empty(m, np.int64), np.empty(m, np.int64)
    b = 0
    for i in range(2, n):
        for j in range(1, i):
            row[b], column[b] = i, j
            b += 1
    edges = np.ones((n, n)) - np.eye(n)
    field = triangle_field(edges)
    n_jammed = 0
    for number in range(1, 1 << m):  # number 0 is balanced
        b = 0
        while not (number >> b) & 1:
            b += 1
        flip(edges, field, row[b], column[b])
        n_jammed += is_settled(edges, field)
    return n_jammed


def random_ties(n: int, friendly: float, rng: np.random.Generator) -> np.ndarray:
    """Draw signs: each edge friendly with the same probability."""
    lower = np.tril(np.where(rng.random((n, n)) < friendly, 1.0, -1.0), -1)
    return lower + lower.T


def cliques(*sizes: int) -> np.ndarray:
    """Edges of mutually hostile cliques of friends."""
    label = np.repeat(np.arange(len(sizes)), sizes)
    edges = np.where(label[:, None] == label[None, :], 1.0, -1.0)
    np.fill_diagonal(edges, 0.0)
    return edges
