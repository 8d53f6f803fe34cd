import numpy as np
import pandas as pd
import pytest

from sim.estimation.items.dates import date_kept

YEARS = tuple(range(2000, 2006))


def shares(dates: str, n_thin: int = 0, others: str = "") -> np.ndarray:
    days = {"CUB": dates.split(), "LAO": others.split()}
    rows = [(day, code) for code in days for day in days[code]]
    greetings = pd.DataFrame(rows, columns=["date", "partner_iso3"])
    return date_kept(greetings, ("CUB", "LAO"), YEARS, n_thin)


def test_a_greeting_that_comes_back_within_days_makes_a_date():
    share = shares("2000-07-01 2001-07-03 2003-06-30")
    np.testing.assert_allclose(share[0], [0, 0, 1, 1, 1, 1, 1])
    assert not share[1].any()


def test_a_year_in_which_only_others_were_greeted_is_a_date_not_kept():
    share = shares("2000-07-01 2001-07-03", others="2002-03-01 2003-03-01")
    np.testing.assert_allclose(share[0, 2:], [1, 2 / 3, 1 / 2, 1 / 2, 1 / 2])


def test_congratulations_on_no_date_count_for_nothing():
    assert not shares("2000-01-10 2001-03-15 2002-06-20 2003-11-11").any()


def test_a_date_at_the_turn_of_the_year_is_one_date():
    assert shares("2000-12-31 2002-01-02", others="2001-05-05")[0, 3] == pytest.approx(2 / 3)


def test_thin_years_make_a_date_but_do_not_count_as_missing():
    share = shares("2000-07-01 2002-07-01", n_thin=2)
    np.testing.assert_allclose(share[0, :4], [0, 0, 0, 1])


def test_later_greetings_change_nothing_earlier():
    before, after = shares("2000-07-01 2001-07-01"), shares("2000-07-01 2001-07-01 2004-02-02 2005-02-02")
    np.testing.assert_array_equal(before[:, :5], after[:, :5])


def test_without_dated_items_no_partner_has_a_date():
    assert not shares("").any()
