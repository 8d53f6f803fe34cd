import json

from sim.studies.result import Interval, Score, Validation
from sim.views.terminal.studies import study_lines


def test_summary_is_strict_json_and_says_the_verdict():
    score = Score(
        "AUC", 0.9, {"rate": float("nan")}, {"rate": Interval(0.1, 0.05, 0.2)}, "≥ .88", True, "higher"
    )
    found = Validation("x", "Who?", {"fit": "1-2"}, 3, [score], curves={"c": [{"n": 1, "p": float("inf")}]})
    read = json.loads(json.dumps(found.summary(), allow_nan=False))
    assert read["scores"][0]["verdict"] == "met"
    assert read["curves"]["c"] == [{"n": 1, "p": None}]
    assert found.is_met
    assert "[≥ .88: met]" in list(study_lines(found))[1]


def test_interval_tells_whether_it_excludes_zero():
    assert Interval(-2, -3, -1).excludes_zero
    assert not Interval(-1, -3, 1).excludes_zero
