"""Quarrel: the share of a year's acts that are cold, given the level; beta-binomial, with each dyad's own residual.

    P(cold | θ) = logistic(c - λ θ + s_i + t_j),    θ_ij = Σ_k b_k x_k + τ_ij z,   z ~ N(0, 1)

s and t are how cold a sender's acts and those toward a target usually are, whomever they concern: a habit of the news,
not a level. λ is that of belief's item, which fixes the scale of θ; c is what is usual, which fixes its zero.
"""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, expit, gammaln

from sim.estimation.background.regression import Item, Slopes
from sim.shapes import Float

SLOPE = 1.46  # λ of the share of cold acts in event data
N_NODES = 7
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(N_NODES)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
Rows = Float[np.ndarray, "C"]


def quarrel_item(cold: Rows, acts: Rows, kinds: Float[np.ndarray, "C T"], s: float) -> Item:
    """Build the likelihood of cold acts among a year's acts, s its concentration.

    Its shape holds the coefficients of ln τ on `kinds`, of which the first is 1. One year can't tell s and τ apart,
    several years of a dyad can: `sim.estimation.background.residual`.
    """
    k, n = cold[:, None], acts[:, None]

    def item(predictor: Rows, shape: Float[np.ndarray, "S"]) -> Slopes:
        tau = residual_sd(kinds, shape)
        share = np.clip(expit(predictor[:, None] + SLOPE * tau[:, None] * _NODES), 1e-9, 1 - 1e-9)
        a, b = s * share, s - s * share
        logs = beta_binomial(k, n, share, s)
        highest = logs.max(axis=1, keepdims=True)
        weight = np.exp(logs - highest) * _WEIGHTS
        total = weight.sum(axis=1, keepdims=True)
        weight /= total
        cold_part, warm_part = digamma(k + a) - digamma(a), digamma(n - k + b) - digamma(b)
        slopes = weight * s * (cold_part - warm_part) * share * (1 - share)
        by_tau = (slopes * _NODES).sum(axis=1) * SLOPE * tau
        return Slopes(
            value=float((np.log(total) + highest).sum()),
            slope=slopes.sum(axis=1),
            information=_information(expit(predictor), acts, s, SLOPE * tau),
            shape_slopes=by_tau[:, None] * kinds,
        )

    return item


def beta_binomial(k: np.ndarray, n: np.ndarray, share: np.ndarray, s: float) -> np.ndarray:
    """Log probability of k cold among n acts, but for the number of ways."""
    a, b = s * share, s - s * share
    return np.asarray(
        gammaln(k + a) - gammaln(a) + gammaln(n - k + b) - gammaln(b) + gammaln(s) - gammaln(n + s)
    )


def residual_sd(kinds: Float[np.ndarray, "C T"], shape: Float[np.ndarray, "T"]) -> Rows:
    """τ, the residual sd of each row by the kind of its pair."""
    return np.exp(np.clip(kinds @ shape, -4.0, 1.5))


def _information(share: Rows, acts: Rows, s: float, spread: Rows) -> Rows:
    independent = acts / (1 + (acts - 1) / (s + 1))
    information = np.maximum(independent * share * (1 - share), 1e-6)
    return information / (1 + information * spread**2)
