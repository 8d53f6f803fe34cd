import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.outcomes.blocs.exact import best_blocs, likely_best_blocs
from sim.outcomes.blocs.local import agreement, blocs, canonical, exit_costs, gains_over, separate
from sim.outcomes.measures import mutual_affinity
from tests.outcomes.signed_matrices import affinities, all_partitions, random_ties, relabelled, same_partition

MANY = 10_000_000
resolutions = st.sampled_from([0.0, 0.05, 0.3])


@given(affinities(), resolutions)
@settings(max_examples=60)
def test_branch_and_bound_finds_the_best_of_all_partitions(affinity, resolution):
    W = mutual_affinity(affinity)
    labels, is_best = best_blocs(W, resolution, MANY)
    best = max(agreement(W, rival, resolution) for rival in all_partitions(len(W)))
    assert is_best
    assert agreement(W, labels, resolution) == pytest.approx(best, abs=1e-9)


@given(affinities(max_states=12), resolutions)
def test_local_search_is_at_rest_between_nothing_and_the_best(affinity, resolution):
    W = mutual_affinity(affinity)
    labels = blocs(W, resolution)
    cost, _ = exit_costs(W, labels, resolution)
    best, _ = best_blocs(W, resolution, MANY)
    assert (cost >= -1e-9).all()
    assert -1e-12 <= agreement(W, labels, resolution) <= agreement(W, best, resolution) + 1e-9
    assert np.array_equal(labels, canonical(labels))


@given(affinities(max_states=10), resolutions)
def test_blocs_hang_together_by_ties_above_the_resolution(affinity, resolution):
    W = mutual_affinity(affinity)
    for labels in (blocs(W, resolution), best_blocs(W, resolution, MANY)[0]):
        assert np.array_equal(separate(gains_over(W, resolution), labels), labels)
        for i in range(len(W)):
            if not (W[i] > resolution).any():
                assert (labels == labels[i]).sum() == 1


@pytest.mark.parametrize("camps", [2, 3, 5])
def test_planted_blocs_are_found(camps):
    rng = np.random.default_rng(camps)
    camp = rng.permutation(np.arange(30) % camps)
    W = np.where(camp[:, None] == camp, 0.4, -0.3) + rng.normal(0.0, 0.1, (30, 30))
    W = mutual_affinity(W)
    assert same_partition(blocs(W, 0.05), camp)
    labels, is_best = best_blocs(W, 0.05, MANY)
    assert is_best
    assert same_partition(labels, camp)


def test_relabelling_the_states_relabels_the_blocs():
    rng = np.random.default_rng(7)
    for _ in range(20):
        W = random_ties(rng, 18, camps=3)
        order = rng.permutation(18)
        assert same_partition(blocs(relabelled(W, order), 0.1), blocs(W, 0.1)[order])
        assert same_partition(
            best_blocs(relabelled(W, order), 0.1, MANY)[0], best_blocs(W, 0.1, MANY)[0][order]
        )


def test_higher_resolution_ends_in_everyone_alone_and_lower_in_friends_together():
    W = random_ties(np.random.default_rng(1), 15)
    assert np.array_equal(blocs(W, 1.0), np.arange(15))
    assert np.array_equal(blocs(np.abs(W), 0.0), np.zeros(15))


def test_one_state_and_no_ties():
    assert blocs(np.zeros((1, 1)), 0.0).tolist() == [0]
    assert blocs(np.zeros((4, 4)), 0.0).tolist() == [0, 1, 2, 3]
    assert best_blocs(np.zeros((4, 4)), 0.0, MANY)[0].tolist() == [0, 1, 2, 3]


def test_too_few_nodes_fall_back_on_local_search_and_say_so():
    W = random_ties(np.random.default_rng(2), 24)
    labels, is_best = best_blocs(W, 0.0, 100)
    assert not is_best
    assert np.array_equal(labels, blocs(W, 0.0))


def test_exit_costs_name_the_next_to_flip():
    W = np.array(
        [[0.0, 0.9, 0.1, -0.5], [0.9, 0.0, 0.1, -0.5], [0.1, 0.1, 0.0, 0.15], [-0.5, -0.5, 0.15, 0.0]]
    )
    labels = blocs(W, 0.0)
    cost, rival = exit_costs(W, labels, 0.0)
    assert labels.tolist() == [0, 0, 0, 3]
    assert np.argmin(cost) == 2
    assert cost[2] == pytest.approx(0.05)
    assert rival[2] == 3


@pytest.mark.parametrize("seed", range(12))
def test_a_crowd_of_friends_is_one_bloc_and_the_search_for_it_ends(seed):
    """Two hundred gains added up one after the other come back to 0 only to within their roundings."""
    W = np.tanh(1.8 + 0.8 * np.random.default_rng(seed).standard_normal((200, 200)))
    W = (W + W.T) / 2
    np.fill_diagonal(W, 0.0)
    assert not blocs(W, 0.1).any()


def test_two_hundred_states_are_workable():
    W = random_ties(np.random.default_rng(3), 200, camps=6)
    assert (exit_costs(W, blocs(W, 0.05), 0.05)[0] >= -1e-9).all()


def test_a_replica_of_few_states_is_solved_and_one_of_many_searched():
    few = random_ties(np.random.default_rng(4), 24, camps=3)
    labels, is_proven = likely_best_blocs(few, 0.05)
    assert is_proven
    assert np.array_equal(labels, best_blocs(few, 0.05, MANY)[0])
    many = random_ties(np.random.default_rng(4), 25, camps=3)
    labels, is_proven = likely_best_blocs(many, 0.05)
    assert not is_proven
    assert np.array_equal(labels, blocs(many, 0.05))
