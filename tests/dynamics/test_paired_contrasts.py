"""What common random numbers are for: a contrast of two runs on the same chance is much narrower."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from sim.dynamics.world import World
from sim.experiment.ensemble import plan, simulate_ensemble
from sim.scenario.setup import Setup

N_REPLICAS = 200
NARROWER = 3.0


def reseeded(setup: Setup, rng_seed: int) -> Setup:
    return replace(setup, scenario=setup.scenario.model_copy(update={"rng_seed": rng_seed}))


def ends(setups: list[Setup]) -> list[np.ndarray]:
    """Affinities at the end of every replica, (R, N, N) for each setup."""
    n_steps = setups[0].scenario.steps
    layout = plan(n_steps, n_steps, set())
    chunks = list(simulate_ensemble(setups, layout, N_REPLICAS))
    return [np.concatenate([c[k].record.affinity[:, -1] for c in chunks]) for k in range(len(setups))]


def half_widths(setup: Setup) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For each act of the scenario, the half-width of its contrast by dyad: paired, and on other chance."""
    names = [act.id for act in setup.acts if act.id is not None]
    actual, *without = ends([setup, *(setup.without(name) for name in names)])
    others = ends([reseeded(setup.without(name), 777) for name in names])
    scale = 1.96 / np.sqrt(N_REPLICAS)
    widths = {}
    for name, same, other in zip(names, without, others, strict=True):
        independent = np.sqrt(actual.var(axis=0, ddof=1) + other.var(axis=0, ddof=1))
        widths[name] = scale * (actual - same).std(axis=0, ddof=1), scale * independent
    return widths


@pytest.fixture(scope="module")
def contrasts(havana: Setup) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    return half_widths(havana)


@pytest.mark.parametrize(
    ("act", "sender", "target"),
    [
        ("recognition", "PRK", "CUB"),
        ("recognition", "KOR", "CUB"),
        ("recognition", "USA", "CUB"),
        ("unlisted", "CUB", "PRK"),
        ("video", "PRK", "CUB"),
        ("dropped-name", "CUB", "PRK"),
    ],
)
def test_paired_contrasts_are_three_times_narrower(
    havana: Setup, contrasts: dict[str, tuple[np.ndarray, np.ndarray]], act: str, sender: str, target: str
) -> None:
    paired, independent = (width[havana.place[sender], havana.place[target]] for width in contrasts[act])
    assert paired > 0.0
    assert independent / paired >= NARROWER


def test_they_are_three_times_narrower_over_all_dyads(
    contrasts: dict[str, tuple[np.ndarray, np.ndarray]],
) -> None:
    for paired, independent in contrasts.values():
        off = ~np.eye(paired.shape[0], dtype=bool)
        assert (independent[off].mean() / paired[off].mean()) >= NARROWER


def on_other_chance(setup: Setup, starts: Setup) -> Setup:
    """The same setup on other occasions and noise, but from the starts of another: the same draws of belief."""

    class SameStart(Setup):
        def initial_world(self, replica: int) -> World:
            return starts.initial_world(replica)

    other = reseeded(setup, 777)
    return SameStart(**{f.name: getattr(other, f.name) for f in fields(Setup)})


@pytest.mark.parametrize(("sender", "target"), [("PRK", "CUB"), ("CUB", "PRK"), ("KOR", "CUB")])
def test_even_from_the_same_draws_of_belief(havana: Setup, sender: str, target: str) -> None:
    """The harder comparison: only what happens on the way is drawn anew."""
    without = havana.without("recognition")
    actual, same, other = ends([havana, without, on_other_chance(without, havana)])
    dyad = (slice(None), havana.place[sender], havana.place[target])
    paired, independent = (actual[dyad] - same[dyad]).std(), (actual[dyad] - other[dyad]).std()
    assert independent / paired >= NARROWER
