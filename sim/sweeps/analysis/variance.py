"""Where the spread of an outcome comes from: parameters, belief, or chance."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sim.outcomes.intervals import Z95
from sim.shapes import Float

GROUPS = 20  # of points, left out one at a time for the interval


class Share(NamedTuple):
    """Part of the variance, with the 95 % interval of its estimate."""

    source: str
    variance: float
    share: float
    low: float
    high: float


def components(y: Float[np.ndarray, "P D R"]) -> Float[np.ndarray, "3"]:
    """Variance due to parameters, belief and chance: the law of total variance over the nested design.

        Var y = Var_p E[y|p] + E_p Var_d E[y|p,d] + E_pd Var_r (y|p,d)

    Each estimated without bias from the mean squares of a balanced analysis of variance:
    chance is the mean variance between replicas; belief that of the draws' means less chance / R; and
    parameters that of the points' means less the interaction of points and draws / D, because all points
    meet the same draws and the same chance, which therefore move all their means alike. NaN where there is
    one of a kind.

    References
    ----------
    Searle, Casella & McCulloch (1992), Variance Components, chapters 3 and 4.
    """
    n_points, n_draws, n_replicas = y.shape
    cell = y.mean(axis=2)
    point, draw = cell.mean(axis=1), cell.mean(axis=0)
    rest = cell - point[:, None] - draw + cell.mean()
    with np.errstate(invalid="ignore", divide="ignore"):
        chance = y.var(axis=2).mean() * n_replicas / np.float64(n_replicas - 1)
        belief = cell.var(axis=1).mean() * n_draws / np.float64(n_draws - 1) - chance / n_replicas
        interaction = (rest**2).sum() / np.float64((n_points - 1) * (n_draws - 1))
        parameters = point.var() * n_points / np.float64(n_points - 1) - interaction / n_draws
    return np.array([parameters, belief, chance])


def _shares(variance: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3"]:
    positive = np.maximum(variance, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return positive / positive.sum()


def variance_shares(y: Float[np.ndarray, "P D R"]) -> list[Share]:
    """Share of an outcome's variance due to parameters, belief and chance, with intervals.

    Components estimated below 0 count as 0. The interval is that of a jackknife over draws and over
    `GROUPS` groups of points, their variances added. Points with a failed run are left out.
    """
    y = np.asarray(y[np.isfinite(y).all(axis=(1, 2))], float)
    names = ("parameters", "belief", "chance")
    if min(y.shape) < 2 or not np.ptp(y):
        return [Share(name, np.nan, np.nan, np.nan, np.nan) for name in names]
    variance = components(y)
    group = np.arange(len(y)) % min(GROUPS, len(y))
    spread = jackknife(lambda k: _shares(components(y[group != k])), int(group.max()) + 1)
    if y.shape[1] > 2:
        spread += jackknife(lambda k: _shares(components(np.delete(y, k, axis=1))), y.shape[1])
    half, share = Z95 * np.sqrt(spread), _shares(variance)
    return [
        Share(name, float(v), float(s), float(max(0.0, s - h)), float(min(1.0, s + h)))
        for name, v, s, h in zip(names, variance, share, half, strict=True)
    ]


def jackknife(left_out: Callable[[int], np.ndarray], n: int) -> np.ndarray:
    """Variance of an estimate from its values with each of n groups left out (Efron & Stein 1981)."""
    values = np.array([left_out(k) for k in range(n)])
    variance: np.ndarray = (n - 1) * values.var(axis=0)
    return variance
