"""Belief: the posterior of every directed affinity on a date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from sim.background.prior import PairPrior, blank_prior
from sim.calibration.basis import rests_on
from sim.calibration.density import affinity_moments, affinity_quantiles, cumulate, normal, theta_grid
from sim.calibration.extent import excess_of_belief
from sim.calibration.filter import Items, Timeline, Trace, backward, forward, timeline
from sim.calibration.likelihood import Coded, Weights, code_signals, draw_weights, law_types
from sim.calibration.moves import Moves
from sim.dynamics.chance import Purpose, stream
from sim.dynamics.memory import share_after
from sim.dynamics.params import Params, Policy, coefficients
from sim.dynamics.rules import set_tie
from sim.dynamics.step import kernel_params
from sim.dynamics.world import ActTypes, Policies, World, blank_world
from sim.errors import complain
from sim.shapes import Float, Int
from sim.signals.evidence import Evidence

N_DRAWS = 32
WEIGHTS_SEED = 0  # belief does not depend on the rng_seed of a run

Prior = Mapping[tuple[str, str], tuple[float, float]]


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


def prior(
    evidence: Evidence, background: PairPrior, statements: Prior
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Prior of every dyad's long-run level m, and its tie, from the background and the standing facts.

    Each fact is a noisy observation of m, N(level, sd²) of its kind, on top of the background: precisions add. A
    statement replaces all that for its dyad.

    Returns
    -------
    level, sd, tie
        (N, N) arrays: mean and sd on the θ scale; rung of the tie.
    """
    place = {code: i for i, code in enumerate(background.states)}
    precision, tie = background.sd**-2.0, background.tie.copy()
    pulled = background.mean * precision
    for fact in evidence.standing:
        kind = evidence.codebook.kinds[evidence.codebook.kind_index(fact.kind)]
        i, j = place[fact.sender], place[fact.target]
        precision[i, j] += kind.sd**-2
        pulled[i, j] += kind.level * kind.sd**-2
        if kind.tie is not None:
            set_tie(tie, i, j, kind.tie)
    level, sd = pulled / precision, precision**-0.5
    for (sender, target), (mean, spread) in statements.items():
        level[place[sender], place[target]] = mean
        sd[place[sender], place[target]] = spread
    np.fill_diagonal(level, 0.0)
    return level, sd, tie


def default_policies(n_states: int) -> Policies:
    """Every state with the default policy."""
    return Policies(*(np.full(n_states, float(c.default)) for c in coefficients(Policy)))  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Pass:
    """One forward pass under one draw of the weights."""

    density: np.ndarray
    world: World
    items: Items
    trace: Trace


def _blank_trace(coded: Coded, times: Timeline, n: int, pairs: Sequence[tuple[int, int]]) -> Trace:
    c, p = times.gap.size, len(pairs)
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    return Trace(
        toward=np.zeros((coded.row.size, n)),
        own=np.zeros(coded.row.size),
        sender=ends[:, 0].copy(),
        target=ends[:, 1].copy(),
        density=np.zeros((c, p, theta_grid(1.0).size)),
        coupling=np.zeros((c, p)),
        shift=np.zeros((c, p)),
    )


