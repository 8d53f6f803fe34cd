"""Filtering the law on what was observed, on an exact grid for each dyad.

The diffusion of θ between signals is the Markov chain on the grid whose mean and variance rates are
those of phases 4 and 5 of the law (Kushner & Dupuis 2001), so probability is never negative and the
moments are exact. Other dyads enter through their means (assumed density).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.calibration.density import Density, Grid, Means, means_of, measure
from sim.compiled.kernels import njit
from sim.dynamics.drift import couplings, weigh
from sim.dynamics.rules import change_tie, drift_rate, observer_shift, public_line, target_shift
from sim.dynamics.world import ActTypes, Policies, Square, Vector, World
from sim.shapes import Float, Int

EXIT_SHARE = 0.9  # largest probability of leaving a grid point in one sub-step
CHECK_DAYS = 91  # the other dyads' means are brought up to date at least this often


class Timeline(NamedTuple):
    """Checkpoints in order of time: the days since the last one, and the signal there (-1: none)."""

    gap: Float[np.ndarray, "C"]
    signal: Int[np.ndarray, "C"]


class Items(NamedTuple):
    """The signals of one draw of the weights, as `sim.calibration.likelihood.Coded` has them."""

    day: Int[np.ndarray, "S"]
    sender: Int[np.ndarray, "S"]
    target: Int[np.ndarray, "S"]
    type: Int[np.ndarray, "S"]
    slope: Float[np.ndarray, "S"]
    difficulty: Float[np.ndarray, "S"]
    warmth: Float[np.ndarray, "S"]


class Trace(NamedTuple):
    """What the backward pass and the explanation need of the forward pass.

    `toward` is how far each signal moved the mean affinity of every state toward its sender, `own` how
    far its sender's toward its target; no other dyad is moved. The others follow the traced dyads over
    the checkpoints: the filtered density, the coupling that drift had in the gap before it, and the
    shift that came with its signal.
    """

    toward: Float[np.ndarray, "S N"]
    own: Float[np.ndarray, "S"]
    sender: Int[np.ndarray, "P"]
    target: Int[np.ndarray, "P"]
    density: Float[np.ndarray, "C P G"]
    coupling: Float[np.ndarray, "C P"]
    shift: Float[np.ndarray, "C P"]


def timeline(day: Int[np.ndarray, "S"], last_day: int, check_days: int = CHECK_DAYS) -> Timeline:
    """Lay out the checkpoints: every signal, the last day, and one in every `check_days`."""
    checks = np.arange(check_days, last_day, check_days) if day.size else np.zeros(0, np.int64)
    at = np.concatenate([day, checks, [last_day] if day.size else []])
    signal = np.concatenate([np.arange(day.size), np.full(at.size - day.size, -1)]).astype(np.int64)
    order = np.argsort(at, kind="stable")
    return Timeline(np.diff(at[order], prepend=0).astype(float), signal[order])


@njit(cache=True, nogil=True)
def exit_rates(grid: Grid, level: float, coupling: float, params: Any) -> tuple[Grid, Grid]:
    """Rates per day of going one grid point up and down under drift and noise.

    Drift as the law has it, variance σ² per day; central differences where they leave both rates
    positive, upwind where drift dominates; nothing leaves the grid.
    """
    h = grid[1] - grid[0]
    diffusion = params.noise**2 / (2.0 * h * h)
    up, down = np.empty_like(grid), np.empty_like(grid)
    for g in range(grid.size):
        speed = drift_rate(grid[g], level, coupling, params) / h
        if abs(speed) <= 2.0 * diffusion:
            up[g], down[g] = diffusion + speed / 2.0, diffusion - speed / 2.0
        else:
            up[g], down[g] = diffusion + max(speed, 0.0), diffusion + max(-speed, 0.0)
    up[-1] = 0.0
    down[0] = 0.0
    return up, down


@njit(cache=True, nogil=True)
def _substeps(up: Grid, down: Grid, days: float) -> int:
    fastest = 0.0
    for g in range(up.size):
        fastest = max(fastest, up[g] + down[g])
    return int(np.ceil(days * fastest / EXIT_SHARE))


@njit(cache=True, nogil=True)
def predict(density: Grid, up: Grid, down: Grid, days: float) -> None:
    """Carry a density forward by `days`, in place."""
    n = _substeps(up, down, days)
    step = days / max(n, 1)
    last = density.size - 1
    for _ in range(n):
        before = 0.0
        here = density[0]
        for g in range(last):
            after = density[g + 1]
            flow = up[g - 1] * before if g > 0 else 0.0
            density[g] = here + step * (flow + down[g + 1] * after - (up[g] + down[g]) * here)
            before, here = here, after
        density[last] = here + step * (up[last - 1] * before - down[last] * here)


@njit(cache=True, nogil=True)
def retrace(message: Grid, up: Grid, down: Grid, days: float) -> None:
    """Carry a backward message over `days`, in place: the adjoint of `predict`."""
    n = _substeps(up, down, days)
    step = days / max(n, 1)
    last = message.size - 1
    for _ in range(n):
        before = message[0]
        for g in range(message.size):
            here = message[g]
            after = message[g + 1] if g < last else 0.0
            message[g] = here + step * (up[g] * (after - here) + down[g] * (before - here))
            before = here


@njit(cache=True, nogil=True)
def shift(values: Grid, cells: float, beyond: float) -> Grid:
    """Move a function on the grid by `cells` grid steps (cubic Lagrange), never below zero.

    Beyond either end the function counts as `beyond` times its value at that end: 0 for a density,
    1 for a backward message.
    """
    n = values.size
    whole = int(np.floor(cells))
    f = cells - whole
    kernel = (
        (f * f - 1.0) * f / 6.0,
        (2.0 - f) * (f + 1.0) * f / 2.0,
        (f - 2.0) * (f * f - 1.0) / 2.0,
        (1.0 - f) * (f - 2.0) * f / 6.0,
    )
    moved = np.zeros(n)
    for g in range(n):
        total = 0.0
        for k in range(4):
            source = g - whole - 2 + k
            inside = min(max(source, 0), n - 1)
            total += kernel[k] * values[inside] * (1.0 if source == inside else beyond)
        moved[g] = max(total, 0.0)
    return moved


@njit(cache=True, nogil=True)
def likelihood(grid: Grid, slope: float, difficulty: float) -> Grid:
    """Probability of the observed choice at each θ: logistic(slope (θ - difficulty))."""
    return 1.0 / (1.0 + np.exp(-slope * (grid - difficulty)))


@njit(cache=True, nogil=True)
def _predict_all(
    density: Density, means: Means, level: Square, capability: Vector, days: float, params: Any
) -> Square:
    """Carry every dyad and its means forward; returns the coupling that each dyad's drift had."""
    n, mean = density.shape[0], means.affinity
    coupling = couplings(means.theta, mean, weigh(mean, capability), capability, params)
    for i in range(n):
        for j in range(n):
            if i != j:
                up, down = exit_rates(means.thetas, level[i, j], coupling[i, j], params)
                predict(density[i, j], up, down, days)
                measure(density, i, j, means)
    return coupling


