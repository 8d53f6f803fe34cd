"""Forward passes of the filter over the signals, one under each draw of the codebook's weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import numpy as np
from threadpoolctl import threadpool_limits

from sim.background.prior import PairPrior, blank_prior
from sim.calibration.density import normal, theta_grid
from sim.calibration.filter import Items, Timeline, Trace, forward, timeline
from sim.calibration.likelihood import Coded, code_signals, draw_weights, law_types
from sim.dynamics.chance import Purpose, stream
from sim.dynamics.memory import share_after
from sim.dynamics.params import Params, Policy, coefficients
from sim.dynamics.rules import set_tie
from sim.dynamics.step import kernel_params
from sim.dynamics.world import ActTypes, Policies, World, blank_world
from sim.signals.evidence import Evidence

WEIGHTS_SEED = 0  # belief does not depend on the rng_seed of a run

Prior = Mapping[tuple[str, str], tuple[float, float]]


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
class Pass:
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


class Passes:
    """Forward passes over the same signals, and everything that they share."""

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

    def run(self, draw: int) -> Pass:
        """Filter under one draw of the weights."""
        one = self._forward(draw, self.times)
        if self.undisturbed:
            self._date(one, self.undisturbed)
        _remember(one.world, one.items, self.as_of_day, law_types(self.evidence.codebook, self.weights, draw))
        return one

    def _forward(self, draw: int, times: Timeline) -> Pass:
        n, c = len(self.states), self.coded
        types = law_types(self.evidence.codebook, self.weights, draw)
        world = blank_world(n, types.half_life.size)
        world.level[:], world.tie[:] = self.level, self.tie
        density = normal(self.grid, self.level, self.sd)
        items = Items(c.day, c.sender, c.target, c.type, c.slope[draw], c.difficulty[draw], c.warmth[draw])
        trace = _blank_trace(c, times, n, self.pairs)
        forward(density, world, self.grid, times, items, types, default_policies(n), self.params, trace)
        return Pass(density, world, items, trace)

    def _without_signals(self) -> Pass:
        """What the law's drift alone makes of the prior; the same under any draw of the weights."""
        return self._forward(0, self.times._replace(signal=np.full_like(self.times.signal, -1)))

    def _date(self, one: Pass, undisturbed: Pass) -> None:
        """Let the prior hold on the last day: of the filter take what the signals say, and no drift without them.

        By Bayes' rule p(θ | signals) ∝ p(signals | θ) p(θ). The filter has p(θ) as drift leaves it on the day, and
        the same with signals, so their ratio is the likelihood; p(θ) of the day is the background's own.
        """
        prior = normal(self.grid, self.level, self.sd)
        _reweigh(one.density, undisturbed.density, prior)
        place = undisturbed.trace.sender, undisturbed.trace.target
        _reweigh(one.trace.density, undisturbed.trace.density, prior[place])

    def all(self) -> Iterator[Pass]:
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
