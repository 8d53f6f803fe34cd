import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array, csr_array

from sim.network.proof.certificate import searched_blocs, two_blocs
from sim.network.solvers.large import (
    agreement_of_many,
    balanced_triangles_of_many,
    blocs_of_many,
    leading_signs,
    two_camps,
)
from sim.outcomes.blocs.exact import best_blocs
from sim.outcomes.blocs.local import agreement, blocs
from sim.outcomes.measures import balanced_triangles, mutual_affinity, violated_weight
from tests.outcomes.signed_matrices import affinities, all_splits, random_ties, same_partition

MANY = 10_000_000
resolutions = st.sampled_from([0.0, 0.05, 0.3])


def sparse_edges(n, n_edges, seed, flipped=0.0):
    """Edges of ±1 between two planted camps, some of them flipped; and the camps."""
    rng = np.random.default_rng(seed)
    camp = rng.integers(0, 2, n)
    pair = np.unique(np.sort(rng.integers(0, n, (n_edges, 2)), axis=1), axis=0)
    i, j = pair[pair[:, 0] != pair[:, 1]].T
    sign = np.where(camp[i] == camp[j], 1.0, -1.0) * np.where(rng.random(i.size) < flipped, -1.0, 1.0)
    upper = coo_array((sign, (i, j)), shape=(n, n))
    return csr_array(upper + upper.T), camp


@given(affinities(max_states=9), resolutions)
@settings(max_examples=60)
def test_blocs_of_many_agree_with_branch_and_bound_on_few(affinity, resolution):
    W = mutual_affinity(affinity)
    labels = blocs_of_many(csr_array(W), resolution)
    best, _ = best_blocs(W, resolution, MANY)
    worth = agreement(W, labels, resolution)
    assert agreement_of_many(csr_array(W), labels, resolution) == pytest.approx(worth, abs=1e-9)
    assert worth == pytest.approx(agreement(W, best, resolution), abs=1e-9)
    assert (labels <= np.arange(len(W))).all()


@given(affinities(max_states=9))
@settings(max_examples=60)
def test_two_camps_agree_with_all_splits_of_few(affinity):
    W = mutual_affinity(affinity)
    least = min(violated_weight(W, split) for split in all_splits(len(W)))
    side = two_camps(csr_array(W))
    assert side[0] == 0
    assert violated_weight(W, side) == pytest.approx(least, abs=1e-9)


def test_searches_of_a_hundred_states_end_no_higher_than_the_slow_ones():
    rng = np.random.default_rng(3)
    for camps in (2, 4):
        W = random_ties(rng, 100, camps=camps, density=0.3)
        labels = blocs_of_many(csr_array(W), 0.05)
        assert agreement(W, labels, 0.05) >= agreement(W, blocs(W, 0.05), 0.05) - 1e-9


def test_a_balanced_crowd_is_recognised_and_thereby_proven():
    edges, camp = sparse_edges(10_000, 60_000, 1)
    found = searched_blocs(edges)
    assert found.frustration_index == 0.0
    assert found.is_optimal
    linked = np.diff(edges.indptr) > 0
    assert same_partition(found.blocs[linked][:500], camp[linked][:500])
    assert (np.unique(found.blocs[~linked], return_counts=True)[1] == 1).all()


def test_a_crowd_with_traitors_is_split_at_their_cost_and_nothing_is_claimed():
    edges, camp = sparse_edges(3_000, 40_000, 2, flipped=0.1)
    found = searched_blocs(edges)
    planted = abs(edges).sum() / 2 * 0.1
    assert found.frustration_index == pytest.approx(planted, rel=0.05)
    assert not found.is_optimal
    assert found.gap == 1.0
    again = searched_blocs(edges)
    assert np.array_equal(again.blocs, found.blocs)
    pair = coo_array(edges)
    apart = found.blocs[pair.row] != found.blocs[pair.col]
    assert found.energy == pytest.approx(pair.data[apart].sum())
    assert (found.blocs == found.blocs[0]).mean() == pytest.approx((camp == camp[0]).mean(), abs=0.02)


def test_free_blocs_of_a_crowd_violate_less_than_two():
    edges, _ = sparse_edges(2_000, 12_000, 4, flipped=0.2)
    two, free = searched_blocs(edges), searched_blocs(edges, 0.0)
    assert free.objective == pytest.approx(free.frustration_index)
    assert free.frustration_index <= two.frustration_index
    above = searched_blocs(edges, 0.2)
    assert above.n_blocs >= free.n_blocs
    dense = edges.toarray() - 0.2 * (1 - np.eye(2_000))
    assert above.objective == pytest.approx(violated_weight(dense, above.blocs))


@pytest.mark.parametrize("density", [0.02, 0.5])
def test_balanced_triangles_by_rows_are_those_of_the_plain_count(density):
    W = np.sign(random_ties(np.random.default_rng(6), 150, camps=2, density=density))
    assert balanced_triangles_of_many(csr_array(W)) == pytest.approx(balanced_triangles(W), abs=1e-12)


def test_no_ties_no_blocs():
    nothing = csr_array((4, 4), dtype=np.float64)
    assert two_camps(nothing).tolist() == [0, 0, 0, 0]
    assert blocs_of_many(nothing, 0.0).tolist() == [0, 1, 2, 3]
    assert searched_blocs(nothing).blocs.tolist() == [0, 1, 2, 3]
    assert np.isnan(balanced_triangles_of_many(nothing))


def test_the_leading_signs_are_those_of_the_eigenvector():
    W = random_ties(np.random.default_rng(9), 40, camps=2)
    vector = np.linalg.eigh(W)[1][:, -1]
    signs = leading_signs(csr_array(W))
    assert np.array_equal(signs * signs[0], np.where(vector < 0, -1, 1) * np.sign(vector[0]))


def test_dense_and_sparse_heuristics_are_one():
    edges, _ = sparse_edges(300, 2_000, 7, flipped=0.1)
    assert np.array_equal(two_blocs(edges.toarray(), method="heuristic").blocs, searched_blocs(edges).blocs)
