import numpy as np
import pandas as pd
import pytest

from sim.studies.alliances.features import fade
from sim.studies.alliances.forecast import NEVER, Cases, choose_half_life
from sim.studies.alliances.pledges import Pledges


@pytest.fixture
def pledges() -> Pledges:
    rows = [(0, 1, year, 1) for year in (1950, 1951, 1952, 1955)] + [
        (2, 1, year, 0) for year in range(1948, 1956)
    ]
    return Pledges(pd.DataFrame(rows, columns=["sender", "target", "year", "defense"]), 3)


def test_age_counts_from_the_beginning_of_an_unbroken_pledge(pledges):
    assert pledges.age(1952, True)[0, 1] == pledges.age(1952, True)[1, 0] == 2
    assert pledges.age(1953, True)[0, 1] == np.inf
    assert pledges.age(1955, True)[0, 1] == 0
    assert pledges.age(1955, True)[2, 1] == np.inf  # no pledge to defend
    assert pledges.age(1955, False)[2, 1] == 7
    assert np.isinf(pledges.age(1940, False)).all()


def test_after_the_last_year_known_what_it_had_holds(pledges):
    np.testing.assert_array_equal(pledges.age(1960, False), pledges.age(1955, False))


def test_a_pledge_halves_from_its_beginning_and_none_is_nothing():
    known = {"defence_age": np.array([0.0, 10.0, np.inf]), "pledge_age": np.array([20.0, np.inf, 0.0])}
    np.testing.assert_allclose(fade(known, 10.0)["defence"], [1, 0.5, 0])
    np.testing.assert_allclose(fade(known, 10.0)["any_pledge"], [0.25, 0, 1])
    np.testing.assert_array_equal(fade(known, NEVER)["defence"], [1, 1, 0])


def test_the_half_life_that_made_the_ties_is_chosen():
    pytest.importorskip("sklearn")
    rng, n = np.random.default_rng(0), 30_000
    age = np.where(rng.random(n) < 0.5, rng.uniform(0, 40, n), np.inf)
    after = 1 + (rng.random(n) < 0.02 + 0.9 * 2.0 ** (-age / 5)).astype(int)
    code, one = np.full(n, "AAA"), np.ones(n, int)
    known = {"defence_age": np.full(n, np.inf), "pledge_age": age}
    cases = Cases(known, one, after, code, code, rng.integers(1950, 1980, n))
    assert choose_half_life(cases, ["any_pledge"], 1.0, 4) in (5.0, 10.0)
    short = cases.only(cases.origin == 1950)
    assert choose_half_life(short, ["any_pledge"], 1.0, 4) == NEVER
