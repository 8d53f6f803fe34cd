"""Shares of variance: the estimator against worlds whose shares are known."""

from __future__ import annotations

import numpy as np
import pytest

from sim.sweeps.analysis.variance import components, jackknife, variance_shares


def world(rng, shape, sds, shared=True):
    """A nested world: parameters, draws, points times draws, chance, points times chance."""
    p, d, r = shape
    sd_point, sd_draw, sd_both, sd_chance, sd_all = sds
    return (
        sd_point * rng.standard_normal((p, 1, 1))
        + sd_draw * rng.standard_normal((1 if shared else p, d, 1))
        + sd_both * rng.standard_normal((p, d, 1))
        + sd_chance * rng.standard_normal((1 if shared else p, d, r))
        + sd_all * rng.standard_normal((p, d, r))
    )


@pytest.mark.parametrize(
    "sds", [(1, 2, 0.5, 1.5, 0.7), (0, 1, 0, 1, 0), (2, 0, 1, 0, 1), (0.3, 0.1, 0.1, 3, 1)]
)
def test_components_are_unbiased_under_common_random_numbers(sds):
    rng = np.random.default_rng(3)
    found = np.mean([components(world(rng, (30, 6, 3), sds)) for _ in range(600)], axis=0)
    a, b, c, d, e = (sd**2 for sd in sds)
    truth = np.array([a, b + c, d + e])
    np.testing.assert_allclose(found, truth, atol=0.06 * truth.sum())


def test_a_naive_estimate_would_take_belief_for_parameters():
    """With few draws and none shared, the means of points scatter by belief alone; ours does not count that."""
    rng = np.random.default_rng(5)
    y = world(rng, (200, 3, 2), (0, 0, 1, 0, 0.5))
    assert y.mean(axis=(1, 2)).var() > 0.25
    assert abs(components(y)[0]) < 0.1


def test_intervals_hold_the_truth():
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(60):
        shares = variance_shares(world(rng, (60, 12, 3), (1, 1, 0.3, 1, 0.3)))
        truth = np.array([1, 1.09, 1.09]) / 3.18
        held += sum(s.low <= t <= s.high for s, t in zip(shares, truth, strict=True))
    assert held / 180 > 0.85


def test_shares_add_to_one_and_failed_points_are_left_out():
    rng = np.random.default_rng(2)
    y = world(rng, (40, 5, 2), (1, 1, 0, 1, 0))
    assert sum(s.share for s in variance_shares(y)) == pytest.approx(1.0)
    broken = y.copy()
    broken[3, 1, 1] = np.nan
    assert variance_shares(broken) == variance_shares(np.delete(y, 3, axis=0))


@pytest.mark.parametrize("shape", [(1, 4, 2), (9, 1, 2), (9, 4, 1)])
def test_one_of_a_kind_has_no_share(shape):
    assert all(np.isnan(s.share) for s in variance_shares(np.random.default_rng(0).random(shape)))


def test_constant_outcomes_have_no_share():
    assert all(np.isnan(s.share) for s in variance_shares(np.ones((5, 4, 3))))


def test_jackknife_of_a_mean_is_its_squared_standard_error():
    x = np.random.default_rng(1).random(25)
    found = jackknife(lambda k: np.array(np.delete(x, k).mean()), 25)
    assert found == pytest.approx(x.var(ddof=1) / 25)
