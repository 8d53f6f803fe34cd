import numpy as np
import pytest

from sim.estimation.items.mode import Prior, find_mode


def test_normal_likelihood_and_prior_give_the_textbook_posterior():
    data = np.array([1.0, 2.0, 4.0])
    prior = Prior.of([("mean", 0.0, 1.0), ("unseen", 0.5, 0.25)])
    mode = find_mode(lambda v: float(-((data - v[0]) ** 2).sum() / 2), prior)
    assert mode["mean"] == pytest.approx(7 / 4, abs=1e-3)
    assert mode.spread("mean") == pytest.approx(0.5, rel=1e-3)
    assert mode["unseen"] == pytest.approx(0.5, abs=1e-3)
    assert mode.spread("unseen") == pytest.approx(0.25, rel=1e-3)
