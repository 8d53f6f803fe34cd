"""The benchmarks run in their tiniest form; nothing here is about speed."""

import numpy as np
import pytest

from benchmarks.case import peak_mebibytes, synthetic
from benchmarks.peers import PlainMesa, VectorMesa
from benchmarks.report import write_report
from benchmarks.run import rate, scenario_text
from sim.experiment.ensemble import plan, simulate_chunk
from sim.scenario.load import load_scenario

N, STEPS = 6, 40


@pytest.mark.parametrize("peer", [PlainMesa, VectorMesa])
def test_peers_run_the_same_law_and_record_its_course(peer):
    """Chance is their own, so levels agree only roughly: the mean affinity, and that states act."""
    ours = simulate_chunk(synthetic(N, STEPS), plan(STEPS, 10, set()), 0, 40)
    model = peer(N)
    for _ in range(STEPS):
        model.step()
    table = model.datacollector.get_model_vars_dataframe()
    assert len(table) == STEPS
    spread = ours.record.of("mean_affinity")[:, -1].std()
    start = ours.record.of("mean_affinity")[0, 0]
    assert abs(table["mean"].iloc[-1] - start) < 0.2 + 4 * spread
    per_step = len(ours.acts) / 40 / STEPS
    assert 0.2 * per_step * STEPS < table["acts"].sum() < 5 * per_step * STEPS


def test_a_peer_is_timed_by_the_difference_of_two_runs_three_times():
    asked = []
    assert rate(asked.append, 50) > 0
    assert asked == [1, 50, 5, 50, 5, 50, 5]


def test_the_start_of_a_peer_is_not_held_against_it(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("benchmarks.run.time.perf_counter", lambda: clock[0])

    def run(steps):
        clock[0] += 7.0 + 0.002 * steps

    assert rate(run, 50, replicas=3) == pytest.approx(3 / 0.002)


def test_the_scenario_of_whole_processes_loads(tmp_path, root):
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "seeds").mkdir()
    for file in (root / "seeds").glob("*"):
        (tmp_path / "seeds" / file.name).write_bytes(file.read_bytes())
    file = tmp_path / "scenarios" / "bench.yaml"
    file.write_text(scenario_text(N, STEPS, 3))
    scenario = load_scenario(file).scenario
    assert (len(scenario.states), scenario.steps, scenario.replicas) == (N, STEPS, 3)


def test_peak_memory_is_this_process_own():
    block = np.ones(30_000_000 // 8)
    assert peak_mebibytes() == 0 or peak_mebibytes() > block.nbytes / 2**20


def test_the_report_holds_every_figure_and_goal(tmp_path):
    sizes = {"20": 0.5, "50": 0.625, "200": 0.75}
    found = {
        "fraction_of_floor": sizes,
        "breakdown_us": {"weigh affinities": {"20": 0.25, "50": 1.5, "200": 20.0}, "drift": sizes},
        "speedup_vs_mesa_batch_run": {"20": 301.0, "50": 502.0},
        "speedup_vs_vectorised_mesa": {"20": 31.0},
        "speedup_vs_agentpy": {},
        "threads_scaling": 1.875,
        "warm_start_ratio": 2.25,
        "peak_memory_mb": 389.5,
        "peak_memory_replicas": 200,
        "compile_s": 14.5,
        "world_scale": {"nanoseconds_per_dyad_step": {"25": 13.0}, "skipped": "no data"},
    }
    write_report(found, tmp_path / "performance.md")
    text = (tmp_path / "performance.md").read_text()
    for figure in (
        "301.0",
        "502.0",
        "31.0",
        "0.625",
        "1.875",
        "2.25",
        "389.5",
        "14.5",
        "20.75",
        "13.0",
        "no data",
    ):
        assert figure in text
    assert "at least 300" in text
    assert str(tmp_path) not in text
