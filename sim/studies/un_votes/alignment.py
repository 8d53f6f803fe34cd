"""Forecast how alike two states will vote some years from now.

Belief first: the votes of one session are few and its agenda passes, so the present alignment of a pair is
the mean of all its sessions, weighted by votes and by φ to the power of their age,

    m_ij(t) = Σ_s φ^(t−s) n_ij(s) a_ij(s) / Σ_s φ^(t−s) n_ij(s)

then one step of the law's homophily: pairs drift toward what the states' common positions say,

    â_ij(t + h) = m_ij(t) + ρ [L_ij(t) − m_ij(t)],

L the part of m that each state's general agreement and the `POSITIONS` strongest axes of the assembly explain.
φ and ρ are fitted on pairs of years that both lie before the forecast. Balance through common friends, region and
a return to a long-run level are fitted beside, for the account only (`law_terms`): they do not forecast.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from sim.history.countries import regions
from sim.history.dyads import read_agreement
from sim.shapes import Bool, Float

FEWEST_VOTES = 5
POSITIONS = 4
DECAYS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
MEMORY = 10.0  # years by which the weight of a pair of years halves in the fit
LONG_DECAY = 0.9
Pairs = Float[np.ndarray, "D"]
Matrix = Float[np.ndarray, "N N"]


@dataclass(frozen=True)
class Assembly:
    """Votes by year and pair of states; the pairs are those of the upper triangle, row by row.

    Attributes
    ----------
    first_year, codes
        Year of row 0; the states.
    agree, n
        Share voted alike (NaN where fewer than `FEWEST_VOTES`), and the number of common votes.
    """

    first_year: int
    codes: list[str]
    agree: Float[np.ndarray, "Y D"]
    n: Float[np.ndarray, "Y D"]

    @property
    def last_year(self) -> int:
        """Last year with votes."""
        return self.first_year + self.agree.shape[0] - 1

    @cached_property
    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Both states of each pair, as indices."""
        first, second = np.triu_indices(len(self.codes), 1)
        return first, second

    def session(self, year: int) -> Pairs:
        """Agreement in the last session up to a year that had enough votes."""
        row = year - self.first_year
        while row > 0 and not np.isfinite(self.agree[row]).any():
            row -= 1
        return self.agree[row]

    def mean_of_sessions(self, year: int, n: int) -> Pairs:
        """Mean agreement over the last `n` sessions up to a year that had enough votes; NaN for pairs in none."""
        rows = self.agree[: year - self.first_year + 1]
        last = rows[np.isfinite(rows).any(axis=1)][-n:]
        seen = np.isfinite(last).sum(axis=0)
        total = np.where(np.isfinite(last), last, 0.0).sum(axis=0)
        return np.divide(total, seen, out=np.full(total.size, np.nan), where=seen > 0)

    def level(self, year: int, decay: float) -> Pairs:
        """Belief about the present alignment of each pair, m; NaN for pairs never seen."""
        age = year - self.first_year - np.arange(year - self.first_year + 1)
        weight = decay ** age[:, None] * self.n[: age.size]
        total = weight.sum(0)
        return np.divide((weight * np.nan_to_num(self.agree[: age.size])).sum(0), total,
                         out=np.full(total.size, np.nan), where=total > 0)  # fmt: skip

    def square(self, values: Pairs, fill: float) -> Matrix:
        """The pairs as a symmetric matrix, unknown ones filled."""
        matrix = np.full((len(self.codes),) * 2, fill)
        known = np.isfinite(values)
        first, second = self.pairs
        matrix[first[known], second[known]] = matrix[second[known], first[known]] = values[known]
        return matrix


