"""Sweeps: every run once, the same content whoever runs it, in parts of fixed extent."""

from __future__ import annotations

import numpy as np
import pytest

from sim.experiment.ensemble import plan, simulate_chunk
from sim.scenario.load import load_scenario
from sim.scenario.setup import resolve
from sim.sweeps.plan import Request
from sim.sweeps.sweep import run_sweep


def test_runs_every_point_draw_and_replica_once(swept):
    runs = swept.table("runs")
    assert len(runs) == 6 * 3 * 2 == swept.manifest["replicas"] == swept.manifest["done"]
    assert swept.manifest["failed"] == 0
    assert list(runs[["point", "draw", "replica"]].itertuples(index=False, name=None)) == [
        (p, d, r) for p in range(6) for d in range(3) for r in range(2)
    ]
    assert runs[swept.outcomes].notna().all().all()
    assert {"affinity_PRK_RUS", "same_bloc_PRK_RUS", "alignment_PRK_moscow"} <= set(runs)
    points = swept.table("points")
    assert points["params.noise"].between(0.005, 0.02).all()
    assert set(points["acts.visit.on"]) == {True, False}


def test_first_replica_of_each_draw_is_that_of_a_run(small, swept):
    point = swept.table("points").iloc[2]
    values = [f"params.noise={point['params.noise']!r}".replace("np.float64(", "").replace(")", "")]
    values += [f"acts.visit.on={str(point['acts.visit.on']).lower()}"]
    setup = resolve(load_scenario(small, values))
    record = simulate_chunk(setup, plan(6, 6, set()), 0, 3).record
    runs = swept.table("runs").query("point == 2 and replica == 0")
    i, j = setup.place["PRK"], setup.place["RUS"]
    np.testing.assert_array_equal(runs["affinity_PRK_RUS"], record.affinity[:, -1, i, j].astype(np.float32))
    np.testing.assert_array_equal(runs["gestures"], record.of("gestures").sum(axis=1))


def test_points_share_their_chance(small, tmp_path):
    """Two points that differ by nothing give the same runs; other copies of a draw start alike and part."""
    request = Request(ranges={"resolution": [0.1, 0.1]}, design="grid", overrides=["sweep.vary=null"])
    found = run_sweep(small, request, out=tmp_path)
    y = found.outcome("mean_affinity")
    assert y.shape == (2, 3, 2)
    np.testing.assert_array_equal(y[0], y[1])
    assert (np.abs(y[0, :, 0] - y[0, :, 1]) > 0).all()


@pytest.mark.parametrize(
    ("executor", "workers", "chunk"), [("threads", 1, 1), ("threads", 2, 5), ("processes", 2, 4)]
)
def test_same_content_for_any_executor_workers_and_chunks(small, swept, tmp_path, executor, workers, chunk):
    other = run_sweep(small, Request(), out=tmp_path, executor=executor, workers=workers, chunk=chunk)
    assert other.manifest["content_hash"] == swept.manifest["content_hash"]
    assert [p.read_bytes() for p in other.parts] == [p.read_bytes() for p in swept.parts]


def test_another_chance_is_another_sweep(small, swept, tmp_path):
    other = run_sweep(small, Request(overrides=["rng_seed=8"]), out=tmp_path)
    assert other.manifest["sweep_id"] != swept.manifest["sweep_id"]
    assert other.manifest["content_hash"] != swept.manifest["content_hash"]


def test_a_finished_sweep_is_found(small, swept):
    again = run_sweep(small, Request(), out=swept.path.parent.parent)
    assert again.is_cached
    assert again.manifest == swept.manifest


def test_paths_are_kept_where_asked(small, swept, tmp_path):
    found = run_sweep(small, Request(paths=True), out=tmp_path, chunk=5)
    steps = found.table("paths")
    assert len(steps) == 36 * 7
    last = steps[steps["step"] == 6].reset_index(drop=True)
    np.testing.assert_array_equal(last["polarisation"], swept.table("runs")["polarisation"])
    assert steps.loc[steps["step"] == 2, "n_blocs"].notna().all()
    assert steps.loc[steps["step"] == 3, "n_blocs"].isna().all()
    again = run_sweep(small, Request(paths=True), out=tmp_path / "again", workers=2, chunk=3)
    assert again.manifest["content_hash"] == found.manifest["content_hash"]


def test_states_by_own_strategies_run_in_processes(small, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "from sim import StateAgent\n"
        "class Silent(StateAgent):\n"
        "    def decide(self, target, uniform):\n"
        "        return None\n"
        "strategies = {'PRK': Silent}\n"
    )
    request = Request(points=2, draws=2, strategies=file, overrides=["acts=[]", "sweep.vary=null"],
                  ranges={"params.noise": "0.005:0.02"})  # fmt: skip
    one = run_sweep(small, request, out=tmp_path / "one", executor="threads")
    two = run_sweep(small, request, out=tmp_path / "two", workers=2, chunk=2)
    assert one.manifest["content_hash"] == two.manifest["content_hash"]
    assert one.manifest["failed"] == 0


def test_no_storm_of_files(small, tmp_path, monkeypatch):
    monkeypatch.setattr("sim.sweeps.plan.part_size", lambda *_: 64)
    most = []
    found = run_sweep(
        small, Request(points=100), out=tmp_path, chunk=2, workers=2,
        progress=lambda *_: most.append(len(list(tmp_path.rglob("*.parquet")))),
    )  # fmt: skip
    assert len(found.parts) == 10
    assert max(most) < 10 + 2 * 32 + 2
    assert len(list(found.path.rglob("*.parquet"))) == 11  # the parts and the points


def test_parts_are_single_precision_split_and_compressed(swept):
    import pyarrow.parquet as pq

    group = pq.ParquetFile(swept.parts[0]).metadata.row_group(0)
    columns = {group.column(k).path_in_schema: group.column(k) for k in range(group.num_columns)}
    for name in swept.outcomes:
        assert columns[name].physical_type == "FLOAT"
        assert columns[name].compression == "ZSTD"
        assert "BYTE_STREAM_SPLIT" in columns[name].encodings
