"""What a forecast knows of a pair of states: its relation's history, common friends and enemies, and the two states."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.shapes import Float, Int
from sim.studies.alliances.panel import Panel, Surroundings

RECENT = 0.8  # weight of a window in memory, per window of age

HISTORY = ("age", "ever_cold", "recent_cold", "ever_warm", "recent_warm")
BALANCE = ("balance", "shared_friends", "overlap")
MODEL = (
    "age", "ever_cold", "recent_cold", "balance", "shared_friends", "same_region", "votes_alike", "defence",
    "any_pledge", "stronger", "weaker", "quarrels",
)  # fmt: skip
Pairs = Float[np.ndarray, "D"]


def pair_features(panel: Panel, around: Surroundings, t: int) -> Mapping[str, Pairs]:
    """Everything known by the end of window `t` about each pair in being then.

    ``age``: log of the windows that the present relation has lasted; ``ever_…``, ``recent_…``: whether and how
    much the pair was cold or warm before; ``balance``: (common friends + common enemies − friends of enemies) over
    the mean number of relations; ``shared_friends``: share of the smaller circle of friends, ``overlap``: of both;
    ``defence_age``, ``pledge_age``: years for which a pledge has bound them, infinite if none does (see `fade`);
    ``stronger``, ``weaker``: log capability; ``quarrels``: how many cold relations both have had of late.
    """
    first, second = panel.pairs(t)
    values = {**_history(panel, t, first, second), **_balance(panel.sign[t], first, second)}
    year = int(panel.last[t])
    power, region = around.log_capability(year), np.asarray(around.region)
    defence, pledge = (around.pledges.age(year, is_defence)[first, second] for is_defence in (True, False))
    quarrels = np.log1p(_memory(panel.sign[: t + 1] < 0).sum(1))
    return values | {
        "same_region": (region[first] == region[second]).astype(float),
        "votes_alike": around.votes_alike(year)[first, second],
        "defence_age": defence,
        "pledge_age": pledge,
        "stronger": np.maximum(power[first], power[second]),
        "weaker": np.minimum(power[first], power[second]),
        "quarrels": quarrels[first] + quarrels[second],
    }


def fade(known: Mapping[str, Pairs], half_life: float) -> Mapping[str, Pairs]:
    """Add ``defence`` and ``any_pledge``: 1 when pledged, halved every so many years from then on; 0 without.

    An infinite half-life leaves them at 1.

    Nobody writes down when a pledge is dead: many are never renounced, and no longer meant.
    """
    ages = {"defence": known["defence_age"], "any_pledge": known["pledge_age"]}
    return {**known, **{name: _remaining(age, half_life) for name, age in ages.items()}}


def _remaining(age: Pairs, half_life: float) -> Pairs:
    is_pledged = np.isfinite(age)
    return np.where(is_pledged, 2.0 ** (-np.where(is_pledged, age, 0.0) / half_life), 0.0)


def _history(panel: Panel, t: int, first: np.ndarray, second: np.ndarray) -> dict[str, Pairs]:
    past = panel.sign[: t + 1, first, second]
    is_same = np.cumprod((past[::-1] == past[-1]).astype(np.int64), axis=0)
    return {
        "age": np.log1p(is_same.sum(0)),
        "ever_cold": (past < 0).any(0).astype(float),
        "ever_warm": (past > 0).any(0).astype(float),
        "recent_cold": _memory(past < 0),
        "recent_warm": _memory(past > 0),
    }


def _memory(happened: np.ndarray) -> np.ndarray:
    """Sum over windows, each `RECENT` of the next."""
    age = np.arange(happened.shape[0])[::-1]
    return np.tensordot(RECENT**age, happened.astype(float), axes=(0, 0))


def _balance(sign: Int[np.ndarray, "N N"], first: np.ndarray, second: np.ndarray) -> dict[str, Pairs]:
    warm, cold = (sign > 0).astype(float), (sign < 0).astype(float)
    friends, degree = warm.sum(1), warm.sum(1) + cold.sum(1)
    common = (warm @ warm)[first, second]
    signed = (sign.astype(float) @ sign.astype(float))[first, second]
    least = np.maximum(np.minimum(friends[first], friends[second]), 1)
    union = np.maximum(friends[first] + friends[second] - common, 1)
    return {
        "balance": signed / np.sqrt(np.maximum(degree[first] * degree[second], 1)),
        "shared_friends": common / least,
        "overlap": common / union,
    }
