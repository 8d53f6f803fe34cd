"""What a strategy can see and say: the agent's view of its world, and what is told of a wrong decision."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import mesa
import numpy as np
import pytest

from sim.agent import StateAgent
from sim.dynamics.params import PRESETS, Policy
from sim.errors import InputError, Problem
from sim.model import AllianceModel
from sim.scenario.load import load_scenario
from sim.scenario.setup import Setup, resolve
from tests.conftest import ROOT

QUESTION = """\
question: Who answers whom?
start: 2024-01-01
steps: 10
rng_seed: 3
states: [PRK, CUB, KOR, NIC]
codebook: ../seeds
policies: {default: {activity: -3}, NIC: {preset: suitor}}
acts:
  - {id: kind, step: 2, sender: PRK, target: CUB, type: G2, audience: public}
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "four.yaml").write_text(QUESTION)
    return folder / "scenarios" / "four.yaml"


@pytest.fixture(scope="module")
def setup(file: Path) -> Setup:
    return resolve(load_scenario(file))


class Answering(StateAgent):
    """Gives whatever its class says."""

    answer: object = None

    def decide(self, target: StateAgent, uniform: float) -> str | None:
        return self.answer  # type: ignore[return-value]


def answering(answer: object) -> type[StateAgent]:
    return type("Answer", (Answering,), {"answer": answer})


def test_an_agent_sees_its_relations_by_agent_or_code(setup: Setup) -> None:
    model = AllianceModel(setup)
    model.run_for(4)
    korea, cuba = model.state("PRK"), model.state("CUB")
    world = model.world
    assert [other.code for other in korea.others] == ["CUB", "KOR", "NIC"]
    for other in korea.others:
        i, j = korea.index, other.index
        assert korea.affinity(other) == korea.affinity(other.code) == world.affinity[i, j]
        assert korea.tie(other) == korea.tie(other.code) == world.tie[i, j]
        assert korea.line(other) == korea.line(other.code) == world.commitment[i, j]
        assert korea.memory(other) == korea.memory(other.code)
    assert korea.line(cuba) > 0
    assert sum(agent.capability for agent in model.states) == pytest.approx(1)
    assert model.state("NIC").policy == Policy(**{"activity": -3, **PRESETS["suitor"].policy})
    assert cuba.policy == Policy(activity=-3)


def test_memory_fades_by_the_half_life_of_the_act(setup: Setup) -> None:
    """A single kind act: its warmth at the end of its step, half of it a half-life later."""
    model = AllianceModel(setup, strategies=dict.fromkeys(setup.states, answering(None)))
    model.run_for(2)
    korea = model.state("PRK")
    k = setup.codebook.index("G2")
    done = model.types.warmth[k] * model.act_rows.strength[0]
    assert model.acts == [("PRK", "CUB", "G2")]
    assert korea.memory("CUB") == pytest.approx(done, rel=1e-12)
    model.run_for(8)
    days, half_life = 8 * 7, setup.codebook.types[k].half_life_days
    assert korea.memory("CUB") == pytest.approx(done * 0.5 ** (days / half_life), rel=1e-12)


def test_may_says_what_the_tie_allows(setup: Setup) -> None:
    model = AllianceModel(setup)
    korea, cuba = model.state("PRK"), model.state("CUB")
    feasible = {0: {"R1"}, 1: {"R1"}, 2: {"R2", "R4", "R5"}, 3: {"R3", "R4", "R5"}}
    for rung, allowed in feasible.items():
        model.world.tie[korea.index, cuba.index] = rung
        assert {t for t in ("R1", "R2", "R3", "R4", "R5") if korea.may(t, cuba)} == allowed
        assert korea.may("G1", "CUB")
    with pytest.raises(InputError, match="G99"):
        korea.may("G99", cuba)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("G99", "'G99' is no act type of the codebook; valid: D1"),
        ("g1", "did you mean G1?"),
        (3, "3 is no act type of the codebook"),
        (["G1"], "['G1'] is no act type of the codebook"),
        (True, "True is no act type"),
        ("x" * 500, "…"),
    ],
)
def test_a_decision_for_what_is_no_act_type_is_told(setup: Setup, answer: object, said: str) -> None:
    model = AllianceModel(setup, strategies={"CUB": answering(answer)})
    with pytest.raises(InputError) as wrong:
        model.run_for(10)
    [problem] = wrong.value.problems
    assert problem.key == "CUB.decide"
    assert said in problem.reason
    assert "toward" in problem.reason
    assert len(problem.reason) < 400


