"""Small worlds to try the law on: a codebook of twelve types, random worlds, and the law's own steps."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numba import njit

from sim.dynamics.chance import Chance, Purpose, dyad_keys, stream
from sim.dynamics.drift import balance_pull, weigh
from sim.dynamics.params import Params, Policy, coefficients
from sim.dynamics.step import advance, kernel_params, law_tables
from sim.dynamics.world import (
    Acts,
    ActTypes,
    Policies,
    Shocks,
    World,
    blank_world,
    no_acts,
    no_shocks,
    refresh_affinity,
)

GREET, PRAISE, AID, SILENCE, SNUB, THREAT, RECOGNISE, EMBASSY, RECALL, EXPEL, BREAK, CONTESTED = range(12)

STILL = Params(
    friendship_decay=0, hostility_decay=0, reciprocity=0, balance=0, noise=0, activity_slope=0.5,
    occasion_bound=0, commitment=0, theta_max=3,
)  # fmt: skip
"""The law with every rate and all chance at zero."""

LIVELY = replace(
    STILL, friendship_decay=2e-4, hostility_decay=1e-3, reciprocity=1e-3, balance=2e-3, noise=0.02,
    occasion_bound=0.1, commitment=0.3,
)  # fmt: skip
"""All phases on, and busy."""


def whole(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


TYPES = ActTypes(
    warmth=np.array([0.35, 0.8, 2.0, -0.2, -0.5, -1.5, 1.5, 1.3, -1.3, -1.5, -2.2, 1.5]),
    difficulty=np.array([-0.15, 0.3, 1.5, -0.15, 0.0, -1.0, 1.0, 0.8, -0.8, -1.0, -1.7, 1.0]),
    discrimination=np.array([0.5, 1.0, 1.3, 0.5, 0.9, 1.1, 1.2, 1.1, 1.2, 1.2, 1.3, 1.2]),
    publicity=np.array([0.8, 0.9, 0.3, 0.3, 0.4, 1.0, 1.0, 0.9, 0.9, 0.9, 1.0, 1.0]),
    cost=np.array([0.2, 0.4, 1.5, 0.0, 0.3, 1.0, 1.0, 1.0, 0.8, 1.0, 1.5, 2.0]),
    family=whole(0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 2),
    choosable=whole(*range(11)),
    tie_lowest=whole(0, 0, 0, 0, 0, 0, 0, 2, 3, 2, 2, 0),
    tie_highest=whole(3, 3, 3, 3, 3, 3, 1, 2, 3, 3, 3, 0),
    tie_to=whole(-1, -1, -1, -1, -1, -1, 2, 3, 2, -1, 1, 1),
    half_life_class=whole(0, 1, 2, 0, 1, 1, 2, 2, 2, 2, 2, 2),
    half_life=np.array([90.0, 365.0, 1825.0]),
)
NOBODY_CHOOSES = TYPES._replace(choosable=whole())


@njit(cache=True)
def law_balance(affinity: np.ndarray, capability: np.ndarray, is_squared: bool) -> np.ndarray:
    """The law's own balance term B of any square array, Σ_l c_l a_il a_jl / Σ c (or a_lj, with `is_squared`)."""
    by_target = np.asfortranarray(affinity)  # as the law stores its arrays
    return balance_pull(weigh(by_target, capability), by_target, capability, is_squared)


def policies(n_states: int, **changed: float) -> Policies:
    """Policies with the same fields for all: the defaults, save those given."""
    chosen = replace(Policy(), **changed)
    return Policies(*(np.full(n_states, float(getattr(chosen, c.name))) for c in coefficients(Policy)))  # type: ignore[arg-type]


def random_policies(n_states: int, rng: np.random.Generator) -> Policies:
    """Let every state behave in its own way."""
    u = rng.uniform
    return Policies(
        temperature=u(0.5, 2.0, n_states),
        friends_opinion=u(0.0, 2.0, n_states),
        audience_cost=u(0.0, 0.4, n_states),
        reply=u(0.0, 0.6, n_states),
        activity=u(-6.0, -4.0, n_states),
        attraction=u(-1.0, 1.0, n_states),
        susceptibility=u(0.0, 0.1, n_states),
        vigilance=u(0.0, 0.1, n_states),
    )


def listed_acts(*rows: tuple[int, int, int, int, float]) -> Acts:
    """Build a schedule from rows of step, sender, target, type and strength."""
    if not rows:
        return no_acts()
    step, sender, target, kind, strength = zip(*rows, strict=True)
    return Acts(
        step=whole(*step),
        sender=whole(*sender),
        target=whole(*target),
        third=np.full(len(rows), -1),
        type=whole(*kind),
        strength=np.array(strength, float),
        id=np.arange(len(rows)),
    )


