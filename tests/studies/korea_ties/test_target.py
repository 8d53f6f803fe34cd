import json

import numpy as np
import pandas as pd
import pytest

from sim.errors import InputError
from sim.history.states import KOREA_FILE
from sim.studies.korea_ties.hindcast import hindcast, weigh_model
from sim.studies.korea_ties.records import _lay_out, read_records
from sim.studies.korea_ties.target import _window, validate
from sim.studies.scores import multi_accuracy, multi_log_loss


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


def test_the_mixture_is_weighed_on_windows_that_have_ended(records, monkeypatch):
    seen = []

    def watched(records, until, first, last, n_replicas):
        seen.append((until, first, last))
        return hindcast(records, until, first, last, 2)

    monkeypatch.setattr("sim.studies.korea_ties.hindcast.hindcast", watched)
    weight, ends = weigh_model(records, 1969, 10)
    assert ends == [1961, 1963, 1965, 1967, 1969]
    assert all(until < first < last <= 1969 for until, first, last in seen)
    assert 0 <= weight <= 1
    assert weigh_model(records, 1955, 10) == (1.0, [])


@pytest.mark.parametrize(
    ("until", "test", "ahead", "window"),
    [
        (None, None, None, (1969, 1970, 1980)),
        (1960, None, None, (1960, 1961, 1971)),
        (1960, None, 4, (1960, 1961, 1965)),
        (None, (1955, 1984), None, (1954, 1955, 1984)),
        (1960, (1970, 1972), 2, (1960, 1970, 1972)),
    ],
)
def test_any_window_of_any_length_can_be_asked_for(records, until, test, ahead, window):
    assert _window(records, until, test, ahead) == window


def test_a_length_that_contradicts_the_years_is_refused(records):
    with pytest.raises(InputError, match="--ahead"):
        _window(records, None, (1970, 1980), 5)


def test_a_state_without_a_row_while_it_was_one_is_named_with_its_year():
    years, codes = np.array([1970, 1971]), ["AGO", "FRA"]
    rows = [("FRA", 1970, 1, 0), ("FRA", 1971, 1, 1), ("AGO", 1971, 0, 1)]
    ties = pd.DataFrame(rows, columns=["code", "year", "KOR", "PRK"])
    exists = np.array([[False, True], [True, True]])
    tie = _lay_out(ties, codes, years, exists, KOREA_FILE)
    np.testing.assert_array_equal(tie, [[[0, 0], [0, 1]], [[1, 0], [1, 1]]])
    with pytest.raises(
        InputError, match=r"country_year\.csv\.gz: iso3c: AGO has no row in 1970, when it was a state"
    ):
        _lay_out(ties, codes, years, np.ones((2, 2), bool), KOREA_FILE)


def test_years_without_ties_are_refused(data):
    with pytest.raises(InputError, match="ties are known for 1948-"):
        validate(data, 2180, (2185, 2195), lambda done, of: None)


@pytest.mark.slow
def test_the_whole_answer_is_strict_json(data):
    found = validate(data, None, None, lambda done, of: None)
    assert json.dumps(found.summary(), allow_nan=False)
    assert found.is_met
