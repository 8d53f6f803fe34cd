"""Where feelings are known all but exactly, belief moves as the law moves them, rule by rule."""

from dataclasses import replace

import numpy as np
import pytest

from sim.calibration.density import means_of, normal, theta_grid
from sim.calibration.filter import Items, Timeline, Trace, forward
from sim.dynamics.drift import drift, weigh
from sim.dynamics.params import Params
from sim.dynamics.respond import respond
from sim.dynamics.step import kernel_params
from sim.dynamics.world import blank_world
from tests.dynamics.law_worlds import (
    BREAK,
    EMBASSY,
    EXPEL,
    GREET,
    PRAISE,
    RECALL,
    RECOGNISE,
    STILL,
    THREAT,
    TYPES,
    chance_of,
    listed_acts,
    policies,
)

GRID = theta_grid(STILL.theta_max)
N, SENDER, TARGET = 4, 0, 1
SD = 4 * (GRID[1] - GRID[0])  # as narrow as the grid can move without loss
FEELINGS = np.array([[0, 1, -1, 1], [-1, 0, 1, -1], [1, -1, 0, 1], [-1, 1, 1, 0]]) * 1.2
WARMTH = 0.3  # strength of the act
WITHOUT = policies(N, susceptibility=0.0, vigilance=0.0)


def ladder(rung: int) -> np.ndarray:
    """Everyone at the same rung, but for embassies, which only the sender has."""
    tie = np.full((N, N), min(rung, 2))
    tie[SENDER, TARGET] = rung
    np.fill_diagonal(tie, 0)
    return tie


def both(params: Params, ways=WITHOUT, kind: int | None = None, days: float = 0.0, rung: int = 2):
    """The world that the law makes of the expected feelings, and the one that belief follows, with its mean θ."""
    numbers, types = kernel_params(params), TYPES
    density = normal(GRID, FEELINGS, np.full((N, N), SD))
    means = means_of(density, GRID)
    worlds = [blank_world(N, types.half_life.size) for _ in range(2)]
    for world in worlds:
        world.theta[:], world.affinity[:], world.level[:] = means.theta, means.affinity, -FEELINGS.T / 2
        world.capability[:] = [0.4, 0.3, 0.2, 0.1]
        world.tie[:], world.commitment[:] = ladder(rung), FEELINGS / 3
    by_law, by_belief = worlds
    if kind is not None:
        acts = listed_acts((1, SENDER, TARGET, kind, WARMTH))
        respond(by_law, acts, np.ones(types.half_life.size), types, ways, numbers)
    if days:
        weighted = weigh(by_law.affinity, by_law.capability)
        drift(by_law, weighted, days, numbers, chance_of(N, 0))
    signal = -1 if kind is None else 0
    times = Timeline(np.array([days]), np.array([signal]))
    believe(density, by_belief, times, 0 if kind is None else kind, ways, numbers)
    by_belief.theta[:] = means_of(density, GRID).theta
    return by_law, by_belief


def believe(density, world, times, kind, ways, numbers):
    """Filter a signal that says nothing about its sender: one act whose chance is a half whatever θ."""
    whole, one = np.zeros(1, np.int64), np.zeros(1)
    items = Items(
        whole, whole + SENDER, whole + TARGET, whole + kind, one, one, TYPES.warmth[[kind]] * WARMTH
    )
    nobody, path = np.zeros(0, np.int64), np.zeros((1, 0))
    trace = Trace(
        np.zeros((1, N)), np.zeros(1), nobody, nobody, np.zeros((1, 0, GRID.size)), path, path.copy()
    )
    forward(density, world, GRID, times, items, TYPES, ways, numbers, trace)


def moved_alike(by_law, by_belief) -> np.ndarray:
    """Check that every θ moved alike, and say which moved."""
    off = ~np.eye(N, dtype=bool)
    np.testing.assert_allclose(by_belief.theta[off], by_law.theta[off], rtol=0, atol=1e-10)
    return (np.abs(by_law.theta - FEELINGS) > 1e-6) & off


@pytest.mark.parametrize("kind", [GREET, PRAISE, THREAT])
def test_target(kind):
    moved = moved_alike(*both(STILL, policies(N, susceptibility=0.2, vigilance=0.0), kind))
    assert np.argwhere(moved).tolist() == [[TARGET, SENDER]]


@pytest.mark.parametrize("kind", [GREET, PRAISE, THREAT])
def test_observers(kind):
    moved = moved_alike(*both(STILL, policies(N, susceptibility=0.0, vigilance=0.2), kind))
    assert np.argwhere(moved).tolist() == [[2, SENDER], [3, SENDER]]


@pytest.mark.parametrize("kind", [GREET, THREAT])
def test_public_line(kind):
    by_law, by_belief = both(replace(STILL, commitment=0.4), kind=kind)
    np.testing.assert_array_equal(by_belief.commitment, by_law.commitment)
    assert abs(by_law.commitment[SENDER, TARGET] - FEELINGS[SENDER, TARGET] / 3) > 0.01


@pytest.mark.parametrize("rung", range(4))
@pytest.mark.parametrize("kind", [GREET, RECOGNISE, EMBASSY, RECALL, EXPEL, BREAK])
def test_tie(kind, rung):
    by_law, by_belief = both(STILL, kind=kind, rung=rung)
    np.testing.assert_array_equal(by_belief.tie, by_law.tie)
    is_feasible = TYPES.tie_lowest[kind] <= rung <= TYPES.tie_highest[kind]
    reached = TYPES.tie_to[kind] if is_feasible and TYPES.tie_to[kind] >= 0 else rung
    assert by_law.tie[SENDER, TARGET] == reached


@pytest.mark.parametrize(
    "rates",
    [
        {"friendship_decay": 2e-3},
        {"hostility_decay": 2e-3},
        {"reciprocity": 2e-3},
        {"balance": 2e-3},
        {"friendship_decay": 1e-3, "hostility_decay": 2e-3, "reciprocity": 1e-3, "balance": 3e-3},
        {"balance": 2e-3, "balance_form": "X2"},
    ],
    ids=["friendship", "hostility", "reciprocity", "balance", "all", "X2"],
)
def test_drift(rates):
    moved = moved_alike(*both(replace(STILL, **rates), days=2.0))  # one sub-step of the chain
    warm = FEELINGS > 0
    if set(rates) == {"friendship_decay"}:
        assert (moved == warm).all()
    elif set(rates) == {"hostility_decay"}:
        assert (moved == (FEELINGS < 0)).all()
    else:
        assert moved[FEELINGS.T != FEELINGS].all()
