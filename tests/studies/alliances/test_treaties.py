import numpy as np
import pytest

from sim.studies.alliances.atop import _once
from sim.studies.alliances.treaties import effective_number, treaty_labels
from tests.studies.alliances.test_forecast import panel, symmetric


def test_pacts_that_begin_together_and_hang_together_are_one_treaty():
    first = {(0, 1): 1, (1, 2): 1, (3, 4): 1}
    second = {**first, (0, 5): 1, (2, 5): 1}  # a state joins
    del second[3, 4]
    labels = treaty_labels(panel([symmetric(pairs, 6) for pairs in (first, second)]))
    assert labels[0, 0, 1] == labels[0, 2, 1] == labels[1, 0, 1]
    assert labels[0, 3, 4] not in (-1, labels[0, 0, 1])
    assert labels[1, 0, 5] == labels[1, 5, 2] not in (-1, labels[0, 0, 1], labels[0, 3, 4])
    assert labels[1, 3, 4] == labels[0, 0, 5] == -1
    np.testing.assert_array_equal(labels, labels.transpose(0, 2, 1))


def test_the_effective_number_is_that_of_treaties_of_equal_size():
    assert effective_number(np.repeat([4, 7, 9], 5)) == pytest.approx(3)
    assert effective_number(np.array([1] * 98 + [2, 3])) < 1.05
    assert effective_number(np.zeros(0, int)) == 0


def test_each_treaty_weighs_as_much_as_a_pair_without():
    treaty = np.array([3, 3, 3, 3, 8, -1, -1, -5])
    weight = _once(treaty)
    for label in np.unique(treaty):
        assert weight[treaty == label].sum() == pytest.approx(1)
