"""SBC: does belief's filter know what it does not know? Truth simulated by the law, then filtered.

A small world is drawn from the prior and carried through a year by the law's own drift, noise and response;
on random occasions a sender does an act with the probability of its item, or leaves it undone, and both are
told to the filter (what is left undone is the same item turned round, and moves nobody). The rank of the
true θ among draws from the posterior is uniform if the filter is right (Talts et al. 2018).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import chisquare

from sim.background.prior import BASE_SD
from sim.calibration.density import cumulate, normal, theta_grid
from sim.calibration.filter import Items, Trace, forward, timeline
from sim.calibration.likelihood import Weights, draw_weights, law_types
from sim.calibration.passes import default_policies
from sim.dynamics.chance import Chance, dyad_keys
from sim.dynamics.drift import drift, weigh
from sim.dynamics.params import Params
from sim.dynamics.respond import respond
from sim.dynamics.step import kernel_params
from sim.dynamics.world import Acts, World, blank_world, refresh_affinity
from sim.signals.codebook import Codebook, shipped_codebook
from sim.studies.result import Progress, Score, Validation

N_SETS = 600
N_STATES, N_OCCASIONS, DAYS, STEP = 3, 12, 365, 7
N_DRAWS = 16  # draws of the weights over which the filter marginalises
N_RANKS, N_BINS = 99, 20
OFF = 0.3  # how far weights are wrong in the second experiment
SENDER, TARGET = 0, 1  # the dyad looked at, which has half of the occasions
KEYS = dyad_keys([str(i) for i in range(N_STATES)])


@dataclass(frozen=True)
class _History:
    """What happened: the true θ at the end, and the occasions."""

    theta: float
    day: np.ndarray
    sender: np.ndarray
    target: np.ndarray
    type: np.ndarray
    is_done: np.ndarray


def validate(
    data: Path,
    fit_until: int | None,
    test: tuple[int, int] | None,
    progress: Progress,
    ahead: int | None = None,
) -> Validation:
    """Simulate, filter and rank `N_SETS` histories, with weights known and with weights wrong; no data needed."""
    del data, fit_until, test, ahead
    codebook = shipped_codebook()
    rng = np.random.default_rng(0)
    below = np.array([_share_below(codebook, rng, progress, n) for n in range(N_SETS)])
    right, wrong = below.T
    counts = np.bincount(rng.binomial(N_RANKS, right) * N_BINS // (N_RANKS + 1), minlength=N_BINS)
    uniform = float(chisquare(counts).pvalue)
    known, off = _covered(right, 0.9), _covered(wrong, 0.9)
    off_name = f"coverage, weights wrong by {OFF:.0%} and marginalised"
    return Validation(
        name="sbc",
        question="Are the filter's intervals as wide as they must be?",
        windows={"simulated": f"histories of a year, {N_OCCASIONS} occasions among {N_STATES} states"},
        n=N_SETS,
        scores=[
            Score(
                "coverage of 90 % intervals, weights known",
                known,
                aim=".87 to .93",
                is_met=0.87 <= known <= 0.93,
            ),
            Score(off_name, off, aim="≥ .87", is_met=off >= 0.87),
            Score("ranks uniform: p of χ²", uniform, aim="≥ .01", is_met=uniform >= 0.01),
        ],
        notes=[
            "Sampling error of a coverage over this many histories is about 1.2 points.",
            "Other dyads enter the filter by their means alone; the ranks would show it if that mattered.",
        ],
        curves={
            "ranks": [{"bin": b, "count": int(c), "expected": N_SETS / N_BINS} for b, c in enumerate(counts)],
            "coverage": [
                {"nominal": q, "weights known": _covered(right, q), "weights wrong": _covered(wrong, q)}
                for q in (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95)
            ],
        },
    )


def _covered(below: np.ndarray, share: float) -> float:
    """Share of truths inside the central interval of a given probability."""
    return float((np.abs(2 * below - 1) < share).mean())


def _share_below(
    codebook: Codebook, rng: np.random.Generator, progress: Progress, n: int
) -> tuple[float, float]:
    """Posterior probability below the truth: weights known; and weights wrong, marginalised."""
    known = draw_weights(codebook, 1, rng)
    true = _wrong(codebook, rng)
    first, second = _simulate(codebook, known, rng), _simulate(codebook, true, rng)
    progress(n + 1, N_SETS)
    return (
        _below(codebook, known, first),
        _below(codebook, draw_weights(codebook, N_DRAWS, rng), second),
    )


def _wrong(codebook: Codebook, rng: np.random.Generator) -> Weights:
    """Weights `OFF` above or below the codebook's, type by type; difficulty moves with warmth."""
    plain = draw_weights(codebook, 1, np.random.default_rng(0))
    mean = np.array([[t.warmth for t in codebook.types]])
    factor = np.where(rng.random(mean.shape) < 0.5, 1 + OFF, 1 / (1 + OFF))
    slope = np.array([[t.discrimination for t in codebook.types]])
    turned = np.where(rng.random(mean.shape) < 0.5, 1 + OFF, 1 / (1 + OFF))
    b = np.array([[t.difficulty for t in codebook.types]])
    return replace(
        plain, warmth=mean * factor, difficulty=b + mean * (factor - 1), discrimination=slope * turned
    )


