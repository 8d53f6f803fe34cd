import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.errors import InputError
from sim.outcomes.blocs.local import canonical
from sim.outcomes.consensus import (
    co_assignment,
    company,
    consensus,
    drift,
    first_members,
    first_passage,
    left_company,
    membership_entropy,
    modal_partition,
    passage_probability,
    stability,
)
from tests.outcomes.signed_matrices import all_partitions

partitions = arrays(np.int64, st.tuples(st.integers(1, 6), st.integers(2, 6)), elements=st.integers(0, 5))


@given(partitions)
def test_co_assignment_is_a_symmetric_probability_that_forgets_names(labels):
    co = co_assignment(labels)
    assert np.array_equal(co, co.T)
    assert (co.diagonal() == 1.0).all()
    assert ((co >= 0) & (co <= 1)).all()
    renamed = np.array([(7 * row + r) for r, row in enumerate(labels)])
    assert np.array_equal(co_assignment(renamed), co)
    entropy = membership_entropy(co)
    assert ((entropy >= 0) & (entropy <= 1 + 1e-12)).all()


@given(partitions)
def test_blocs_are_named_by_their_first_members(labels):
    assert np.array_equal(first_members(labels), np.array([canonical(row) for row in labels]))


def test_entropy_is_nil_when_sure_and_one_at_a_coin_toss():
    sure = co_assignment(np.array([[0, 0, 2], [1, 1, 0]]))
    assert membership_entropy(sure) == pytest.approx([0, 0, 0])
    tossed = co_assignment(np.array([[0, 0, 2], [0, 1, 1]]))
    assert membership_entropy(tossed) == pytest.approx([0.5, 1.0, 0.5])
    assert membership_entropy(np.ones((1, 1))) == pytest.approx([0.0])


def test_the_modal_partition_has_its_share():
    labels, share = modal_partition(np.array([[5, 5, 1], [2, 2, 0], [1, 0, 0]]))
    assert labels.tolist() == [0, 0, 2]
    assert share == pytest.approx(2 / 3)


def test_stability_is_the_adjusted_rand_index():
    assert stability(np.array([0, 0, 1, 1]), np.array([4, 4, 2, 2])) == 1.0
    assert stability(np.arange(4), np.arange(4)) == 1.0
    assert stability(np.zeros(4), np.zeros(4)) == 1.0
    assert stability(np.arange(4), np.zeros(4)) == 0.0
    assert stability(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])) == pytest.approx(-0.5)


def test_stability_is_nil_on_average_for_unrelated_partitions():
    rng = np.random.default_rng(0)
    values = [stability(rng.integers(0, 3, 30), rng.integers(0, 3, 30)) for _ in range(300)]
    assert np.mean(values) == pytest.approx(0.0, abs=5 * np.std(values) / np.sqrt(300))


def test_first_passage_of_a_sign_and_its_probability():
    path = np.array([[0.5, 0.2, -0.1, 0.3], [0.5, 0.4, 0.3, 0.2], [-0.2, 0.1, 0.1, 0.1]])
    first = first_passage(np.sign(path) != np.sign(path[..., :1]))
    assert first.tolist() == [2, -1, 1]
    assert passage_probability(first, 4) == pytest.approx([0, 1 / 3, 2 / 3, 2 / 3])
    assert drift(path)[0] == pytest.approx([0.0, -0.3, -0.6, -0.2])


def test_leaving_company_is_joining_or_parting():
    labels = np.array([[[0, 0, 2], [0, 0, 2], [0, 1, 1]]])
    assert left_company(labels, 0, 1).tolist() == [[False, False, True]]
    assert left_company(labels, 1, 2).tolist() == [[False, False, True]]
    assert first_passage(left_company(labels, 0, 2)).tolist() == [-1]


def test_no_replicas_are_refused():
    with pytest.raises(InputError, match="replica"):
        co_assignment(np.zeros((0, 3), np.int64))
    with pytest.raises(InputError, match="replica"):
        co_assignment(np.arange(3))
    with pytest.raises(InputError, match="replicas"):
        passage_probability(np.empty(0, np.int64), 3)


def misplaced(co, labels):
    """Expected number of pairs that a partition joins though they stand apart, or parts though they do not."""
    together = labels[:, None] == labels[None, :]
    return np.triu(np.where(together, 1.0 - co, co), 1).sum()


@given(partitions)
def test_the_consensus_misplaces_the_fewest_pairs(labels):
    co = co_assignment(labels)
    found = consensus(co)
    best = min(misplaced(co, rival) for rival in all_partitions(len(co)))
    assert misplaced(co, found) == pytest.approx(best, abs=1e-9)
    assert np.array_equal(found, canonical(found))


def test_company_is_ones_own_bloc_or_the_nearest():
    replicas = np.array([[0, 0, 0, 3, 3], [0, 0, 2, 3, 3], [0, 0, 2, 3, 2], [0, 0, 0, 3, 4]])
    co = co_assignment(replicas)
    labels = consensus(co)
    bloc, sure = company(labels, co)
    assert labels.tolist() == [0, 0, 2, 3, 4]
    assert bloc.tolist() == [0, 0, 0, 0, 0]
    assert sure == pytest.approx([1.0, 1.0, 0.5, 0.0, 0.0])
    alone, none = company(np.arange(3), np.eye(3))
    assert alone.tolist() == [-1, -1, -1]
    assert none.tolist() == [0.0, 0.0, 0.0]
