"""Comparisons of points and runs, exports, and the public face."""

from __future__ import annotations

import io
import json
import tarfile

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import InputError
from sim.experiment.run import run
from sim.scenario.load import load_scenario
from sim.sweeps.analysis.answer import sweep
from sim.sweeps.analysis.contrast import compare, states_of_one
from sim.sweeps.analysis.export import export
from sim.views.terminal.sweep import sweep_lines
from tests.sweeps.conftest import small

__all__ = ["small"]


@pytest.fixture(scope="module")
def swept(small, tmp_path_factory):
    return sweep(
        small, {"params.noise": "0.01,0.02"}, design="grid", draws=10, replicas=2,
        out=tmp_path_factory.mktemp("results"),
    )  # fmt: skip


def test_points_compare_in_pairs(swept):
    """Points 0 and 1 differ by the act alone: what it changes is small beside chance, and sure in pairs."""
    points = swept.table("points")
    assert points.loc[[0, 1], "params.noise"].nunique() == 1
    found = {d.outcome: d for d in compare(f"{swept.path}#1", f"{swept.path}#0")}
    d = found["affinity_PRK_RUS"]
    assert d.is_paired
    assert d.n == 20
    y = swept.outcome("affinity_PRK_RUS").reshape(4, -1).astype(float)
    assert d.difference == pytest.approx((y[0] - y[1]).mean(), abs=1e-9)
    half = 2.093024 * (y[0] - y[1]).std(ddof=1) / np.sqrt(20)  # Student's t with 19 degrees of freedom
    assert d.mean_high - d.mean_low == pytest.approx(2 * half, rel=1e-5)
    assert d.sd == pytest.approx((y[0] - y[1]).std(ddof=1), rel=1e-5)
    assert d.mean_low > 0  # a head of state's visit warms
    assert d.mean_high - d.mean_low < 0.2 * y.std()


def test_a_point_compares_with_a_run_of_the_same_chance(small, swept, tmp_path):
    result = run(small, replicas=10, overrides=["params.noise=0.01"], out=tmp_path)
    found = {d.outcome: d for d in compare(str(result.path), f"{swept.path}#0")}
    assert found["polarisation"].n == 10
    assert found["polarisation"].difference == pytest.approx(0.0, abs=1e-7)
    assert found["gestures"].difference == 0
    assert found["alignment_PRK_moscow"].difference == pytest.approx(0.0, abs=1e-7)


def test_runs_of_other_states_are_paired_and_move_together(small, tmp_path):
    """One state more, first in the order: what the others feel goes on as it would have."""
    states = load_scenario(small).scenario.states
    first = run(small, replicas=40, out=tmp_path)
    second = run(small, replicas=40, overrides=[f"states=[FJI, {', '.join(states)}]"], out=tmp_path)
    found = {d.outcome: d for d in compare(str(first.path), str(second.path))}
    assert found["alignment_PRK_moscow"].is_paired
    ends = [side.table("states").query("step == step.max() and state == 'PRK'") for side in (first, second)]
    assert np.corrcoef(*(end.sort_values("replica").alignment_moscow for end in ends))[0, 1] > 0.95


def test_runs_of_other_steps_are_not_paired(small, tmp_path):
    first, second = (run(small, replicas=5, overrides=[f"step_days={n}"], out=tmp_path) for n in (7, 14))
    assert not any(d.is_paired for d in compare(str(first.path), str(second.path)))


def test_runs_of_another_chance_are_not_paired(small, tmp_path):
    first = run(small, replicas=30, out=tmp_path)
    second = run(small, replicas=30, overrides=["rng_seed=99"], out=tmp_path)
    found = {d.outcome: d for d in compare(str(first.path), str(second.path))}
    d = found["polarisation"]
    assert not d.is_paired
    assert d.mean_low < 0 < d.mean_high
    assert np.isnan(d.b_is_more)


def test_a_state_added_leaves_the_others_as_they_were_and_is_said(small, swept, tmp_path):
    """The visit is far from CHN, which has as good as no capability: hardly anything of it reaches the others."""
    first = run(small, replicas=20, out=tmp_path)
    states = ["states=[CHN, CUB, KOR, RUS, PRK]", "capability={CHN: 1.0e-9}"]
    second = run(small, replicas=20, overrides=states, out=tmp_path)
    d = {d.outcome: d for d in compare(str(first.path), str(second.path))}["alignment_PRK_moscow"]
    assert (d.is_paired, d.sd < 0.01) == (True, True)
    assert states_of_one(str(first.path), str(second.path)) == ["CHN"]
    assert states_of_one(str(first.path), f"{swept.path}#0") == []


