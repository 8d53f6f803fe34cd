"""docs/scenarios.md: its scenario runs, and its table is the one that counts."""

import re
import shutil

import pytest

from sim.background.prior import BASE_SD
from sim.experiment.run import run
from sim.signals.codebook import AUDIENCE, LEVEL, MODIFIER_LOG_SD, PROMINENCE
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")


@pytest.fixture
def example(tmp_path):
    [text] = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    (tmp_path / "scenarios").mkdir()
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    file = tmp_path / "scenarios" / "gulf.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_example_answers_both_its_questions(example, tmp_path):
    result = run(example, replicas=20, out=tmp_path / "results")
    assert [row["verdict"] in ("holds", "fails", "open") for row in result.expectations] == [True, True]
    assert [row["difference"] < 0 for row in result.expectations] == [True, False]


def test_the_table_of_multipliers_is_the_codebooks():
    rows = re.findall(r"^\| (\w+) \| (\w+) \| ([\d.]+) \|$", PAGE, flags=re.MULTILINE)
    tables = {"level": LEVEL, "prominence": PROMINENCE, "audience": AUDIENCE}
    assert {(key, value, float(by)) for key, value, by in rows} == {
        (key, value, by) for key, table in tables.items() for value, by in table.items()
    }
    assert f"standard deviation {MODIFIER_LOG_SD}" in PAGE
    assert f"standard deviation {BASE_SD}" in PAGE
