"""The catalogue: every measure of a run, defined here and nowhere else.

Records, tables, columns of sweeps, `docs/outputs.md` and the picture of measures follow from these rows. A new measure
is a function in `sim.outcomes.measures` and a row here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled.kernels import njit
from sim.outcomes.measures import (
    Labels,
    Mask,
    Matrix,
    Vector,
    alignment,
    balanced_triangles,
    frustration,
    modularity,
    most_courted,
    number_of_blocs,
    pair_measures,
)

Kind = Literal["steps", "saved", "states", "poles"]


class Moment(NamedTuple):
    """What measures of the kind `steps` see."""

    affinity: Matrix  # a, sender by target
    families: Labels  # acts of this step: gestures, denials, recognitions


class SavedMoment(NamedTuple):
    """What all other measures see."""

    affinity: Matrix  # a, sender by target
    W: Matrix  # mutual affinities
    labels: Labels  # bloc of each state, by its first member
    courtship: Vector  # warmth of the warm acts that each state has received since the start
    poles: Mask  # members of each pole, pole by state


@dataclass(frozen=True)
class Measure:
    """What is measured of a run, when, and what it means.

    Attributes
    ----------
    name
        Of its column.
    kind
        ``steps``: a number of the world at every step; ``saved``: one at every saved step; ``states``: one of each
        state at every saved step, (N,); ``poles``: one of each state toward each pole, (P, N).
    function
        What gives it, of a `Moment` where the kind is ``steps``, else of a `SavedMoment`. Neighbours with the same
        function are measured together: it gives the values of all of them, in this order.
    label
        Its name on pictures.
    unit
        Of its values.
    meaning
        In a sentence, for the documentation.
    low, high
        Bounds of its values.
    over_run
        How a run is summed up in one number: the last value, the sum or the mean over its steps.
    """

    name: str
    kind: Kind
    function: Callable[[Any], Any]
    label: str
    unit: str
    meaning: str
    low: float
    high: float = math.inf
    over_run: Literal["last", "sum", "mean"] = "last"

    def summed_up(self, path: NDArray[np.float64]) -> NDArray[np.float64]:
        """A run in one number, as `over_run` says; time is axis 1, of the steps at which it is measured."""
        if self.over_run == "last":
            return path[:, -1]
        return path.sum(axis=1) if self.over_run == "sum" else path.mean(axis=1)


def _of_pairs(now: Moment) -> tuple[float, float, float]:
    return pair_measures(now.affinity)


def _of_acts(now: Moment) -> Labels:
    return now.families


CATALOGUE = (
    Measure("mean_affinity", "steps", _of_pairs, "mean affinity", "affinity", "mean over all dyads", -1, 1),
    Measure(
        "asymmetry", "steps", _of_pairs, "asymmetry", "affinity",
        "mean difference between the two directions of a pair", 0, 2,
    ),
    Measure(
        "polarisation", "steps", _of_pairs, "polarisation", "affinity²", "variance of the mutual affinities",
        0, 1,
    ),
    Measure(
        "gestures", "steps", _of_acts, "gestures", "acts", "done in this step, chosen and scheduled", 0,
        over_run="sum",
    ),
    Measure(
        "denials", "steps", _of_acts, "denials", "acts", "done in this step, chosen and scheduled", 0,
        over_run="sum",
    ),
    Measure(
        "recognitions", "steps", _of_acts, "recognitions", "acts", "done in this step, chosen and scheduled", 0,
        over_run="sum",
    ),
    Measure(
        "n_blocs", "saved", lambda now: number_of_blocs(now.labels), "number of blocs", "blocs",
        "how many blocs there are", 1,
    ),
    Measure(
        "frustration", "saved", lambda now: frustration(now.W, now.labels), "frustration", "score",
        "1 where every mutual affinity agrees with the blocs, lower the more weight is at odds with them", -1, 1,
    ),
    Measure(
        "balanced_triangles", "saved", lambda now: balanced_triangles(now.W), "balanced triangles", "share",
        "triangles in which the friend of my friend is my friend", 0, 1,
    ),
    Measure(
        "modularity", "saved", lambda now: modularity(now.W, now.labels), "modularity", "score",
        "how much friendlier blocs are within than between, for signed affinities", -1, 1,
    ),
    Measure(
        "most_courted", "states", lambda now: most_courted(now.courtship), "most courted", "share",
        "whether it has received the most warmth by warm acts since the start; shared between equals, 0 for all before "
        "the first warm act. Over the replicas: the probability that it is the most courted", 0, 1,
    ),
    Measure(
        "alignment", "poles", lambda now: alignment(now.affinity, now.poles), "alignment", "affinity",
        "mean mutual affinity with the pole's other members; empty where it has none", -1, 1,
    ),
)  # fmt: skip


def of_kind(kind: Kind) -> tuple[Measure, ...]:
    """The measures of a kind, in the order in which records hold them."""
    return tuple(measure for measure in CATALOGUE if measure.kind == kind)


WORLD = (*of_kind("steps"), *of_kind("saved"))
"""Measures of the whole world: the columns of ``measures.parquet``, and the first outcomes of a sweep."""


def filler(measures: Sequence[Measure]) -> Callable[[Any, NDArray[np.float64]], None]:
    """One compiled function that measures all of a kind.

    It takes the moment and the array that holds its values, one measure after the other along the first axis.
    """
    fill, first = _nothing, 0
    for function, together in groupby(measures, lambda measure: measure.function):
        n = len(list(together))
        fill = _then(fill, njit(cache=False)(function), first, n)
        first += n
    return fill


@njit(cache=False)
def _nothing(_: Any, __: NDArray[np.float64]) -> None:
    pass


def _then(before: Any, function: Any, first: int, n: int) -> Any:
    """Measure what `before` does, then by one more function the `n` values from the place `first`."""

    @njit(cache=False)
    def alone(now: Any, values: NDArray[np.float64]) -> None:
        before(now, values)
        values[first] = function(now)

    @njit(cache=False)
    def together(now: Any, values: NDArray[np.float64]) -> None:
        before(now, values)
        several = function(now)
        for k in range(n):
            values[first + k] = several[k]

    return alone if n == 1 else together
