"""Rolling origin: fit up to a year, forecast how cold the acts of the next are, beside what is naive."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, gammaln
from scipy.stats import spearmanr

from sim.estimation.background.indicators import GROUPS, NAMES, Indicators, indicators
from sim.estimation.background.level import follow_dyads, levels
from sim.estimation.background.measure import Measurement, fit_measurement, kinds_of
from sim.estimation.background.quarrel import SLOPE, beta_binomial, quarrel_item, residual_sd
from sim.estimation.background.record import Record
from sim.estimation.background.regression import Design, maximise
from sim.shapes import Float

ORIGINS = (2006, 2008, 2010)
BUSY = 20  # acts of a dyad-year whose cold share is ranked
N_DRAWS = 200
RNG_SEED = 1
COVERAGE = 0.9
START_SHARE = 10.0  # acts that a dyad's usual share is worth in persistence
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(15)
Rows = Float[np.ndarray, "C"]


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


def _forecasts(
    record: Record, fitted: Measurement, now: Indicators, pairs: tuple[np.ndarray, np.ndarray]
) -> Mapping[str, Forecast]:
    i, j = pairs
    s, quarrel = fitted.memory.concentration, fitted.quarrel
    values = now.values[:, i, j]
    habit = quarrel.intercept + quarrel.labels[0][i] + quarrel.labels[1][j]
    mean, left = follow_dyads(record, fitted)[now.year]
    fade, tau = fitted.memory.persistence, residual_sd(kinds_of(values), quarrel.shape)
    plain = habit + quarrel.columns @ values
    own = np.sqrt(1 - fade**2 * (1 - left[i, j]))
    level = next(levels(record, fitted, now.year, now.year))
    return {
        "model": Forecast(plain - SLOPE * fade * mean[i, j], SLOPE * tau * own, s),
        "indicators without the dyad's own acts": Forecast(plain, SLOPE * tau, s),
        "the level, its company too": Forecast(
            habit - SLOPE * level.parts.sum(axis=0)[i, j], SLOPE * level.sd[i, j], s
        ),
        "persistence": _persistence(record, now, pairs),
        "votes alone": _alone(record, fitted, now, pairs, list(GROUPS["votes"])),
        "pacts alone": _alone(record, fitted, now, pairs, list(GROUPS["pacts"])),
        "constant": _alone(record, fitted, now, pairs, []),
    }


def _alone(
    record: Record,
    fitted: Measurement,
    now: Indicators,
    pairs: tuple[np.ndarray, np.ndarray],
    names: Sequence[str],
) -> Forecast:
    """A regression on some indicators and nothing else, fitted to the last year known."""
    here, t = [NAMES.index(name) for name in names], record.row(now.year)
    before = indicators(record, now.year - 1)
    i, j = np.nonzero((record.acts[t] > 0) & before.exists)
    ones = np.ones((i.size, 1))
    item = quarrel_item(record.cold[t][i, j], record.acts[t][i, j], ones, fitted.memory.concentration)
    design = Design(before.values[here][:, i, j].T.reshape(i.size, len(here)), (), (), (1.0,))
    fit = maximise(item, design, np.log([0.7]), -2.5)
    predictor = fit.intercept + fit.columns @ now.values[here][:, pairs[0], pairs[1]]
    return Forecast(
        predictor, np.full(predictor.shape, SLOPE * float(np.exp(fit.shape[0]))), fitted.memory.concentration
    )


def _persistence(record: Record, now: Indicators, pairs: tuple[np.ndarray, np.ndarray]) -> Forecast:
    """The share of the dyad's last year, with the usual share as so many acts more."""
    t = record.row(now.year)
    cold, acts = record.cold[t], record.acts[t]
    usual = cold.sum() / acts.sum()
    share = ((cold + START_SHARE * usual) / (acts + START_SHARE))[pairs]
    return Forecast(np.log(share / (1 - share)), np.zeros(share.shape), START_SHARE)
