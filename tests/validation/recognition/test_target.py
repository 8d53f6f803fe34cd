import json

import pytest

from sim.errors import InputError
from sim.validation.recognition.records import read_records
from sim.validation.recognition.target import hindcast, validate
from sim.validation.scores import multi_accuracy, multi_log_loss


@pytest.fixture(scope="module")
def records(data):
    return read_records(data)


def test_the_known_baselines_of_the_seventies_are_met(records):
    """Persistence .528 and the majority class .417 on about 127 states, from the issue."""
    here = records.existing(1970)
    before, after = records.classes(1970)[here], records.classes(1980)[here]
    assert here.sum() == pytest.approx(127, abs=3)
    assert (before == after).mean() == pytest.approx(0.528, abs=0.01)
    assert (after == 3).mean() == pytest.approx(0.417, abs=0.01)


def test_the_agents_beat_persistence_and_hindsight_in_the_seventies(records):
    found = hindcast(records, 1969, 1970, 1980, 60)
    for shares in found.baselines.values():
        assert multi_log_loss(found.model, found.outcome) < multi_log_loss(shares, found.outcome)
        assert multi_accuracy(found.model, found.outcome) > multi_accuracy(shares, found.outcome)


def test_years_without_ties_are_refused(data):
    with pytest.raises(InputError, match="ties are known for 1948-"):
        validate(data, 2180, (2185, 2195), lambda done, of: None)


@pytest.mark.slow
def test_the_whole_answer_is_strict_json(data):
    found = validate(data, None, None, lambda done, of: None)
    assert json.dumps(found.summary(), allow_nan=False)
    assert found.is_met