@njit(cache=True, nogil=True)
def _input_shifts(mean: Square, items: Items, s: int, publicity: float, policies: Policies) -> Square:
    """How far signal s, as an act, moves each dyad: its target's response and the observers'."""
    i, j, warmth = items.sender[s], items.target[s], items.warmth[s]
    moved = np.zeros_like(mean)
    moved[j, i] = target_shift(policies.susceptibility[j], warmth)
    for o in range(mean.shape[0]):
        if o != i and o != j:
            moved[o, i] = observer_shift(policies.vigilance[o], publicity, warmth, mean[o, j])
    return moved


@njit(cache=True, nogil=True)
def _update(density: Density, means: Means, items: Items, s: int, shifts: Square) -> None:
    """Move the feelings toward the sender of signal s, and condition its own on what it chose."""
    grid = means.thetas
    h = grid[1] - grid[0]
    i, j = items.sender[s], items.target[s]
    for o in range(density.shape[0]):
        if shifts[o, i] != 0.0:
            density[o, i] = shift(density[o, i], shifts[o, i] / h, 0.0)
            density[o, i] /= density[o, i].sum()
            measure(density, o, i, means)
    density[i, j] *= likelihood(grid, items.slope[s], items.difficulty[s])
    density[i, j] /= density[i, j].sum()
    measure(density, i, j, means)


