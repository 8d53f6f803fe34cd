"""Levels of every ordered pair by year: what each public record adds, the dyad's own residual, and the spread."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.estimation.background.indicators import GROUPS, NAMES, Indicators, indicators
from sim.estimation.background.measure import Measurement, Weights, expected_acts, kinds_of
from sim.estimation.background.quarrel import residual_sd
from sim.estimation.background.record import FIRST_YEAR, Record
from sim.estimation.background.residual import follow
from sim.shapes import Bool, Float

PARTS = (*GROUPS, "events")
"""What a level is the sum of."""
TABLES = dict(zip(GROUPS, ("votes", "defence", "rivalry", "disputes", "rivalry"), strict=True))
"""The public table on which each group rests first."""
NOTHING = 0.005  # θ
LAPSE = 5  # years over which it is measured how a record goes stale


@dataclass(frozen=True)
class Levels:
    """Levels of all pairs at the end of one year.

    Attributes
    ----------
    year
        The year.
    parts
        θ that each of `PARTS` adds, by sender and target; the mean level is their sum.
    sd
        Spread of the level, θ.
    spoke
        Whether each of `PARTS` had anything to say of the pair.
    exists
        Whether both states were in being.
    """

    year: int
    parts: Float[np.ndarray, "G N N"]
    sd: Float[np.ndarray, "N N"]
    spoke: Bool[np.ndarray, "G N N"]
    exists: Bool[np.ndarray, "N N"]


def levels(record: Record, fitted: Measurement, first: int, last: int) -> Iterator[Levels]:
    """Work out the levels year by year, each from what was known at its end."""
    residual = follow_dyads(record, fitted)
    began, ended = min(residual), max(residual)
    rates = lapse_rates(record, fitted)
    for year in range(first, last + 1):
        now = indicators(record, year)
        parts, variance = _from_indicators(now, fitted)
        mean, left = residual[min(year, ended)] if year >= began else (np.zeros(now.exists.shape), 1.0)
        faded = fitted.memory.persistence ** max(0, year - ended)
        own = residual_sd(kinds_of(now.values), fitted.full.kinds) ** 2
        parts[-1] = faded * mean
        stale = np.array([max(0, year - record.ends[TABLES[name]]) * rate for name, rate in rates.items()])
        variance += own * (1 - faded**2 * (1 - left)) + np.tensordot(
            np.minimum(stale, 1), parts[: len(GROUPS)] ** 2, 1
        )
        spoke = _spoke(now, parts)
        yield Levels(year, parts * now.exists, np.sqrt(variance), spoke & now.exists, now.exists)


def _from_indicators(
    now: Indicators, fitted: Measurement
) -> tuple[Float[np.ndarray, "G N N"], Float[np.ndarray, "N N"]]:
    """What each record adds, with room for the events; and the variance that coefficients and missing votes leave."""
    parts = np.zeros((len(PARTS), *now.exists.shape))
    variance = np.zeros(now.exists.shape)
    for weights, chosen in ((fitted.full, now.has_votes), (fitted.without_votes, ~now.has_votes)):
        worth = weights.worth(now.values)
        for place, names in enumerate(GROUPS.values()):
            parts[place] += chosen * worth[[NAMES.index(name) for name in names]].sum(axis=0)
        spread = weights.quarrel_sd**2 + weights.company_sd**2
        variance += chosen * np.tensordot(spread, now.values**2, axes=1)
    if now.has_votes.any():
        variance += ~now.has_votes * _unseen(now, fitted.full, fitted.without_votes)
    return parts, variance


def _unseen(now: Indicators, full: Weights, without: Weights) -> float:
    """Variance of what votes would have told beside the other indicators."""
    missed = (full.worth(now.values) - without.worth(now.values)).sum(axis=0)
    return float(missed[now.has_votes].var())


def _spoke(now: Indicators, parts: Float[np.ndarray, "G N N"]) -> Bool[np.ndarray, "G N N"]:
    spoke = np.abs(parts) > NOTHING
    spoke[0] = now.has_votes
    return spoke


def follow_dyads(
    record: Record, fitted: Measurement
) -> dict[int, tuple[Float[np.ndarray, "N N"], Float[np.ndarray, "N N"]]]:
    """Mean of each dyad's residual in θ, and the share of τ² that is left, after every year that the fit has seen."""
    years = [int(y) for y in np.flatnonzero(record.has_acts.any(axis=1)) + FIRST_YEAR if y <= fitted.until]
    now = {year: indicators(record, year) for year in years}
    acts, (i, j) = expected_acts(record, now, fitted.quarrel)
    mean, sd, _ = follow(acts, fitted.memory)
    found = {}
    for t, year in enumerate(years):
        square, left = np.zeros(now[year].exists.shape), np.ones(now[year].exists.shape)
        square[i, j], left[i, j] = mean[t] * acts.sd[t], sd[t] ** 2
        found[year] = square, left
    return found


def lapse_rates(record: Record, fitted: Measurement) -> dict[str, float]:
    """How fast each group of `GROUPS` goes stale: mean square change in `LAPSE` years over the mean square, by year."""
    last = min(record.ends[table] for table in TABLES.values())
    parts = [
        _from_indicators(indicators(record, year), fitted)[0]
        for year in range(last - 4 * LAPSE, last + 1, LAPSE)
    ]
    was, then = np.stack(parts[:-1]), np.stack(parts[1:])
    there = np.abs(was) > NOTHING
    change = (
        (there * (then - was) ** 2).sum(axis=(0, 2, 3))
        / np.maximum((there * was**2).sum(axis=(0, 2, 3)), NOTHING)
        / LAPSE
    )
    return {group: float(rate) for group, rate in zip(TABLES, change, strict=False)}
