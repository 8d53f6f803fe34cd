"""Main effects and response curves: how the mean of an outcome follows one key, and two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from sim.outcomes.intervals import Z95
from sim.shapes import Float, Int
from sim.sweeps.analysis.variance import GROUPS, jackknife

MAX_BINS = 24
MAX_LEVELS = 12  # different values that each count for themselves; more are binned
POINTS_PER_BIN = 16

Scale = Literal["linear", "log", "date", "listed"]


class Effect(NamedTuple):
    """What one key does to the mean of an outcome.

    `share` is the part of the variance between points that it explains alone, with its 95 % interval: NaN where
    nothing varies, or each level has one point. `swing` is the span of its response curve, `trend` its last level less
    its first.
    """

    outcome: str
    key: str
    share: float
    low: float
    high: float
    swing: float
    trend: float


class CurvePoint(NamedTuple):
    """Mean outcome of the points at one level of a key, with the 95 % interval of that mean."""

    outcome: str
    key: str
    level: str
    x: float
    n: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Axis:
    """One key cut into levels.

    Attributes
    ----------
    key
        Dotted key.
    level
        Level of each point.
    x, names
        Where each level lies, and how it is called.
    scale
        How x is meant: numbers, on a log scale, days since 1970; or values of a list, without an order.
    edges
        Ends of the levels where they are bins of a range; none where they are values that occur.
    """

    key: str
    level: Int[np.ndarray, "P"]
    x: Float[np.ndarray, "L"]
    names: tuple[str, ...]
    scale: Scale = "linear"
    edges: Float[np.ndarray, "M"] | None = None


def axis(key: str, values: np.ndarray, scale: Scale = "linear", listed: tuple[str, ...] = ()) -> Axis:
    """Cut the values of a key into levels: those listed, those that occur, or bins of equal width on the scale."""
    if listed:
        place = {name: k for k, name in enumerate(listed)}
        level = np.array([place[str(v)] for v in values], np.int64)
        return Axis(key, level, np.arange(len(listed), dtype=float), listed, "listed")
    numbers = np.asarray(values, float)
    different, level = np.unique(numbers, return_inverse=True)
    n = int(np.clip(numbers.size // POINTS_PER_BIN, 2, MAX_BINS))
    if different.size <= max(MAX_LEVELS, n):
        return Axis(key, level, different, _names(different, scale), scale)
    space = np.geomspace if scale == "log" else np.linspace
    edges = space(different[0], different[-1], n + 1)
    level = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, n - 1)
    centres = _middle(edges[:-1], edges[1:], scale)
    return Axis(key, level, centres, _names(centres, scale), scale, edges)


def _middle(low: np.ndarray, high: np.ndarray, scale: Scale) -> np.ndarray:
    return np.sqrt(low * high) if scale == "log" else (low + high) / 2


def _names(x: Float[np.ndarray, "L"], scale: Scale) -> tuple[str, ...]:
    """Names by which different values stay different: dates, whole numbers in full, six digits or more."""
    if scale == "date":
        return tuple(str(np.datetime64(round(value), "D")) for value in x)
    names: tuple[str, ...] = ()
    for digits in range(6, 18):
        names = tuple(f"{v:.0f}" if float(v).is_integer() and abs(v) < 1e15 else f"{v:.{digits}g}" for v in x)
        if len(set(names)) == np.unique(x).size:
            break
    return names


def coarser(axis: Axis, most: int) -> Axis:
    """Join neighbouring levels until there are at most so many, each called by its range, such as 10–50.

    Listed values stay as they are; bins are called by their range even where none are joined.
    """
    n = len(axis.names)
    if axis.scale == "listed" or (n <= most and axis.edges is None):
        return axis
    most = min(n, most)
    joined = np.arange(n) * most // n
    first = np.searchsorted(joined, np.arange(most))
    last = np.searchsorted(joined, np.arange(most), side="right") - 1
    bottom, top = (axis.x, axis.x) if axis.edges is None else (axis.edges[:-1], axis.edges[1:])
    low, high = bottom[first], top[last]
    names = _names(np.concatenate([low, high]), axis.scale)
    ranges = tuple(a if a == b else f"{a}–{b}" for a, b in zip(names[:most], names[most:], strict=True))
    return Axis(axis.key, joined[axis.level], _middle(low, high, axis.scale), ranges, axis.scale)


def _explained(level: np.ndarray, y: np.ndarray, n_levels: int) -> float:
    """Share of the variance that levels explain, ε² (Kelley 1935), which chance alone leaves at 0."""
    n = np.bincount(level, minlength=n_levels)
    used = n > 0
    mean = np.bincount(level, y, n_levels)[used] / n[used]
    total, between = float(((y - y.mean()) ** 2).sum()), float((n[used] * (mean - y.mean()) ** 2).sum())
    free = y.size - int(used.sum())
    if not np.ptp(y) or free < 1:  # of equal numbers the mean may differ in the last digit
        return np.nan
    return (between - (used.sum() - 1) * (total - between) / free) / total


def effect(outcome: str, axis: Axis, y: Float[np.ndarray, "P"]) -> tuple[Effect, list[CurvePoint]]:
    """Main effect of a key on the points' mean outcome, and its response curve; NaN points are left out."""
    good = np.isfinite(y)
    level, y, n_levels = axis.level[good], y[good].astype(float), len(axis.names)
    curve = [_curve_point(outcome, axis, k, y[level == k]) for k in range(n_levels) if (level == k).any()]
    if len(curve) < 2:
        nothing = (np.nan,) * 5
        return Effect(outcome, axis.key, *nothing), curve
    share = _explained(level, y, n_levels)
    group = np.arange(y.size) % min(GROUPS, y.size)
    spread = jackknife(
        lambda k: np.array(_explained(level[group != k], y[group != k], n_levels)), int(group.max()) + 1
    )
    half = Z95 * float(np.sqrt(spread))
    means = [point.mean for point in curve]
    swing, trend = max(means) - min(means), means[-1] - means[0]
    return Effect(outcome, axis.key, *_bounded(share, half), swing, trend), curve


def _bounded(share: float, half: float) -> tuple[float, float, float]:
    """A share and its interval from 0 to 1; the whole of it where its error is not known."""
    if np.isnan(share):
        return (np.nan,) * 3
    low, high = (0.0, 1.0) if np.isnan(half) else np.clip([share - half, share + half], 0.0, 1.0).tolist()
    return max(0.0, share), low, high


def _curve_point(outcome: str, axis: Axis, k: int, y: np.ndarray) -> CurvePoint:
    mean = float(y.mean())
    half = Z95 * float(y.std(ddof=1)) / np.sqrt(y.size) if y.size > 1 else np.nan
    return CurvePoint(
        outcome, axis.key, axis.names[k], float(axis.x[k]), y.size, mean, mean - half, mean + half
    )


def surface(first: Axis, second: Axis, y: Float[np.ndarray, "P"]) -> Float[np.ndarray, "A B"]:
    """Mean outcome where two keys have given levels; NaN where no point has both."""
    good = np.isfinite(y)
    shape = (len(first.names), len(second.names))
    cell = np.ravel_multi_index((first.level[good], second.level[good]), shape)
    n = np.bincount(cell, minlength=shape[0] * shape[1])
    with np.errstate(invalid="ignore", divide="ignore"):
        return (np.bincount(cell, y[good], n.size) / n).reshape(shape)
