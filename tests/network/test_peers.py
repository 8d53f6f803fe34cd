"""What other libraries know to measure comes out the same: networkx, and leidenalg where it is installed."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networkx.algorithms.approximation import one_exchange
from networkx.algorithms.community import modularity as nx_modularity
from scipy.sparse import csr_array

from sim.network.proof.certificate import two_blocs
from sim.network.solvers.large import blocs_of_many
from sim.outcomes.blocs.exact import best_blocs
from sim.outcomes.blocs.local import agreement, blocs, gains_over, separate
from sim.outcomes.measures import (
    balanced_triangles,
    frustration,
    modularity,
    mutual_affinity,
    violated_weight,
    walk_balance,
)
from sim.studies.scores import adjusted_rand
from tests.outcomes.signed_matrices import affinities, random_ties

seeds = st.integers(0, 1_000_000)


def members(labels):
    return [set(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)]


@given(affinities(max_states=8), seeds)
def test_modularity_of_friends_is_newmans(affinity, seed):
    W = np.abs(mutual_affinity(affinity))
    labels = np.random.default_rng(seed).integers(0, 3, len(W))
    if W.any():
        theirs = nx_modularity(nx.from_numpy_array(W), members(labels))
        assert modularity(W, labels) == pytest.approx(theirs, abs=1e-9)


@given(affinities(max_states=8), seeds)
def test_weight_cut_between_camps_of_friends_is_their_violated_weight(affinity, seed):
    W = np.abs(mutual_affinity(affinity))
    labels = np.random.default_rng(seed).integers(0, 2, len(W))
    cut = nx.cut_size(nx.from_numpy_array(W), set(np.flatnonzero(labels).tolist()), weight="weight")
    assert violated_weight(W, labels) == pytest.approx(cut, abs=1e-9)


@given(affinities(max_states=8))
def test_enemies_alone_are_balanced_where_their_graph_is_bipartite(affinity):
    W = -np.abs(mutual_affinity(affinity))
    graph = nx.from_numpy_array(W)
    assert (two_blocs(W).frustration_index == 0.0) == nx.is_bipartite(graph)


@given(affinities(max_states=8), seeds)
@settings(max_examples=30)
def test_the_frustration_of_enemies_is_what_the_largest_cut_leaves(affinity, seed):
    W = np.abs(mutual_affinity(affinity))
    cut, _ = one_exchange(nx.from_numpy_array(W), weight="weight", seed=seed)
    least = two_blocs(-W).frustration_index
    assert W.sum() / 2 - cut >= least - 1e-9


@given(affinities(max_states=8))
def test_walks_among_enemies_are_the_estrada_indices(affinity):
    sign = np.sign(mutual_affinity(affinity))
    everyone = nx.estrada_index(nx.from_numpy_array(np.abs(sign)))
    assert walk_balance(np.abs(sign)) == pytest.approx(1.0)
    signed = np.exp(np.linalg.eigvalsh(sign)).sum()
    assert walk_balance(sign) == pytest.approx(signed / everyone)


@given(affinities(max_states=9))
def test_triangles_of_one_hostile_tie_are_unbalanced(affinity):
    sign = np.sign(mutual_affinity(affinity))
    edges = nx.from_numpy_array(np.abs(sign))
    n_triangles = sum(nx.triangles(edges).values()) / 3
    n_balanced = sum(
        sign[a, b] * sign[b, c] * sign[a, c] > 0
        for a, b, c in (clique for clique in nx.enumerate_all_cliques(edges) if len(clique) == 3)
    )
    share = balanced_triangles(sign)
    assert np.isnan(share) if n_triangles == 0 else share == pytest.approx(n_balanced / n_triangles)


@given(affinities(max_states=10))
def test_separated_blocs_are_the_connected_parts(affinity):
    gains = gains_over(mutual_affinity(affinity), 0.1)
    parts = nx.connected_components(nx.from_numpy_array((gains > 0).astype(float)))
    split = separate(gains, np.zeros(len(gains), np.int64))
    assert {frozenset(part) for part in parts} == {frozenset(one) for one in members(split)}


def test_the_karate_club_parts_as_greedy_modularity_has_it_or_better():
    graph = nx.karate_club_graph()
    theirs = nx.community.louvain_communities(graph, weight=None, seed=0)
    W = nx.to_numpy_array(graph, weight=None)
    degree = W.sum(axis=1)
    against_chance = W - np.outer(degree, degree) / degree.sum()
    np.fill_diagonal(against_chance, 0.0)
    ours, is_best = best_blocs(against_chance, 0.0, 100_000_000)
    labels = np.empty(34, np.int64)
    for k, one in enumerate(theirs):
        labels[list(one)] = k
    worth = agreement(against_chance, labels, 0.0)
    assert agreement(against_chance, ours, 0.0) >= worth - 1e-9
    assert is_best
    assert nx_modularity(graph, members(ours), weight=None) == pytest.approx(
        0.4197896, abs=1e-6
    )  # its maximum
    assert adjusted_rand(ours, blocs(against_chance, 0.0)) > 0.5
    assert frustration(W, np.zeros(34, np.int64)) == 1.0


def leiden(W, resolution, seed):
    """Labels and worth that leidenalg's constant Potts model finds."""
    igraph, leidenalg = pytest.importorskip("igraph"), pytest.importorskip("leidenalg")
    graph = igraph.Graph.Weighted_Adjacency(W, mode="undirected", loops=False)
    part = leidenalg.find_partition(
        graph, leidenalg.CPMVertexPartition, weights="weight", resolution_parameter=resolution, seed=seed,
        n_iterations=-1,
    )  # fmt: skip
    return np.array(part.membership), part.quality()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("seed", range(5))
def test_leiden_weighs_a_partition_as_we_do_and_finds_none_better(seed):
    W = random_ties(np.random.default_rng(seed), 24, camps=3, density=0.7)
    labels, quality = leiden(W, 0.05, seed)
    worth = agreement(W, labels, 0.05)
    assert quality in (pytest.approx(worth, abs=1e-6), pytest.approx(2 * worth, abs=1e-6))
    best, is_best = best_blocs(W, 0.05, 100_000_000)
    assert is_best
    assert agreement(W, best, 0.05) >= worth - 1e-9


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_search_of_crowds_ends_no_lower_than_leiden():
    W = random_ties(np.random.default_rng(7), 300, camps=4, density=0.05)
    labels, _ = leiden(W, 0.02, 1)
    ours = blocs_of_many(csr_array(W), 0.02)
    assert agreement(W, ours, 0.02) >= agreement(W, labels, 0.02) - 1e-9
