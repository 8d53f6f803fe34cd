"""Public tables as indicators: what stands for what, and what is missing."""

import numpy as np
import pytest

from sim.estimation.background.indicators import NAMES, indicators
from sim.estimation.background.record import read_record

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def record(data):
    return read_record(data)


def value(record, year, name, sender, target):
    now = indicators(record, year)
    return now.values[NAMES.index(name), record.codes.index(sender), record.codes.index(target)]


@pytest.mark.parametrize(
    ("year", "name", "sender", "target"),
    [
        (1955, "defence", "USA", "GBR"),
        (1965, "defence", "PRK", "CHN"),
        (2010, "rivalry", "IND", "PAK"),
        (2023, "rivalry", "GRC", "TUR"),
        (2005, "border", "PRK", "KOR"),
        (1965, "common_rivals", "USA", "TWN"),
    ],
)
def test_known_facts(record, year, name, sender, target):
    assert value(record, year, name, sender, target) > 0
    assert value(record, year, name, target, sender) > 0


def test_force_is_directed_and_fades(record):
    attack, later = (value(record, year, "force_sent", "IRQ", "KWT") for year in (1962, 1971))
    assert attack == pytest.approx(1.0)
    assert 0 < later < attack


def test_a_record_that_a_state_lacks_is_missing(record):
    now = indicators(record, 1985)
    place = [record.codes.index(code) for code in ("PRK", "KOR", "CHE")]
    assert not now.has_votes[place].any()
    assert (now.values[NAMES.index("votes")][place] == 0).all()


def test_states_that_are_not_yet_there_have_nothing(record):
    now = indicators(record, 1985)
    ukraine = record.codes.index("UKR")
    assert not now.exists[ukraine].any()
    assert not now.values[:, ukraine].any()


def test_votes_are_judged_against_what_is_usual(record):
    now = indicators(record, 2010)
    beyond = np.where(now.has_votes, np.sinh(now.values[NAMES.index("votes")]), 0.0)
    seen = now.has_votes.sum(axis=1)
    assert np.abs(beyond.sum(axis=1) / np.maximum(seen, 1)).max() < 0.2
