"""The measurement model: what each indicator is worth, fitted to what states did to each other in the years after.

A level has two sides that events show: quarrel (`quarrel`), the share of cold acts, and company (`company`), how many
warm acts there are beyond what size and place explain. Strangers, without pact, rivalry, force or border and of the
usual agreement in votes, stand at 0 on both.

    m_ij = Σ_k [b_k + κ d_k (1 - h_ij)] x_k + r_ij

b is in θ by belief's item. κ turns company into θ; no data fix it, so it is a convention: old defence pacts of a
small circle stand at `OLD_PACT`. Nor do acts coded from news tell a wide pact that is meant from one on paper; whether
its members vote alike does, and what that adds is a convention too: old wide pacts of states that vote alike stand at
`ALIGNED`. h is rivalry: enemies are busy with each other too, and their pacts are dead letters. Borders and distance
are known to the fit and make no level: what neighbours have to settle is not enmity.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.estimation.background.company import company_item
from sim.estimation.background.indicators import (
    CONTROLS,
    NAMES,
    QUARRELS,
    Indicators,
    hostility,
    indicators,
    strongest,
)
from sim.estimation.background.quarrel import SLOPE, quarrel_item, residual_sd
from sim.estimation.background.record import Record
from sim.estimation.background.regression import Design, Fit, maximise
from sim.estimation.background.residual import Acts, Memory, fit_memory
from sim.history.countries import continents
from sim.shapes import Bool, Float

OLD_PACT = 1.1  # θ; the house prior of an alliance by treaty or long practice is 1.4 (sd .5)
ALIGNED, ALIGNED_SD = (
    0.9,
    0.3,
)  # θ; the house prior of a partner in a security alignment is .9, and the sd of its mean
ALIKE = 1.0  # votes from which a pair is alike
BONDS = ("defence", "defence_age", "defence_crowd", "allies_alike", "pledge", "common_rivals")
"""What counts in company of those who aren't enemies: a pact of rivals is a dead letter."""
COMPANY = ("votes", "defence", "defence_age", "defence_crowd", "pledge", "common_rivals")
"""What counts in company."""
EVERY = 2  # years from one origin of the quarrel's fit to the next: neighbours say nearly the same
AHEAD = 3  # years of warm acts that company is counted over
HABIT_SD, COEFFICIENT_SD = 0.5, 1.0  # prior sd, in units of the predictor
NEWS_SD, PLACE_SD, COMPANY_SD = 3.0, 1.0, 2.0
START = Memory(0.8, 40.0)
KINDS = ("all", "quarrel", "defence", "pledge", "neighbours", "size")
SMALL_CIRCLE = np.log(6.0)


@dataclass(frozen=True)
class Weights:
    """What each indicator of `NAMES` is worth in θ, with sd, and ln τ by `KINDS`.

    `company` is already multiplied by κ, and 0 for what does not count in it.
    """

    quarrel: Float[np.ndarray, "K"]
    quarrel_sd: Float[np.ndarray, "K"]
    company: Float[np.ndarray, "K"]
    company_sd: Float[np.ndarray, "K"]
    kinds: Float[np.ndarray, "T"]

    def worth(self, values: Float[np.ndarray, "K *shape"]) -> Float[np.ndarray, "K *shape"]:
        """θ that each indicator adds."""
        wide = (slice(None), *(None,) * (values.ndim - 1))
        return self.quarrel[wide] * values + self.company[wide] * disarmed(values)


@dataclass(frozen=True)
class Measurement:
    """The fitted model.

    Attributes
    ----------
    until
        Last year of acts that it has seen.
    full, without_votes
        Weights for pairs with and without a record in the General Assembly.
    quarrel
        The item of cold acts as fitted: c its intercept, s_i and t_j its labels, coefficients by predictor.
    memory
        φ and s.
    scale, dispersion
        κ, θ by log of company; α of the counts of warm acts.
    """

    until: int
    full: Weights
    without_votes: Weights
    quarrel: Fit
    memory: Memory
    scale: float
    dispersion: float