class _Filter:
    """Everything that the forward passes share."""

    def __init__(
        self, evidence: Evidence, as_of: date, states: Sequence[str] | None, n_draws: int, statements: Prior,
        background: PairPrior | None, pairs: Sequence[tuple[str, str]] = (), check_days: int | None = None,
    ) -> None:  # fmt: skip
        self.states = tuple(sorted({*evidence.states, *(states or ())}))
        self.background = background.among(self.states) if background else blank_prior(self.states)
        self.evidence = evidence
        self.params = kernel_params(Params())
        self.grid = theta_grid(self.params.theta_max)
        self.level, self.sd, self.tie = prior(evidence, self.background, statements)
        rng = stream(WEIGHTS_SEED, 0, Purpose.WEIGHTS)
        self.weights = draw_weights(evidence.codebook, n_draws, rng)
        self.coded = code_signals(evidence, self.states, self.weights, as_of)
        days = (as_of - self.start(as_of)).days
        self.times = timeline(self.coded.day, days, *([check_days] if check_days else []))
        self.pairs = [(self.states.index(i), self.states.index(j)) for i, j in pairs]
        self.as_of_day = days
        self.undisturbed = self._without_signals() if background and background.is_dated else None

    def start(self, as_of: date) -> date:
        """Date of the first counted signal; a prior without a date holds on it."""
        return self.evidence.signals[self.coded.row[0]].date if self.coded.row.size else as_of

    def run(self, draw: int) -> _Pass:
        """Filter under one draw of the weights."""
        one = self._forward(draw, self.times)
        if self.undisturbed:
            self._date(one, self.undisturbed)
        _remember(one.world, one.items, self.as_of_day, law_types(self.evidence.codebook, self.weights, draw))
        return one

    def _forward(self, draw: int, times: Timeline) -> _Pass:
        n, c = len(self.states), self.coded
        types = law_types(self.evidence.codebook, self.weights, draw)
        world = blank_world(n, types.half_life.size)
        world.level[:], world.tie[:] = self.level, self.tie
        density = normal(self.grid, self.level, self.sd)
        items = Items(c.day, c.sender, c.target, c.type, c.slope[draw], c.difficulty[draw], c.warmth[draw])
        trace = _blank_trace(c, times, n, self.pairs)
        forward(density, world, self.grid, times, items, types, default_policies(n), self.params, trace)
        return _Pass(density, world, items, trace)

    def _without_signals(self) -> _Pass:
        """What the law's drift alone makes of the prior; the same under any draw of the weights."""
        return self._forward(0, self.times._replace(signal=np.full_like(self.times.signal, -1)))

    def _date(self, one: _Pass, undisturbed: _Pass) -> None:
        """Let the prior hold on the last day: of the filter take what the signals say, and no drift without them.

        By Bayes' rule p(θ | signals) ∝ p(signals | θ) p(θ). The filter has p(θ) as drift leaves it on the day, and
        the same with signals, so their ratio is the likelihood; p(θ) of the day is the background's own.
        """
        prior = normal(self.grid, self.level, self.sd)
        _reweigh(one.density, undisturbed.density, prior)
        place = undisturbed.trace.sender, undisturbed.trace.target
        _reweigh(one.trace.density, undisturbed.trace.density, prior[place])

    def passes(self) -> Iterator[_Pass]:
        """Filter under every draw in turn, on threads: compiled code releases the GIL."""
        with threadpool_limits(1), ThreadPoolExecutor() as pool:
            yield from pool.map(self.run, range(self.weights.warmth.shape[0]))


def _reweigh(density: np.ndarray, before: np.ndarray, after: np.ndarray) -> None:
    """Put one prior in place of another in a posterior over the last axis, in place."""
    density *= np.divide(after, before, out=np.zeros_like(density), where=before > 0.0)
    density /= density.sum(axis=-1, keepdims=True)


def _remember(world: World, items: Items, day: int, types: ActTypes) -> None:
    """Write what is left of the observed acts' warmth on a day into the world's memory."""
    classes = types.half_life_class[items.type]
    left = items.warmth * share_after(day - items.day, types.half_life[classes])
    np.add.at(world.memory, (items.sender, items.target, classes), left)


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
    setup = _Filter(evidence, as_of, states, n_draws, statements or {}, background)
    n, coded = len(setup.states), setup.coded
    density = np.empty((n_draws, n, n, setup.grid.size), np.float32)
    worlds, toward, own = [], np.zeros((coded.row.size, n)), np.zeros(coded.row.size)
    for draw, one in enumerate(setup.passes()):  # none is held longer: a hundred states take megabytes
        density[draw] = one.density
        worlds.append(one.world)
        toward += one.trace.toward
        own += one.trace.own
    n_signals = np.zeros((n, n), np.int64)
    np.add.at(n_signals, (coded.sender, coded.target), 1)
    signals = {(setup.states[i], setup.states[j]) for i, j in zip(*n_signals.nonzero(), strict=True)}
    facts = {(fact.sender, fact.target) for fact in evidence.standing} | set(statements or {})
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
    setup = _Filter(evidence, as_of, None, n_draws, {}, background, pairs, check_days)
    passes = list(setup.passes())
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
