"""A state without any capability neither acts nor is acted toward; the least capability is enough to go on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.dynamics.world import Acts, no_acts
from sim.model import AllianceModel
from sim.scenario.load import load_scenario
from sim.scenario.setup import resolve
from tests.dynamics.law_worlds import Case, Run, listed_shocks, random_case

WHEN, N_STEPS = 30, 60
CAPABILITY = 2  # kind of shock


def lively(first: float, becomes: float) -> Case:
    """Six busy states, the first of which has one capability at the start and another from step `WHEN`."""
    case = random_case(6, 4)
    world = case.world.copy()
    world.capability[0] = first
    shock = listed_shocks((WHEN, CAPABILITY, 0, -1, 0, becomes))
    return case.but(world=world, schedule=no_acts(), shocks=shock)


def steps_of(state: int, acts: list[Acts]) -> tuple[set[int], set[int]]:
    """Steps in which a state acts, and in which others act toward it."""
    whole = [np.concatenate(column) for column in zip(*acts, strict=True)]
    rows = Acts(*whole)
    return set(rows.step[rows.sender == state].tolist()), set(rows.step[rows.target == state].tolist())


@pytest.mark.parametrize("least", [1e-9, 5e-324])
def test_a_state_acts_while_it_has_any_capability(least: float) -> None:
    for steps in steps_of(0, Run(lively(0.2, least)).go(N_STEPS, keep=False).acts):
        assert min(steps) < WHEN <= max(steps)


def test_a_state_ends_with_its_capability() -> None:
    for steps in steps_of(0, Run(lively(0.2, 0.0)).go(N_STEPS, keep=False).acts):
        assert len(steps) > 0
        assert max(steps) < WHEN


def test_a_state_begins_with_its_capability() -> None:
    for steps in steps_of(0, Run(lively(0.0, 0.2)).go(N_STEPS, keep=False).acts):
        assert len(steps) > 0
        assert min(steps) >= WHEN


def test_an_end_uses_no_chance() -> None:
    ended, going_on = (Run(lively(0.2, c)).go(N_STEPS, keep=False) for c in (0.0, 0.2))
    for name in ("occasions", "noise"):
        states = [getattr(run.chance, name).bit_generator.state for run in (ended, going_on)]
        assert states[0] == states[1], name


def test_a_weight_that_is_taken_away_leaves_nothing(tmp_path: Path) -> None:
    """Here the shares, each rounded, would leave 3e-17 of Cuba's fifth."""
    file = tmp_path / "ends.yaml"
    file.write_text(
        "question: Does it end?\nstart: 2024-01-01\nsteps: 20\nstates: [CUB, KOR, NIC, PRK]\nchoice: false\n"
        "capability: {KOR: 2}\n"
        "shocks:\n  - {step: 2, kind: capability, state: KOR, by: 1}\n"
        "  - {step: 4, kind: capability, state: CUB, by: -1}\n"
    )
    model = AllianceModel(resolve(load_scenario(file)))
    model.run_for(3)
    assert model.state("CUB").capability == pytest.approx(1 / 6)
    model.run_for(1)
    assert model.state("CUB").capability == 0.0
    assert model.state("KOR").capability == pytest.approx(3 / 5)