@njit(cache=True, nogil=True)
def _follow_act(world: World, items: Items, s: int, types: ActTypes, params: Any) -> None:
    """Follow public line and tie through an observed act."""
    i, j, k = items.sender[s], items.target[s], items.type[s]
    world.commitment[i, j] = public_line(world.commitment[i, j], types.publicity[k], items.warmth[s], params)
    change_tie(world.tie, i, j, types.tie_to[k], types.tie_lowest[k], types.tie_highest[k])


@njit(cache=True, nogil=True)
def forward(
    density: Density, world: World, grid: Grid, times: Timeline, items: Items, types: ActTypes,
    policies: Policies, params: Any, trace: Trace,
) -> None:  # fmt: skip
    """Filter: one pass forward in time over all dyads.

    Parameters
    ----------
    density
        The prior of every dyad, changed in place into the posterior.
    world
        Its level and capability are read; its commitment and tie are changed in place.
    grid, times, items, types, policies, params
        Grid of θ, checkpoints, signals, and the law's records.
    trace
        Filled in.
    """
    means = means_of(density, grid)
    for c in range(times.gap.size):
        coupling = np.zeros_like(world.theta)
        if times.gap[c] > 0.0:
            coupling = _predict_all(density, means, world.level, world.capability, times.gap[c], params)
        shifts = np.zeros_like(world.theta)
        s = times.signal[c]
        if s >= 0:
            i, j = items.sender[s], items.target[s]
            toward, own = means.affinity[:, i].copy(), means.affinity[i, j]
            shifts = _input_shifts(means.affinity, items, s, types.publicity[items.type[s]], policies)
            _update(density, means, items, s, shifts)
            _follow_act(world, items, s, types, params)
            trace.toward[s] = means.affinity[:, i] - toward
            trace.own[s] = means.affinity[i, j] - own
        for p in range(trace.sender.size):
            i, j = trace.sender[p], trace.target[p]
            trace.density[c, p] = density[i, j]
            trace.coupling[c, p] = coupling[i, j]
            trace.shift[c, p] = shifts[i, j]


@njit(cache=True, nogil=True)
def backward(
    grid: Grid, times: Timeline, items: Items, level: Square, params: Any, trace: Trace
) -> Float[np.ndarray, "C P G"]:
    """Smooth: what all signals, later ones too, say about each traced dyad at each checkpoint.

    Returns the smoothed density ∝ filtered density × backward message.
    """
    h = grid[1] - grid[0]
    smoothed = np.empty_like(trace.density)
    for p in range(trace.sender.size):
        i, j = trace.sender[p], trace.target[p]
        message = np.ones_like(grid)
        for c in range(times.gap.size - 1, -1, -1):
            smoothed[c, p] = trace.density[c, p] * message
            smoothed[c, p] /= smoothed[c, p].sum()
            s = times.signal[c]
            if s >= 0 and items.sender[s] == i and items.target[s] == j:
                message = message * likelihood(grid, items.slope[s], items.difficulty[s])
            if trace.shift[c, p] != 0.0:
                message = shift(message, -trace.shift[c, p] / h, 1.0)
            up, down = exit_rates(grid, level[i, j], trace.coupling[c, p], params)
            retrace(message, up, down, times.gap[c])
            message /= message.max()
    return smoothed
