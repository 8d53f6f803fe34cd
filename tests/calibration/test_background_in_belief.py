"""A background says how things stand on its day: signals move it, and drift without signals does not."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from sim.background.prior import blank_prior, pair_prior
from sim.calibration.account import affinity_table
from sim.calibration.density import normal
from sim.calibration.posterior import fit_posterior, smooth

DAY = date(2024, 1, 31)


@pytest.fixture(scope="module")
def background(evidence):
    return pair_prior("public", evidence.states, DAY)


@pytest.fixture(scope="module")
def belief(evidence, background):
    return fit_posterior(evidence, DAY, n_draws=2, background=background)


def means(density, grid):
    return density @ grid


def test_dyads_that_no_signal_touches_stand_where_the_background_has_them(belief):
    expected = means(normal(belief.grid, belief.level, belief.level_sd), belief.grid)
    shift = means(belief.density[0].astype(float), belief.grid) - expected
    is_touched = (belief.n_signals.sum(axis=1) > 0)[None, :] | np.eye(len(belief.states), dtype=bool)
    is_touched = is_touched | is_touched.T  # reciprocity
    assert (~is_touched).sum() > 100
    assert np.abs(shift[~is_touched]).max() < 0.05
    assert np.abs(shift[belief.n_signals > 0]).max() > 0.1


def test_a_pair_of_which_nothing_is_known_stands_near_zero(evidence):
    states = (*evidence.states, "BRB", "PSE")
    belief = fit_posterior(
        evidence, DAY, n_draws=2, states=states, background=pair_prior("public", states, DAY)
    )
    rows = {(row.sender, row.target): row for row in affinity_table(belief)}
    assert abs(rows["PSE", "BRB"].mean) < 0.03
    assert rows["PSE", "BRB"].q05 < -0.6 < 0.6 < rows["PSE", "BRB"].q95


def test_without_a_background_the_prior_drifts_from_the_first_signal_on(evidence):
    blank = blank_prior(evidence.states)
    one, two = (fit_posterior(evidence, DAY, n_draws=1, background=b) for b in (blank, None))
    np.testing.assert_array_equal(one.density, two.density)


def test_no_signals_leave_the_background_as_it_is(evidence, background):
    silent = replace(evidence, signals=())
    belief = fit_posterior(silent, DAY, n_draws=1, background=background)
    np.testing.assert_allclose(
        means(belief.density[0].astype(float), belief.grid),
        means(normal(belief.grid, belief.level, belief.level_sd), belief.grid),
        atol=1e-5,
    )


def test_the_path_ends_where_belief_stands(evidence, background, belief):
    path = smooth(evidence, DAY, [("PRK", "CUB")], n_draws=2, background=background)
    row = next(r for r in affinity_table(belief) if (r.sender, r.target) == ("PRK", "CUB"))
    assert path[-1].mean == pytest.approx(row.mean, abs=1e-4)
    assert path[-1].smoothed_mean == pytest.approx(row.mean, abs=1e-4)