def listed_shocks(*rows: tuple[int, int, int, int, int, float]) -> Shocks:
    """Build shocks from rows of step, kind, sender, target, is_shift and value."""
    if not rows:
        return no_shocks()
    *integers, value = zip(*rows, strict=True)
    return Shocks(*(whole(*column) for column in integers), value=np.array(value, float))


@dataclass(frozen=True)
class Case:
    """All that one run of the law reads, and the world it starts in."""

    world: World
    params: Params
    policies: Policies
    types: ActTypes = TYPES
    schedule: Acts = field(default_factory=no_acts)
    shocks: Shocks = field(default_factory=no_shocks)
    step_days: float = 7.0

    @property
    def n_states(self) -> int:
        return self.world.theta.shape[0]

    def but(self, **changes: Any) -> Case:
        """The same case in which something is otherwise."""
        return replace(self, **changes)


def chance_of(n_states: int, rng_seed: int, replica: int = 0) -> Chance:
    """The chance of one replica among states that are named by their numbers."""
    streams = (stream(rng_seed, replica, purpose) for purpose in (Purpose.OCCASIONS, Purpose.NOISE))
    return Chance(*streams, dyad_keys([str(i) for i in range(n_states)]))


@dataclass
class Run:
    """A case on its way: the world now, the streams of chance, and every act so far."""

    case: Case
    rng_seed: int = 0

    def __post_init__(self) -> None:
        self.world = self.case.world.copy()
        self.chance = chance_of(self.case.n_states, self.rng_seed)
        self.acts: list[Acts] = []
        self.worlds = [self.world.copy()]

    def go(self, n_steps: int, *, keep: bool = True) -> Run:
        """Advance by some steps, keeping a copy of the world after each."""
        case, params = self.case, kernel_params(self.case.params)
        for _ in range(n_steps):
            step = len(self.acts) + 1
            acts = advance(
                self.world, step, case.step_days, case.schedule, case.shocks, case.types,
                law_tables(case.types, case.step_days), case.policies, params, self.chance,
            )  # fmt: skip
            self.acts.append(acts)
            if keep:
                self.worlds.append(self.world.copy())
        return self


def random_world(n_states: int, rng: np.random.Generator, params: Params = LIVELY) -> World:
    """A world with something in every array."""
    world = blank_world(n_states, TYPES.half_life.size)
    shape = (n_states, n_states)
    world.theta[:] = rng.normal(0.0, 0.9, shape)
    world.level[:] = rng.normal(0.0, 0.7, shape)
    world.capability[:] = rng.dirichlet(np.ones(n_states))
    world.commitment[:] = rng.normal(0.0, 0.5, shape)
    world.memory[:] = rng.normal(0.0, 0.5, (*shape, TYPES.half_life.size))
    has_relations = np.triu(rng.random(shape) < 0.5, 1)
    world.tie[:] = rng.integers(2, size=shape) + 2 * (has_relations | has_relations.T)
    for array in (world.level, world.commitment, world.memory, world.tie):
        array[np.arange(n_states), np.arange(n_states)] = 0
    refresh_affinity(world, kernel_params(params))
    return world


def random_case(n_states: int, rng_seed: int, params: Params = LIVELY, n_steps: int = 60) -> Case:
    """A case with all phases on: acts and shocks of every kind scheduled, states that choose."""
    rng = np.random.default_rng([n_states, rng_seed])

    def pair() -> tuple[int, int]:
        i, j = rng.permutation(n_states)[:2]
        return int(i), int(j)

    def when() -> int:
        return int(rng.integers(1, n_steps + 1))

    acts = [(when(), *pair(), int(k), rng.uniform(0.4, 1.8)) for k in [*range(12), *range(12)]]
    shocks = [(when(), kind, *pair(), shift, rng.normal(0.0, 0.5)) for kind in (0, 1) for shift in (0, 1)]
    shocks += [(when(), 2, pair()[0], -1, shift, rng.uniform(0.0, 0.2)) for shift in (0, 1)]
    shocks += [(when(), 3, *pair(), 0, float(rung)) for rung in range(4)]
    return Case(
        world=random_world(n_states, rng, params),
        params=params,
        policies=random_policies(n_states, rng),
        schedule=listed_acts(*acts),
        shocks=listed_shocks(*shocks),
    )


def assert_same_bits(one: World, other: World) -> None:
    """Two worlds are the same, array by array, to the last bit."""
    for name, a, b in zip(World._fields, one, other, strict=True):
        assert a.tobytes() == b.tobytes(), f"{name} differs"


def is_ladder(tie: np.ndarray) -> bool:
    """Whether relations are mutual, rungs lie in 0..3 and nobody holds a tie with itself."""
    mutual = (tie >= 2) == (tie.T >= 2)
    return bool(mutual.all() and tie.min() >= 0 and tie.max() <= 3 and not np.diag(tie).any())
