"""Belief: the posterior of every directed affinity on a date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim.background.prior import PairPrior
from sim.calibration.basis import rests_on
from sim.calibration.density import affinity_moments, affinity_quantiles, cumulate
from sim.calibration.extent import excess_of_belief
from sim.calibration.filter import backward
from sim.calibration.likelihood import Weights
from sim.calibration.moves import Moves
from sim.calibration.passes import Passes, Prior
from sim.dynamics.world import World
from sim.errors import complain
from sim.shapes import Float, Int
from sim.signals.evidence import Evidence

N_DRAWS = 32


@dataclass(frozen=True)
class Belief:
    """What the evidence says of every ordered dyad of `states` on `as_of`.

    Attributes
    ----------
    states, as_of
        Codes in the order of the axes, and the date.
    grid
        θ at the grid points.
    density
        Posterior probability of each grid point, by draw of the codebook's weights.
    level, level_sd
        Prior mean and sd of θ and of its long-run level m, from the standing facts.
    worlds
        For each draw, a world with the level, ties, public commitments and memories of `as_of`.
    weights
        The draws of the codebook that belong to `density`.
    n_signals
        Counted signals from sender to target.
    moves
        How far each counted signal moved the mean affinities, on average over the draws.
    background
        Prior of every pair before the standing facts.
    rests_on
        What each dyad rests on, as an index into `sim.calibration.basis.BASES`.
    """

    states: tuple[str, ...]
    as_of: date
    grid: Float[np.ndarray, "G"]
    density: Float[np.ndarray, "D N N G"]
    level: Float[np.ndarray, "N N"]
    level_sd: Float[np.ndarray, "N N"]
    worlds: tuple[World, ...]
    weights: Weights
    n_signals: Int[np.ndarray, "N N"]
    moves: Moves
    background: PairPrior
    rests_on: Int[np.ndarray, "N N"]

    @cached_property
    def cumulative(self) -> Float[np.ndarray, "D N N G1"]:
        """Probability below the lower edge of each grid cell, and 1."""
        return cumulate(self.density)


class PathRow(NamedTuple):
    """Filtered and smoothed affinity of one dyad on one date."""

    date: date
    sender: str
    target: str
    mean: float
    sd: float
    smoothed_mean: float
    smoothed_q05: float
    smoothed_q95: float


def fit_posterior(
    evidence: Evidence,
    as_of: date,
    *,
    states: Sequence[str] | None = None,
    n_draws: int = N_DRAWS,
    statements: Prior | None = None,
    background: PairPrior | None = None,
) -> Belief:
    """Filter the coded signals up to a date into a posterior of every directed affinity.

    One pass forward in time: predict with the law, add each observed act's effect on target and
    observers, condition on the sender's choice; once for each draw of the codebook's weights. The
    law's coefficients are the defaults: what a scenario assumes about the future does not change
    what the past has shown. A background holds on its own day, so that dyads which no signal touches stay where
    it has them; without one the prior holds on the day of the first signal, and drifts from there.

    Parameters
    ----------
    evidence
        One reading of the coded signals.
    as_of
        Signals dated later are not looked at.
    states
        Codes to have belief about beside those in the evidence.
    n_draws
        Draws of the codebook's weights.
    statements
        Prior mean and sd of θ of single dyads, in place of all other evidence on them.
    background
        Prior of every pair before the standing facts, over these states at least; by default the same for all.

    Raises
    ------
    InputError
        Where it would take more memory or time than there is, or the date is far past the last signal.
    """
    if excess := excess_of_belief(evidence, as_of, len({*evidence.states, *(states or ())}), n_draws):
        raise complain(excess[1], key=excess[0])
    passes = Passes(evidence, as_of, states, n_draws, statements or {}, background)
    return _belief(
        passes, as_of, {(fact.sender, fact.target) for fact in evidence.standing} | set(statements or {})
    )


def _belief(setup: Passes, as_of: date, facts: set[tuple[str, str]]) -> Belief:
    """Make all passes and put them together."""
    n, coded, n_draws = len(setup.states), setup.coded, setup.weights.warmth.shape[0]
    density = np.empty((n_draws, n, n, setup.grid.size), np.float32)
    worlds, toward, own = [], np.zeros((coded.row.size, n)), np.zeros(coded.row.size)
    for draw, one in enumerate(setup.all()):  # none is held longer: a hundred states take megabytes
        density[draw] = one.density
        worlds.append(one.world)
        toward += one.trace.toward
        own += one.trace.own
    n_signals = np.zeros((n, n), np.int64)
    np.add.at(n_signals, (coded.sender, coded.target), 1)
    signals = {(setup.states[i], setup.states[j]) for i, j in zip(*n_signals.nonzero(), strict=True)}
    return Belief(
        states=setup.states,
        as_of=as_of,
        grid=setup.grid,
        density=density,
        level=setup.level,
        level_sd=setup.sd,
        worlds=tuple(worlds),
        weights=setup.weights,
        n_signals=n_signals,
        moves=Moves(coded.row, coded.sender, coded.target, toward / n_draws, own / n_draws),
        background=setup.background,
        rests_on=rests_on(setup.states, setup.background.is_known, signals, facts),
    )


def smooth(
    evidence: Evidence,
    as_of: date,
    pairs: Sequence[tuple[str, str]],
    *,
    n_draws: int = N_DRAWS,
    check_days: int = 30,
    background: PairPrior | None = None,
) -> list[PathRow]:
    """Path of chosen dyads: filtered as one knew it then, and smoothed with all signals to `as_of`."""
    setup = Passes(evidence, as_of, None, n_draws, {}, background, pairs, check_days)
    passes = list(setup.all())
    filtered = np.mean([p.trace.density for p in passes], axis=0)
    later = [backward(setup.grid, setup.times, p.items, setup.level, setup.params, p.trace) for p in passes]
    smoothed = np.mean(later, axis=0)
    lows, highs = affinity_quantiles(setup.grid, smoothed, (0.05, 0.95))
    days = np.cumsum(setup.times.gap)
    rows = []
    for p, (sender, target) in enumerate(pairs):
        for c, day in enumerate(days):
            if c + 1 < days.size and days[c + 1] == day:
                continue
            mean, sd = affinity_moments(setup.grid, filtered[c, p])
            when = setup.start(as_of) + timedelta(days=int(day))
            late = affinity_moments(setup.grid, smoothed[c, p])[0]
            rows.append(PathRow(when, sender, target, mean, sd, late, float(lows[c, p]), float(highs[c, p])))
    return rows
