"""The background in affinity: moments against another quadrature, quantiles, and which indicators speak."""

from datetime import date

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from sim.background.prior import PairPrior, blank_prior, pair_prior
from sim.calibration.background import BackgroundAffinity
from sim.calibration.basis import NOTHING

DAY = date(2024, 6, 1)
STATES = ("USA", "JPN", "PRK", "KOR", "XKX", "VUT")


@pytest.fixture(scope="module")
def background():
    return BackgroundAffinity(pair_prior("public", STATES, DAY), DAY)


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 0.8), (1.2, 0.3), (-0.9, 1.5), (2.5, 0.1)])
def test_moments_are_those_of_the_integral(mean, sd):
    numbers = np.full((2, 2), mean), np.full((2, 2), sd)
    known = BackgroundAffinity(PairPrior(("A", "B"), *numbers, np.zeros((2, 2), int), {}), DAY)
    first, second = (
        quad(lambda x, k=k: np.tanh(x) ** k * norm.pdf(x, mean, sd), mean - 12 * sd, mean + 12 * sd)[0]
        for k in (1, 2)
    )
    assert known.mean[0, 1] == pytest.approx(first, abs=1e-6)
    assert known.sd[0, 1] == pytest.approx(np.sqrt(second - first**2), abs=1e-6)
    assert known.quantile(0.95)[0, 1] == pytest.approx(np.tanh(norm.ppf(0.95, mean, sd)))


def test_rows_hold_every_ordered_pair_with_its_evidence(background):
    rows = {(row.sender, row.target): row for row in background.rows()}
    assert len(rows) == 30
    assert all(-1 < row.q05 < row.mean < row.q95 < 1 for row in rows.values())
    assert rows["USA", "JPN"].mean > 0.4
    assert {"votes", "pacts"} <= set(rows["USA", "JPN"].evidence.split())
    assert rows["PRK", "KOR"].mean < -0.6
    assert "record" in rows["PRK", "KOR"].evidence.split()


def test_where_nothing_speaks_it_says_so(background):
    rows = {(row.sender, row.target): row for row in background.rows()}
    strangers = rows["XKX", "VUT"]
    assert strangers.evidence == NOTHING
    assert strangers.mean == 0.0
    blank = BackgroundAffinity(blank_prior(STATES), DAY)
    assert {row.evidence for row in blank.rows()} == {NOTHING}
