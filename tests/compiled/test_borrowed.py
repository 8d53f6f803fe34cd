"""Borrowed arguments of compiled code: read and written as any, not counted, and neither freed nor leaked."""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np
from numba import njit

from sim.compiled.borrowed import borrowed


class Pair(NamedTuple):
    left: np.ndarray
    right: np.ndarray


@njit
def _add_noise(pair: Pair, rng: np.random.Generator, factor: float) -> np.ndarray:
    pair, rng, factor = borrowed((pair, rng, factor))
    total = np.zeros(pair.left.size)
    for k in range(total.size):
        pair.left[k] += factor * rng.random()
        total[k] = pair.left[k] + pair.right[k]
    return total


def test_what_is_borrowed_is_worked_on_in_place_and_outlives_the_call():
    pair, rng = Pair(np.arange(50.0), np.ones(50)), np.random.default_rng(1)
    _add_noise(pair, rng, 0.0)
    holders = [sys.getrefcount(thing) for thing in (*pair, rng)]
    for _ in range(1000):
        total = _add_noise(pair, rng, 1e-3)
    assert [sys.getrefcount(thing) for thing in (*pair, rng)] == holders
    again = np.random.default_rng(1)
    again.random(50)
    expected = np.arange(50.0)
    for _ in range(1000):
        expected += 1e-3 * again.random(50)
    assert np.array_equal(pair.left, expected)
    assert np.array_equal(total, expected + 1.0)
