"""From a scenario to what the law reads: belief, schedule, policies, and the world each replica starts in."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from sim.background.prior import PairPrior
from sim.calibration.basis import rests_on
from sim.calibration.density import inverse_cdf, normal_quantiles
from sim.calibration.likelihood import Weights, law_types, modifier_factor
from sim.calibration.posterior import Belief
from sim.dynamics.chance import Chance, DyadKeys, Purpose, draw_uniforms, dyad_keys, stream
from sim.dynamics.params import Policy, coefficients
from sim.dynamics.rules import set_tie
from sim.dynamics.scheduled import SHOCK_KINDS
from sim.dynamics.step import kernel_params, law_tables
from sim.dynamics.world import (
    Acts,
    ActTypes,
    Policies,
    Shocks,
    Tables,
    World,
    blank_world,
    refresh_affinity,
)
from sim.scenario.belief import Ground, fit_ground, read_sources, statements_of
from sim.scenario.load import LoadedScenario
from sim.scenario.schema.items import Act, Shock
from sim.scenario.schema.models import Scenario
from sim.shapes import Bool, Float, Int
from sim.signals.codebook import Codebook, strength
from sim.signals.evidence import Evidence


@dataclass(frozen=True)
class Setup:
    """A scenario made ready to run: everything that the law reads, for any replica.

    Replica r starts from its own draw of θ under draw ``r mod D`` of the codebook's weights.

    Attributes
    ----------
    scenario, codebook, evidence
        What it was made from; no evidence where the scenario names no signals.
    belief
        Posterior on the scenario's as-of date, over the states of the evidence.
    background
        Prior of every pair of the scenario's states before signals and statements.
    weights
        Draws of the codebook's weights.
    params, policies
        Coefficients of the law, and of each state's behaviour.
    poles
        Membership of each pole, in the order of the file.
    acts
        The scheduled acts in file order, as rows of the schedule refer to them.
    """

    scenario: Scenario
    codebook: Codebook
    evidence: Evidence | None
    belief: Belief | None
    background: PairPrior
    weights: Weights
    params: Any
    policies: Policies
    poles: Bool[np.ndarray, "P N"]
    acts: tuple[Act, ...]
    shocks: Shocks

    @property
    def states(self) -> tuple[str, ...]:
        """Codes in the order of the axes."""
        return tuple(self.scenario.states)

    def draw(self, replica: int) -> int:
        """Which draw of the codebook's weights a replica runs under."""
        return replica % self.weights.warmth.shape[0]

    @cached_property
    def _by_draw(self) -> dict[int, tuple[ActTypes, Tables, Acts]]:
        return {}  # filled when a draw is first asked for

    def _under(self, draw: int) -> tuple[ActTypes, Tables, Acts]:
        if draw not in self._by_draw:
            types = law_types(self.codebook, self.weights, draw)
            if not self.scenario.choice:
                types = types._replace(choosable=np.zeros(0, np.int64))
            tables = law_tables(types, float(self.scenario.step_days))
            self._by_draw[draw] = types, tables, self._schedule(draw)
        return self._by_draw[draw]

    def types(self, replica: int) -> ActTypes:
        """Act types under the replica's draw of the weights."""
        return self._under(self.draw(replica))[0]

    def tables(self, replica: int) -> Tables:
        """What those types come to in the scenario's steps."""
        return self._under(self.draw(replica))[1]

    def schedule(self, replica: int) -> Acts:
        """Dated acts, in file order, under the replica's draw of the weights."""
        return self._under(self.draw(replica))[2]

    @cached_property
    def keys(self) -> DyadKeys:
        """What each dyad's chance is computed from."""
        return dyad_keys(self.states)

    def chance(self, replica: int, copied: int = 0) -> Chance:
        """Open all that the law of one replica, or of another stochastic copy of its draw, draws from."""
        occasions, noise = (self.stream(replica, p, copied) for p in (Purpose.OCCASIONS, Purpose.NOISE))
        return Chance(occasions, noise, self.keys)

    def stream(self, replica: int, purpose: Purpose, copied: int = 0) -> np.random.Generator:
        """Open a stream of a replica's randomness.

        Parameters
        ----------
        replica, purpose
            Whose, and what for.
        copied
            Which stochastic copy of the replica's draw from belief; 0 is the replica of a run. Streams of
            another copy have the key (replica, purpose, copied).
        """
        if copied == 0:
            return stream(self.scenario.rng_seed, replica, purpose)
        key = np.random.SeedSequence(self.scenario.rng_seed, spawn_key=(replica, int(purpose), copied))
        return np.random.Generator(np.random.PCG64(key))

    def _schedule(self, draw: int) -> Acts:
        acts, place = self.acts, self.place
        names = [(a.level, a.prominence, a.audience) for a in acts]
        base = np.array([strength(*n) for n in names])
        factor = np.array([modifier_factor(self.weights, n)[draw] for n in names])
        return Acts(
            step=_whole(self.scenario.step_of_item(a) for a in acts),
            sender=_whole(place[a.sender] for a in acts),
            target=_whole(place[a.target] for a in acts),
            third=_whole(place[a.third] if a.third else -1 for a in acts),
            type=_whole(self.codebook.index(a.type) for a in acts),
            strength=base * factor,
            id=np.arange(len(acts)),
        )

    @cached_property
    def place(self) -> dict[str, int]:
        """Index of each state."""
        return {code: i for i, code in enumerate(self.states)}

    def without(self, act_id: str) -> Setup:
        """The same run, on the same chance, in which one act or shock does not happen."""
        scenario = self.scenario.leaving_out(act_id)
        return replace(self, scenario=scenario, acts=scenario.acts_played, shocks=_shocks(scenario))

    def ruled_by(self, scenario: Scenario) -> Setup:
        """The same setup under a scenario that differs in its coefficients and policies alone.

        What has been worked out so far does not depend on those, and is shared.
        """
        is_same = scenario.policies is self.scenario.policies
        policies = self.policies if is_same else _policies(scenario)
        other = copy(self)
        vars(other).update(scenario=scenario, params=kernel_params(scenario.params), policies=policies)
        return other

    @cached_property
    def _known(self) -> tuple[np.ndarray, np.ndarray]:
        """Indices of the states that belief knows: among the scenario's, and among belief's."""
        codes = self.belief.states if self.belief else ()
        shared = [code for code in self.states if code in codes]
        return _whole(self.place[c] for c in shared), _whole(codes.index(c) for c in shared)

    @cached_property
    def _unknown(self) -> Bool[np.ndarray, "N N"]:
        """Dyads that belief does not know, drawn from their prior."""
        unknown = np.ones((len(self.states),) * 2, bool)
        unknown[np.ix_(self._known[0], self._known[0])] = False
        return unknown

    @cached_property
    def _prior(self) -> tuple[np.ndarray, np.ndarray]:
        """Prior mean and sd of θ for every dyad of the scenario."""
        mean, sd = self.background.mean.copy(), self.background.sd.copy()
        for (sender, target), (level, spread) in statements_of(self.scenario).items():
            mean[self.place[sender], self.place[target]] = level
            sd[self.place[sender], self.place[target]] = spread
        if self.belief:
            here, there = self._known
            mean[np.ix_(here, here)] = self.belief.level[np.ix_(there, there)]
        return mean, sd

    @cached_property
    def rests_on(self) -> Int[np.ndarray, "N N"]:
        """What belief about each dyad rests on, as an index into `sim.calibration.basis.BASES`."""
        basis = rests_on(self.states, self.background.is_known, (), statements_of(self.scenario))
        if self.belief:
            here, there = self._known
            basis[np.ix_(here, here)] = self.belief.rests_on[np.ix_(there, there)]
        return basis

    @cached_property
    def _cumulative(self) -> np.ndarray:
        assert self.belief is not None
        there = self._known[1]
        if there.tolist() == list(range(len(self.belief.states))):
            return self.belief.cumulative
        return self.belief.cumulative[:, there[:, None], there[None, :]].copy()

    @cached_property
    def _blank(self) -> World:
        """The start that all replicas share: capability and ties."""
        half_lives = {t.half_life_days for t in self.codebook.types}
        world = blank_world(len(self.states), len(half_lives))
        weights = [float(self.scenario.capability.get(code, 1.0)) for code in self.states]
        world.capability[:] = np.array(weights) / np.sum(weights)
        world.tie[:] = self.background.tie
        world.level[:] = self._prior[0]
        return world

    def initial_world(self, replica: int) -> World:
        """The world that one replica starts in: its draw from belief, and what the scenario states."""
        world = self._blank.copy()
        n = len(self.states)
        belief = stream(self.scenario.rng_seed, replica, Purpose.BELIEF)
        uniform = draw_uniforms(belief, self.keys.dyad.ravel()).reshape(n, n)
        (mean, sd), unknown = self._prior, self._unknown
        world.theta[unknown] = mean[unknown] + sd[unknown] * normal_quantiles(uniform[unknown])
        if self.belief:
            self._add_belief(world, uniform, self.draw(replica))
        np.fill_diagonal(world.theta, 0.0)
        for tie in self.scenario.ties:
            set_tie(world.tie, self.place[tie.sender], self.place[tie.target], tie.tie)
        refresh_affinity(world, self.params)
        return world

    def _add_belief(self, world: World, uniform: Float[np.ndarray, "N N"], draw: int) -> None:
        assert self.belief is not None
        here, there = self._known
        box, source = np.ix_(here, here), np.ix_(there, there)
        world.theta[box] = inverse_cdf(self._cumulative[draw], self.belief.grid, uniform[box])
        then = self.belief.worlds[draw]
        world.tie[box] = then.tie[source]
        world.commitment[box] = then.commitment[source]
        world.memory[box] = then.memory[source]


