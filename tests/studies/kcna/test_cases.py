import numpy as np
import pytest

from sim.estimation.items.partners import GREETING, read_partners
from sim.studies.kcna.cases import _inputs


@pytest.fixture(scope="module")
def partners(data):
    return read_partners(data)


def test_the_five_year_count_counts_greetings_and_not_only_years(partners):
    t = partners.column(2005)
    count = _inputs(partners, t, 1)["five-year count"][:, 0]
    n = partners.total(GREETING)[:, t - 5 : t]
    np.testing.assert_allclose(count, np.log1p(n).sum(axis=1))
    always = (n > 0).all(axis=1)
    assert np.unique(count[always]).size > 10


def test_inputs_for_two_years_ahead_are_those_known_two_years_before(partners):
    t = partners.column(2005)
    near, far = _inputs(partners, t - 1, 1), _inputs(partners, t, 2)
    for name in ("last year", "five-year count", "partner rate", "regularity"):
        np.testing.assert_array_equal(near[name], far[name])
