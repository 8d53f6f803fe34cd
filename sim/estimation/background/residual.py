"""A dyad's residual: how much colder or warmer its own acts have been than the indicators say, fading with the years.

    r(t + 1) = φ r(t) + noise,   r ~ N(0, τ²) at any time,   acts of year t say P(cold | x(t) + r(t))

Belief about r / τ lives on a grid, dyad by dyad, and passes on year by year. φ and the concentration s
maximise the marginal likelihood of years that lie `APART`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from sim.estimation.background.quarrel import SLOPE, beta_binomial
from sim.shapes import Float

GRID = np.linspace(-4.0, 4.0, 33)  # r / τ
FEWEST_ACTS = 20  # over all years, of a dyad that helps to fit φ and s
MANY = 2000  # dyads that do
APART = 3  # years: what passes within a year or two isn't level
Dyads = Float[np.ndarray, "Y D"]


@dataclass(frozen=True)
class Acts:
    """Acts of some dyads by year, with what the indicators let one expect of them.

    Attributes
    ----------
    cold, acts
        k and n.
    predictor
        c - λ x b + s_i + t_j.
    sd
        τ.
    """

    cold: Dyads
    acts: Dyads
    predictor: Dyads
    sd: Dyads

    def only(self, dyads: np.ndarray, years: slice) -> Acts:
        """Some of the dyads, in some of the years."""
        return Acts(*(part[years][:, dyads] for part in (self.cold, self.acts, self.predictor, self.sd)))


@dataclass(frozen=True)
class Memory:
    """Persistence φ of a residual from year to year, and the concentration s of a year's acts."""

    persistence: float
    concentration: float


def follow(acts: Acts, memory: Memory) -> tuple[Dyads, Dyads, float]:
    """Mean and sd of r / τ of each dyad after every year, and the log marginal likelihood of all years."""
    density = np.repeat(_normal(GRID)[None, :], acts.acts.shape[1], axis=0)
    move = _move(memory.persistence)
    mean, sd, total = np.zeros(acts.acts.shape), np.ones(acts.acts.shape), 0.0
    for t in range(len(acts.acts)):
        density = density @ move
        seen = np.flatnonzero(acts.acts[t])
        logs = _logs(acts, t, seen, memory.concentration)
        highest = logs.max(axis=1, keepdims=True)
        density[seen] *= np.exp(logs - highest)
        weight = density.sum(axis=1)
        total += float(np.log(weight[seen]).sum() + highest.sum())
        density /= weight[:, None]
        mean[t] = density @ GRID
        sd[t] = np.sqrt(np.maximum(density @ GRID**2 - mean[t] ** 2, 0.0))
    return mean, sd, total


def fit_memory(acts: Acts, start: Memory) -> Memory:
    """Fit φ and s on dyads that act often enough, evenly spaced, in years `APART`."""
    often = np.flatnonzero(acts.acts.sum(axis=0) >= FEWEST_ACTS)
    few = acts.only(often[:: max(1, often.size // MANY)], slice(None, None, APART))

    def loss(given: np.ndarray) -> float:
        memory = _memory(given)
        return -follow(few, replace(memory, persistence=memory.persistence**APART))[2] / few.acts.shape[1]

    at = np.array([logit(start.persistence), np.log(start.concentration)])
    simplex = at + np.array([[0.0, 0.0], [-0.5, 0.0], [0.0, 0.5]])
    found = minimize(
        loss, at, method="Nelder-Mead", options={"initial_simplex": simplex, "xatol": 0.03, "fatol": 1e-4}
    ).x
    return _memory(found)


def _memory(given: Float[np.ndarray, "2"]) -> Memory:
    return Memory(float(expit(given[0])), float(np.exp(given[1])))


def _logs(acts: Acts, t: int, seen: np.ndarray, s: float) -> Float[np.ndarray, "D G"]:
    r = acts.sd[t, seen, None] * GRID
    share = np.clip(expit(acts.predictor[t, seen, None] - SLOPE * r), 1e-6, 1 - 1e-6)
    return beta_binomial(acts.cold[t, seen, None], acts.acts[t, seen, None], share, s)


def _normal(z: np.ndarray) -> np.ndarray:
    weight = np.exp(-(z**2) / 2)
    return weight / weight.sum()


def _move(persistence: float) -> Float[np.ndarray, "G G"]:
    """Chance of each place on the grid next year, by the place this year."""
    sd = max(np.sqrt(1 - persistence**2), (GRID[1] - GRID[0]) / 2)
    weight = np.exp(-(((GRID[None, :] - persistence * GRID[:, None]) / sd) ** 2) / 2)
    return weight / weight.sum(axis=1, keepdims=True)