def resolve(loaded: LoadedScenario, ground: Ground | None = None) -> Setup:
    """Make a loaded scenario ready to run: read its signals, fit belief, lay out its schedule.

    Parameters
    ----------
    loaded
        The scenario and its folders.
    ground
        What `fit_ground` gave for a scenario that believes alike; read and fitted anew where it is left out.

    Raises
    ------
    InputError
        Where the signals or the codebook are wrong.
    """
    scenario = loaded.scenario
    ground = ground or fit_ground(loaded, read_sources(loaded))
    return Setup(
        scenario=scenario,
        codebook=ground.codebook,
        evidence=ground.evidence,
        belief=ground.belief,
        background=ground.background.among(scenario.states),
        weights=ground.weights,
        params=kernel_params(scenario.params),
        policies=_policies(scenario),
        poles=np.array(
            [[s in m for s in scenario.states] for m in scenario.poles.values()], dtype=bool
        ).reshape(len(scenario.poles), len(scenario.states)),
        acts=scenario.acts_played,
        shocks=_shocks(scenario),
    )


def _whole(values: Any) -> Int[np.ndarray, "X"]:
    return np.array(list(values), np.int64)


def _policies(scenario: Scenario) -> Policies:
    chosen = [scenario.policy_of(code) for code in scenario.states]
    return Policies(
        **{c.name: np.array([float(getattr(p, c.name)) for p in chosen]) for c in coefficients(Policy)}
    )