@pytest.mark.parametrize("wrong", ["", "#4", "#-1", "#x", "#"])
def test_a_point_that_is_not_there_is_said(swept, wrong):
    with pytest.raises(InputError, match=r"#0 to .*#3"):
        compare(f"{swept.path}{wrong}", f"{swept.path}#0")


def test_a_folder_that_is_neither_is_said(tmp_path):
    with pytest.raises(InputError, match="neither a finished run nor a point"):
        compare(str(tmp_path), str(tmp_path))


def test_csv_reads_back_and_its_points_are_a_design(small, swept, tmp_path):
    points, runs = export(swept.path, "csv", tmp_path / "csv")
    frame = pd.read_csv(runs)
    pd.testing.assert_frame_equal(
        frame.astype(swept.table("runs").dtypes), swept.table("runs"), check_exact=False, rtol=1e-6
    )
    again = sweep(small, design=str(points), draws=10, replicas=2, out=tmp_path)
    np.testing.assert_array_equal(again.outcome("polarisation"), swept.outcome("polarisation"))


def test_no_cell_of_an_export_is_a_formula(small, tmp_path):
    ranges = {"question": ["=cmd|' /C calc'!A0", "-2+3", "why"], "steps": [6]}
    found = sweep(
        small, ranges, design="grid", draws=1, replicas=1, overrides=["sweep.vary={}"], out=tmp_path
    )
    points, _ = export(found.path, "csv", tmp_path / "csv")
    assert list(pd.read_csv(points).question) == ["\"=cmd|' /C calc'!A0\"", '"-2+3"', "why"]


def test_the_archive_is_laid_out_as_ema_workbench_does(swept, tmp_path):
    [file] = export(swept.path, "ema", tmp_path)
    with tarfile.open(file) as archive:
        content = {m.name: archive.extractfile(m).read() for m in archive.getmembers()}
    metadata = json.loads(content["metadata.json"])
    experiments = pd.read_csv(io.BytesIO(content["experiments.csv"])).astype(metadata["experiments"])
    assert {"params.noise", "acts.visit.on", "scenario", "policy", "model"} == set(experiments)
    assert len(experiments) == 4
    for kind, name, member in metadata["outcomes"]:
        values = pd.read_csv(io.BytesIO(content[member]), header=None)[0]
        assert kind == "ScalarOutcome"
        np.testing.assert_allclose(values, swept.outcome(name).mean(axis=(1, 2), dtype=float), rtol=1e-6)


def test_ema_workbench_itself_reads_the_archive(swept, tmp_path):
    ema = pytest.importorskip("ema_workbench", reason="ema_workbench is not installed")
    [file] = export(swept.path, "ema", tmp_path)
    experiments, outcomes = ema.load_results(file)
    assert len(experiments) == len(outcomes["polarisation"]) == 4


def test_answers_are_tables_and_lines(swept):
    shares, effects, curves = (swept.table(name) for name in ("shares", "effects", "curves"))
    assert set(shares["source"]) == {"parameters", "belief", "chance"}
    total = shares.groupby("outcome")["share"].sum()
    np.testing.assert_allclose(total[total > 0], 1.0)
    assert set(effects["key"]) == {"params.noise", "acts.visit.on"}
    assert (curves.groupby(["outcome", "key"])["n"].sum() == 4).all()
    said = list(sweep_lines(swept))
    assert any(line.strip().startswith("affinity_PRK_RUS: ") for line in said)


def test_the_public_face(small, tmp_path):
    seen = []
    result = sim.sweep(
        small, {"params.noise": (0.005, 0.02), "acts.visit.on": [True, False]}, points=4, draws=2, replicas=2,
        out=tmp_path, progress=lambda *how: seen.append(how),
    )  # fmt: skip
    assert seen[-1] == (16, 16, 0)
    assert isinstance(result.table("runs"), pd.DataFrame)
    with pytest.raises(InputError, match="no table 'nothing'"):
        result.table("nothing")
    with pytest.raises(InputError, match="no table"):
        result.table("../../secret")
