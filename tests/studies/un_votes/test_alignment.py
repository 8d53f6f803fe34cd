import numpy as np
import pytest

from sim.errors import InputError
from sim.studies.un_votes.alignment import (
    Assembly,
    Drift,
    common_positions,
    fit_drift,
    forecast,
    split_general,
)
from sim.studies.un_votes.target import _windows, validate

N = 24


def assembly(n_years=30, noise=0.08, rng_seed=0):
    """Votes around fixed alignments that lie on one axis, seen with noise."""
    rng = np.random.default_rng(rng_seed)
    place = np.linspace(-1, 1, N)
    first, second = np.triu_indices(N, 1)
    truth = 0.6 + 0.3 * place[first] * place[second]
    agree = np.clip(truth + rng.normal(0, noise, (n_years, truth.size)), 0, 1)
    return Assembly(1950, [f"S{i:02d}" for i in range(N)], agree, np.full(agree.shape, 40.0)), truth


def test_belief_is_the_mean_weighted_by_votes_and_age():
    pair = Assembly(2000, ["AAA", "BBB"], np.array([[0.2], [0.8]]), np.array([[30.0], [10.0]]))
    assert pair.level(2001, 0.5)[0] == pytest.approx((0.5 * 30 * 0.2 + 10 * 0.8) / (0.5 * 30 + 10))
    assert pair.level(2000, 0.5)[0] == pytest.approx(0.2)
    assert np.isnan(
        Assembly(2000, ["AAA", "BBB"], np.array([[np.nan]]), np.zeros((1, 1))).level(2000, 0.5)[0]
    )


def test_the_mean_of_the_last_sessions_skips_years_without_votes():
    none = np.full(1, np.nan)
    agree = np.array([[0.1], [0.2], none, [0.6], none])
    pair = Assembly(2000, ["AAA", "BBB"], agree, np.where(np.isfinite(agree), 9.0, 0.0))
    assert pair.mean_of_sessions(2004, 1)[0] == pair.session(2004)[0] == 0.6
    assert pair.mean_of_sessions(2004, 2)[0] == pytest.approx(0.4)
    assert pair.mean_of_sessions(2004, 9)[0] == pytest.approx(0.3)
    assert pair.mean_of_sessions(2001, 3)[0] == pytest.approx(0.15)


def test_positions_explain_what_lies_on_few_axes():
    one, truth = assembly(noise=0.0)
    found = common_positions(one, truth, np.ones(truth.size, dtype=bool))
    assert np.abs(found - truth).max() < 0.06


def test_general_agreement_leaves_nothing_beyond_where_it_explains_all():
    row = np.random.default_rng(0).uniform(0.3, 0.5, N)
    alike = row[:, None] + row[None, :]
    additive, beyond = split_general(alike)
    np.testing.assert_allclose(additive, alike, atol=1e-12)
    assert np.abs(beyond).max() < 1e-12


def test_a_quiet_but_noisy_assembly_is_forecast_better_than_by_its_last_session():
    one, truth = assembly()
    drift = fit_drift(one, 1974, 5)
    assert drift.decay == 0.7  # the longest memory on offer: nothing moves
    assert drift.pull > 0.4
    errors = [np.sqrt(np.mean((f - truth) ** 2)) for f in (forecast(one, 1974, drift), one.session(1974))]
    assert errors[0] < 0.5 * errors[1]


def test_nothing_after_the_origin_is_looked_at():
    one, _ = assembly()
    other = Assembly(one.first_year, one.codes, one.agree.copy(), one.n)
    other.agree[25:] = 0.5
    assert fit_drift(one, 1974, 5) == fit_drift(other, 1974, 5)
    drift = Drift(0.5, 0.5, 5)
    np.testing.assert_array_equal(forecast(one, 1974, drift), forecast(other, 1974, drift))


def test_one_window_of_the_assembly_beats_persistence(data):
    found = validate(data, 1994, (1995, 1999), lambda done, of: None)
    error = found.scores[0]
    assert error.model < error.baselines["persistence"]
    assert error.baselines["persistence"] == pytest.approx(0.1024, abs=5e-4)
    assert set(error.baselines) == {"persistence", "mean of 3 sessions", "mean of 5 sessions"}
    assert found.windows["test"] == "1994→1999"


@pytest.mark.parametrize(("until", "test"), [(1990, None), (None, (1980, 1990)), (1955, (1956, 1960))])
def test_years_without_votes_are_refused(until, test):
    with pytest.raises(InputError, match="votes are known for 1950-1979"):
        _windows(assembly()[0], until, test, None)


@pytest.mark.parametrize(
    ("until", "test", "ahead", "windows"),
    [
        (1970, None, None, [(1970, 1975)]),
        (1970, None, 8, [(1970, 1978)]),
        (None, (1971, 1979), None, [(1970, 1979)]),
        (1969, (1971, 1974), None, [(1969, 1974)]),
        (None, (1971, 1973), 3, [(1968, 1971), (1969, 1972), (1970, 1973)]),
    ],
)
def test_any_window_of_any_length_can_be_asked_for(until, test, ahead, windows):
    assert _windows(assembly()[0], until, test, ahead) == windows


def test_a_length_that_contradicts_the_years_is_refused():
    with pytest.raises(InputError, match="--ahead: contradicts"):
        _windows(assembly()[0], 1970, (1971, 1975), 3)
