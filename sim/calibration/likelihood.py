"""From coded signals to numbers: what each signal says about its sender, and draws of the weights.

A signal of type k is an item in the sense of item response theory,

    P(done | θ) = logistic(s_k λ_k m (θ - b_k)),      s_k = sgn μ_k,

with m the product of its modifiers and its certainty. A first-ever act of its kind is harder by
`FIRST_OF_KIND`. The same items stand in the states' choice (`sim.dynamics.choose`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.dynamics.world import ActTypes
from sim.shapes import Float, Int
from sim.signals.codebook import (
    AUDIENCE,
    CERTAINTY,
    FAMILIES,
    FIRST_OF_KIND,
    LEVEL,
    MODIFIER_LOG_SD,
    PROMINENCE,
    Codebook,
    strength,
)
from sim.signals.evidence import Evidence, Signal

MODIFIERS = (*LEVEL, *PROMINENCE, *AUDIENCE, "reply")


@dataclass(frozen=True)
class Weights:
    """D draws of the uncertain codebook: act types and modifiers.

    Attributes
    ----------
    warmth, difficulty, discrimination
        μ, b and λ of each of the K types in each draw.
    modifier
        Factor on each modifier of `MODIFIERS`, median 1.
    """

    warmth: Float[np.ndarray, "D K"]
    difficulty: Float[np.ndarray, "D K"]
    discrimination: Float[np.ndarray, "D K"]
    modifier: Float[np.ndarray, "D M"]


def draw_weights(codebook: Codebook, n_draws: int, rng: np.random.Generator) -> Weights:
    """Draw the codebook's weights from their priors.

    μ is log-normal with the codebook's mean and sd, so that a gesture stays a gesture; b moves with
    μ; λ and every modifier are log-normal with log-sd `MODIFIER_LOG_SD` and median at their value.
    """
    mean = np.array([t.warmth for t in codebook.types])
    spread = np.sqrt(np.log1p((np.array([t.warmth_sd for t in codebook.types]) / mean) ** 2))
    z = rng.standard_normal((n_draws, mean.size))
    warmth = mean * np.exp(spread * z - spread**2 / 2)
    slope = np.array([t.discrimination for t in codebook.types])
    return Weights(
        warmth=warmth,
        difficulty=np.array([t.difficulty for t in codebook.types]) + (warmth - mean),
        discrimination=slope * np.exp(MODIFIER_LOG_SD * rng.standard_normal((n_draws, mean.size))),
        modifier=np.exp(MODIFIER_LOG_SD * rng.standard_normal((n_draws, len(MODIFIERS)))),
    )


@dataclass(frozen=True)
class Coded:
    """The counted signals up to a date as arrays, in order of time; the item's numbers by draw."""

    row: Int[np.ndarray, "S"]  # index into Evidence.signals
    day: Int[np.ndarray, "S"]  # days since the first signal
    sender: Int[np.ndarray, "S"]
    target: Int[np.ndarray, "S"]
    type: Int[np.ndarray, "S"]
    slope: Float[np.ndarray, "D S"]  # s λ m, 1/θ
    difficulty: Float[np.ndarray, "D S"]  # b, θ
    warmth: Float[np.ndarray, "D S"]  # w = μ m, θ


def modifier_factor(weights: Weights, names: Collection[str | None]) -> Float[np.ndarray, "D"]:
    """Draws of the uncertain factor, median 1, that goes with a combination of modifiers."""
    present = np.array([name in names for name in MODIFIERS])
    return np.asarray(weights.modifier[:, present].prod(axis=1))


def code_signals(evidence: Evidence, states: tuple[str, ...], weights: Weights, as_of: date) -> Coded:
    """Turn the counted signals dated up to `as_of` into the arrays that the filter reads.

    Parameters
    ----------
    evidence
        One reading of the coded signals.
    states
        Codes that the indices refer to; must hold every sender and target.
    weights
        Draws of the codebook.
    as_of
        Later signals are left out.
    """
    known = evidence.until(as_of)
    rows = [r for r, is_counted in enumerate(known.counted()) if is_counted]
    signals = [known.signals[r] for r in rows]
    place = {code: i for i, code in enumerate(states)}
    type_ = np.array([evidence.codebook.index(s.type) for s in signals], np.int64)
    factor = (
        np.array([_strength(known, s, weights) for s in signals])
        .reshape(len(signals), weights.warmth.shape[0])
        .T
    )
    sign = np.sign(weights.warmth[:, type_])
    is_first = np.array([s.first_of_kind for s in signals], float)
    start = signals[0].date if signals else as_of
    return Coded(
        row=np.array(rows, np.int64),
        day=np.array([(s.date - start).days for s in signals], np.int64),
        sender=np.array([place[s.sender] for s in signals], np.int64),
        target=np.array([place[s.target] for s in signals], np.int64),
        type=type_,
        slope=sign * weights.discrimination[:, type_] * factor,
        difficulty=weights.difficulty[:, type_] + sign * FIRST_OF_KIND * is_first,
        warmth=weights.warmth[:, type_] * factor,
    )


def _strength(evidence: Evidence, signal: Signal, weights: Weights) -> Float[np.ndarray, "D"]:
    """Modifiers and certainty of a signal, in each draw."""
    is_reply = evidence.is_reply(signal)
    base = strength(signal.level, signal.prominence, signal.audience, is_reply=is_reply)
    names = {signal.level, signal.prominence, signal.audience, "reply" if is_reply else None}
    return CERTAINTY[signal.certainty] * base * modifier_factor(weights, names)


def law_types(codebook: Codebook, weights: Weights, draw: int) -> ActTypes:
    """Give the law the codebook, with the weights of one draw."""
    types = codebook.types
    effects = [t.tie_effect for t in types]
    half_life, half_life_class = np.unique([t.half_life_days for t in types], return_inverse=True)
    return ActTypes(
        warmth=weights.warmth[draw],
        difficulty=weights.difficulty[draw],
        discrimination=weights.discrimination[draw],
        publicity=np.array([t.publicity for t in types]),
        cost=np.array([t.cost for t in types]),
        family=np.array([FAMILIES.index(t.family) for t in types], np.int64),
        choosable=np.array([k for k, t in enumerate(types) if t.choosable], np.int64),
        tie_lowest=np.array([e.lowest if e else 0 for e in effects], np.int64),
        tie_highest=np.array([e.highest if e else 3 for e in effects], np.int64),
        tie_to=np.array([e.to if e and e.to is not None else -1 for e in effects], np.int64),
        half_life_class=half_life_class.astype(np.int64),
        half_life=half_life.astype(float),
    )
