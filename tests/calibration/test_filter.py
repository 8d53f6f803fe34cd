"""The grid filter against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.calibration.density import inverse_cdf, theta_grid
from sim.calibration.filter import (
    exit_rates,
    likelihood,
    predict,
    retrace,
    shift,
    timeline,
)
from sim.dynamics.params import Params
from sim.dynamics.step import kernel_params

GRID = theta_grid(3.0)


def normal(mean, sd):
    density = np.exp(-(((GRID - mean) / sd) ** 2) / 2)
    return density / density.sum()


def moments(density):
    mean = density @ GRID
    return mean, np.sqrt(density @ GRID**2 - mean**2)


@pytest.mark.parametrize("days", [1.0, 30.0, 1000.0])
def test_diffusion_has_the_moments_of_ornstein_and_uhlenbeck(days):
    rate, sigma, level = 1e-3, 0.012, 0.4
    params = kernel_params(Params(friendship_decay=rate, hostility_decay=rate, noise=sigma, reciprocity=0.0))
    density = normal(-0.3, 0.3)
    predict(density, *exit_rates(GRID, level, 0.0, params), days)
    mean, sd = moments(density)
    share = np.exp(-rate * days)
    assert mean == pytest.approx(level + (-0.3 - level) * share, abs=2e-3)
    expected = np.sqrt((0.3 * share) ** 2 + sigma**2 * (1 - share**2) / (2 * rate))
    assert sd == pytest.approx(expected, rel=5e-3)
    assert density.sum() == pytest.approx(1.0, abs=1e-12)


@given(st.floats(-2, 2), st.floats(-0.01, 0.01), st.floats(0, 0.03), st.floats(1, 400))
def test_prediction_keeps_probability(level, coupling, noise, days):
    params = kernel_params(Params(noise=noise))
    density = normal(0.5, 0.4)
    predict(density, *exit_rates(GRID, level, coupling, params), days)
    assert density.min() >= 0
    assert density.sum() == pytest.approx(1.0, abs=1e-9)


def test_retracing_is_the_adjoint_of_prediction():
    params = kernel_params(Params())
    up, down = exit_rates(GRID, 0.5, 1e-4, params)
    rng = np.random.default_rng(3)
    density, message = normal(0.2, 0.5), rng.random(GRID.size)
    later, earlier = density.copy(), message.copy()
    predict(later, up, down, 90.0)
    retrace(earlier, up, down, 90.0)
    assert later @ message == pytest.approx(density @ earlier, rel=1e-12)


@given(st.floats(-0.6, 0.6))
def test_shift_moves_the_mean_and_nothing_else(amount):
    moved = shift(normal(0.2, 0.3), amount / (GRID[1] - GRID[0]), 0.0)
    mean, sd = moments(moved / moved.sum())
    assert mean == pytest.approx(0.2 + amount, abs=1e-4)
    assert sd == pytest.approx(0.3, rel=1e-3)


@given(st.floats(0.1, 3), st.floats(-2, 2), st.floats(-1.5, 1.5), st.floats(0.1, 0.8))
def test_evidence_is_monotone(slope, difficulty, mean, sd):
    before = normal(mean, sd)
    for sign in (1, -1):
        after = before * likelihood(GRID, sign * slope, difficulty)
        assert sign * (moments(after / after.sum())[0] - moments(before)[0]) > 0


def test_filter_against_brute_force_on_random_walks():
    """Importance-weighted simulation of the same diffusion and items gives the same posterior."""
    rng = np.random.default_rng(11)
    params = kernel_params(Params(reciprocity=0.0, friendship_decay=2e-4, hostility_decay=2e-4))
    density = normal(0.3, 0.5)
    walkers, weight = 0.3 + 0.5 * rng.standard_normal(200_000), np.ones(200_000)
    for days, slope, difficulty in [(200.0, 1.5, 0.8), (100.0, -1.2, -0.3), (300.0, 0.9, 0.0)]:
        predict(density, *exit_rates(GRID, 0.3, 0.0, params), days)
        for _ in range(int(days / 5)):
            walkers += 5 * 2e-4 * (0.3 - walkers) + params.noise * np.sqrt(5) * rng.standard_normal(200_000)
        density *= likelihood(GRID, slope, difficulty)
        density /= density.sum()
        weight *= 1 / (1 + np.exp(-slope * (walkers - difficulty)))
    mean = np.average(walkers, weights=weight)
    sd = np.sqrt(np.average((walkers - mean) ** 2, weights=weight))
    assert moments(density)[0] == pytest.approx(mean, abs=6e-3)
    assert moments(density)[1] == pytest.approx(sd, rel=0.015)


def test_inverse_cdf_is_the_quantile():
    density = np.broadcast_to(normal(0.4, 0.3), (1, 1, GRID.size))
    below = np.concatenate([np.zeros((1, 1, 1)), np.cumsum(density, axis=-1)], axis=-1)
    quantiles = [inverse_cdf(below, GRID, np.full((1, 1), p))[0, 0] for p in (0.05, 0.5, 0.95)]
    np.testing.assert_allclose(quantiles, [0.4 - 1.645 * 0.3, 0.4, 0.4 + 1.645 * 0.3], atol=3e-3)


def test_timeline_stops_at_every_signal_and_at_the_end():
    times = timeline(np.array([0, 0, 40, 300]), 400, 91)
    at = np.cumsum(times.gap)
    assert at[-1] == 400
    np.testing.assert_array_equal(at[times.signal >= 0], [0, 0, 40, 300])
    assert times.gap.max() <= 91
