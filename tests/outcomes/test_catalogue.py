"""Every measure of the catalogue is a number within its bounds, at its place whatever stands before it."""

from functools import cache
from itertools import groupby

import numpy as np
import pytest
from hypothesis import given

from sim.outcomes.blocs.local import blocs
from sim.outcomes.catalogue import CATALOGUE, Moment, SavedMoment, filler, of_kind
from sim.outcomes.measures import mutual_affinity
from tests.outcomes.signed_matrices import affinities

POLES = 2
AXES = {"steps": (), "saved": (), "states": ("N",), "poles": (POLES, "N")}


def moment(kind, affinity):
    n = len(affinity)
    if kind == "steps":
        return Moment(affinity, np.array([3, 0, 1]))
    W = mutual_affinity(affinity)
    poles = np.arange(POLES * n).reshape(POLES, n) % 2 == 0
    return SavedMoment(affinity, W, blocs(W, 0.0), np.arange(n) % 3 * 0.5, poles)


@cache
def compiled(measures):
    return filler(measures)


def values(kind, measures, affinity):
    axes = [len(affinity) if axis == "N" else axis for axis in AXES[kind]]
    whole = np.full((len(measures), *axes), np.inf)
    compiled(measures)(moment(kind, affinity), whole)
    return dict(zip(measures, whole, strict=True))


@given(affinities())
@pytest.mark.parametrize("kind", AXES)
def test_measures_keep_to_their_bounds(kind, affinity):
    for measure, found in values(kind, of_kind(kind), affinity).items():
        known = found[np.isfinite(found)]
        assert not np.isinf(found).any()
        assert (known >= measure.low - 1e-9).all()
        assert (known <= measure.high + 1e-9).all()


@pytest.mark.parametrize("kind", ["steps", "saved"])
def test_no_measure_depends_on_its_place(kind):
    affinity = np.random.default_rng(1).uniform(-0.9, 0.9, (5, 5)) * (1 - np.eye(5))
    together = [tuple(same) for _, same in groupby(of_kind(kind), lambda measure: measure.function)]
    moved = tuple(measure for same in reversed(together) for measure in same)
    in_order = values(kind, of_kind(kind), affinity)
    assert all(np.array_equal(in_order[m], value) for m, value in values(kind, moved, affinity).items())


def test_names_are_their_own_and_a_run_is_summed_up_as_they_say():
    assert len({measure.name for measure in CATALOGUE}) == len(CATALOGUE)
    path = np.array([[1.0, 2.0, 5.0], [4.0, 4.0, 0.0]])
    summed_up = {m.over_run: m.summed_up(path).tolist() for m in CATALOGUE}
    assert summed_up["last"] == [5, 0]
    assert summed_up["sum"] == [8, 8]
