from sim.studies.result import Validation
from sim.views.studies.report import draw_studies

CASES = [
    {
        "code": code,
        "before": before,
        "after": after,
        "p_none": 0.1,
        "p_DPRK": 0.2,
        "p_ROK": 0.3,
        "p_both": 0.4,
    }
    for code, before, after in [("AAA", "ROK", "both"), ("BBB", "ROK", "ROK"), ("CCC", "none", "DPRK")]
]
WINDOWS = [
    {"origin": 1985 + k, "end": 1990 + k, "rmse": 0.1, "rmse_persistence": 0.12, "rmse_mean": 0.11,
     "adjusted_rand": 0.7, "adjusted_rand_persistence": 0.69, "adjusted_rand_mean": 0.71, "n": 100}
    for k in range(7)
]  # fmt: skip


def answers():
    windows = {"fit": "1948-1969", "test": "1970→1980"}
    contest = Validation("korea-ties", "which <Korea> & when?", windows, 3, [], curves={"korea-ties": CASES})
    votes = Validation("un", "how alike?", windows, 700, [], curves={"un": WINDOWS})
    return [contest, votes, Validation("atop", "who?", windows, 1, [])]


def test_each_hindcast_is_drawn_twice_and_the_same_each_time(tmp_path):
    first, second = (list(draw_studies(answers(), tmp_path / name)) for name in ("one", "two"))
    assert [f.name for f in first] == [
        "hindcast-korea-ties.png", "hindcast-korea-ties.svg", "hindcast-un.png", "hindcast-un.svg",
    ]  # fmt: skip
    assert [f.read_bytes() for f in first] == [f.read_bytes() for f in second]
    svg = (tmp_path / "one" / "hindcast-korea-ties.svg").read_text(encoding="utf-8")
    assert "<Korea>" not in svg
