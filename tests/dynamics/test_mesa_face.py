"""The Mesa face of the law: the same numbers bit for bit, and a real Mesa model to work with."""

from __future__ import annotations

import shutil
from pathlib import Path

import mesa
import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from sim.dynamics.world import World
from sim.experiment.ensemble import plan
from sim.experiment.replica import Record, blank_record, prove, simulate_replica
from sim.model import AllianceModel, StateAgent
from sim.scenario.load import load_scenario
from sim.scenario.setup import Setup, resolve
from tests.dynamics.conftest import HAVANA
from tests.dynamics.law_worlds import assert_same_bits

N_STEPS = 52
UNCONNECTED = [
    "params={balance: 0}",
    "policies={default: {vigilance: 0, friends_opinion: 0, activity: -4}}",
]
"""What turns off every channel from a dyad to a third state, and lets states act more often."""


def compiled(
    setup: Setup, replica: int, n_steps: int
) -> tuple[World, Record, list[tuple[int, str, str, str]]]:
    """One replica, all steps in one compiled call: the world at the end, what was recorded at every step, the acts."""
    world = setup.initial_world(replica)
    n, n_poles = len(setup.states), setup.poles.shape[0]
    record = blank_record(1, n_steps, n_steps + 1, n_poles, n)
    seen = setup.poles, setup.scenario.resolution, record
    prove(world.affinity, 0, 0, *seen)
    log, _ = simulate_replica(
        world, setup.schedule(replica), setup.shocks, setup.types(replica), setup.tables(replica),
        setup.policies, setup.params, float(setup.scenario.step_days), plan(n_steps, 1, set()).row, *seen[:2],
        setup.chance(replica), 0, record,
    )  # fmt: skip
    prove(world.affinity, 0, n_steps, *seen)
    codes, types = setup.states, setup.codebook.types
    acts = [(int(step), codes[i], codes[j], types[k].id) for step, i, j, _, k, _ in log]
    return world, record, acts


def stepped(model: AllianceModel, n_steps: int) -> tuple[np.ndarray, list[tuple[int, str, str, str]]]:
    """The affinities from the start on, and the acts, of a Mesa model run step by step."""
    affinity, acts = [model.world.affinity.copy()], []
    for _ in range(n_steps):
        model.step()
        affinity.append(model.world.affinity.copy())
        acts += [(model.step_number, *act) for act in model.acts]
    return np.array(affinity), acts


def assert_is_the_law(model: AllianceModel, replica: int, n_steps: int = N_STEPS, n_threads: int = 1) -> None:
    world, record, acts = compiled(model.setup, replica, n_steps)
    with threadpool_limits(n_threads):
        affinity, done = stepped(model, n_steps)
    assert done == acts
    assert affinity.tobytes() == record.affinity[0].tobytes()
    assert_same_bits(model.world, world)


class Lawful(StateAgent):
    """Overrides `decide`, and decides as the law does."""

    def decide(self, target: StateAgent, uniform: float) -> str | None:
        return super().decide(target, uniform)


class Silent(StateAgent):
    """Never does anything."""

    def decide(self, target: StateAgent, uniform: float) -> str | None:
        return None


class Greeter(StateAgent):
    """Greets everyone on every occasion, and notes what chance it was given."""

    def __init__(self, model: AllianceModel, index: int) -> None:
        super().__init__(model, index)
        self.seen: list[tuple[str, float]] = []

    def decide(self, target: StateAgent, uniform: float) -> str | None:
        self.seen.append((target.code, uniform))
        return "G1"


@pytest.fixture(scope="module")
def unconnected() -> Setup:
    return resolve(load_scenario(HAVANA, UNCONNECTED))


