"""A walk over all splits of a landscape in Gray-code order, one switch at a time, and descents from them.

Splits are numbered by their bits, bit b the side of state b + 1, the first state on side 0. `spin` is ±1 by side and
field_i = Σ_j coupling_ij spin_j, so that switching i changes Σ_ij coupling_ij spin_i spin_j by −4 spin_i field_i.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.compiled.kernels import njit
from sim.outcomes.measures import Labels, Matrix, Vector


@njit(cache=True, nogil=True)
def _fields(coupling: Matrix, split: int, spin: Vector, field: Vector) -> None:
    """Set out one split: spin ±1 by side, field_i = Σ_j coupling_ij spin_j."""
    n = spin.shape[0]
    spin[0] = 1.0
    for b in range(n - 1):
        spin[b + 1] = -1.0 if (split >> b) & 1 else 1.0
    for i in range(n):
        field[i] = 0.0
        for j in range(n):
            field[i] += coupling[i, j] * spin[j]


@njit(cache=True, nogil=True)
def _next(coupling: Matrix, number: int, spin: Vector, field: Vector) -> None:
    """Pass to the Gray-code neighbour of this number: one state switches, the fields follow in O(n)."""
    state = 1
    while not number & 1:
        number >>= 1
        state += 1
    spin[state] = -spin[state]
    twice = 2.0 * spin[state]
    for i in range(spin.shape[0]):
        field[i] += twice * coupling[state, i]


@njit(cache=True, nogil=True)
def _depth(spin: Vector, field: Vector) -> float:
    total = 0.0
    for i in range(spin.shape[0]):
        total += spin[i] * field[i]
    return total


@njit(cache=True, nogil=True)
def find(coupling: Matrix, first: int, count: int, least: Vector, least_depth: float) -> tuple[Labels, float]:
    """Splits among the Gray codes first … first + count − 1 that are deep enough and that no switch deepens.

    Returns their numbers and the largest depth Σ_i spin_i field_i. What state i's switch changes below least_i is no
    change; infinity asks only depth.
    """
    n = coupling.shape[0]
    spin, field = np.empty(n), np.empty(n)
    result = np.empty(count, np.int64)
    m, deepest = 0, -np.inf
    _fields(coupling, first ^ (first >> 1), spin, field)
    for number in range(first, first + count):
        if number > first:
            _next(coupling, number, spin, field)
        restless = 0
        for i in range(n):
            restless += spin[i] * field[i] < -least[i]
        if restless == 0:
            depth = _depth(spin, field)
            if depth >= least_depth:
                deepest = max(deepest, depth)
                result[m] = number ^ (number >> 1)
                m += 1
    return result[:m].copy(), deepest


@njit(cache=True, nogil=True)
def violations(coupling: Matrix, splits: Labels) -> Vector:
    """Violated weight of each of these splits; its error is rounding of what is violated, not of all there is."""
    n = coupling.shape[0]
    violated = np.zeros(splits.shape[0])
    for s in range(splits.shape[0]):
        twice = splits[s] << 1  # bit i the side of state i
        for i in range(n):
            for j in range(i):
                is_apart = ((twice >> i) ^ (twice >> j)) & 1 == 1
                violated[s] += abs(coupling[i, j]) if is_apart == (coupling[i, j] > 0.0) else 0.0
    return violated


@njit(cache=True, nogil=True)
def _steepest(spin: Vector, field: Vector, least: Vector) -> int:
    """Choose the state whose switch lowers the energy most, the first between equals; −1 in a minimum."""
    who, lowest = -1, 0.0
    for i in range(spin.shape[0]):
        change = spin[i] * field[i]
        if change < lowest - (max(least[i], least[who]) if who >= 0 else least[i]):
            who, lowest = i, change
    return who


@njit(cache=True, nogil=True)
def _switch(split: int, state: int, n: int) -> int:
    """Number of the split after one state switches; switching the first state mirrors the others."""
    if state == 0:
        return split ^ ((1 << (n - 1)) - 1)
    return split ^ (1 << (state - 1))


@njit(cache=True, nogil=True)
def descend(coupling: Matrix, splits: Labels, least: Vector) -> Labels:
    """Split at the end of steepest descent from each of these."""
    n = coupling.shape[0]
    spin, field = np.empty(n), np.empty(n)
    ends = splits.copy()
    for d in range(splits.shape[0]):
        _fields(coupling, splits[d], spin, field)
        who = _steepest(spin, field, least)
        while who >= 0:
            ends[d] = _switch(ends[d], who, n)
            spin[who] = -spin[who]
            for i in range(n):
                field[i] += 2.0 * spin[who] * coupling[who, i]
            who = _steepest(spin, field, least)
    return ends


@njit(cache=True, nogil=True)
def all_steps(coupling: Matrix, first: int, count: int, least: Vector, step: NDArray[np.int8]) -> None:
    """Write the steepest switch of each split into step[split], −1 in minima."""
    n = coupling.shape[0]
    spin, field = np.empty(n), np.empty(n)
    _fields(coupling, first ^ (first >> 1), spin, field)
    for number in range(first, first + count):
        if number > first:
            _next(coupling, number, spin, field)
        step[number ^ (number >> 1)] = _steepest(spin, field, least)


@njit(cache=True, nogil=True)
def count_basins(step: NDArray[np.int8], minima: Labels, n: int) -> Labels:
    """Follow every split to its minimum, each path only as far as known ground; minima are split numbers."""
    basin = np.zeros(minima.shape[0], np.int64)
    home = np.full(step.shape[0], -1, np.int32)
    for m in range(minima.shape[0]):
        home[minima[m]] = m
    for split in range(step.shape[0]):
        end = split
        while home[end] < 0:
            end = _switch(end, step[end], n)
        here = split
        while home[here] < 0:
            home[here] = home[end]
            here = _switch(here, step[here], n)
        basin[home[end]] += 1
    return basin
