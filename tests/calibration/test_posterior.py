"""What the shipped signals say, and what belief does by construction."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from sim.background.prior import blank_prior
from sim.calibration.account import affinity_table, explain
from sim.calibration.passes import prior
from sim.calibration.posterior import fit_posterior, smooth
from sim.dynamics.chance import Purpose, stream

DRAWS = 16


@pytest.fixture(scope="module")
def on(evidence):
    """Belief on a date, each date filtered once."""
    fits = {}

    def fit(day: str):
        if day not in fits:
            fits[day] = fit_posterior(evidence, date.fromisoformat(day), n_draws=DRAWS)
        return fits[day]

    return fit


def row(belief, sender, target):
    [line] = affinity_table(belief, sender, target)
    return line


def test_havana_loses_pyongyang_and_not_the_reverse(on):
    before, after = on("2024-01-31"), on("2024-05-15")
    assert row(after, "PRK", "CUB").mean < row(before, "PRK", "CUB").mean
    assert row(after, "CUB", "PRK").mean >= row(before, "CUB", "PRK").mean


def test_minsk_is_denied_greeted_invited_and_left_out(on):
    days = ("2025-01-16", "2025-01-21", "2025-02-05", "2025-09-04", "2025-09-12")
    start, denied, greeted, invited, left_out = (row(on(day), "PRK", "BLR").mean for day in days)
    assert denied < start
    assert greeted > denied
    assert invited > greeted
    assert invited - 0.1 < left_out < invited


@pytest.mark.parametrize(
    "day", ["2024-09-01", "2024-12-31", "2025-01-21", "2025-02-05", "2025-05-01", "2025-09-04", "2025-09-12"]
)
def test_minsk_wants_pyongyang_more_than_the_reverse(on, day):
    assert row(on(day), "BLR", "PRK").mean > row(on(day), "PRK", "BLR").mean


@pytest.mark.parametrize("day", ["2024-07-01", "2024-10-31", "2025-02-05", "2025-09-12"])
def test_moscow_comes_first_in_pyongyang(on, day):
    means = {r.target: r.mean for r in affinity_table(on(day), "PRK")}
    assert means["RUS"] == max(means.values())


@pytest.mark.parametrize("day", ["2024-07-01", "2024-10-31", "2025-09-12"])
def test_moscow_is_known_less_well_than_pyongyang(on, day):
    there, back = row(on(day), "PRK", "RUS"), row(on(day), "RUS", "PRK")
    assert back.q95 - back.q05 > there.q95 - there.q05


def test_managua_gains(on):
    in_2022, in_2023, in_2024 = (row(on(f"{year}-12-31"), "PRK", "NIC").mean for year in (2022, 2023, 2024))
    assert in_2022 < in_2023 < in_2024


def test_no_signals_give_the_prior_back(evidence):
    blank = replace(evidence, signals=())
    belief = fit_posterior(blank, date(2024, 1, 1), n_draws=2)
    level, sd, tie = prior(evidence, blank_prior(belief.states), {})
    theta = belief.grid
    for i, j in zip(*np.nonzero(~np.eye(len(belief.states), dtype=bool)), strict=True):
        expected = np.exp(-(((theta - level[i, j]) / sd[i, j]) ** 2) / 2)
        np.testing.assert_allclose(belief.density[0, i, j], expected / expected.sum(), rtol=2e-6)
    np.testing.assert_array_equal(belief.worlds[0].tie, tie)
    assert belief.n_signals.sum() == 0


def test_later_signals_change_nothing(evidence):
    day = date(2024, 3, 31)
    known = fit_posterior(evidence.until(day), day, n_draws=2, states=evidence.states)
    np.testing.assert_array_equal(known.density, fit_posterior(evidence, day, n_draws=2).density)


def test_belief_is_the_same_whatever_the_draws_run_beside_it(evidence):
    day = date(2024, 6, 30)
    one, two = (fit_posterior(evidence, day, n_draws=4) for _ in range(2))
    np.testing.assert_array_equal(one.density, two.density)


def test_own_gesture_never_lowers_and_denial_never_raises(evidence, on):
    belief = on("2025-09-12")
    for s, r in enumerate(belief.moves.row):
        signal = evidence.signals[r]
        own = belief.moves.of(belief.states.index(signal.sender), belief.states.index(signal.target))[s]
        assert own * evidence.type_of(signal).warmth > 0, signal.id


def test_account_adds_up_and_names_its_sources(evidence, on):
    account = explain(on("2024-05-15"), evidence, "PRK", "CUB")
    assert account.posterior == pytest.approx(row(on("2024-05-15"), "PRK", "CUB").mean, abs=1e-6)
    total = account.prior + sum(m.change for m in account.moves) + account.drift
    assert total == pytest.approx(account.posterior, abs=1e-12)
    assert {m.path for m in account.moves} == {"evidence", "response", "observer"}
    assert all(m.signal.date <= date(2024, 5, 15) for m in account.moves)
    assert abs(account.drift) < 0.1
    files = {source.file_name for source in evidence.sources}
    listed = [r for r in account.rows(evidence) if r[3]]
    assert len(listed) == len(account.moves)
    assert all(any(r[5].startswith(f) for f in files) for r in listed)


def test_recognition_of_a_rival_costs_by_the_observer_path(evidence, on):
    moves = explain(on("2024-05-15"), evidence, "PRK", "CUB").moves
    [recognition] = [m for m in moves if m.signal.type == "R1" and m.signal.sender == "CUB"]
    assert recognition.path == "observer"
    assert recognition.change < 0


def test_rival_reading_changes_belief(root, evidence):
    from sim.signals.table import load_evidence

    rival = load_evidence(root / "seeds").reading("rival")
    day = date(2024, 5, 15)
    main_mean = row(fit_posterior(evidence, day, n_draws=4), "PRK", "CUB").mean
    assert abs(row(fit_posterior(rival, day, n_draws=4), "PRK", "CUB").mean - main_mean) > 0.005


def test_draws_follow_the_posterior(on):
    from sim.calibration.density import inverse_cdf

    belief = on("2024-05-15")
    n = len(belief.states)
    draws = np.array(
        [
            np.tanh(
                inverse_cdf(
                    belief.cumulative[r % DRAWS], belief.grid, stream(1, r, Purpose.BELIEF).random((n, n))
                )
            )
            for r in range(4000)
        ]
    )
    i, j = belief.states.index("PRK"), belief.states.index("CUB")
    expected = row(belief, "PRK", "CUB")
    error = expected.sd / np.sqrt(4000)
    assert draws[:, i, j].mean() == pytest.approx(expected.mean, abs=4 * error)
    assert draws[:, i, j].std() == pytest.approx(expected.sd, rel=0.06)
    assert np.quantile(draws[:, i, j], 0.05) == pytest.approx(expected.q05, abs=0.06)


def test_smoothed_path_ends_where_the_filter_ends_and_is_no_wider(evidence, on):
    as_of = date(2025, 9, 12)
    path = smooth(evidence, as_of, [("PRK", "BLR")], n_draws=4)
    assert path[-1].date == as_of
    assert path[-1].mean == pytest.approx(path[-1].smoothed_mean, abs=1e-9)
    assert all(b.date > a.date for a, b in pairwise(path))
    early = [p for p in path if p.date < date(2024, 1, 1)]
    assert np.mean([p.smoothed_mean for p in early]) > np.mean([p.mean for p in early])


def test_statement_replaces_the_prior(evidence):
    blank = replace(evidence, signals=())
    belief = fit_posterior(blank, date(2024, 1, 1), n_draws=1, statements={("PRK", "CUB"): (-1.0, 0.1)})
    assert row(belief, "PRK", "CUB").mean == pytest.approx(np.tanh(-1.0), abs=0.02)


def test_belief_between_signals_widens(evidence):
    last = evidence.signals[-1].date
    now = row(fit_posterior(evidence, last, n_draws=2), "PRK", "BLR")
    later = row(fit_posterior(evidence, last + timedelta(days=3 * 365), n_draws=2), "PRK", "BLR")
    assert later.sd > now.sd
