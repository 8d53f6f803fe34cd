"""What any forecast of the contest must beat: nothing changes, one class for all, rates of recent years."""

from __future__ import annotations

import numpy as np

from sim.shapes import Float, Int
from sim.studies.korea_ties.records import CLASSES, Records

RECENT_YEARS = 10
HAZARD_WEIGHT = 10.0  # state-years by which a region's rate is drawn to the world's
Shares = Float[np.ndarray, "N 4"]


def persistence(records: Records, until: int, first: int, last: int) -> Shares:
    """Every state keeps its class, as often as states did over as many years before `until`; the rest by base rate."""
    span = last - first
    starts = range(records.first_year, until - span + 1)
    is_same = np.concatenate(
        [
            (records.classes(y) == records.classes(y + span))[
                records.existing(y) & records.existing(y + span)
            ]
            for y in starts
        ]
        or [np.ones(1)]
    )
    return staying(
        records.classes(first), float(np.clip(is_same.mean(), 0.5, 0.99)), base_rates(records, first)
    )


def staying(classes: Int[np.ndarray, "N"], stay: float, rates: Float[np.ndarray, "4"]) -> Shares:
    """Each state keeps its class with one probability; the other classes share the rest by their rates."""
    own = np.eye(4)[classes]
    others = (rates[None, :] + 0.01) * (1 - own)
    return np.asarray(stay * own + (1 - stay) * others / others.sum(1, keepdims=True))


def base_rates(records: Records, year: int) -> Float[np.ndarray, "4"]:
    """Share of the existing states in each class."""
    return (
        np.bincount(records.classes(year)[records.existing(year)], minlength=4) / records.existing(year).sum()
    )


def recent_moves(records: Records, until: int, first: int, last: int) -> Shares:
    """All states move from class to class as the world did, year by year, over the last ten years: a Markov chain.

    Half a move is added to each, so that none is impossible.
    """
    moves = np.full((len(CLASSES), len(CLASSES)), 0.5)
    for year in range(max(until - RECENT_YEARS, records.first_year) + 1, until + 1):
        here = records.existing(year) & records.existing(year - 1)
        np.add.at(moves, (records.classes(year - 1)[here], records.classes(year)[here]), 1)
    chain = moves / moves.sum(1, keepdims=True)
    return np.linalg.matrix_power(chain, last - first)[records.classes(first)]


def regional_hazard(
    records: Records, until: int, first: int, last: int, n_replicas: int, rng_seed: int = 0
) -> Shares:
    """Each year a state establishes or breaks ties at the yearly rate of its region over the last ten years."""
    rng = np.random.default_rng(rng_seed)
    rate = _rates(records, until)
    counts = np.full((len(records.codes), len(CLASSES)), 0.5)
    for _ in range(n_replicas):
        tie = records.ties(first).copy()
        for _ in range(last - first):
            chance = np.take_along_axis(rate, tie[:, :, None], axis=2)[:, :, 0]
            tie = np.where(rng.random(tie.shape) < chance, 1 - tie, tie)
        counts[np.arange(tie.shape[0]), tie @ np.array([1, 2])] += 1
    return counts / counts.sum(1, keepdims=True)


def _rates(records: Records, until: int) -> Float[np.ndarray, "N 2 2"]:
    """Yearly rate of change by state, Korea and present tie: its region's, drawn to the world's."""
    region = np.unique(np.asarray(records.region), return_inverse=True)[1]
    changes, years = np.zeros((2, region.max() + 1, 2, 2))
    for year in range(max(until - RECENT_YEARS, records.first_year) + 1, until + 1):
        here = records.existing(year) & records.existing(year - 1)
        before, after = records.ties(year - 1)[here], records.ties(year)[here]
        for k in (0, 1):
            np.add.at(years, (region[here], k, before[:, k]), 1)
            np.add.at(changes, (region[here], k, before[:, k]), before[:, k] != after[:, k])
    world = changes.sum(0) / np.maximum(years.sum(0), 1)
    return ((changes + HAZARD_WEIGHT * world) / (years + HAZARD_WEIGHT))[region]
