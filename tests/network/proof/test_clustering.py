import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.network.proof import clustering
from sim.network.proof.clustering import free_blocs
from sim.outcomes.blocs.local import agreement
from sim.outcomes.measures import mutual_affinity, violated_weight
from tests.outcomes.signed_matrices import affinities, all_partitions, random_ties, relabelled, same_partition

resolutions = st.sampled_from([0.0, 0.1, 0.5])


def over(W, resolution):
    gains = W - resolution
    np.fill_diagonal(gains, 0.0)
    return gains


@given(affinities(), resolutions)
@settings(max_examples=50)
def test_no_partition_violates_less(affinity, resolution):
    W = mutual_affinity(affinity)
    found = free_blocs(affinity, resolution)
    least = min(violated_weight(over(W, resolution), rival) for rival in all_partitions(len(W)))
    assert found.is_optimal
    assert found.objective == pytest.approx(least, abs=1e-9)
    assert found.frustration_index == pytest.approx(violated_weight(W, found.blocs), abs=1e-12)


@given(affinities(min_states=4), resolutions)
@settings(max_examples=25)
def test_cutting_planes_agree_with_branch_and_bound(affinity, resolution):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clustering, "MOST_STATES_BRANCHED", 0)
        cut = free_blocs(affinity, resolution)
    assert cut.is_optimal
    assert cut.objective == pytest.approx(free_blocs(affinity, resolution).objective, abs=1e-9)


def test_cutting_planes_agree_with_branch_and_bound_on_frustrated_ties(monkeypatch):
    rng = np.random.default_rng(3)
    cases = [random_ties(rng, 14, density=0.5) for _ in range(5)]
    branched = [free_blocs(W) for W in cases]
    monkeypatch.setattr(clustering, "MOST_STATES_BRANCHED", 0)
    for W, known in zip(cases, branched, strict=True):
        found = free_blocs(W)
        assert found.is_optimal
        assert found.objective == pytest.approx(known.objective)
        assert "cutting planes" in found.method


def test_agreement_and_violated_weight_differ_by_what_friends_are_worth():
    W = random_ties(np.random.default_rng(5), 20)
    found = free_blocs(W, 0.1)
    friendly = np.maximum(over(W, 0.1), 0.0).sum() / 2
    assert found.objective == pytest.approx(friendly - agreement(W, found.blocs, 0.1))


def test_relabelling_relabels_and_the_optimum_is_never_above_local_search():
    rng = np.random.default_rng(6)
    W = random_ties(rng, 22, camps=3)
    order = rng.permutation(22)
    found = free_blocs(W, 0.05)
    assert same_partition(free_blocs(relabelled(W, order), 0.05).blocs, found.blocs[order])
    searched = free_blocs(W, 0.05, method="heuristic")
    assert searched.objective >= found.objective - 1e-9
    assert not searched.is_optimal


def test_out_of_time_the_gap_is_reported():
    found = free_blocs(random_ties(np.random.default_rng(7), 60), time_limit=0.5)
    assert not found.is_optimal
    assert 0.0 < found.gap <= 1.0


def test_planted_blocs_of_a_hundred_states_are_proven():
    rng = np.random.default_rng(8)
    camp = np.arange(100) % 5
    W = np.where(camp[:, None] == camp, 0.4, -0.3) + rng.normal(0.0, 0.15, (100, 100))
    found = free_blocs(W, 0.05)
    assert found.is_optimal
    assert same_partition(found.blocs, camp)


def test_strangers_and_lone_states_stay_apart():
    assert free_blocs(np.zeros((4, 4))).blocs.tolist() == [0, 1, 2, 3]
    assert free_blocs(np.zeros((1, 1))).is_optimal


@pytest.mark.parametrize("resolution", [-0.1, np.nan, np.inf])
def test_impossible_resolutions_are_refused(resolution):
    with pytest.raises(InputError, match="resolution"):
        free_blocs(np.zeros((2, 2)), resolution)


def test_too_many_states_are_refused():
    with pytest.raises(InputError, match="heuristic"):
        free_blocs(np.ones((201, 201)))
    with pytest.raises(InputError, match="too many"):
        free_blocs(np.zeros((2001, 2001)))
    assert free_blocs(np.ones((201, 201)), method="heuristic").n_blocs == 1
