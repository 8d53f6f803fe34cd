"""Belief about every dyad from its years of acts: the law's items, random walk and prior, dyad by dyad on a grid.

An act is cold with probability logistic(c - λθ); θ starts from belief's prior N(0, `BASE_SD`²), which fixes its scale
and its zero, and wanders from year to year as far as the law's noise takes it. λ, c and the overdispersion of a year's
acts maximise the marginal likelihood of the years up to the cut.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from sim.background.prior import BASE_SD
from sim.calibration.density import cumulate, normal
from sim.dynamics.params import Params
from sim.shapes import Float
from sim.studies.events.panel import Panel, log_likelihood

N_GRID = 61
YEAR = 365.0  # days
MANY = 400  # dyads whose years the fit looks at


@dataclass(frozen=True)
class Item:
    """What a cold act says of its sender: P(cold | θ) = logistic(c - λθ), and how much a year of acts says.

    Attributes
    ----------
    slope, offset
        λ per θ, and c.
    concentration
        s of the beta-binomial: about as many independent acts as a busy year holds.
    """

    slope: float
    offset: float
    concentration: float

    def share(self, theta: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
        """Expected share of cold acts."""
        return np.clip(expit(self.offset - self.slope * theta), 1e-6, 1 - 1e-6)


def grid() -> Float[np.ndarray, "G"]:
    """Grid of θ on which belief lives."""
    bound = Params().theta_max
    return np.linspace(-bound, bound, N_GRID)


def filtered(
    cold: Float[np.ndarray, "Y D"], acts: Float[np.ndarray, "Y D"], item: Item
) -> tuple[Float[np.ndarray, "D G"], float]:
    """Density of each dyad's θ after the last year, and the log marginal likelihood of all years."""
    theta = grid()
    wander = normal(theta, theta, np.full(theta.shape, Params().noise * np.sqrt(YEAR)))
    prior = normal(theta, np.zeros(1), np.full(1, BASE_SD))
    density, total = np.repeat(prior, cold.shape[1], axis=0), 0.0
    for k, n in zip(cold, acts, strict=True):
        seen = np.flatnonzero(n)
        likelihood = log_likelihood(k[seen, None], n[seen, None], item.share(theta), item.concentration)
        highest = likelihood.max(axis=1, keepdims=True)
        density[seen] *= np.exp(likelihood - highest)
        weight = density[seen].sum(axis=1)
        total += float(np.log(weight).sum() + highest.sum())
        density[seen] /= weight[:, None]
        last, density = density, density @ wander
    return last, total


def fit_item(panel: Panel, until: int) -> Item:
    """Fit the item to the years up to a cut, on about `MANY` of the dyads that ever acted, evenly spaced."""
    cold, acts = dyads_up_to(panel, until)
    active = np.flatnonzero(acts.sum(axis=0))
    chosen = active[:: max(1, active.size // MANY)]

    def loss(coefficients: Float[np.ndarray, "3"]) -> float:
        slope, offset, log_concentration = coefficients
        item = Item(float(np.exp(slope)), float(offset), float(np.exp(log_concentration)))
        return -filtered(cold[:, chosen], acts[:, chosen], item)[1] / max(1, chosen.size)

    start = np.array([0.0, -1.5, 2.5])
    simplex = np.vstack([start, start + 0.7 * np.eye(3)])
    result = minimize(
        loss, start, method="Nelder-Mead",
        options={"initial_simplex": simplex, "xatol": 0.01, "fatol": 1e-4},
    )  # fmt: skip
    slope, offset, log_concentration = result.x
    return Item(float(np.exp(slope)), float(offset), float(np.exp(log_concentration)))


def dyads_up_to(panel: Panel, until: int) -> tuple[Float[np.ndarray, "Y D"], Float[np.ndarray, "Y D"]]:
    """Cold acts and all acts of the years up to a cut, dyads side by side, sender by sender."""
    n = len(panel.codes)
    used = slice(0, panel.row(until) + 1)
    return panel.cold[used].reshape(-1, n * n).astype(float), panel.acts[used].reshape(-1, n * n).astype(
        float
    )


def cumulative(density: Float[np.ndarray, "D G"]) -> Float[np.ndarray, "N N G1"]:
    """Probability below each cell of the grid, by sender and target, to draw from."""
    n = int(np.sqrt(len(density)))
    below: np.ndarray = cumulate(density).reshape(n, n, -1)
    return below
