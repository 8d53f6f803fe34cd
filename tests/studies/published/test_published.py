import pytest

from sim.studies.published.case import about, exactly
from sim.studies.published.dynamics import _can_jam
from sim.studies.published.landscapes import landscape_cases
from sim.studies.published.networks import tribe_cases
from sim.studies.published.target import validate


def test_a_case_is_met_only_within_its_room():
    assert exactly("x", 7, 7.0).is_met
    assert not exactly("x", 7, 8).is_met
    assert exactly("x", 0.8676471, 0.86764705882, 7).is_met
    assert about("x", 0.48, 0.489, 0.01).is_met
    assert not about("x", 0.48, 0.491, 0.01).is_met


def test_landscapes_and_tribes_are_as_published(data):
    scores = [*landscape_cases(data), *tribe_cases(data)]
    assert [s.metric for s in scores if not s.is_met] == []
    assert len(scores) == 17


def test_only_some_numbers_of_states_jam_in_hostile_cliques():
    assert [n for n in range(3, 14) if _can_jam(n)] == [9, 11, 12, 13]


@pytest.mark.slow
def test_every_published_number_is_reproduced(data):
    found = validate(data, None, None, lambda done, of: None)
    assert [s.metric for s in found.scores if not s.is_met] == []
    assert all(row["is_proven"] for row in found.curves["published windows"])