def test_a_strategy_may_choose_any_type_and_what_the_tie_forbids_leaves_it_alone(setup: Setup) -> None:
    model = AllianceModel(setup, strategies={"CUB": answering("R6"), "KOR": answering("R3")})
    ties = model.world.tie.copy()
    done = []
    for _ in range(10):
        model.step()
        done += [(sender, kind) for sender, _, kind in model.acts if sender in ("CUB", "KOR")]
    assert set(done) == {("CUB", "R6"), ("KOR", "R3")}
    of_both = [setup.place[code] for code in ("CUB", "KOR")]
    np.testing.assert_array_equal(model.world.tie[np.ix_(of_both, of_both)], ties[np.ix_(of_both, of_both)])


def test_states_that_do_not_choose_do_not_decide_either(file: Path) -> None:
    quiet = resolve(load_scenario(file, ["choice=false"]))
    model = AllianceModel(quiet, strategies=dict.fromkeys(quiet.states, answering("D8")))
    done = []
    for _ in range(10):
        model.step()
        done += model.acts
    assert done == [("PRK", "CUB", "G2")]


def test_it_runs_to_its_horizon_and_on_if_asked(setup: Setup) -> None:
    model = AllianceModel(setup)
    while model.running:
        model.step()
    assert model.step_number == setup.scenario.steps
    model.run_for(2)
    assert model.step_number == setup.scenario.steps + 2


def test_rng_is_the_root_of_chance_in_place_of_the_scenarios(setup: Setup) -> None:
    own, same, other = AllianceModel(setup), AllianceModel(setup, rng=3), AllianceModel(setup, rng=4)
    for model in (own, same, other):
        model.run_for(5)
    assert own.world.theta.tobytes() == same.world.theta.tobytes()
    assert own.world.theta.tobytes() != other.world.theta.tobytes()
    assert own.random.random() == same.random.random() != other.random.random()


class Collected(AllianceModel):
    """With a collector, as Mesa's batch_run wants it."""

    def __init__(self, scenario: Setup, replica: int = 0, rng: int | None = None) -> None:
        super().__init__(scenario, replica, rng=rng)
        self.datacollector = mesa.DataCollector({"mean": lambda m: float(m.world.affinity.mean())})

    def step(self) -> None:
        super().step()
        self.datacollector.collect(self)


def test_batch_run_of_mesa_runs_replicas(setup: Setup) -> None:
    found = mesa.batch_run(
        Collected, {"scenario": [setup], "replica": [0, 1]}, number_processes=1, display_progress=False
    )
    model = AllianceModel(setup, 1)
    model.run_for(10)
    assert [row["replica"] for row in found] == [0, 1]
    assert found[1]["mean"] == model.world.affinity.mean()


def batch(setup: Setup, parameters: dict[str, object], **how: object) -> list[dict[str, object]]:
    whole = {"scenario": [setup], **parameters}
    return mesa.batch_run(Collected, whole, number_processes=1, display_progress=False, **how)


def test_iterations_of_batch_run_that_would_all_be_one_run_are_refused(setup: Setup) -> None:
    with pytest.raises(
        InputError, match="iterations: all would be the same run; give the parameter `replica`"
    ):
        batch(setup, {}, rng=[None] * 3)
    with (
        pytest.raises(InputError, match="the same run"),
        pytest.warns(DeprecationWarning, match="iterations"),
    ):
        batch(setup, {"replica": [0, 1]}, iterations=2)


