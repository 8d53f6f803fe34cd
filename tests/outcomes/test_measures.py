import numpy as np
import pytest
from hypothesis import given

from sim.errors import InputError
from sim.outcomes.measures import (
    alignment,
    asymmetry,
    balanced_triangles,
    checked_edges,
    frustration,
    mean_affinity,
    modularity,
    most_courted,
    mutual_affinity,
    number_of_blocs,
    polarisation,
    violated_weight,
    walk_balance,
)
from tests.outcomes.signed_matrices import affinities, relabelled


def two_camps(n: int) -> np.ndarray:
    camp = np.arange(n) % 2
    ties = np.where(camp[:, None] == camp, 1.0, -1.0)
    np.fill_diagonal(ties, 0.0)
    return ties


@given(affinities())
def test_measures_keep_their_bounds_and_do_not_depend_on_the_order_of_states(affinity):
    n = len(affinity)
    order = np.random.default_rng(0).permutation(n)
    labels = np.arange(n) % 2
    ranges = {mean_affinity: (-1, 1), asymmetry: (0, 2), polarisation: (0, 1)}
    for measure, (low, high) in ranges.items():
        value = measure(affinity)
        assert low - 1e-12 <= value <= high + 1e-12
        assert measure(relabelled(affinity, order)) == pytest.approx(value, abs=1e-12)
    W = mutual_affinity(affinity)
    assert np.array_equal(W, W.T)
    assert not W.diagonal().any()
    for measure, low in ((frustration, -1), (modularity, -1)):
        value = measure(W, labels)
        assert np.isnan(value) if not W.any() else low - 1e-12 <= value <= 1 + 1e-12
        assert measure(relabelled(W, order), labels[order]) == pytest.approx(value, abs=1e-9, nan_ok=True)
    assert 0 < walk_balance(W) <= 1 + 1e-12


@given(affinities(min_states=3))
def test_switching_a_camp_changes_no_balance(affinity):
    W = mutual_affinity(affinity)
    spin = np.where(np.arange(len(W)) % 3 == 0, -1.0, 1.0)
    switched = W * np.outer(spin, spin)
    assert balanced_triangles(switched) == pytest.approx(balanced_triangles(W), nan_ok=True)
    assert walk_balance(switched) == pytest.approx(walk_balance(W))


def test_two_hostile_camps_are_balanced_polarised_and_modular():
    W = two_camps(6)
    labels = np.arange(6) % 2
    assert balanced_triangles(W) == 1.0
    assert walk_balance(W) == pytest.approx(1.0)
    assert frustration(W, labels) == 1.0
    assert violated_weight(W, np.zeros(6, np.int64)) == 9.0
    assert polarisation(W) == pytest.approx(1 - 1 / 5**2)
    assert modularity(W, labels) > modularity(W, np.zeros(6, np.int64))


def test_a_triangle_of_enemies_is_unbalanced():
    W = np.ones((3, 3)) * -0.5
    np.fill_diagonal(W, 0.0)
    assert balanced_triangles(W) == 0.0
    assert frustration(W, np.array([0, 1, 1])) == pytest.approx(1 - 2 / 3)


def test_modularity_matches_networkx_where_all_ties_are_friendly():
    networkx = pytest.importorskip("networkx")
    graph = networkx.karate_club_graph()
    W = networkx.to_numpy_array(graph)
    labels = np.array([graph.nodes[i]["club"] == "Officer" for i in graph]).astype(np.int64)
    groups = [set(np.flatnonzero(labels == side).tolist()) for side in (0, 1)]
    assert modularity(W, labels) == pytest.approx(
        networkx.community.modularity(graph, groups, weight="weight")
    )


def test_modularity_rewards_enmity_across_blocs():
    W = two_camps(4)
    enmity = np.minimum(W, 0.0)
    assert modularity(enmity, np.arange(4) % 2) == pytest.approx(0.5)


def test_alignment_is_with_the_other_members_of_the_pole():
    affinity = np.array([[0.0, 0.4, -0.2], [0.6, 0.0, 0.8], [0.0, 0.2, 0.0]])
    poles = np.array([[True, True, False], [True, False, False], [False, False, False]])
    first_two, only_first, nobody = alignment(affinity, poles)
    assert first_two == pytest.approx([0.5, 0.5, 0.2])
    assert np.isnan(only_first[0])
    assert only_first[1:] == pytest.approx([0.5, -0.1])
    assert np.isnan(nobody).all()


def test_the_most_courted_share_it_and_before_any_warm_act_nobody_is():
    assert most_courted(np.array([0.2, 0.5, 0.1])).tolist() == [0, 1, 0]
    assert most_courted(np.array([0.5, 0.2, 0.5])).tolist() == [0.5, 0, 0.5]
    assert most_courted(np.zeros(3)).tolist() == [0, 0, 0]


def test_blocs_are_counted_by_their_first_members():
    assert number_of_blocs(np.array([0, 0, 2, 0])) == 2


def test_measures_of_nothing_are_not_numbers():
    alone = np.zeros((1, 1))
    for measure in (mean_affinity, asymmetry, polarisation, balanced_triangles):
        assert np.isnan(measure(alone))
    assert np.isnan(frustration(np.zeros((3, 3)), np.arange(3)))
    assert np.isnan(modularity(np.zeros((3, 3)), np.arange(3)))
    assert np.isnan(walk_balance(np.zeros((0, 0))))


def test_asymmetry_is_what_mutual_affinity_drops():
    affinity = np.array([[0.0, 0.9], [-0.1, 0.0]])
    assert asymmetry(affinity) == pytest.approx(1.0)
    assert mutual_affinity(affinity)[0, 1] == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        (np.zeros((2, 3)), "square"),
        (np.zeros(4), "square"),
        (np.zeros((0, 0)), "square"),
        (np.array([[0.0, np.nan], [1.0, 0.0]]), "row 1, column 2"),
        (np.array([[0.0, 1.0], [-np.inf, 0.0]]), "row 2, column 1"),
    ],
)
def test_what_is_no_matrix_of_ties_is_refused_with_its_place(matrix, words):
    with pytest.raises(InputError, match=words):
        checked_edges(matrix)


def test_directed_ties_with_a_diagonal_are_made_symmetric():
    assert np.array_equal(checked_edges([[5, 1], [0, 5]]), [[0, 0.5], [0.5, 0]])
