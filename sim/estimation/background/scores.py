"""Rolling origin: fit up to a year, forecast how cold the acts of the next are, beside what is naive."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, gammaln
from scipy.stats import spearmanr

from sim.estimation.background.indicators import CONTROLS, GROUPS, NAMES, Indicators, indicators
from sim.estimation.background.level import Levels, follow_dyads, levels
from sim.estimation.background.measure import Measurement, fit_measurement, fit_quarrel, kinds_of
from sim.estimation.background.quarrel import SLOPE, beta_binomial, quarrel_item, residual_sd
from sim.estimation.background.record import Record
from sim.estimation.background.regression import Design, Fit, maximise
from sim.shapes import Float

ORIGINS = (2006, 2008, 2010)
BUSY = 20  # acts of a dyad-year whose cold share is ranked
N_DRAWS = 200
RNG_SEED = 1
COVERAGE = 0.9
START_SHARE = 10.0  # acts that a dyad's usual share is worth in persistence
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(15)
Rows = Float[np.ndarray, "C"]
Pairs = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Forecast:
    """Forecast of cold shares: logit of the share, and the normal spread around it."""

    predictor: Rows
    sd: Rows
    concentration: float

    def log_scores(self, cold: Rows, acts: Rows) -> Rows:
        """Log probability of the cold acts of each dyad-year."""
        share = np.clip(expit(self.predictor[:, None] + self.sd[:, None] * _NODES), 1e-9, 1 - 1e-9)
        logs = beta_binomial(cold[:, None], acts[:, None], share, self.concentration)
        highest = logs.max(axis=1)
        mean = np.exp(logs - highest[:, None]) @ (_WEIGHTS / _WEIGHTS.sum())
        ways = gammaln(acts + 1) - gammaln(cold + 1) - gammaln(acts - cold + 1)
        return np.asarray(np.log(mean) + highest + ways)

    def coverage(self, cold: Rows, acts: Rows) -> float:
        """Share of dyad-years inside the central interval, ties broken by chance."""
        rng = np.random.default_rng(RNG_SEED)
        below = np.zeros(cold.size)
        for _ in range(N_DRAWS):
            share = np.clip(expit(self.predictor + self.sd * rng.standard_normal(cold.size)), 1e-6, 1 - 1e-6)
            p = rng.beta(self.concentration * share, self.concentration * (1 - share))
            drawn = rng.binomial(acts.astype(int), p)
            below += (drawn < cold) + (drawn == cold) * rng.random(cold.size)
        return float((np.abs(below / N_DRAWS - 0.5) <= COVERAGE / 2).mean())


def score(
    record: Record, progress: Callable[[int, int], None] = lambda done, of: None
) -> dict[str, dict[str, float]]:
    """Score the model and its rivals over all origins: log score, rank correlation and coverage, by name."""
    parts: dict[str, list[tuple[Rows, Rows, Rows]]] = {}
    covered: list[tuple[float, int]] = []
    for step, origin in enumerate(ORIGINS):
        first = record.span_of_acts[0]
        fitted, now = fit_measurement(record, first, origin), indicators(record, origin)
        t = record.row(origin + 1)
        i, j = np.nonzero((record.acts[t] > 0) & now.exists)
        cold, acts = record.cold[t][i, j].astype(float), record.acts[t][i, j].astype(float)
        forecasts = _forecasts(record, fitted, now, (i, j))
        covered.append((forecasts["model"].coverage(cold, acts), cold.size))
        for name, forecast in forecasts.items():
            shares = (forecast.predictor, cold / acts, acts)
            parts.setdefault(name, []).append((forecast.log_scores(cold, acts), *_busy(shares)))
        progress(step + 1, len(ORIGINS))
    return {name: _summary(found) for name, found in parts.items()} | {
        "interval": {"coverage": float(np.average([c for c, _ in covered], weights=[n for _, n in covered]))}
    }


def _busy(shares: tuple[Rows, Rows, Rows]) -> tuple[Rows, Rows]:
    predictor, share, acts = shares
    return predictor[acts >= BUSY], share[acts >= BUSY]


def _summary(found: Sequence[tuple[Rows, Rows, Rows]]) -> dict[str, float]:
    logs = np.concatenate([part[0] for part in found])
    ranks = [spearmanr(part[1], part[2]).statistic if np.ptp(part[1]) > 0 else 0.0 for part in found]
    return {
        "log_score": float(logs.mean()),
        "rank_correlation": float(np.mean(ranks)),
        "dyad_years": float(logs.size),
    }


def _forecasts(record: Record, fitted: Measurement, now: Indicators, pairs: Pairs) -> Mapping[str, Forecast]:
    level = next(levels(record, fitted, now.year, now.year))
    origins = {year: indicators(record, year) for year in range(record.span_of_acts[0], now.year)}

    def only(*names: str) -> Measurement:
        unseen = tuple(name for name in NAMES if name not in names)
        quarrel = fit_quarrel(record, origins, now.year, fitted.memory, unseen)
        return replace(fitted, quarrel=quarrel)

    habits = only()
    return {
        "model": _by_quarrel(record, fitted, now, pairs, has_own=True),
        "model without indicators": _by_quarrel(record, habits, now, pairs, has_own=True),
        "model without the dyad's own acts": _by_quarrel(record, fitted, now, pairs),
        "habits and borders": _by_quarrel(record, only(*CONTROLS), now, pairs),
        "habits and votes": _by_quarrel(record, only(*GROUPS["votes"]), now, pairs),
        "habits and pacts": _by_quarrel(record, only(*GROUPS["pacts"]), now, pairs),
        "habits": _by_quarrel(record, habits, now, pairs),
        "habits and the level": _by_level(fitted, level, pairs),
        "the level": _by_level(replace(fitted, quarrel=_without_habits(fitted.quarrel)), level, pairs),
        "persistence": _persistence(record, now, pairs),
        "constant": _constant(record, fitted, now, pairs),
    }


def _habit(quarrel: Fit, pairs: Pairs) -> Rows:
    return quarrel.intercept + quarrel.labels[0][pairs[0]] + quarrel.labels[1][pairs[1]]


def _without_habits(quarrel: Fit) -> Fit:
    return replace(quarrel, labels=tuple(np.zeros_like(label) for label in quarrel.labels))


def _by_quarrel(
    record: Record, fitted: Measurement, now: Indicators, pairs: Pairs, *, has_own: bool = False
) -> Forecast:
    """By the two states' habits and the indicators of a quarrel, with or without the dyad's own acts so far."""
    i, j = pairs
    values, quarrel = now.values[:, i, j], fitted.quarrel
    predictor = _habit(quarrel, pairs) + quarrel.columns @ values
    spread = SLOPE * residual_sd(kinds_of(values), quarrel.shape)
    if has_own:
        mean, left = follow_dyads(record, fitted)[now.year]
        fade = fitted.memory.persistence
        predictor = predictor - SLOPE * fade * mean[i, j]
        spread = spread * np.sqrt(1 - fade**2 * (1 - left[i, j]))
    return Forecast(predictor, spread, fitted.memory.concentration)


def _by_level(fitted: Measurement, level: Levels, pairs: Pairs) -> Forecast:
    """By the level itself, company and conventions too, in place of its quarrel side."""
    predictor = _habit(fitted.quarrel, pairs) - SLOPE * level.parts.sum(axis=0)[pairs]
    return Forecast(predictor, SLOPE * level.sd[pairs], fitted.memory.concentration)


def _constant(record: Record, fitted: Measurement, now: Indicators, pairs: Pairs) -> Forecast:
    """One share for all dyads, with their spread, that of the last year known."""
    t = record.row(now.year)
    i, j = np.nonzero(record.acts[t] > 0)
    s = fitted.memory.concentration
    item = quarrel_item(record.cold[t][i, j], record.acts[t][i, j], np.ones((i.size, 1)), s)
    fit = maximise(item, Design(np.zeros((i.size, 0)), (), (), (1.0,)), np.log([0.7]), -2.5)
    size = pairs[0].size
    return Forecast(np.full(size, fit.intercept), np.full(size, SLOPE * float(np.exp(fit.shape[0]))), s)


def _persistence(record: Record, now: Indicators, pairs: Pairs) -> Forecast:
    """The share of the dyad's last year, with the usual share as so many acts more."""
    t = record.row(now.year)
    cold, acts = record.cold[t], record.acts[t]
    usual = cold.sum() / acts.sum()
    share = ((cold + START_SHARE * usual) / (acts + START_SHARE))[pairs]
    return Forecast(np.log(share / (1 - share)), np.zeros(share.shape), START_SHARE)
