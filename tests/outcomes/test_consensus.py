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
    membership_entropy,
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


def test_entropy_is_nil_when_sure_and_one_at_a_coin_toss():
    sure = co_assignment(np.array([[0, 0, 2], [1, 1, 0]]))
    assert membership_entropy(sure) == pytest.approx([0, 0, 0])
    tossed = co_assignment(np.array([[0, 0, 2], [0, 1, 1]]))
    assert membership_entropy(tossed) == pytest.approx([0.5, 1.0, 0.5])
    assert membership_entropy(np.ones((1, 1))) == pytest.approx([0.0])


def test_no_replicas_are_refused():
    with pytest.raises(InputError, match="replica"):
        co_assignment(np.zeros((0, 3), np.int64))
    with pytest.raises(InputError, match="replica"):
        co_assignment(np.arange(3))


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
