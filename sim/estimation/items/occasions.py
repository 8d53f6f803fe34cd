"""Filtering a panel of yearly occasions: what one state did, or left undone, toward each of its partners.

Every year is an occasion for each kind of act, so absence counts. For partner i, kind k and year t

    logit P(done) = s_k λ_k (θ_it - b_k) + h_ik + slope_k · x_it + jubilee · J_it + δ_kt,

with the very items of `sim.calibration.likelihood`; h_ik is normal: the *habit* of that kind toward that
partner (a national day that is on the list, or is not), which is not affinity and must not pass for it;
δ_kt ~ N(0, τ²) is what all partners share in a year (a crisis at home, how well the year is covered).
θ diffuses from year to year by the chain of `sim.calibration.filter`, moved by what the partner did,
θ += η · warmth. Counts that come with the year are read as measures, value ~ N(loading · θ, 1). The grid is
exact in θ; habits are integrated by Gauss-Hermite nodes; δ is set at its mode, year by year.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.calibration.filter import exit_rates, predict
from sim.dynamics.params import Params
from sim.dynamics.rules import target_shift
from sim.dynamics.step import kernel_params
from sim.shapes import Float

N_DEVIATIONS = 31
N_NODES = 5  # habit nodes of a kind; without habit one
DAYS = 365.25
_NEWTON = 6
_SPREAD = np.sqrt(3.0)  # three nodes for the year not yet seen


@dataclass(frozen=True)
class Panel:
    """Yearly occasions of one sender toward I partners over T years.

    Attributes
    ----------
    done
        Per kind, partner and year: 1 done, 0 left undone, NaN no occasion (no such state that year).
    measure
        Standardised counts of the year, NaN where there is none: (M, I, T).
    covariate
        What is known of the partner beforehand, by year, one year more: (I, T + 1, C).
    jubilee
        1 in a year of a round anniversary of the tie; one year more, too.
    received
        Warmth of what the partner did to the sender in the year, on the codebook's scale.
    """

    done: Float[np.ndarray, "K I T"]
    measure: Float[np.ndarray, "M I T"]
    covariate: Float[np.ndarray, "I T1 C"]
    jubilee: Float[np.ndarray, "I T1"]
    received: Float[np.ndarray, "I T"]


@dataclass(frozen=True)
class Habits:
    """Coefficients of the panel.

    Attributes
    ----------
    discrimination, difficulty, habit_sd
        λ, b and s of each kind; s = 0: all of that kind's persistence is read as θ.
    loading
        What each measure moves by with one unit of θ.
    sign
        +1 for a warm kind, -1 for a cold one.
    slopes
        Log-odds that each covariate adds to each kind.
    sd
        Stationary sd of θ around zero.
    decay
        κ: rate of return to zero, 1/day.
    jubilee, year_sd, response
        Extra log-odds in a jubilee, τ, and η.
    """

    discrimination: Float[np.ndarray, "K"]
    difficulty: Float[np.ndarray, "K"]
    habit_sd: Float[np.ndarray, "K"]
    loading: Float[np.ndarray, "M"]
    sign: Float[np.ndarray, "K"]
    slopes: Float[np.ndarray, "K C"]
    sd: float
    decay: float
    jubilee: float
    year_sd: float
    response: float

    @cached_property
    def grid(self) -> Float[np.ndarray, "G"]:
        """Points of θ."""
        return np.linspace(-3.5 * self.sd, 3.5 * self.sd, N_DEVIATIONS)

    @cached_property
    def transition(self) -> Float[np.ndarray, "G G"]:
        """Probability of going from each point to each other within a year."""
        noise = float(np.sqrt(2 * self.decay) * self.sd)
        params = kernel_params(Params(friendship_decay=self.decay, hostility_decay=self.decay,
                                      reciprocity=0.0, noise=noise))  # fmt: skip
        up, down = exit_rates(self.grid, 0.0, 0.0, params)
        rows = np.eye(self.grid.size)
        for row in rows:
            predict(row, up, down, DAYS)
        return rows


def logistic(x: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + np.exp(-x))


@dataclass(frozen=True)
class Course:
    """What the filter says year by year.

    Attributes
    ----------
    forecast
        Probability of each kind in each year as of the end of the year before: (K, I, T + 1) — the
        last column is the year after the panel.
    log_likelihood
        Of everything done and left undone in each year, given the years before.
    theta, theta_sd
        Filtered mean and sd of θ at the end of each year.
    """

    forecast: Float[np.ndarray, "K I T1"]
    log_likelihood: Float[np.ndarray, "I T"]
    theta: Float[np.ndarray, "I T"]
    theta_sd: Float[np.ndarray, "I T"]


def follow(panel: Panel, habits: Habits) -> Course:
    """Filter the panel forward in time."""
    return _Pass(panel, habits).run()


class _Pass:
    """One forward pass; the density is over partner, the habit of each kind, and θ."""

    def __init__(self, panel: Panel, habits: Habits) -> None:
        self.panel, self.habits = panel, habits
        nodes = [np.polynomial.hermite_e.hermegauss(N_NODES if s > 0 else 1) for s in habits.habit_sd]
        self.habit = [s * x for (x, _), s in zip(nodes, habits.habit_sd, strict=True)]
        start = np.exp(-((habits.grid / habits.sd) ** 2) / 2)
        for _, weight in reversed(nodes):
            start = np.multiply.outer(weight, start)
        self.density = np.repeat((start / start.sum())[None], panel.done.shape[1], axis=0)

    def run(self) -> Course:
        kinds, partners, years = self.panel.done.shape
        forecast = np.zeros((kinds, partners, years + 1))
        log_likelihood, theta, theta_sd = np.zeros((3, partners, years))
        for t in range(years):
            forecast[:, :, t] = self._forecast(t)
            log_likelihood[:, t] = self._condition(t)
            theta[:, t], theta_sd[:, t] = self._moments()
            self._move(t)
        forecast[:, :, years] = self._forecast(years)
        return Course(forecast, log_likelihood, theta, theta_sd)

    def _utility(self, k: int, t: int) -> np.ndarray:
        """Log-odds of kind k without the year's own effect: partner, habit of k, θ."""
        h = self.habits
        known = self.panel.covariate[:, t] @ h.slopes[k]
        if k == 0:
            known = known + h.jubilee * self.panel.jubilee[:, t]
        item = h.sign[k] * h.discrimination[k] * (h.grid - h.difficulty[k])
        return np.asarray(known[:, None, None] + self.habit[k][:, None] + item)

    def _marginal(self, k: int) -> np.ndarray:
        """Density over partner, habit of kind k, and θ."""
        others = tuple(1 + other for other in range(len(self.habit)) if other != k)
        return np.asarray(self.density.sum(axis=others))

    def _forecast(self, t: int) -> np.ndarray:
        tau, rows = self.habits.year_sd, []
        for k in range(self.panel.done.shape[0]):
            x, margin = self._utility(k, t), self._marginal(k)
            over = [(margin * logistic(x + node * tau)).sum(axis=(1, 2)) for node in (-_SPREAD, 0.0, _SPREAD)]
            rows.append(over[0] / 6 + 2 * over[1] / 3 + over[2] / 6)
        return np.array(rows)

    def _condition(self, t: int) -> np.ndarray:
        """Condition on what was done and left undone in year t; returns the log-likelihood."""
        log_likelihood = np.zeros(self.density.shape[0])
        for k in range(len(self.habit)):
            done = self.panel.done[k, :, t]
            p = logistic(self._utility(k, t) + self._year_effect(k, t))
            likely = np.where((done == 1)[:, None, None], p, 1 - p)
            likely[np.isnan(done)] = 1.0
            shape = [1] * self.density.ndim
            shape[0], shape[1 + k], shape[-1] = likely.shape
            self.density *= likely.reshape(shape)
            log_likelihood += np.log(self._normalise())
        for values, loading in zip(self.panel.measure[:, :, t], self.habits.loading, strict=True):
            miss = np.nan_to_num(values[:, None] - loading * self.habits.grid)
            self._weigh(np.exp(-(miss**2) / 2))
        self._normalise()
        return log_likelihood

    def _weigh(self, likely: np.ndarray) -> None:
        """Multiply by what depends on partner and θ alone."""
        shape = (likely.shape[0], *(1 for _ in self.habit), likely.shape[1])
        self.density *= likely.reshape(shape)

    def _normalise(self) -> np.ndarray:
        axes = tuple(range(1, self.density.ndim))
        total = self.density.sum(axis=axes, keepdims=True)
        self.density /= total
        return np.asarray(total.reshape(-1))

    def _year_effect(self, k: int, t: int) -> float:
        """Mode of δ_kt given what all partners got in year t."""
        done, x, margin = self.panel.done[k, :, t], self._utility(k, t), self._marginal(k)
        is_occasion, delta = ~np.isnan(done), 0.0
        precision = self.habits.year_sd**-2
        for _ in range(_NEWTON):
            p = (margin * logistic(x + delta)).sum(axis=(1, 2))[is_occasion]
            slope = (done[is_occasion] - p).sum() - delta * precision
            delta += slope / ((p * (1 - p)).sum() + precision)
        return float(delta)

    def _moments(self) -> np.ndarray:
        grid = self.habits.grid
        margin = self.density.sum(axis=tuple(range(1, self.density.ndim - 1)))
        mean = margin @ grid
        return np.array([mean, np.sqrt(np.maximum(margin @ grid**2 - mean**2, 0.0))])

    def _move(self, t: int) -> None:
        """Carry the density into the next year: response to what was received, then drift and noise."""
        h = self.habits
        shift = np.array([target_shift(h.response, warmth) for warmth in self.panel.received[:, t]])
        cells = np.clip(shift / (h.grid[1] - h.grid[0]), -1.0, 1.0)
        share = np.abs(cells).reshape(-1, *(1 for _ in range(self.density.ndim - 1)))
        moved = np.zeros_like(self.density)
        way = 1 if h.response >= 0 else -1
        inner, outer = (slice(1, None), slice(None, -1)) if way > 0 else (slice(None, -1), slice(1, None))
        moved[..., inner] = self.density[..., outer]
        moved[..., -1 if way > 0 else 0] += self.density[..., -1 if way > 0 else 0]
        self.density = ((1 - share) * self.density + share * moved) @ h.transition
