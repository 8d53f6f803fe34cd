"""What follows from the general rules: rival recognition, substitution, the open door. No state is special.

The first tests are exact, one step at a time on numbered states; the others ask the same of the Havana scenario
with all phases on and states that answer, over paired replicas.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import sim
from sim.experiment.ensemble import plan, simulate_ensemble
from sim.scenario.schema.items import Act
from sim.scenario.setup import Setup
from tests.dynamics.law_worlds import (
    NOBODY_CHOOSES,
    PRAISE,
    RECOGNISE,
    STILL,
    THREAT,
    TYPES,
    Case,
    Run,
    listed_acts,
    random_policies,
    random_world,
)

N = 9
N_REPLICAS = 200
SURE = 1e-6  # one-sided p of what is claimed of a mean over replicas


def still_case(rng_seed: int, *acts: tuple[int, int, int, int, float]) -> Case:
    """Nothing happens but these acts."""
    rng = np.random.default_rng(rng_seed)
    world = random_world(N, rng, STILL)
    world.tie[:] = 0
    return Case(world, STILL, random_policies(N, rng), NOBODY_CHOOSES, listed_acts(*acts))


@pytest.mark.parametrize("rng_seed", range(5))
def test_rival_recognition_costs_with_enemies_and_gains_with_friends_in_proportion(rng_seed: int) -> None:
    """State 0 recognises state 1: θ_o0 moves by ω_o p w a_o1, and by nothing else."""
    case = still_case(rng_seed, (1, 0, 1, RECOGNISE, 1.2))
    run = Run(case).go(1)
    moved = (run.world.theta - case.world.theta)[2:, 0]
    warmth, publicity = TYPES.warmth[RECOGNISE] * 1.2, TYPES.publicity[RECOGNISE]
    toward_rival = case.world.affinity[2:, 1]
    np.testing.assert_allclose(
        moved, case.policies.vigilance[2:] * publicity * warmth * toward_rival, rtol=0, atol=1e-14
    )
    np.testing.assert_array_equal(np.sign(moved), np.sign(toward_rival))
    others = run.world.theta - case.world.theta
    others[1:, 0] = 0.0
    assert not others.any()
    assert run.world.theta[1, 0] > case.world.theta[1, 0]
    assert run.world.tie[0, 1] == run.world.tie[1, 0] == 2


@pytest.mark.parametrize("rng_seed", range(5))
def test_who_cools_on_my_enemy_warms_me(rng_seed: int) -> None:
    """Substitution: a denial of state 0 to state 1 raises θ_o0 of whoever is hostile to 1, and lowers its friends'."""
    case = still_case(rng_seed, (1, 0, 1, THREAT, 1.0))
    moved = (Run(case).go(1).world.theta - case.world.theta)[2:, 0]
    np.testing.assert_array_equal(np.sign(moved), -np.sign(case.world.affinity[2:, 1]))


@pytest.mark.parametrize("rng_seed", range(5))
def test_an_open_door_softens_a_denial(rng_seed: int) -> None:
    """A denial and an invitation lose less, with target and onlookers, than the denial alone; and not nothing."""
    denial = (1, 0, 1, THREAT, 1.0)
    start = still_case(rng_seed).world
    shut = Run(still_case(rng_seed, denial)).go(1).world.theta - start.theta
    ajar = Run(still_case(rng_seed, denial, (1, 0, 1, PRAISE, 1.0))).go(1).world.theta - start.theta
    assert shut[1, 0] < ajar[1, 0] < 0.0
    assert (np.abs(ajar[2:, 0]) < np.abs(shut[2:, 0])).all()
    np.testing.assert_array_equal(np.sign(ajar[2:, 0]), np.sign(shut[2:, 0]))


# With all phases on


def act(sender: str, target: str, kind: str, step: int = 4) -> Act:
    return Act(step=step, sender=sender, target=target, type=kind, level="head", audience="public")


def played(setup: Setup, *acts: Act) -> Setup:
    """The same scenario with these acts in place of its own."""
    scenario = setup.scenario.model_copy(update={"acts": acts, "expect": ()})
    return replace(setup, scenario=scenario, acts=acts)


def ends(setups: list[Setup]) -> list[np.ndarray]:
    """Affinities at the end of every replica, for each setup."""
    layout = plan(setups[0].scenario.steps, setups[0].scenario.steps, set())
    chunks = list(simulate_ensemble(setups, layout, N_REPLICAS))
    return [np.concatenate([c[k].record.affinity[:, -1] for c in chunks]) for k in range(len(setups))]


def assert_higher(difference: np.ndarray) -> None:
    """The mean of paired differences is above 0, surely."""
    assert stats.ttest_1samp(difference, 0.0, alternative="greater").pvalue < SURE


def test_recognition_costs_and_gains_by_what_each_feels_for_the_recognised(havana: Setup) -> None:
    """A year after Havana recognised Seoul: who is hostile to Seoul is cooler to Havana, its friends warmer."""
    with_, without = ends([played(havana, act("CUB", "KOR", "R1")), played(havana)])
    at = havana.place
    moved = (with_ - without)[:, :, at["CUB"]]
    starts = np.array([havana.initial_world(r).affinity[:, at["KOR"]] for r in range(N_REPLICAS)])
    assert_higher(-moved[:, at["PRK"]])
    for friend in ("USA", "JPN"):
        assert_higher(moved[:, at[friend]])
    assert_higher(moved[:, at["KOR"]])
    onlookers = [i for code, i in at.items() if code not in ("CUB", "KOR")]
    felt, lost = starts[:, onlookers], moved[:, onlookers]
    assert_higher(-lost[felt < -0.3])
    assert_higher(lost[felt > 0.3])
    assert np.corrcoef(felt.mean(axis=0), lost.mean(axis=0))[0, 1] > 0.9


def test_pyongyang_warms_to_managua_when_managua_cools_on_seoul(havana: Setup) -> None:
    cooling = played(havana, act("NIC", "KOR", "D5"), act("NIC", "KOR", "D7", 6))
    with_, without = ends([cooling, played(havana)])
    korea, managua, seoul = (havana.place[code] for code in ("PRK", "NIC", "KOR"))
    assert_higher((with_ - without)[:, korea, managua])
    assert_higher((without - with_)[:, seoul, managua])


def test_a_denial_with_an_open_door_loses_less(havana: Setup) -> None:
    denial, invitation = act("PRK", "CUB", "D7"), act("PRK", "CUB", "G4")
    shut, ajar, without = ends([played(havana, denial), played(havana, denial, invitation), played(havana)])
    cuba, korea = havana.place["CUB"], havana.place["PRK"]
    assert_higher((ajar - shut)[:, cuba, korea])
    assert_higher((without - ajar)[:, cuba, korea])


def test_no_state_is_named_in_the_law(havana: Setup) -> None:
    """The rules know numbers of states only: none of the scenario's codes stands in the code of the law."""
    rooms = [Path(sim.__file__).parent / room for room in ("dynamics", "outcomes")]
    text = "".join(file.read_text(encoding="utf-8") for room in rooms for file in sorted(room.glob("*.py")))
    for code in havana.states:
        assert code not in text