def read_assembly(data: Path) -> Assembly:
    """Read the votes and lay them out by year and pair."""
    votes = read_agreement(data)
    codes = sorted({*votes.a, *votes.b})
    place = {code: i for i, code in enumerate(codes)}
    first_year, n_states = int(votes.year.min()), len(codes)
    a, b = votes.a.map(place).to_numpy(), votes.b.map(place).to_numpy()
    at = votes.year.to_numpy() - first_year, a * n_states - a * (a + 1) // 2 + b - a - 1
    agree, n = np.zeros((2, int(votes.year.max()) - first_year + 1, n_states * (n_states - 1) // 2))
    n[at], agree[at] = votes.n.to_numpy(), votes.agree.to_numpy()
    n[n < FEWEST_VOTES] = 0.0
    return Assembly(first_year, codes, np.where(n > 0, agree, np.nan), n)


def common_positions(assembly: Assembly, level: Pairs, seen: Bool[np.ndarray, "D"]) -> Pairs:
    """L: what the states' general agreement and the assembly's strongest axes explain of the level."""
    additive, beyond = split_general(assembly.square(np.where(seen, level, np.nan), np.nan))
    value, axis = np.linalg.eigh(beyond)
    strongest = np.argsort(-np.abs(value))[:POSITIONS]
    explained = additive + (axis[:, strongest] * value[strongest]) @ axis[:, strongest].T
    return explained[assembly.pairs]


def split_general(alike: Matrix) -> tuple[Matrix, Matrix]:
    """What both states' general agreement explains of their agreement, and what is beyond it (0 where unknown)."""
    known = np.isfinite(alike)
    sums = np.where(known, alike, 0.0).sum(1)
    row = np.where(known.any(1), sums / np.maximum(known.sum(1), 1), 0.0)
    additive = row[:, None] + row[None, :] - sums.sum() / max(known.sum(), 1)
    return additive, np.where(known, alike - additive, 0.0)


@dataclass(frozen=True)
class Drift:
    """What was fitted: φ, the belief's yearly decay, and ρ, the pull toward common positions."""

    decay: float
    pull: float
    horizon: int


def fit_drift(assembly: Assembly, until: int, horizon: int) -> Drift:
    """Fit φ and ρ on every pair of years `horizon` apart that ended by `until`, the recent ones most."""
    origins = [
        y for y in range(assembly.first_year + horizon, until - horizon + 1) if _is_used(assembly, y, horizon)
    ]
    weights = np.array([2.0 ** ((y - until) / MEMORY) for y in origins])
    losses = []
    for decay in DECAYS:
        errors = [_error(assembly, y, horizon, assembly.level(y, decay)) for y in origins]
        losses.append(float(weights @ np.array(errors)))
    decay = DECAYS[int(np.argmin(losses))]
    cross = np.array([_moments(assembly, y, horizon, decay) for y in origins])
    pull = float((weights @ cross[:, 0]) / max(weights @ cross[:, 1], 1e-12))
    return Drift(decay, min(max(pull, 0.0), 1.0), horizon)


def _is_used(assembly: Assembly, origin: int, horizon: int) -> bool:
    now, then = (assembly.agree[y - assembly.first_year] for y in (origin, origin + horizon))
    return int((np.isfinite(now) & np.isfinite(then)).sum()) >= 100


def _both(assembly: Assembly, origin: int, horizon: int) -> Bool[np.ndarray, "D"]:
    then = assembly.agree[origin + horizon - assembly.first_year]
    return np.isfinite(assembly.session(origin)) & np.isfinite(then)


def _error(assembly: Assembly, origin: int, horizon: int, forecast: Pairs) -> float:
    used = _both(assembly, origin, horizon)
    then = assembly.agree[origin + horizon - assembly.first_year]
    return float(np.mean((forecast[used] - then[used]) ** 2))


def _moments(assembly: Assembly, origin: int, horizon: int, decay: float) -> tuple[float, float]:
    """Mean product of change and pull, and mean square of the pull, both beyond the assembly's common shift."""
    used = _both(assembly, origin, horizon)
    level = assembly.level(origin, decay)
    change = (assembly.agree[origin + horizon - assembly.first_year] - level)[used]
    pull = (common_positions(assembly, level, np.isfinite(assembly.session(origin))) - level)[used]
    change, pull = change - change.mean(), pull - pull.mean()
    return float(change @ pull / pull.size), float(pull @ pull / pull.size)


def forecast(assembly: Assembly, origin: int, drift: Drift) -> Pairs:
    """Alignment of every pair that voted at the origin, `drift.horizon` years on; NaN for the others."""
    seen = np.isfinite(assembly.session(origin))
    level = assembly.level(origin, drift.decay)
    pull = common_positions(assembly, level, seen) - level
    pull -= pull[seen].mean()
    return np.where(seen, np.clip(level + drift.pull * pull, 0.0, 1.0), np.nan)


def law_terms(assembly: Assembly, until: int, drift: Drift) -> dict[str, float]:
    """Coefficients of the law's other terms in the change of alignment, by least squares on the years before.

    ``return``: share of the way back to a long-run level (half-life `LONG_DECAY`); ``balance``: pull of seeing
    third states alike, in [-1, 1]; ``region``: of lying in one region.
    """
    same = np.asarray(regions(assembly.codes))
    products, moments = np.zeros((3, 3)), np.zeros(3)
    for origin in range(assembly.first_year + drift.horizon, until - drift.horizon + 1):
        if not _is_used(assembly, origin, drift.horizon):
            continue
        used, level = _both(assembly, origin, drift.horizon), assembly.level(origin, drift.decay)
        first, second = assembly.pairs
        terms = np.stack([assembly.level(origin, LONG_DECAY) - level, _balance(assembly, level),
                          same[first] == same[second]])[:, used]  # fmt: skip
        change = (assembly.agree[origin + drift.horizon - assembly.first_year] - level)[used]
        terms, change = terms - terms.mean(1, keepdims=True), change - change.mean()
        weight = 2.0 ** ((origin - until) / MEMORY) / change.size
        products, moments = products + weight * terms @ terms.T, moments + weight * terms @ change
    result = np.linalg.solve(products, moments)
    return dict(zip(("return", "balance", "region"), map(float, result), strict=True))


def _balance(assembly: Assembly, level: Pairs) -> Pairs:
    """How alike two states see all others: the cosine of their rows of alignment beyond the mean."""
    beyond = assembly.square(level - float(np.nanmean(level)), 0.0)
    length = np.maximum(np.linalg.norm(beyond, axis=1), 1e-9)
    return ((beyond @ beyond.T) / np.outer(length, length))[assembly.pairs]