def _simulate(codebook: Codebook, weights: Weights, rng: np.random.Generator) -> _History:
    types, params = law_types(codebook, weights, 0), kernel_params(Params())
    policies = default_policies(N_STATES)
    world = blank_world(N_STATES, types.half_life.size)
    world.theta[:] = rng.normal(0, BASE_SD, world.theta.shape)
    np.fill_diagonal(world.theta, 0.0)
    refresh_affinity(world, params)
    days = np.sort(rng.integers(1, DAYS, N_OCCASIONS))
    occasions = np.zeros((4, N_OCCASIONS), np.int64)
    now = 0
    for o, day in enumerate(days):
        now = _carry(world, now, int(day), params, rng)
        sender, target = (SENDER, TARGET) if rng.random() < 0.5 else rng.permutation(N_STATES)[:2]
        k = int(rng.choice(types.choosable))
        lean = np.sign(types.warmth[k]) * types.discrimination[k]
        is_done = rng.random() < 1 / (1 + np.exp(-lean * (world.theta[sender, target] - types.difficulty[k])))
        occasions[:, o] = sender, target, k, is_done
        if is_done:
            respond(world, _act(sender, target, k), np.ones(types.half_life.size), types, policies, params)
    _carry(world, now, DAYS, params, rng)
    return _History(
        float(world.theta[SENDER, TARGET]),
        days,
        occasions[0],
        occasions[1],
        occasions[2],
        occasions[3].astype(bool),
    )


def _carry(world: World, now: int, until: int, params: Any, rng: np.random.Generator) -> int:
    while now < until:
        days = float(min(STEP, until - now))
        drift(world, weigh(world.affinity, world.capability), days, params, Chance(rng, rng, KEYS))
        now += int(days)
    return until


def _act(sender: int, target: int, k: int) -> Acts:
    step, i, j, third, kind, place = (np.array([v], np.int64) for v in (0, sender, target, -1, k, 0))
    return Acts(step, i, j, third, kind, np.ones(1), place)


def _below(codebook: Codebook, weights: Weights, history: _History) -> float:
    """Posterior probability below the true θ, averaged over the draws of the weights."""
    grid = theta_grid(kernel_params(Params()).theta_max)
    density = np.mean(
        [_filtered(codebook, weights, d, history, grid) for d in range(len(weights.warmth))], axis=0
    )
    edges = np.append(grid - (grid[1] - grid[0]) / 2, grid[-1] + (grid[1] - grid[0]) / 2)
    return float(np.interp(history.theta, edges, cumulate(density)))


def _filtered(
    codebook: Codebook, weights: Weights, draw: int, history: _History, grid: np.ndarray
) -> np.ndarray:
    """Density of the dyad's θ at the end, under one draw of the weights."""
    types, params = law_types(codebook, weights, draw), kernel_params(Params())
    zero = np.zeros((N_STATES, N_STATES))
    density = normal(grid, zero, zero + BASE_SD)
    times = timeline(history.day, DAYS)
    k, way = history.type, np.where(history.is_done, 1.0, -1.0)
    items = Items(
        history.day, history.sender, history.target, k,
        way * np.sign(types.warmth[k]) * types.discrimination[k], types.difficulty[k],
        np.where(history.is_done, types.warmth[k], 0.0),
    )  # fmt: skip
    nobody = np.zeros(0, np.int64)
    no_path = np.zeros((times.gap.size, 0))
    trace = Trace(
        np.zeros((N_OCCASIONS, N_STATES)), np.zeros(N_OCCASIONS), nobody, nobody,
        np.zeros((times.gap.size, 0, grid.size)), no_path, no_path.copy(),
    )  # fmt: skip
    world = blank_world(N_STATES, types.half_life.size)
    forward(density, world, grid, times, items, types, default_policies(N_STATES), params, trace)
    return np.asarray(density[SENDER, TARGET])