def _shocks(scenario: Scenario) -> Shocks:
    place = {code: i for i, code in enumerate(scenario.states)}
    shocks = sorted(scenario.shocks_played, key=scenario.step_of_item)
    scale, ends = _capability_scale(scenario, shocks)
    return Shocks(
        step=_whole(scenario.step_of_item(s) for s in shocks),
        kind=_whole(SHOCK_KINDS.index(s.kind) for s in shocks),
        sender=_whole(place[s.state or s.sender or ""] for s in shocks),
        target=_whole(place[s.target] if s.target else -1 for s in shocks),
        is_shift=_whole(s.by is not None and id(s) not in ends for s in shocks),
        value=np.array([_given(s) * scale.get(id(s), 1.0) for s in shocks], float),
    )


def _given(shock: Shock) -> float:
    value = shock.to if shock.by is None else shock.by
    assert value is not None  # a scenario gives one of the two
    return value


def _capability_scale(scenario: Scenario, shocks: Sequence[Shock]) -> tuple[dict[int, float], set[int]]:
    """Factor from weights to shares at each capability shock, given those before it; and those that leave no weight.

    Whether any weight remains is decided here, where no share has been rounded: a state of exactly 0 has ended.
    """
    weight = {code: scenario.capability.get(code, 1.0) for code in scenario.states}
    scale, ends = {}, set()
    for shock in shocks:
        if shock.state is not None:
            scale[id(shock)] = 1.0 / sum(weight.values())
            before = 0.0 if shock.by is None else weight[shock.state]
            weight[shock.state] = max(0.0, before + _given(shock))
            if weight[shock.state] == 0.0:
                ends.add(id(shock))
    return scale, ends