def fit_measurement(record: Record, first: int, until: int) -> Measurement:
    """Fit the model to acts from a first to a last year, each on indicators of the year before."""
    origins = {year: indicators(record, year) for year in range(first, until + 1)}
    company = {has: _fit_company(record, origins, until, has) for has in (True, False)}
    memory, quarrel = START, _fit_quarrel(record, origins, until, START, has_votes=True)
    memory = fit_memory(expected_acts(record, origins, quarrel)[0], memory)
    quarrel = _fit_quarrel(record, origins, until, memory, has_votes=True)
    bare = _fit_quarrel(record, origins, until, memory, has_votes=False)
    scale = _scale(origins[until], quarrel, company[True])
    full = _aligned(origins[until], _weights(quarrel, company[True], scale))
    without_votes = _weights(bare, company[False], scale)
    dispersion = float(np.exp(company[True].shape[0]))
    return Measurement(until, full, without_votes, quarrel, memory, scale, dispersion)


def _fit_quarrel(
    record: Record, origins: dict[int, Indicators], until: int, memory: Memory, *, has_votes: bool
) -> Fit:
    rows = []
    for year in range(until - 1, min(origins) - 1, -EVERY):
        acts, cold = record.acts[record.row(year + 1)], record.cold[record.row(year + 1)]
        i, j = np.nonzero((acts > 0) & origins[year].exists)
        rows.append((origins[year].values[:, i, j].T, i, j, cold[i, j], acts[i, j]))
    columns, i, j, cold, acts = (np.concatenate(part) for part in zip(*rows, strict=True))
    n = len(record.codes)
    design = Design(_seen(columns, has_votes), (i, j), (n, n), (COEFFICIENT_SD, HABIT_SD, HABIT_SD))
    item = quarrel_item(cold.astype(float), acts.astype(float), kinds_of(columns.T), memory.concentration)
    return maximise(item, design, np.array([np.log(0.7), *np.zeros(len(KINDS) - 1)]), -2.9)


def _fit_company(record: Record, origins: dict[int, Indicators], until: int, has_votes: bool) -> Fit:
    region = np.unique([continents().get(code, "") for code in record.codes], return_inverse=True)[1]
    rows = []
    for year in range(until - AHEAD, min(origins) - 1, -AHEAD):
        t = record.row(year)
        coded = record.has_acts[t + 1]
        i, j = np.nonzero(coded[:, None] & coded[None, :] & origins[year].exists)
        warm = (record.acts - record.cold)[t + 1 : t + 1 + AHEAD].sum(axis=0)
        rows.append((origins[year].values[:, i, j].T, i, j, warm[i, j]))
    columns, i, j, warm = (np.concatenate(part) for part in zip(*rows, strict=True))
    columns = disarmed(columns.T).T
    sides = np.minimum(region[i], region[j]) * (region.max() + 1) + np.maximum(region[i], region[j])
    place = np.unique(sides, return_inverse=True)[1]
    n = len(record.codes)
    design = Design(
        _seen(columns, has_votes),
        (i, j, place),
        (n, n, int(place.max()) + 1),
        (COMPANY_SD, NEWS_SD, NEWS_SD, PLACE_SD),
    )
    return maximise(company_item(warm.astype(float)), design, np.zeros(1), float(np.log(warm.mean())))


def _seen(columns: Float[np.ndarray, "C K"], has_votes: bool) -> Float[np.ndarray, "C K"]:
    """The columns that are fitted: not what is set by convention, nor the size, nor the votes where there are none."""
    unseen = ("allies_alike", "size") if has_votes else ("allies_alike", "size", "votes")
    return np.where(np.isin(NAMES, unseen), 0.0, columns)


