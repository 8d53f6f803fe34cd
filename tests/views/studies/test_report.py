import pytest

from sim.studies.result import Interval, Score, Validation
from sim.views.studies.report import _strongest, write_report


def answer() -> Validation:
    scores = [
        Score("AUC | all", 0.9, {"rate": 0.8}, {"rate": Interval(0.1, 0.02, 0.2)}, "≥ .88", True, "higher"),
        Score("coverage", 0.8, aim="≥ .87", is_met=False),
    ]
    bins = [{"forecast": p / 10, "observed": p / 10, "n": 30} for p in range(1, 10)]
    curves = {
        "reliability model": bins,
        "ranks": [{"bin": b, "count": 5, "expected": 5.0} for b in range(20)],
        "coverage": [{"nominal": 0.9, "weights known": 0.9, "weights wrong": 0.88}],
    }
    return Validation("kcna", "Who <is> greeted?", {"fit": "1-2"}, 270, scores, ["a note"], curves)


def test_the_document_says_verdicts_and_shows_pictures(tmp_path):
    file, *pictures = write_report([answer()], tmp_path / "validation.md")
    text = file.read_text()
    assert "| kcna | AUC \\| all | 0.9 | rate 0.8 | clearly better | ≥ .88 | met |" in text
    assert "- kcna: 0 of 1 further aims met" in text
    assert "missed" in text
    assert "0.8 (Δ +0.100, +0.020 to +0.200)" in text
    assert "## Limits" in text
    names = {p.name for p in pictures}
    assert {"reliability-kcna.png", "calibration-kcna.svg"} <= names
    assert all(p.stat().st_size > 2000 for p in pictures)
    assert "images/reliability-kcna.png" in text


def test_the_same_answers_give_the_same_bytes(tmp_path):
    files = []
    for name in "ab":
        (tmp_path / name).mkdir()
        files.append(write_report([answer()], tmp_path / name / "validation.md"))
    assert [p.read_bytes() for p in files[0]] == [p.read_bytes() for p in files[1]]


@pytest.mark.parametrize(
    ("model", "interval", "standing"),
    [
        (0.3, Interval(-0.1, -0.2, -0.05), "clearly better"),
        (0.39, Interval(-0.01, -0.2, 0.1), "better"),
        (0.41, Interval(0.01, -0.1, 0.2), "worse"),
        (0.5, Interval(0.1, 0.05, 0.2), "clearly worse"),
        (0.4, Interval(0, 0, 0), "equal"),
    ],
)
def test_a_claim_is_told_beside_its_strongest_rival(model, interval, standing):
    score = Score("log loss", model, {"weak": 0.6, "strong": 0.4}, {"strong": interval}, better="lower")
    assert _strongest(score) == ("strong", 0.4, standing)
