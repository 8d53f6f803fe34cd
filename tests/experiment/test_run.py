"""Runs: same bytes for any number of workers, found again, whole or absent."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.errors import InputError
from sim.experiment import ensemble
from sim.experiment.run import run
from sim.experiment.summary import COMPARED

TABLES = ("acts", "co_assignment", "contrasts", "dyads", "expectations", "measures", "states")


@pytest.fixture(scope="module")
def havana(root, tmp_path_factory):
    return run(root / "scenarios/havana.yaml", replicas=12, out=tmp_path_factory.mktemp("results"))


def hashes(result):
    return {name: table["sha256"] for name, table in result.manifest["tables"].items()}


def test_writes_every_table_with_its_columns(havana):
    assert sorted(havana.manifest["tables"]) == [f"{name}.parquet" for name in TABLES]
    measures, states = havana.table("measures"), havana.table("states")
    assert len(measures) == 12 * 53
    assert measures.groupby("replica").step.apply(list).map(lambda s: s == list(range(53))).all()
    assert set(states.state) == set(json.loads((havana.path / "scenario.json").read_text())["states"])
    assert states.filter(like="alignment_").abs().max().max() < 1
    assert measures.loc[measures.step == 0, "n_blocs"].notna().all()
    dyads = havana.table("dyads")
    assert (dyads.q05 <= dyads.q50).all()
    assert (dyads.q50 <= dyads.q95).all()
    assert (dyads.sender.astype(str) != dyads.target.astype(str)).all()


def test_the_most_courted_have_received_the_warmest_acts_so_far(havana):
    states, acts = havana.table("states"), havana.table("acts")
    for (replica, step), rows in states.groupby(["replica", "step"]):
        so_far = acts[(acts.replica == replica) & (acts.step <= step) & (acts.warmth > 0)]
        received = so_far.groupby("target", observed=True).warmth.sum()
        courted = rows.loc[rows.most_courted > 0, "state"]
        assert rows.most_courted.sum() == pytest.approx(float(len(so_far) > 0))
        assert set(courted) <= set(received[received > received.max() - 1e-6].index)
        assert received.size == 0 or len(courted)


def test_scheduled_acts_happen_on_their_date_in_every_replica(havana):
    acts = havana.table("acts")
    recognition = acts[acts.act_id == "recognition"]
    assert len(recognition) == 12
    assert set(recognition.date.astype(str)) == {"2024-02-21"}
    assert set(recognition.step) == {3}
    assert set(recognition.type) == {"R1"}


def test_dyad_means_are_those_of_the_replicas(root, havana):
    from sim.experiment.ensemble import plan, simulate_chunk
    from sim.scenario.load import load_scenario
    from sim.scenario.setup import resolve

    setup = resolve(load_scenario(root / "scenarios/havana.yaml", ["replicas=12"]))
    layout = plan(52, 2, set())
    record = simulate_chunk(setup, layout, 0, 12).record
    i, j = setup.place["PRK"], setup.place["CUB"]
    dyads = havana.table("dyads").query("sender == 'PRK' and target == 'CUB'").sort_values("step")
    np.testing.assert_allclose(dyads["mean"], record.affinity[:, :, i, j].mean(axis=0), atol=1e-6)
    expected = np.quantile(record.affinity[:, :, i, j], 0.5, axis=0, method="inverted_cdf")
    np.testing.assert_allclose(dyads.q50, expected, atol=0.011)


@pytest.mark.parametrize(("workers", "chunk"), [(1, 8), (2, 3), (2, 1)])
def test_same_bytes_for_any_workers_and_chunks(root, havana, tmp_path, monkeypatch, workers, chunk):
    monkeypatch.setattr(ensemble, "CHUNK", chunk)
    other = run(root / "scenarios/havana.yaml", replicas=12, out=tmp_path, workers=workers)
    assert other.manifest["run_id"] == havana.manifest["run_id"]
    assert hashes(other) == hashes(havana)


def test_the_same_run_again_is_found_before_belief_is_fitted(root, havana, monkeypatch):
    monkeypatch.delattr("sim.experiment.run.fit_ground")
    again = run(root / "scenarios/havana.yaml", replicas=12, out=havana.path.parent.parent)
    assert again.is_cached
    assert again.manifest == havana.manifest


def test_another_seed_is_another_run(root, havana, tmp_path):
    other = run(root / "scenarios/havana.yaml", replicas=12, overrides=["rng_seed=5"], out=tmp_path)
    assert other.manifest["run_id"] != havana.manifest["run_id"]
    assert hashes(other)["dyads.parquet"] != hashes(havana)["dyads.parquet"]


def test_leading_replicas_do_not_depend_on_how_many_follow(root, havana, tmp_path):
    more = run(root / "scenarios/havana.yaml", replicas=20, out=tmp_path).table("measures")
    pd.testing.assert_frame_equal(more[more.replica < 12], havana.table("measures"))


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc/self").exists(), reason="needs /proc")
def test_results_folder_that_cannot_be_written_is_said_in_one_line(root):
    with pytest.raises(InputError, match="cannot write results here"):
        run(root / "scenarios/havana.yaml", replicas=2, out="/proc/self/nowhere")


def test_expectations_add_up(havana):
    for row in havana.expectations:
        assert row["probability_low"] <= row["probability"] <= row["probability_high"]
        assert row["difference"] == pytest.approx(row["value"] - row["reference"], abs=1e-12)
        expected = {
            "holds": row["probability_low"] >= row["required"], "fails": row["probability_high"] < row["required"],
        }  # fmt: skip
        assert expected.get(row["verdict"], not any(expected.values()))


@pytest.mark.parametrize(
    "change",
    ["acts.recognition.on=false", "expect.0.when=2024-02-10"],
    ids=["off", "later than the day asked about"],
)
def test_an_expectation_without_an_act_that_does_not_happen_is_moot(root, tmp_path, change):
    result = run(
        root / "scenarios/havana.yaml",
        replicas=2,
        overrides=["beliefs.draws=1", "steps=20", change],
        out=tmp_path,
    )
    first, *rest = result.expectations
    assert first["verdict"] == "moot"
    assert all(first[name] is None for name in COMPARED)
    assert [row["verdict"] for row in rest] != ["moot"] * len(rest)
    table = result.table("expectations")
    assert table[list(COMPARED)].dtypes.eq("float64").all()
    assert table.loc[0, list(COMPARED)].isna().all()
    if change.startswith("acts"):
        assert rest[0]["verdict"] == "moot"
        assert "recognition" not in set(result.table("contrasts").act)


def test_contrast_is_zero_before_its_act_and_not_after(havana):
    contrasts = havana.table("contrasts").query("act == 'recognition' and quantity == 'affinity'")
    before, after = contrasts[contrasts.step < 3], contrasts[contrasts.step >= 4]
    assert (before[["mean", "sd"]] == 0).all().all()
    touched = after.query("state == 'KOR' and toward == 'CUB'")
    assert (touched["mean_low"] > 0).all()
