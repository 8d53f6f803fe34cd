"""Designs: each method's points, ranges from definitions, and every bad key or value named at its place."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.dynamics.params import Params, coefficients
from sim.errors import InputError
from sim.sweeps.design.layouts import LAYOUTS
from sim.sweeps.plan import Request, plan_sweep

NOISE = "params.noise"


def design(small, ranges, method="grid", points=16, more=()):
    return plan_sweep(small, Request(ranges, method, points, overrides=["sweep.vary={}", *more])).design


@pytest.mark.parametrize(
    ("method", "points", "n"),
    [("lhs", 10, 10), ("sobol", 10, 16), ("morris", 12, 12), ("saltelli", 32, 32), ("saltelli", 40, 32)],
)
def test_each_design_fills_its_ranges(small, method, points, n):
    found = design(small, {NOISE: "0.005:0.02", "params.balance": (0, 1e-4)}, method, points)
    assert found.n_points == n
    low, high = (np.array([f.at(np.array([end]))[0] for f in found.factors]) for end in (0.0, 1.0))
    np.testing.assert_allclose(low, [0.005, 0])
    np.testing.assert_allclose(high, [0.02, 1e-4])
    columns = np.stack(found.columns, axis=1)
    assert (columns >= low).all()
    assert (columns <= high).all()
    assert np.ptp(found.unit, axis=0).min() > 0.6
    again = design(small, {NOISE: "0.005:0.02", "params.balance": (0, 1e-4)}, method, points)
    np.testing.assert_array_equal(found.unit, again.unit)
    other = design(small, {NOISE: "0.005:0.02", "params.balance": (0, 1e-4)}, method, points, ["rng_seed=9"])
    assert not np.array_equal(found.unit, other.unit)


def test_latin_hypercube_has_one_point_in_each_stratum(small):
    found = design(small, {NOISE: "0.005:0.02"}, "lhs", 20)
    assert sorted(np.floor(found.unit[:, 0] * 20).astype(int)) == list(range(20))


def test_a_grid_has_all_combinations(small):
    ranges = {NOISE: "0.005:0.02:3", "acts.visit.type": "G6,D7", "acts.visit.on": [True, False]}
    found = design(small, ranges)
    values = [tuple(found.values(p).values()) for p in range(found.n_points)]
    assert len(set(values)) == 3 * 2 * 2 == found.n_points
    assert {v[0] for v in values} == {0.005, 0.0125, 0.02}
    assert {v[1] for v in values} == {"G6", "D7"}


def test_whole_numbers_dates_and_logarithms(small):
    ranges = {
        "steps": "4:6", "acts.visit.date": "2024-01-10:2024-01-20:3", NOISE: "0.001:0.1:3:log",
        "policies.PRK.activity": "-8:-6:2",
    }  # fmt: skip
    found = design(small, ranges)
    values = [found.values(p) for p in range(found.n_points)]
    assert {v["steps"] for v in values} == {4, 5, 6}
    assert {v["acts.visit.date"] for v in values} == {date(2024, 1, d) for d in (10, 15, 20)}
    np.testing.assert_allclose(sorted({v[NOISE] for v in values}), [0.001, 0.01, 0.1])
    assert {v["policies.PRK.activity"] for v in values} == {-8.0, -6.0}


def test_whole_numbers_on_a_log_scale(small):
    """Levels are those of the logarithm; in a sample each number has its part of it, the ends no less than others."""
    found = design(small, {"steps": "10:1000:3:log"})
    assert [found.values(p)["steps"] for p in range(3)] == [10, 100, 1000]
    found = design(small, {"steps": "4:9:5:log"})  # 4 4.9 6 7.3 9
    assert [found.values(p)["steps"] for p in range(5)] == [4, 5, 6, 7, 9]
    found = design(small, {"steps": "4:100:20:log"})
    values = [found.values(p)["steps"] for p in range(20)]
    assert sorted(set(values)) == values
    assert (values[0], values[-1]) == (4, 100)
    found = design(small, {"steps": "10:1000:log"}, "lhs", 900)
    values = np.array([found.values(p)["steps"] for p in range(900)])
    np.testing.assert_array_equal(found.factors[0].at(np.array([0.0, 1.0])), [10, 1000])
    for low, high in ((10, 31), (32, 99), (100, 315), (316, 999)):
        assert ((values >= low) & (values <= high)).mean() == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize("method", LAYOUTS)
@pytest.mark.parametrize(
    "spec", ["0.001:1:7:log", "0.0001:0.3:7:log", "0.07:0.3:7", "0.1:0.7:4", "0.3:0.9:7"]
)
def test_no_point_leaves_its_range_by_rounding(small, method, spec):
    found = design(small, {NOISE: spec}, method, 64)
    [made], [values] = found.factors, found.columns
    assert made.low <= values.min()
    assert values.max() <= made.high
    np.testing.assert_array_equal(made.at(np.array([0.0, 1.0])), [made.low, made.high])
    if method in ("grid", "morris"):
        assert (values.min(), values.max()) == (made.low, made.high)


@pytest.mark.parametrize("n", [2, 3, 4, 5, 7, 49, 50])
def test_every_listed_value_is_visited_or_it_is_said(small, n):
    noises = [round(0.001 * (k + 1), 3) for k in range(n)]
    for method in LAYOUTS:
        many = plan_sweep(small, Request({NOISE: noises}, method, 30 * n, overrides=["sweep.vary={}"]))
        assert set(many.design.columns[0]) == set(range(n))
        assert many.notes == ()
    few = plan_sweep(small, Request({NOISE: noises}, "morris", 2, overrides=["sweep.vary={}"]))
    unseen = sorted({*noises} - {few.design.values(p)[NOISE] for p in range(few.design.n_points)})
    said = ", ".join(map(str, unseen[:6])) + (f" and {len(unseen) - 6} more" if len(unseen) > 6 else "")
    assert few.notes == (
        (f"no point of this design has {NOISE} at {said}; ask for more points, or a grid",) if unseen else ()
    )


def test_a_grid_of_many_keys_of_one_value(small):
    lists = {f"policies.{s}.{f}": [0.1] for s in ("PRK", "RUS", "KOR", "CUB") for f in ("reply", "vigilance")}
    found = design(small, lists | {"steps": [4, 5], NOISE: [0.01, 0.02, 0.03]})
    assert [(v["steps"], v[NOISE]) for v in map(found.values, range(6))] == [
        (4, 0.01), (4, 0.02), (4, 0.03), (5, 0.01), (5, 0.02), (5, 0.03)
    ]  # fmt: skip


def test_an_end_left_out_is_that_of_the_definition(small):
    found = design(small, {NOISE: ":", "params.reciprocity": "0.5:"})
    about = {c.name: c.metadata for c in coefficients(Params)}
    assert (found.factors[0].low, found.factors[0].high) == (about["noise"]["low"], about["noise"]["high"])
    assert (found.factors[1].low, found.factors[1].high) == (0.5, about["reciprocity"]["high"])


BAD = {
    "unknown key": ({"params.nois": "0:1"}, "--vary params.nois: unknown key; did you mean noise?"),
    "below its bound": ({NOISE: "-1:0.1"}, "--vary params.noise: should be greater than or equal to 0, not -1.0"),
    "above its bound": ({NOISE: "0:2"}, "--vary params.noise: should be less than or equal to 1, not 2.0"),
    "ends out of order": ({NOISE: "0.1:0.01"}, "--vary params.noise: low 0.1 should be less than high 0.01"),
    "no bound of its own": ({"steps": "4:"}, "--vary steps: needs a high"),
    "no act of that name": ({"acts.vist.on": "true,false"}, "no item vist in a list of 1; did you mean visit?"),
    "no act type": ({"acts.visit.type": "G6,G66"}, "--vary acts.visit.type: unknown act type G66"),
    "a date outside": ({"acts.visit.date": "2024-01-10:2025-01-10"}, "2025-01-10 is outside the horizon"),
    "no truth value": ({"acts.visit.on": "yes,no"}, "--vary acts.visit.on: should be true or false, not yes"),
    "a logarithm of 0": ({NOISE: "0:0.1:5:log"}, "a range on a log scale lies above 0"),
    "a date and a number": ({"acts.visit.date": "3:2024-01-10"}, "one end is a date, the other a number"),
    "too many colons": ({NOISE: "0:0.1:5:log:7"}, "write a range as low:high"),
    "an empty value": ({NOISE: "0.1,,0.2"}, "no value after ="),
    "what it extends": ({"extends": "a.yaml,b.yaml"}, "what a scenario extends is said in its file"),
    "no levels": ({NOISE: "0:0.1:1"}, "levels: should be greater than or equal to 2, not 1"),
    "preset": ({"policies.PRK.preset": "hedgr"}, "unknown value hedgr; did you mean hedger?"),
    "not finite": ({NOISE: "0:.inf"}, "--vary params.noise.high: should be a finite number or a date, not inf"),
    "no number": ({NOISE: ".nan,0.1"}, "--vary params.noise.0: should be a finite number, a date, text, true"),
    "beyond 64 bits": ({"steps": "4,99999999999999999999"}, "--vary steps: 99999999999999999999 is a whole number"),
    "inexact ends": ({"rng_seed": "0:9007199254740993"}, "--vary rng_seed: whole numbers beyond 2^53 are not exact"),
    "chance": ({"rng_seed": "1,2"}, "--vary rng_seed: does not vary: all points meet the same chance; ask for more"),
    "replicas": ({"replicas": "3:4"}, "--vary replicas: does not vary: all points have the same number, which sweep."),
    "too few steps": ({"steps": "1:5"}, "--vary steps: with 1: 2024-01-20 is outside the horizon"),
    "too wide": ({"shocks.x.size": "-1.7e308:1.7e308"}, "--vary shocks.x.size: is wider than a number can hold"),
    "a deep key": ({".".join("a" * 3000): "1,2"}, "--vary a.a.a.a"),
    "a list in a list": ({NOISE: [[0.1], 0.2]}, "--vary params.noise.0: should be a finite number, a date, text"),
    "unknown state": ({"policies.PRC.activity": "-8:-7"}, "--vary policies.PRC.activity: unknown state PRC; did you"),
}  # fmt: skip


@pytest.mark.parametrize(("ranges", "said"), BAD.values(), ids=BAD)
def test_a_bad_range_is_named_before_anything_runs(small, ranges, said):
    with pytest.raises(InputError) as caught:
        design(small, ranges, "lhs", 4)
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == len(caught.value.problems) <= 2


def test_a_bad_range_of_the_file_is_named_with_its_line(small, tmp_path):
    file = small.parent / "wrong.yaml"
    text = small.read_text().replace("low: 0.005, high: 0.02", "low: 0.005, high: 3")
    file.write_text(text.replace("acts.visit.on: [true, false]", "acts.visit.onn: [true]"))
    lines = text.splitlines()
    with pytest.raises(InputError) as caught:
        plan_sweep(file, Request())
    first = str(caught.value).splitlines()[0]
    line = 1 + next(k for k, text in enumerate(lines) if "params.noise" in text)
    assert first.startswith(
        f"{file}:{line}: sweep.vary.params.noise: should be less than or equal to 1, not 3"
    )
    file.write_text(
        text.replace("high: 3", "high: 0.1").replace("acts.visit.on: [true, false]", "acts.visit.onn: [true]")
    )
    with pytest.raises(
        InputError, match=rf"{file}:{line + 1}: sweep.vary.acts.visit.onn: unknown key; did you mean on"
    ):
        plan_sweep(file, Request())
    file.unlink()


def test_an_unknown_design_and_nothing_that_varies(small):
    with pytest.raises(InputError, match="unknown design lh; did you mean lhs"):
        design(small, {NOISE: ":"}, "lh")
    with pytest.raises(InputError, match="nothing varies"):
        design(small, {})
    with pytest.raises(InputError, match=r"a grid of 1\.?0*e?\+?\d* points|a grid of \d+ points; at most"):
        design(
            small, {NOISE: ":" + ":1000"} | {f"policies.{s}.activity": "-8:-7:1000" for s in ("PRK", "RUS")}
        )


def test_points_of_a_table(small, tmp_path):
    file = tmp_path / "points.csv"
    file.write_text(
        "point,params.noise,acts.visit.on,acts.visit.type\n0,0.01,true,G6\n1,0.02,false,D7\n2,0.02,true,D7\n"
    )
    found = design(small, {}, str(file))
    assert found.n_points == 3
    assert found.values(1) == {NOISE: 0.02, "acts.visit.on": False, "acts.visit.type": "D7"}


BAD_TABLES = {
    "a value out of bounds": (
        "params.noise\n0.1\n7\n",
        ":3: params.noise: should be less than or equal to 1",
    ),
    "an unknown key": ("params.nose\n0.1\n", ":1: params.nose: unknown key; did you mean noise"),
    "an empty cell": ("params.noise,steps\n0.1,\n", ":2: steps: an empty cell; null is the key's default"),
    "a short row": ("params.noise,steps\n0.1,4\n0.2\n", ":3: 1 cells under 2 keys"),
    "no rows": ("params.noise\n", ":1: 0 points"),
    "nothing": ("", "is empty"),
    "twice": ("params.noise,params.noise\n1,1\n", ":1: params.noise: appears twice"),
    "code": ("params.noise\n!!python/object/apply:os.system [ls]\n", "tags"),
    "a list": ("params.noise\n[1]\n", ":2: params.noise: [1] is no plain value"),
    "not a number": ("params.noise\n.nan\n", "finite number"),
    "bytes": (b"\xff\xfe\x00", "cannot be read"),
}


@pytest.mark.parametrize(("text", "said"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_a_bad_table_is_named(small, tmp_path, text, said):
    file = tmp_path / "points.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        design(small, {}, str(file))
    assert said in str(caught.value)


def test_a_table_and_ranges_at_once_are_refused(small, tmp_path):
    (tmp_path / "points.csv").write_text("params.noise\n0.1\n")
    with pytest.raises(InputError, match="--vary: a table of points says itself what varies"):
        design(small, {NOISE: ":"}, str(tmp_path / "points.csv"))


def test_a_scenario_names_no_table_outside_its_folder(small, tmp_path):
    (tmp_path / "points.csv").write_text("params.noise\n0.1\n")
    file = small.parent / "table.yaml"
    for name in ("../../../../../../etc/points.csv", str(tmp_path / "points.csv")):
        file.write_text(small.read_text().replace("points: 6", f"points: 6\n  design: {name}"))
        with pytest.raises(InputError, match=r"table.yaml:\d+: sweep.design: "):
            plan_sweep(file, Request())
    (small.parent / "points.csv").write_text("params.noise\n0.1\n")
    file.write_text(small.read_text().replace("points: 6", "points: 6\n  design: points.csv"))
    assert plan_sweep(file, Request()).design.n_points == 1
    file.unlink()


def test_a_value_right_beside_the_others_of_its_points_is_no_mistake(small):
    """The act is on step 3: a horizon of two steps needs its earlier date."""
    found = design(small, {"steps": "2,6", "acts.visit.date": "2024-01-05,2024-02-01"})
    assert found.n_points == 4
    with pytest.raises(InputError, match="2024-01-20 is outside the horizon"):
        design(small, {"steps": "2,6"})


def test_the_shipped_sweep_is_sound(root):
    planned = plan_sweep(root / "scenarios/recognition-sweep.yaml", Request(overrides=["beliefs.draws=1"]))
    assert planned.design.n_points == 128
    assert {f.key for f in planned.design.factors} >= {"acts.recognition.on", "acts.recognition.date"}
    for point in range(0, 128, 16):
        assert planned.job.points.setup(point).scenario.name == "recognition-sweep"


def test_belief_is_fitted_once_for_points_that_believe_alike(root, monkeypatch):
    from sim.sweeps.design import points

    real, seen = points.fit_ground, []
    monkeypatch.setattr(points, "fit_ground", lambda *given: seen.append(given) or real(*given))
    ranges = {"acts.video.on": [True, False], "beliefs.reading": ["main", "rival"], NOISE: "0.01:0.02:2"}
    request = Request(ranges, "grid", overrides=["beliefs.draws=2"])
    planned = plan_sweep(root / "scenarios/havana.yaml", request)
    assert planned.design.n_points == 8
    setups = [planned.job.points.setup(p) for p in range(8)]
    assert len(seen) == 2
    assert len({id(setup.belief) for setup in setups}) == 2
    assert [len(setup.acts) for setup in setups] == [5, 5, 5, 5, 4, 4, 4, 4]
    assert {setup.params.noise for setup in setups} == {0.01, 0.02}
