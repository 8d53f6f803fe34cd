"""Fit the agents' choice to what states did, year by year, by maximum posterior.

A state i without ties with Korea K may establish them, one with ties may break them. By the law's choice
rule, each against doing nothing,

    logit P(establish) =  θ_iK + χ F_iK − aud [(1 + C_iK)² − 1] + pace (t − T)
    logit P(break)     = −θ_iK − χ F_iK − cost − aud [(1 − C_iK)² − 1] + pace (t − T)
    θ_iK = appeal_K ± lean · x_i + own_iK        F_iK = Σ_l closeness_il a_lK

x_i is how much more i votes with the North's patron than with the South's (± by Korea), a_lK is 1 where friend l
has ties with K, −1 where only with its rival, C_iK the public line that a tie with the rival is to K (the
"one Korea" of the 1950s and 1960s): 1 at first, halving every `LINE_HALF_LIFE` years once the doctrine's
originator gave it up. own_iK ~ N(0, `OWN_SD`²) is what a state feels for a Korea for reasons that votes do not
show: whoever lets a wave of recognitions pass is the less likely to join the next. The years before are weighed
less, with a half-life of `MEMORY` years.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from sim.shapes import Float, Int
from sim.studies.korea_ties.records import Records

LINE_END = 1969  # Bonn, whose doctrine it was since 1955, declares "two states in Germany" [prior]
LINE_HALF_LIFE = 1.0  # years; a judgement made with the 1970s in sight, see docs/validation.md [prior]
MEMORY = 5.0  # years
OWN_SD = 1.0  # [prior]
NAMES = ("appeal_north", "appeal_south", "lean", "friends", "audience", "pace", "cost")
PRIOR_MEAN = np.array([-3.0, -3.0, 1.5, 1.5, 1.0, 0.0, 6.0])
PRIOR_SD = np.array([2.0, 2.0, 2.0, 2.0, 0.33, 1.0, 2.0])
"""Weak, but for two. Audience 1 ± .33: a line held in full makes recognising the rival e³ times rarer. Pace
0 ± 1 a decade: how fast diplomacy as a whole grows busier."""


@dataclass(frozen=True)
class Fit:
    """Posterior of the choice rule: mode and covariance of the coefficients in the order of `NAMES`, then own_iK."""

    mode: Float[np.ndarray, "P"]
    covariance: Float[np.ndarray, "P P"]
    until: int
    line_half_life: float

    def draw(self, rng: np.random.Generator) -> tuple[Float[np.ndarray, "P"], Float[np.ndarray, "N 2"]]:
        """One draw from the normal approximation: coefficients, and what each state feels of its own."""
        drawn = self.mode + self._root @ rng.standard_normal(self.mode.size)
        return drawn[: len(NAMES)], drawn[len(NAMES) :].reshape(-1, 2)

    @cached_property
    def _root(self) -> Float[np.ndarray, "Q Q"]:
        return np.linalg.cholesky((self.covariance + self.covariance.T) / 2)


def line_strength(year: int, half_life: float) -> float:
    """C: what is left in a year of the public line that there is but one Korea, in [0, 1]."""
    return float(2.0 ** (-max(0, year - LINE_END) / half_life))


def stance(tie: Int[np.ndarray, "N 2"]) -> Float[np.ndarray, "N 2"]:
    """How a state stands to each Korea by its ties: 1 with it, −1 only with its rival, else 0."""
    return np.where(tie > 0, 1.0, -1.0 * (tie[:, ::-1] > 0))


def _cells(records: Records, until: int, half_life: float) -> Any:
    """One row for each year, Korea and state: what it saw the year before, and whether it then changed its tie."""
    rows = []
    for year in range(records.first_year + 1, until + 1):
        before, views = records.ties(year - 1), records.views(year - 1)
        here = records.existing(year) & records.existing(year - 1)
        friends = views.closeness @ (stance(before) * records.existing(year - 1)[:, None])
        line = line_strength(year, half_life) * before[:, ::-1]
        for k, side in enumerate((1.0, -1.0)):
            is_change = records.ties(year)[:, k] != before[:, k]
            seen = (side * views.lean, friends[:, k], line[:, k], before[:, k], is_change)
            case = (np.full(here.size, year), np.full(here.size, k), np.arange(here.size))
            rows.append(np.column_stack([*case, *seen])[here])
    return np.concatenate(rows).T


def fit_choice(
    records: Records, until: int, line_half_life: float = LINE_HALF_LIFE, pace_sd: float | None = None,
    own_sd: float = OWN_SD,
) -> Fit:  # fmt: skip
    """Fit on the years up to `until`; nothing later is looked at.

    Parameters
    ----------
    pace_sd
        Another prior width for the pace; near 0 holds it at 0.
    own_sd
        Prior width of what a state feels of its own; near 0 makes all states alike but for their votes and friends.
    """
    year, korea, state, lean, friends, line, has, change = _cells(records, until, line_half_life)
    weight, decades = 2.0 ** ((year - until) / MEMORY), (year - until) / 10
    sign, has_tie = 1 - 2 * has, has > 0
    own = np.zeros((2 * len(records.codes), year.size))
    own[(2 * state + korea).astype(np.int64), np.arange(year.size)] = sign
    # d logit / d coefficient
    slope = np.stack(
        [
            sign * (korea == 0), sign * (korea == 1), sign * lean, sign * friends,
            -sign * 2 * line - line**2, decades, -1.0 * has_tie, *own,
        ]
    )  # fmt: skip
    sd = np.concatenate([PRIOR_SD, np.full(len(own), own_sd)])
    sd[5] = sd[5] if pace_sd is None else pace_sd
    mean = np.concatenate([PRIOR_MEAN, np.zeros(len(own))])
    mode, covariance = _mode(slope, change, weight, mean, sd)
    return Fit(mode, covariance, until, line_half_life)


def _mode(
    slope: Float[np.ndarray, "Q C"], change: Float[np.ndarray, "C"], weight: Float[np.ndarray, "C"],
    mean: Float[np.ndarray, "Q"], sd: Float[np.ndarray, "Q"],
) -> tuple[Float[np.ndarray, "Q"], Float[np.ndarray, "Q Q"]]:  # fmt: skip
    """Posterior mode of a weighted logit under independent normal priors, and the inverse curvature there."""

    def loss(p: Float[np.ndarray, "Q"]) -> tuple[float, Float[np.ndarray, "Q"]]:
        logit, away = p @ slope, (p - mean) / sd
        surprise = np.logaddexp(0, logit) - change * logit
        gradient = slope @ (weight * (expit(logit) - change)) + away / sd
        return float(weight @ surprise + 0.5 * away @ away), gradient

    def curvature(p: Float[np.ndarray, "Q"]) -> Float[np.ndarray, "Q Q"]:
        chance = expit(p @ slope)
        return np.asarray((slope * (weight * chance * (1 - chance))) @ slope.T + np.diag(sd**-2.0))

    result = minimize(loss, mean, jac=True, hess=curvature, method="trust-exact", options={"gtol": 1e-4})
    return result.x, np.linalg.inv(curvature(result.x))