def kinds_of(values: Float[np.ndarray, "K *shape"]) -> Float[np.ndarray, "*shape T"]:
    """What τ depends on, in the order of `KINDS`."""
    value = dict(zip(NAMES, values, strict=True))
    neighbours = np.maximum(value["border"], value["sea"])
    quarrel = strongest(values, QUARRELS)
    plain = [value[name] for name in ("defence", "pledge")]
    return np.stack([np.ones_like(quarrel), quarrel, *plain, neighbours, value["size"]], axis=-1)


def disarmed(values: Float[np.ndarray, "K *shape"]) -> Float[np.ndarray, "K *shape"]:
    """The indicators, bonds of enemies left out."""
    is_bond = np.isin(NAMES, BONDS)[:, *(None,) * (values.ndim - 1)]
    return np.where(is_bond, values * (1 - hostility(values)), values)


def _weights(quarrel: Fit, company: Fit, scale: float) -> Weights:
    counts, is_silent = np.isin(NAMES, COMPANY), np.isin(NAMES, CONTROLS) | (quarrel.columns == 0)
    return Weights(
        quarrel=np.where(is_silent, 0.0, -quarrel.columns / SLOPE),
        quarrel_sd=np.where(is_silent, 0.0, quarrel.columns_sd / SLOPE),
        company=np.where(counts, scale * company.columns, 0.0),
        company_sd=np.where(counts & ~is_silent, scale * company.columns_sd, 0.0),
        kinds=quarrel.shape,
    )


def _scale(now: Indicators, quarrel: Fit, company: Fit) -> float:
    """κ by the convention of `OLD_PACT`."""
    unscaled = _weights(quarrel, company, 1.0)
    old = now.values[:, _is_old_pact(now) & (now.values[NAMES.index("defence_crowd")] <= SMALL_CIRCLE)].mean(
        axis=1
    )
    return float((OLD_PACT - unscaled.quarrel @ old) / (unscaled.company @ old))


def _aligned(now: Indicators, weights: Weights) -> Weights:
    """The weights, with the worth of `allies_alike` by the convention of `ALIGNED`."""
    value, here = dict(zip(NAMES, now.values, strict=True)), NAMES.index("allies_alike")
    is_meant = _is_old_pact(now) & (value["defence_crowd"] > SMALL_CIRCLE) & (value["votes"] >= ALIKE)
    old = now.values[:, is_meant].mean(axis=1)
    company, spread = weights.company.copy(), weights.company_sd.copy()
    company[here] = (ALIGNED - (weights.quarrel + weights.company) @ old) / old[here]
    spread[here] = ALIGNED_SD / old[here]
    return replace(weights, company=company, company_sd=spread)


def _is_old_pact(now: Indicators) -> Bool[np.ndarray, "N N"]:
    """Pairs of states that are no rivals, bound to defend each other for `LONG` years."""
    value = dict(zip(NAMES, now.values, strict=True))
    return np.asarray((value["defence_age"] > 1 - np.exp(-1)) & (value["rivalry"] == 0))


def expected_acts(
    record: Record, years: dict[int, Indicators], quarrel: Fit
) -> tuple[Acts, tuple[np.ndarray, np.ndarray]]:
    """Acts of every dyad that acted in some years, with what the indicators let one expect; and the dyads."""
    rows = [record.row(year) for year in years]
    i, j = np.nonzero(record.acts[rows].sum(axis=0))
    values = np.stack([now.values[:, i, j] for now in years.values()])
    habit = quarrel.intercept + quarrel.labels[0][i] + quarrel.labels[1][j]
    acts = Acts(
        cold=record.cold[rows][:, i, j].astype(float),
        acts=record.acts[rows][:, i, j].astype(float),
        predictor=habit + np.einsum("k,ykd->yd", quarrel.columns, values),
        sd=np.stack([residual_sd(kinds_of(value), quarrel.shape) for value in values]),
    )
    return acts, (i, j)
