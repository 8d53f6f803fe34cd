import pytest
from scipy.stats import norm

from sim.outcomes.intervals import Z95, wilson


def test_wilson_interval_of_known_shares():
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)


def test_between_the_standard_errors_the_normal_law_has_95_per_cent():
    assert norm.cdf(Z95) - norm.cdf(-Z95) == pytest.approx(0.95, abs=1e-6)
