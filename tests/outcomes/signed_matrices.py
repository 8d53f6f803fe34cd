"""Signed matrices to test on, and the slow honest answers to compare with."""

from __future__ import annotations

import csv
import gzip
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

DATA = Path(__file__).parents[2].parent / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the public data sets are not beside the project")


@st.composite
def affinities(draw, min_states=2, max_states=7):
    """Directed affinities with a zero diagonal: real, or whole with many zeros and ties."""
    n = draw(st.integers(min_states, max_states))
    real = st.floats(-0.99, 0.99, allow_subnormal=False).map(lambda a: round(a, 3))
    element = draw(st.sampled_from([real, st.sampled_from([-1.0, 0.0, 1.0])]))
    matrix = draw(arrays(np.float64, (n, n), elements=element))
    np.fill_diagonal(matrix, 0.0)
    return matrix


def random_ties(rng: np.random.Generator, n: int, *, camps: int = 0, density: float = 1.0) -> np.ndarray:
    """Random symmetric ties, around `camps` planted blocs if asked for."""
    mean = 0.0
    if camps:
        camp = rng.integers(0, camps, n)
        mean = np.where(camp[:, None] == camp[None, :], 0.5, -0.3)
    upper = np.triu(np.tanh(mean + rng.normal(0.0, 0.6, (n, n))) * (rng.random((n, n)) < density), 1)
    return upper + upper.T


def relabelled(matrix: np.ndarray, order: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(matrix[np.ix_(order, order)])


def all_partitions(n: int) -> Iterator[np.ndarray]:
    """Every partition of n states once, as labels numbered by first appearance."""

    def extend(labels: list[int]) -> Iterator[np.ndarray]:
        if len(labels) == n:
            yield np.array(labels)
            return
        for label in range(max(labels, default=-1) + 2):
            yield from extend([*labels, label])

    return extend([])


def all_splits(n: int) -> Iterator[np.ndarray]:
    """Every way to put n states on two sides once, the first state on side 0."""
    for rest in itertools.product((0, 1), repeat=n - 1):
        yield np.array((0, *rest))


def same_partition(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(((one[:, None] == one) == (other[:, None] == other)).all())


def rows_of(path: Path) -> list[dict[str, str]]:
    packed = path.read_bytes()
    text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode("utf-8")
    return list(csv.DictReader(text.splitlines()))


def signed_graph(edges: list[dict[str, str]]) -> tuple[np.ndarray, list[str]]:
    """Adjacency matrix, and the names in its order, from rows a, b, sign."""
    names = sorted({row[end] for row in edges for end in ("a", "b")})
    index = {name: i for i, name in enumerate(names)}
    W = np.zeros((len(names), len(names)))
    for row in edges:
        i, j = index[row["a"]], index[row["b"]]
        W[i, j] = W[j, i] = float(row["sign"])
    return W, names


def split_energy(coupling: np.ndarray, sides: np.ndarray) -> float:
    """Energy of one split over ordered pairs: Σ_ij J_ij [side_i ≠ side_j]; neutral states (−1) add nothing."""
    return float(coupling[sides[:, None] != sides[None, :]].sum())


def switch_cost(coupling: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """Energy that each state's switching sides alone would add; shape (N,), all ≥ 0 in a local minimum.

        ΔE_i = 2 Σ_j J_ij x_i x_j,   x = ±1 by side

    Infinite for neutral states, which have no side to leave.
    """
    spin = np.where(sides < 0, 0, 1 - 2 * sides)
    return np.where(sides < 0, np.inf, 2.0 * spin * (coupling @ spin))
