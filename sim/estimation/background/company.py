"""Company: how many warm acts a pair exchanges beyond what size and place explain; negative binomial.

    ln E[warm] = c + s_i + t_j + g_kl + Σ_k d_k x_k

s, t are how much a sender and a target are in the news, g is what is usual between their regions of the world.
"""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, gammaln

from sim.estimation.background.regression import Item, Slopes
from sim.shapes import Float

Rows = Float[np.ndarray, "C"]


def company_item(warm: Rows) -> Item:
    """Build the likelihood of counts of warm acts; its shape is the log of the dispersion α: var = μ + α μ²."""

    def item(predictor: Rows, shape: Float[np.ndarray, "1"]) -> Slopes:
        size, mean = np.exp(-shape[0]), np.exp(np.clip(predictor, -15.0, 15.0))
        whole = size + mean
        value = (
            gammaln(warm + size) - gammaln(size) - gammaln(warm + 1)
            + size * np.log(size / whole) + warm * np.log(mean / whole)
        )  # fmt: skip
        by_size = digamma(warm + size) - digamma(size) + np.log(size / whole) + (mean - warm) / whole
        return Slopes(
            value=float(value.sum()),
            slope=(warm - mean) * size / whole,
            information=mean * size / whole,
            shape_slopes=(-size * by_size)[:, None],
        )

    return item
