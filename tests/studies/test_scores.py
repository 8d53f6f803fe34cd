import numpy as np
import pytest
from sklearn import metrics

from sim.studies import scores

RNG = np.random.default_rng(1)
OUTCOME = RNG.integers(0, 2, 300).astype(float)
FORECAST = np.round(np.clip(0.3 + 0.4 * OUTCOME + RNG.normal(0, 0.2, 300), 0.01, 0.99), 2)
WEIGHT = RNG.integers(0, 4, 300).astype(float)


@pytest.mark.parametrize("weight", [None, WEIGHT])
def test_scores_are_those_of_scikit_learn(weight):
    for mine, peer in (
        (scores.log_loss, metrics.log_loss),
        (scores.brier, metrics.brier_score_loss),
        (scores.auc, metrics.roc_auc_score),
    ):
        assert mine(FORECAST, OUTCOME, weight) == pytest.approx(peer(OUTCOME, FORECAST, sample_weight=weight))


def test_adjusted_rand_is_that_of_scikit_learn():
    one, other = RNG.integers(0, 4, 50), RNG.integers(0, 3, 50)
    assert scores.adjusted_rand(one, other) == pytest.approx(metrics.adjusted_rand_score(one, other))
    assert scores.adjusted_rand(one, one + 7) == 1


def test_ranked_probability_of_two_classes_is_the_brier_score():
    shares = np.column_stack([1 - FORECAST, FORECAST])
    found = scores.ranked_probability(shares, OUTCOME.astype(int))
    assert found == pytest.approx(scores.brier(FORECAST, OUTCOME))


def test_ranked_probability_punishes_distance():
    far, near = np.array([[1.0, 0, 0]]), np.array([[0, 1.0, 0]])
    assert scores.ranked_probability(far, np.array([2])) > scores.ranked_probability(near, np.array([2])) > 0


def test_interval_of_a_forecast_against_itself_is_nothing():
    clusters = [np.arange(300) % 20, np.arange(300) % 5]
    found = scores.paired_difference(scores.auc, FORECAST, FORECAST, OUTCOME, clusters, 50)
    assert found == (0, 0, 0)


def test_dependence_within_clusters_widens_the_interval():
    partner = np.arange(300) // 15
    bias = RNG.normal(0, 0.3, 20)[partner]
    other = np.clip(FORECAST + bias, 0.01, 0.99)
    loose = scores.paired_difference(scores.brier, other, FORECAST, OUTCOME, [np.arange(300)], 400)
    tight = scores.paired_difference(scores.brier, other, FORECAST, OUTCOME, [partner], 400)
    assert tight.high - tight.low > 1.3 * (loose.high - loose.low)
    assert loose.low < loose.value < loose.high


def test_reliability_bins_hold_all_cases():
    curve = scores.reliability(FORECAST, OUTCOME, 7)
    assert sum(b["n"] for b in curve) == 300
    assert sum(b["n"] * b["observed"] for b in curve) == pytest.approx(OUTCOME.sum())
