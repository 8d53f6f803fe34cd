"""Effects, curves and indices on functions whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from sim.scenario.schema.models import Sweep
from sim.sweeps.analysis.effects import axis, coarser, effect, surface
from sim.sweeps.analysis.indices import indices
from sim.sweeps.design.factors import Factor
from sim.sweeps.design.layouts import lay_out, morris_levels


def ishigami(u):
    x = np.pi * (2 * u - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def cube(method, points):
    factors = [Factor(key, "number", 0.0, 1.0) for key in ("a", "b", "c")]
    return lay_out(factors, Sweep(design=method, points=points), 1)


def test_sobol_indices_of_the_ishigami_function():
    """Exact: S1 = .3139, .4424, 0; ST = .5576, .4424, .2437 (Ishigami & Homma 1990)."""
    design = cube("saltelli", 5 * 2048)
    found = {
        (i.key, i.measure): i for i in indices("saltelli", "abc", design.unit, "y", ishigami(design.unit))
    }
    exact = {"S1": (0.3139, 0.4424, 0.0), "ST": (0.5576, 0.4424, 0.2437)}
    for name, values in exact.items():
        for key, value in zip("abc", values, strict=True):
            assert found[key, name].value == pytest.approx(value, abs=0.03)
            assert abs(found[key, name].value - value) < 2 * found[key, name].half


def test_main_effects_of_the_ishigami_function():
    design = cube("lhs", 4000)
    y = ishigami(design.unit)
    for k, exact in enumerate((0.3139, 0.4424, 0.0)):
        found, curve = effect("y", axis("abc"[k], design.unit[:, k]), y)
        assert found.share == pytest.approx(exact, abs=0.03)  # bins smooth the curve a little
        assert len(curve) == 24
        assert sum(point.n for point in curve) == 4000


def test_chance_alone_explains_nothing():
    rng = np.random.default_rng(8)
    found = [effect("y", axis("x", rng.random(100)), rng.random(100))[0].share for _ in range(200)]
    assert np.mean(found) < 0.04


def test_morris_tells_a_linear_effect_from_a_crooked_one():
    design = cube("morris", 400)
    y = 3 * design.unit[:, 0] + 4 * (design.unit[:, 1] - 0.5) ** 2
    found = {(i.key, i.measure): i.value for i in indices("morris", "abc", design.unit, "y", y)}
    assert found["a", "mu_star"] == pytest.approx(3.0)
    assert found["a", "sigma"] == pytest.approx(0.0, abs=1e-9)
    assert found["b", "sigma"] > 0.5
    assert found["c", "mu_star"] == 0


def test_failed_points_drop_their_trajectory_alone():
    design = cube("morris", 80)
    y = 3 * design.unit[:, 0]
    y[5] = np.nan
    found = {(i.key, i.measure): i.value for i in indices("morris", "abc", design.unit, "y", y)}
    assert found["a", "mu_star"] == pytest.approx(3.0)


def test_other_designs_have_no_indices():
    design = cube("lhs", 20)
    assert indices("lhs", "abc", design.unit, "y", design.unit[:, 0]) == []


def test_curves_of_listed_values_keep_their_order():
    made = axis("preset", np.array(["b", "a", "b", "a"]), "listed", ("b", "a"))
    found, curve = effect("y", made, np.array([1.0, 3.0, 1.0, 5.0]))
    assert [(point.level, point.mean, point.n) for point in curve] == [("b", 1.0, 2), ("a", 4.0, 2)]
    assert (found.swing, found.trend) == (3.0, 3.0)


def test_a_surface_is_the_mean_in_each_cell():
    first, second = axis("a", np.array([0.0, 0.0, 1.0, 1.0])), axis("b", np.array([0.0, 0.0, 0.0, 1.0]))
    found = surface(first, second, np.array([1.0, 3.0, 5.0, np.nan]))
    np.testing.assert_array_equal(found, [[2.0, np.nan], [5.0, np.nan]])


def test_different_values_have_different_names():
    assert axis("x", np.array([1234567.0, 1234568.0])).names == ("1234567", "1234568")
    assert axis("x", np.array([0.12345671, 0.12345672])).names == ("0.12345671", "0.12345672")
    assert axis("x", np.array([0.01, 1 / 3])).names == ("0.01", "0.333333")


def test_joined_levels_are_called_by_their_range():
    made = axis("steps", np.repeat([10.0, 20.0, 50.0, 100.0, 505.0], 4))
    found = coarser(made, 2)
    assert found.names == ("10–50", "100–505")
    np.testing.assert_array_equal(found.level, np.repeat([0, 0, 0, 1, 1], 4))
    assert coarser(made, 4).names == ("10–20", "50", "100", "505")
    assert coarser(made, 5) is made
    listed = axis("preset", np.array(["a", "b", "c"]), "listed", ("a", "b", "c"))
    assert coarser(listed, 2) is listed


def test_bins_are_called_by_their_range():
    made = axis("x", np.linspace(0.0, 1.0, 64))
    assert len(made.names) == 4
    assert coarser(made, 8).names == ("0–0.25", "0.25–0.5", "0.5–0.75", "0.75–1")
    assert coarser(made, 2).names == ("0–0.5", "0.5–1")
    days = np.arange(19_723.0, 19_723.0 + 64)  # from 2024-01-01
    assert coarser(axis("date", days, "date"), 2).names == (
        "2024-01-01–2024-02-01",
        "2024-02-01–2024-03-04",
    )


def test_bins_of_a_log_scale_hold_equal_parts_of_the_logarithm():
    made = axis("x", np.geomspace(1e-6, 1.0, 96), "log")
    assert np.bincount(made.level).tolist() == [16] * 6
    assert made.names == ("3.16228e-06", "3.16228e-05", "0.000316228", "0.00316228", "0.0316228", "0.316228")
    assert coarser(made, 2).names == ("1e-06–0.001", "0.001–1")


def test_values_are_no_bins_where_there_are_as_few():
    made = axis("steps", np.tile(np.arange(4.0, 24.0), 20))
    np.testing.assert_array_equal(made.x, np.arange(4.0, 24.0))


def test_morris_positions_are_as_many_as_the_longest_list():
    listed = Factor("a", "listed", 0.0, 6.0, tuple("uvwxyz"))
    design = lay_out([listed, Factor("b", "number", 0.0, 1.0)], Sweep(design="morris", points=300), 1)
    assert set(design.columns[0]) == set(range(6))
    found = indices("morris", "ab", design.unit, "y", 3 * design.unit[:, 1], morris_levels([6, 0]))
    effects = {(i.key, i.measure): i.value for i in found}
    assert effects["b", "mu_star"] == pytest.approx(3.0)
    assert effects["a", "mu_star"] == 0


def test_of_what_nothing_moves_nothing_is_explained():
    """27 times ⅔: their mean is one digit off, and that is no variance."""
    found, curve = effect("y", axis("x", np.repeat([1.0, 2.0, 3.0], 9)), np.full(27, 2 / 3))
    assert np.isnan([found.share, found.low, found.high]).all()
    assert (found.swing, len(curve)) == (0.0, 3)


def test_two_points_tell_a_swing_but_no_share():
    found, _ = effect("y", axis("x", np.array([1.0, 2.0])), np.array([0.25, 0.5]))
    assert np.isnan([found.share, found.low, found.high]).all()
    assert found.swing == 0.25


def test_the_interval_of_a_share_lies_between_nothing_and_all():
    rng = np.random.default_rng(8)
    found = [effect("y", axis("x", np.repeat([1.0, 2.0], 10)), rng.random(20))[0] for _ in range(50)]
    assert all(0.0 <= f.low <= f.share <= f.high <= 1.0 for f in found)
