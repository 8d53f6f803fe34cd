"""Proper scores and their paired differences, with intervals that respect dependence.

Cases of one partner, or of one year, are not independent. A bootstrap replicate therefore draws whole
partners and whole years with replacement, and a case counts as often as the product of the two counts
(Owen 2007, the pigeonhole bootstrap): wider, and honest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

from sim.shapes import Float, Int
from sim.studies.result import Interval

Values = Float[np.ndarray, "C"]
Classes = Int[np.ndarray, "C"]
Shares = Float[np.ndarray, "C K"]
Metric = Callable[[Any, Any, Values], float]

SMALLEST = 1e-6  # a forecast of 0 or 1 that fails must not cost infinity
N_BOOTSTRAP = 2000
COVERAGE = 0.90


def log_loss(probability: Values, outcome: Values, weight: Values | None = None) -> float:
    """Mean -ln p of what came true; 0 is perfect."""
    p = np.clip(probability, SMALLEST, 1 - SMALLEST)
    return float(np.average(-np.log(np.where(outcome == 1, p, 1 - p)), weights=weight))


def brier(probability: Values, outcome: Values, weight: Values | None = None) -> float:
    """Mean squared distance of forecast and outcome (0 or 1)."""
    return float(np.average((probability - outcome) ** 2, weights=weight))


def accuracy(probability: Values, outcome: Values, weight: Values | None = None) -> float:
    """Share of cases on the right side of one half."""
    return float(np.average((probability > 0.5) == (outcome == 1), weights=weight))


def auc(probability: Values, outcome: Values, weight: Values | None = None) -> float:
    """Probability that a case that came true had the higher forecast than one that did not; ties half."""
    w = np.ones(len(probability)) if weight is None else weight
    level = rankdata(probability, "dense").astype(np.int64) - 1
    warm = np.bincount(level, w * (outcome == 1), minlength=level.max() + 1)
    cold = np.bincount(level, w * (outcome == 0), minlength=warm.size)
    total = warm.sum() * cold.sum()
    return float(warm @ (np.cumsum(cold) - cold / 2) / total) if total > 0 else float("nan")


def multi_log_loss(probability: Shares, outcome: Classes, weight: Values | None = None) -> float:
    """Mean -ln p of the class that came true."""
    p = np.clip(probability[np.arange(outcome.size), outcome], SMALLEST, 1)
    return float(np.average(-np.log(p), weights=weight))


def ranked_probability(probability: Shares, outcome: Classes, weight: Values | None = None) -> float:
    """Mean squared distance of the cumulative forecast over ordered classes (Epstein 1969), divided by K - 1."""
    reached = np.arange(probability.shape[1]) >= outcome[:, None]
    distance = ((np.cumsum(probability, axis=1) - reached) ** 2)[:, :-1].mean(axis=1)
    return float(np.average(distance, weights=weight))


def multi_brier(probability: Shares, outcome: Classes, weight: Values | None = None) -> float:
    """Mean over cases of the summed squared distance over the classes (Brier 1950)."""
    came_true = np.eye(probability.shape[1])[outcome]
    return float(np.average(((probability - came_true) ** 2).sum(1), weights=weight))


def multi_accuracy(probability: Shares, outcome: Classes, weight: Values | None = None) -> float:
    """Share of cases whose likeliest class came true."""
    return float(np.average(probability.argmax(axis=1) == outcome, weights=weight))


def rmse(forecast: Values, outcome: Values, weight: Values | None = None) -> float:
    """Root of the mean squared error."""
    return float(np.sqrt(np.average((forecast - outcome) ** 2, weights=weight)))


def adjusted_rand(one: Int[np.ndarray, "N"], other: Int[np.ndarray, "N"]) -> float:
    """Agreement of two partitions of the same states beyond chance (Hubert & Arabie 1985); 1 is the same."""
    _, a = np.unique(one, return_inverse=True)
    _, b = np.unique(other, return_inverse=True)
    table = np.zeros((a.max() + 1, b.max() + 1))
    np.add.at(table, (a, b), 1.0)
    pairs, rows, columns = (float((t * (t - 1) / 2).sum()) for t in (table, table.sum(1), table.sum(0)))
    expected = rows * columns / (a.size * (a.size - 1) / 2)
    largest = (rows + columns) / 2
    return 1.0 if largest == expected else (pairs - expected) / (largest - expected)


def paired_difference(
    metric: Metric, model: Any, baseline: Any, outcome: Any, clusters: Sequence[Any],
    n_bootstrap: int | None = None, rng_seed: int = 0,
) -> Interval:  # fmt: skip
    """Difference of a score, model minus baseline, with its bootstrap interval over clusters.

    Parameters
    ----------
    metric
        Called with forecasts, outcomes and the weights of the cases.
    model, baseline, outcome
        The two forecasts and what came true, cases along the first axis.
    clusters
        One array of labels per margin, such as partners and years; each margin is drawn by itself.
    """
    rng = np.random.default_rng(rng_seed)
    margins = [np.unique(np.asarray(labels), return_inverse=True)[1] for labels in clusters]
    ones = np.ones(len(margins[0]))
    n_bootstrap = n_bootstrap or N_BOOTSTRAP
    result = np.full(n_bootstrap, np.nan)
    for b in range(n_bootstrap):
        weight = ones.copy()
        for place in margins:
            n = place.max() + 1
            weight *= np.bincount(rng.integers(n, size=n), minlength=n)[place]
        if weight.sum() > 0:
            result[b] = metric(model, outcome, weight) - metric(baseline, outcome, weight)
    value = metric(model, outcome, ones) - metric(baseline, outcome, ones)
    low, high = np.nanquantile(result, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return Interval(value, float(low), float(high))


def reliability(probability: Values, outcome: Values, n_bins: int = 10) -> list[dict[str, float]]:
    """Reliability curve: mean forecast beside the share that came true, in bins of forecasts in order.

    Each bin holds an equal share of Σ p (1 - p), the uncertainty that the forecasts speak of: about equal
    numbers where all are uncertain, few where most are sure, so that rare cases are not lost in one bin.
    """
    order = np.argsort(probability, kind="stable")
    doubt = np.cumsum(np.clip(probability[order] * (1 - probability[order]), SMALLEST, None))
    place = np.minimum((n_bins * doubt / doubt[-1]).astype(np.int64), n_bins - 1)
    bins = [order[place == b] for b in np.unique(place)]
    return [
        {"forecast": float(probability[b].mean()), "observed": float(outcome[b].mean()), "n": int(b.size)}
        for b in bins
    ]