@pytest.fixture(scope="module")
def crowd_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty made-up states, enough for a matrix product to be cut in pieces."""
    codes = [f"S{i:02d}" for i in range(60)]
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(HAVANA.parents[1] / "seeds", folder / "seeds")
    (folder / "scenarios").mkdir()
    file = folder / "scenarios" / "crowd.yaml"
    names = ", ".join(f"{code}: State {code}" for code in codes)
    file.write_text(
        f"question: Do many agree?\nstart: 2024-01-01\nsteps: 12\nnames: {{{names}}}\n"
        f"states: [{', '.join(codes)}]\ncodebook: ../seeds\nparams: {{balance: 0.003}}\n"
        "poles: {first: [S00, S01]}\n",
        encoding="utf-8",
    )
    return file


@pytest.mark.parametrize("replica", [0, 1, 37])
def test_without_an_override_it_is_the_law_bit_for_bit(havana: Setup, replica: int) -> None:
    assert_is_the_law(AllianceModel(havana, replica), replica)


@pytest.mark.parametrize("n_threads", [1, 2])
def test_sixty_states_from_a_file_are_the_law_bit_for_bit(crowd_file: Path, n_threads: int) -> None:
    """On as many threads of linear algebra as the user's Mesa session may have."""
    assert_is_the_law(AllianceModel(crowd_file, 3), 3, 12, n_threads)
    assert_is_the_law(AllianceModel(str(crowd_file), 3, {"S07": Lawful}), 3, 12, n_threads)


@pytest.mark.parametrize("codes", [("NIC",), ("PRK", "CUB", "KOR"), None], ids=["one", "three", "all"])
def test_an_override_that_decides_as_the_law_is_the_law_bit_for_bit(
    havana: Setup, codes: tuple[str, ...] | None
) -> None:
    strategies = dict.fromkeys(codes or havana.states, Lawful)
    assert_is_the_law(AllianceModel(havana, 2, strategies), 2)


def test_another_rng_seed_is_that_of_the_scenario(havana: Setup) -> None:
    """As `mesa.batch_run` passes it: a number, in place of the scenario's own."""
    model = AllianceModel(havana, 1, rng=5)
    assert model.setup.scenario.rng_seed == 5
    assert_is_the_law(model, 1, 10)
    own = AllianceModel(havana, 1, rng=havana.scenario.rng_seed)
    assert_same_bits(own.world, AllianceModel(havana, 1).world)


def test_two_models_of_one_setup_do_not_meet(havana: Setup) -> None:
    one, other = AllianceModel(havana, 4), AllianceModel(havana, 4)
    one.run_for(10)
    assert_same_bits(other.world, havana.initial_world(4))
    other.run_for(10)
    assert_same_bits(one.world, other.world)


def test_mesa_time_adds_up(havana: Setup) -> None:
    at_once, twice, by_step = (AllianceModel(havana, 5) for _ in range(3))
    at_once.run_for(20)
    twice.run_for(10)
    twice.run_for(10)
    for _ in range(20):
        by_step.step()
    for model in (at_once, twice, by_step):
        assert (model.steps, model.step_number, model.time) == (20, 20, 20.0)
        assert_same_bits(model.world, at_once.world)


def test_the_agents_own_chance_is_apart_from_the_law(havana: Setup) -> None:
    model = AllianceModel(havana, 0)
    model.rng.random(1000)
    model.agents.shuffle_do("affinity", model.states[0])
    assert_is_the_law(model, 0, 5)


def test_data_collector_reports_the_world(havana: Setup) -> None:
    model = AllianceModel(havana, 1)
    collector = mesa.DataCollector(
        model_reporters={"mean": lambda m: float(m.world.affinity.mean()), "acts": lambda m: len(m.acts)},
        agent_reporters={"code": "code", "warmth": "mean_affinity"},
    )
    for _ in range(6):
        model.step()
        collector.collect(model)
    of_model = collector.get_model_vars_dataframe()
    of_agents = collector.get_agent_vars_dataframe().reset_index()
    assert of_model.shape == (6, 2)
    assert of_model["mean"].iloc[-1] == model.world.affinity.mean()
    assert len(of_agents) == 6 * len(havana.states)
    last = of_agents[of_agents["Step"] == 6].set_index("code")["warmth"]
    n = len(havana.states)
    for i, code in enumerate(havana.states):
        assert last[code] == pytest.approx(model.world.affinity[i].sum() / (n - 1), rel=1e-15)


def test_agent_sets_select_aggregate_and_group(havana: Setup) -> None:
    model = AllianceModel(havana, 0)
    model.run_for(3)
    assert len(model.agents) == len(havana.states)
    assert model.agents.get("code") == list(havana.states)
    assert model.agents.agg("capability", sum) == pytest.approx(1.0)
    strong = model.agents.select(lambda a: a.capability > 0.1)
    assert {a.code for a in strong} == {"USA", "CHN", "RUS"}
    havana_agent = model.state("CUB")
    by_tie = model.agents.select(lambda a: a is not havana_agent).groupby(havana_agent.tie)
    assert sum(len(group) for _, group in by_tie) == len(havana.states) - 1
    for rung, group in by_tie:
        for agent in group:
            assert model.world.tie[havana_agent.index, agent.index] == rung
    least, most = model.agents.agg("mean_affinity", [min, max])
    means = np.array([row.sum() for row in model.world.affinity]) / (len(havana.states) - 1)
    assert (least, most) == (means.min(), means.max())


