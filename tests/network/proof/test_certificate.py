import numpy as np
import pytest
from hypothesis import given, settings

from sim.errors import InputError
from sim.network.proof import certificate
from sim.network.proof.bounds import packed_bound
from sim.network.proof.certificate import two_blocs
from sim.network.proof.clustering import free_blocs
from sim.network.proof.program import split_by_program
from sim.outcomes.measures import mutual_affinity, violated_weight
from tests.outcomes.signed_matrices import affinities, all_splits, random_ties, relabelled, same_partition


@pytest.fixture
def no_enumeration(monkeypatch):
    monkeypatch.setattr(certificate, "ENUMERATED", 0)


def least_violated(W):
    return min(violated_weight(W, split) for split in all_splits(len(W)))


@given(affinities())
def test_the_frustration_index_is_the_least_of_all_splits(affinity):
    W = mutual_affinity(affinity)
    found = two_blocs(affinity)
    assert found.is_optimal
    assert found.gap == 0.0
    assert found.frustration_index == pytest.approx(least_violated(W), abs=1e-9)
    assert found.energy == pytest.approx(
        2 * (found.frustration_index - np.maximum(-np.triu(W), 0).sum()), abs=1e-9
    )
    assert len(set(found.blocs[W.any(axis=1)])) <= 2
    assert 0 <= found.frustration_index <= np.abs(W).sum() / 4 + 1e-9  # a random split violates half


@given(affinities(max_states=6))
@settings(max_examples=25)
def test_the_integer_program_agrees_with_enumeration(affinity):
    W = mutual_affinity(affinity)
    split, bound = split_by_program(W, 10.0)
    assert violated_weight(W, split) == pytest.approx(least_violated(W), abs=1e-9)
    assert bound == pytest.approx(least_violated(W), abs=1e-5)


def test_switching_a_camp_and_relabelling_leave_the_index_alone():
    rng = np.random.default_rng(4)
    W = random_ties(rng, 24, camps=2)
    index = two_blocs(W)
    assert index.method == "branch and bound"
    spin = rng.choice([-1.0, 1.0], 24)
    assert two_blocs(W * np.outer(spin, spin)).frustration_index == pytest.approx(index.frustration_index)
    order = rng.permutation(24)
    turned = two_blocs(relabelled(W, order))
    assert turned.frustration_index == pytest.approx(index.frustration_index)
    assert same_partition(turned.blocs, index.blocs[order])


def test_local_search_is_never_below_the_optimum_and_claims_nothing():
    rng = np.random.default_rng(9)
    for _ in range(10):
        W = random_ties(rng, 16, density=0.6)
        exact, searched = two_blocs(W), two_blocs(W, method="heuristic")
        assert searched.frustration_index >= exact.frustration_index - 1e-9
        assert searched.method == "local search"
        assert not searched.is_optimal
        assert searched.gap == 1.0


def test_out_of_time_the_gap_is_reported_and_holds():
    W = random_ties(np.random.default_rng(1), 60)
    found = two_blocs(W, time_limit=0.3)
    assert not found.is_optimal
    assert 0.0 < found.gap <= 1.0
    assert found.bound < found.objective == pytest.approx(found.frustration_index)


@given(affinities(max_states=7))
def test_packed_triangles_never_promise_more_than_the_best(affinity):
    W = mutual_affinity(affinity)
    assert 0.0 <= packed_bound(W, True) <= two_blocs(W).objective + 1e-9
    assert packed_bound(W, False) <= free_blocs(W).objective + 1e-9


def test_packed_triangles_leave_a_dense_quarrel_a_small_gap():
    W = random_ties(np.random.default_rng(5), 160, camps=3)
    found = two_blocs(W, time_limit=0.5)
    assert not found.is_optimal
    assert found.gap < 0.5


def test_a_balanced_network_is_recognised_at_any_size(no_enumeration):
    camp = np.arange(60) % 2
    W = np.where(camp[:, None] == camp, 1.0, -1.0) * (np.random.default_rng(2).random((60, 60)) < 0.3)
    found = two_blocs(W)
    assert found.is_optimal
    assert found.frustration_index == 0.0
    assert same_partition(found.blocs, camp)


def test_neutral_states_stand_alone_and_parts_begin_on_the_same_side():
    W = np.zeros((6, 6))
    W[0, 1] = W[1, 0] = -1.0
    W[2, 4] = W[4, 2] = -1.0
    assert two_blocs(W).blocs.tolist() == [0, 1, 0, 3, 1, 5]
    nothing = two_blocs(np.zeros((3, 3)))
    assert nothing.blocs.tolist() == [0, 1, 2]
    assert nothing.is_optimal


def test_equally_good_splits_are_counted():
    enemies = np.zeros((3, 3)) - 1.0
    assert two_blocs(enemies).n_optimal == 3
    assert two_blocs(enemies).n_blocs == 2


def test_too_many_states_are_refused_unless_searched_locally():
    many = np.ones((1001, 1001))
    with pytest.raises(InputError, match="heuristic"):
        two_blocs(many)
    with pytest.raises(InputError, match="method"):
        two_blocs(np.zeros((2, 2)), method="quick")
    assert two_blocs(many[:300, :300], method="heuristic").frustration_index == 0.0