def test_iterations_of_batch_run_with_numbers_of_their_own_differ(setup: Setup) -> None:
    found = batch(setup, {"replica": [0, 1]}, rng=[1, np.int64(2), 1])
    assert len({row["mean"] for row in found}) == 4
    assert [row["mean"] for row in found[:2]] == [row["mean"] for row in found[4:]]


@pytest.mark.parametrize("rng", [-1, 1.5, True, "7"])
def test_a_root_of_chance_that_is_no_whole_number_is_refused(setup: Setup, rng: object) -> None:
    with pytest.raises(InputError, match=r"rng: .* is no whole number, at least 0"):
        AllianceModel(setup, rng=rng)  # type: ignore[arg-type]


def test_a_strategy_without_decide_is_refused(setup: Setup) -> None:
    misnamed = type("Mine", (StateAgent,), {"decides": lambda self, target, uniform: None})
    nothing = type("Mine", (StateAgent,), {"step": lambda self: None})
    for strategy, said in ((misnamed, "; is `decides` meant to be it?"), (nothing, ""), (StateAgent, "")):
        with pytest.raises(InputError) as wrong:
            AllianceModel(setup, strategies={"CUB": strategy})
        assert str(wrong.value) == f"strategies.CUB: {strategy.__name__} defines no `decide`{said}"
    AllianceModel(setup, strategies={"CUB": type("Heir", (answering(None),), {})})


def test_the_world_cannot_be_changed_while_states_decide(setup: Setup) -> None:
    class Cheat(StateAgent):
        def decide(self, target: StateAgent, uniform: float) -> str | None:
            self.model.world.theta[self.index, target.index] = np.nan
            return None

    class Born(Answering):
        def __init__(self, model: AllianceModel, index: int) -> None:
            super().__init__(model, index)
            model.world.capability[index] = 1.0

    model = AllianceModel(setup, strategies={"CUB": Cheat})
    with pytest.raises(ValueError, match="read-only") as wrong:
        model.run_for(10)
    assert wrong.value.__notes__[0].startswith("CUB.decide in step ")
    assert np.isfinite(model.world.theta).all()
    with pytest.raises(ValueError, match="read-only"):
        AllianceModel(setup, strategies={"CUB": Born})
    model.world.theta[0, 1] = 0.5  # between steps it may be
    assert model.world.theta[0, 1] == 0.5


def test_a_state_that_is_removed_neither_acts_nor_is_acted_toward(setup: Setup) -> None:
    model = AllianceModel(setup)
    seen = {False: 0, True: 0}
    for step in range(80):
        model.step()
        seen[step > 40] += sum("CUB" in (sender, target) for sender, target, _ in model.acts)
        if step == 40:
            model.state("CUB").remove()
    assert seen[False] > 0
    assert seen[True] == 0
    assert model.state("CUB") not in model.agents
    assert model.state("CUB").capability == 0.0
    assert model.agents.agg("capability", sum) == pytest.approx(1.0)


def test_all_states_may_be_removed_and_none_while_states_decide(setup: Setup) -> None:
    class Leaver(StateAgent):
        def decide(self, target: StateAgent, uniform: float) -> str | None:
            target.remove()
            return None

    model = AllianceModel(setup, strategies=dict.fromkeys(setup.states, Leaver))
    with pytest.raises(InputError, match=r"remove: a state ends between two steps.*") as wrong:
        model.run_for(10)
    assert "decide in step" in wrong.value.__notes__[0]
    model = AllianceModel(setup)
    model.remove_all_agents()
    model.run_for(10)
    assert [act for act in model.acts if act[2] != "G2"] == []
    assert model.world.capability.sum() == pytest.approx(1.0)


def test_problems_reach_another_process_whole() -> None:
    error = InputError([Problem("is wrong", Path("a.py"), 3, "PRK.decide"), Problem("so is this")])
    again = pickle.loads(pickle.dumps(error))
    assert again.problems == error.problems
    assert str(again) == str(error) == "a.py:3: PRK.decide: is wrong\nso is this"