def test_an_agent_is_a_view_of_one_row(havana: Setup) -> None:
    model = AllianceModel(havana, 0)
    korea, cuba = model.state("PRK"), model.state("CUB")
    assert korea.code == "PRK"
    assert set(vars(korea)) - set(vars(mesa.Agent(model))) == {"index"}
    assert korea.affinities["CUB"] == korea.affinity(cuba) == model.world.affinity[korea.index, cuba.index]
    assert "PRK" not in korea.affinities
    assert len(korea.affinities) == len(havana.states) - 1
    model.world.affinity[korea.index, cuba.index] = 0.25
    assert korea.affinity(cuba) == 0.25


def test_an_override_changes_only_its_own_acts_at_first(havana: Setup) -> None:
    """Up to the first act that Nicaragua left undone nothing differs; in that step only the omission does."""
    (plain, law_acts), (silent, own_acts) = (
        stepped(AllianceModel(havana, 6, strategies), N_STEPS) for strategies in (None, {"NIC": Silent})
    )
    first = min(step for step, sender, _, _ in law_acts if sender == "NIC")
    assert plain[:first].tobytes() == silent[:first].tobytes()
    assert [act for act in law_acts if act[0] <= first and act[1] != "NIC"] == [
        act for act in own_acts if act[0] <= first
    ]
    assert not any(sender == "NIC" for _, sender, _, _ in own_acts)
    assert (plain[first] != silent[first]).any()


@pytest.mark.parametrize("strategy", [Silent, Greeter])
def test_an_override_touches_nobody_else_where_nothing_connects_them(
    unconnected: Setup, strategy: type[StateAgent]
) -> None:
    """β = ω = χ = 0: whatever Nicaragua decides, dyads without it keep every bit and every act."""
    law, own = AllianceModel(unconnected, 7), AllianceModel(unconnected, 7, {"NIC": strategy})
    (_, law_acts), (_, own_acts) = stepped(law, N_STEPS), stepped(own, N_STEPS)

    def of_others(acts: list[tuple[int, str, str, str]]) -> list[tuple[int, str, str, str]]:
        return [act for act in acts if "NIC" not in act]

    assert of_others(law_acts) == of_others(own_acts)
    assert law_acts != own_acts
    others = np.array([i for i, code in enumerate(unconnected.states) if code != "NIC"])
    for one, other in zip(law.world, own.world, strict=True):
        box = np.ix_(others, others) if one.ndim > 1 else others
        assert one[box].tobytes() == other[box].tobytes()


def test_a_strategy_gets_the_same_chance_in_every_scenario(unconnected: Setup) -> None:
    """With and without the recognition: who is not party to it meets the same occasions and the same uniforms."""
    seen = []
    for setup in (unconnected, unconnected.without("recognition")):
        model = AllianceModel(setup, 8, dict.fromkeys(setup.states, Greeter))
        model.run_for(N_STEPS)
        met = [(agent.code, *one) for agent in model.states for one in agent.seen]  # type: ignore[attr-defined]
        seen.append([row for row in met if {row[0], row[1]} != {"CUB", "KOR"}])
    assert seen[0] == seen[1]
    assert len(seen[0]) > 100
    assert all(0.0 <= uniform < 1.0 for _, _, uniform in seen[0])


def test_what_is_greeted_is_felt(havana: Setup) -> None:
    model = AllianceModel(havana, 0, {"LAO": Greeter})
    model.run_for(N_STEPS)
    greeted = model.state("LAO").seen  # type: ignore[attr-defined]
    assert greeted
    last = model.setup.place[greeted[-1][0]]
    assert model.memory(model.setup.place["LAO"], last) > 0


def test_a_strategy_for_nobody_is_refused(havana: Setup) -> None:
    with pytest.raises(ValueError, match="XXX"):
        AllianceModel(havana, 0, {"XXX": Silent})
