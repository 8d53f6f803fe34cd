"""Every shipped scenario runs, and the shipped questions have the answers the rules give."""

import pytest

from sim.experiment.run import run
from sim.scenario.load import check, load_scenario
from tests.conftest import ROOT

ABSTRACT = {"base", "visit"}
RUNNABLE = sorted(p for p in (ROOT / "scenarios").glob("*.yaml") if p.stem not in ABSTRACT)


def test_all_files_are_fine():
    assert check(ROOT / "scenarios") == []
    assert len(RUNNABLE) >= 6


@pytest.mark.parametrize("path", RUNNABLE, ids=lambda p: p.stem)
def test_scenario_runs_and_answers(path, tmp_path):
    scenario = load_scenario(path).scenario
    result = run(path, replicas=6, out=tmp_path)
    assert result.manifest["question"] == scenario.question
    assert len(result.expectations) == len(scenario.expect) >= 1
    acts = result.table("acts")
    assert set(acts.act_id.dropna()) == {act.id for act in scenario.acts}
    assert result.table("dyads")["mean"].abs().max() < 1


def effect(name, tmp_path, act, replicas=40):
    result = run(ROOT / f"scenarios/{name}.yaml", replicas=replicas, out=tmp_path)
    table = result.table("contrasts").query(f"act == '{act}' and quantity == 'affinity' and step == 2")
    return float(table.query("state == 'BLR' and toward == 'PRK'")["mean"].iloc[0])


def test_front_page_is_worth_more_than_the_third(tmp_path):
    front, third = effect("front-page", tmp_path, "message"), effect("third-page", tmp_path, "message")
    assert front > third > 0
    assert front / third == pytest.approx(1.3 / 0.8, rel=0.15)
