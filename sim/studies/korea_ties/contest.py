"""Simulate the contest: every state is an agent that meets each Korea once a year and chooses by the law.

The world holds all states and the two Koreas. Each year phase 2 of the law (`sim.dynamics.choose.choose_types`)
lets every state choose between establishing, breaking and nothing, toward each Korea, all on the world as it
stands; phase 3 (`respond`) gives the acts their effect on the ties. Between the years the friends' stances and the
public lines follow the new ties. Feelings are held at what the votes said: no drift, no noise, no vigilance.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.dynamics.chance import Purpose, stream
from sim.dynamics.choose import choose_types
from sim.dynamics.memory import forget
from sim.dynamics.params import Params
from sim.dynamics.respond import respond
from sim.dynamics.step import kernel_params, law_tables
from sim.dynamics.world import Acts, ActTypes, Policies, World, blank_world
from sim.shapes import Float, Int
from sim.studies.korea_ties.fit import Fit, line_strength, stance
from sim.studies.korea_ties.records import Records

YEAR_DAYS = 365.0
PACE_DAMPING = 4.0  # years over which a trend in the pace runs on [prior]
MOOD = 0.5  # yearly step of the pace's walk, logits [prior]: waves of recognition come and go unforeseen
ESTABLISH, BREAK = 0, 1
RELATIONS, NO_RELATIONS = 2, 0


def act_types(cost: float, audience: float, pace: float) -> ActTypes:
    """The contest's two act types: establish relations (R1 of the codebook) and break them (R5).

    Warmth ±1 on the scale of the line; what contradicting no line would cost (aud μ²) is no cost here.
    """
    return ActTypes(
        warmth=np.array([1.0, -1.0]),
        difficulty=np.zeros(2),
        discrimination=np.ones(2),
        publicity=np.ones(2),
        cost=np.array([-audience - pace, cost - audience - pace]),
        family=np.array([2, 2]),
        choosable=np.array([ESTABLISH, BREAK]),
        tie_lowest=np.array([0, 2]),
        tie_highest=np.array([1, 3]),
        tie_to=np.array([RELATIONS, NO_RELATIONS]),
        half_life_class=np.zeros(2, np.int64),
        half_life=np.full(1, YEAR_DAYS),
    )


def policies(n: int, friends: float, audience: float) -> Policies:
    """All states alike: they weigh their friends' opinion and their public line, and are not moved in feeling."""
    none, one = np.zeros(n), np.ones(n)
    still = Policies(*[none] * len(Policies._fields))
    return still._replace(temperature=one, friends_opinion=friends * one, audience_cost=audience * one)


def simulate(
    records: Records, fit: Fit, first: int, last: int, n_replicas: int, rng_seed: int = 0
) -> Float[np.ndarray, "N 4"]:
    """Run the agents from the ties of `first` to `last`: probability of each class, by state.

    Each replica draws its coefficients from the posterior. What the votes say is taken from the last year of
    the fit, so that nothing later is known. Half a replica is added to every class, so that none is impossible.

    Parameters
    ----------
    first, last
        The year whose ties are given, and the year forecast.
    """
    counts = np.full((len(records.codes), 4), 0.5)
    for replica in range(n_replicas):
        tie = _replica(records, fit, first, last, rng_seed, replica)
        counts[np.arange(counts.shape[0]), (tie > 0) @ np.array([1, 2])] += 1
    return counts / counts.sum(1, keepdims=True)


def _replica(
    records: Records, fit: Fit, first: int, last: int, rng_seed: int, replica: int
) -> Int[np.ndarray, "N 2"]:
    n, here = len(records.codes), records.existing(first)
    views = records.views(fit.until)
    coefficients, own = fit.draw(stream(rng_seed, replica, Purpose.WEIGHTS))
    north, south, lean, friends, audience, pace, cost = coefficients
    rng = stream(rng_seed, replica, Purpose.OCCASIONS)
    world = _world(records.ties(first) * RELATIONS)
    world.theta[:n, n:] = np.array([north, south]) + lean * views.lean[:, None] * np.array([1.0, -1.0]) + own
    closeness = np.zeros((n + 2, n + 2))
    closeness[:n, :n] = views.closeness
    senders, targets = np.repeat(np.flatnonzero(here), 2), np.tile([n, n + 1], int(here.sum()))
    ways, params = policies(n + 2, friends, audience), kernel_params(Params(commitment=0.0))
    moods = _moods(rng, last - first)
    for year, mood in zip(range(first + 1, last + 1), moods, strict=True):
        _look_around(world, here, line_strength(year, fit.line_half_life))
        ahead = PACE_DAMPING * (1 - np.exp(-(year - fit.until) / PACE_DAMPING))
        types = act_types(cost, audience, pace * ahead / 10 + mood)
        uniforms = rng.random(senders.size)
        tables = law_tables(types, YEAR_DAYS)
        share = forget(world, year, tables.fading)
        kinds = choose_types(
            world, closeness, senders.size, senders, targets, uniforms, share, types.choosable,
            tables.items, ways,
        )  # fmt: skip
        respond(world, _acts(senders, targets, kinds, year), share, types, ways, params)
    return world.tie[:n, n:]


def _moods(rng: np.random.Generator, n_years: int) -> Float[np.ndarray, "Y"]:
    """How much busier or quieter than its trend diplomacy is each year: a random walk that starts at 0."""
    return np.cumsum(MOOD * rng.standard_normal(n_years))


def _world(tie: Int[np.ndarray, "N 2"]) -> World:
    n = tie.shape[0]
    world = blank_world(n + 2, 1)
    world.tie[:n, n:] = tie
    world.tie[n:, :n] = tie.T
    return world


def _look_around(world: World, here: Any, line: float) -> None:
    """Bring what all see in step with the ties: the states' stances, and the line that a tie with one Korea is."""
    n = here.size
    has_tie = (world.tie[:n, n:] > 0).astype(np.int64)
    world.affinity[:n, n:] = stance(has_tie) * here[:, None]
    world.commitment[:n, n:] = -line * has_tie[:, ::-1]


def _acts(senders: Any, targets: Any, kinds: Int[np.ndarray, "O"], step: int) -> Acts:
    done = kinds >= 0
    n = int(done.sum())
    none = np.full(n, -1)
    return Acts(np.full(n, step), senders[done], targets[done], none, kinds[done], np.ones(n), none)
