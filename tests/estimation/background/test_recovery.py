"""The measurement model finds again what it was simulated from."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from sim.estimation.background.company import company_item
from sim.estimation.background.quarrel import SLOPE, quarrel_item
from sim.estimation.background.regression import Design, maximise
from sim.estimation.background.residual import Acts, Memory, fit_memory, follow

N_STATES = 40


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(11)
    i, j = np.nonzero(~np.eye(N_STATES, dtype=bool))
    columns = np.column_stack([rng.normal(size=i.size), rng.random(i.size) < 0.15])
    habit = 0.4 * rng.standard_normal((2, N_STATES))
    return rng, i, j, columns, habit


def test_a_quarrels_worth_its_habits_and_its_spread_are_recovered(world):
    rng, i, j, columns, habit = world
    worth, tau, s = np.array([0.3, -0.8]), 0.6, 40.0
    acts = rng.integers(5, 200, i.size)
    theta = columns @ worth + tau * rng.standard_normal(i.size)
    share = expit(-2.9 + habit[0, i] + habit[1, j] - SLOPE * theta)
    cold = rng.binomial(acts, rng.beta(s * share, s * (1 - share)))
    item = quarrel_item(cold.astype(float), acts.astype(float), np.ones((i.size, 1)), s)
    fit = maximise(item, Design(columns, (i, j), (N_STATES, N_STATES), (1.0, 0.5, 0.5)), np.log([0.9]), -2.0)
    assert np.abs(-fit.columns / SLOPE - worth).max() < 3 * fit.columns_sd.max() / SLOPE
    assert np.exp(fit.shape[0]) == pytest.approx(tau, rel=0.15)
    assert np.corrcoef(fit.labels[0], habit[0])[0, 1] > 0.8


def test_company_is_recovered_and_the_fit_is_the_same_each_time(world):
    rng, i, j, columns, habit = world
    mean = np.exp(1.5 + habit[0, i] + habit[1, j] + columns @ np.array([0.3, 1.5]))
    warm = rng.poisson(mean * rng.gamma(1.0, 1.0, i.size)).astype(float)
    design = Design(columns, (i, j), (N_STATES, N_STATES), (2.0, 3.0, 3.0))
    fits = [maximise(company_item(warm), design, np.zeros(1), float(np.log(warm.mean()))) for _ in range(2)]
    assert np.abs(fits[0].columns - [0.3, 1.5]).max() < 3 * fits[0].columns_sd.max()
    assert np.exp(fits[0].shape[0]) == pytest.approx(1.0, rel=0.15)
    assert np.array_equal(fits[0].columns, fits[1].columns)


@pytest.fixture(scope="module")
def dyads():
    rng = np.random.default_rng(5)
    n_years, n, tau, memory = 10, 400, 0.8, Memory(0.8, 50.0)
    z = np.empty((n_years, n))
    z[0] = rng.standard_normal(n)
    for t in range(1, n_years):
        z[t] = 0.8 * z[t - 1] + 0.6 * rng.standard_normal(n)
    acts = rng.integers(0, 150, z.shape)
    share = expit(-2.5 - SLOPE * tau * z)
    cold = rng.binomial(acts, rng.beta(50 * share, 50 * (1 - share)))
    numbers = Acts(cold.astype(float), acts.astype(float), np.full(z.shape, -2.5), np.full(z.shape, tau))
    return z, numbers, memory


def test_a_dyads_residual_is_followed_within_its_spread(dyads):
    z, acts, memory = dyads
    mean, sd, _ = follow(acts, memory)
    inside = np.abs(z - mean) < 1.645 * sd
    assert 0.87 < inside.mean() < 0.93
    assert np.corrcoef(z[-1], mean[-1])[0, 1] > 0.7


def test_years_without_acts_leave_the_residual_to_fade(dyads):
    _, acts, memory = dyads
    silent = replace(
        acts, acts=acts.acts * (np.arange(10) < 5)[:, None], cold=acts.cold * (np.arange(10) < 5)[:, None]
    )
    mean, sd, _ = follow(silent, memory)
    assert np.allclose(mean[9], memory.persistence**5 * mean[4], atol=0.05)
    assert (sd[9] > sd[4]).all()


def test_persistence_is_recovered(dyads):
    found = fit_memory(dyads[1], Memory(0.6, 20.0))
    assert found.persistence == pytest.approx(0.8, abs=0.06)
