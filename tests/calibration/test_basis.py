"""What a dyad rests on: the surest of what speaks of it."""

from datetime import date

import numpy as np

from sim.background.known import known_pairs
from sim.background.prior import blank_prior, pair_prior
from sim.calibration.basis import BASES, rests_on

STATES = ("IND", "PAK", "VUT", "XKX")


def words(basis):
    return np.array(BASES)[basis]


def test_signals_come_before_facts_and_facts_before_the_background():
    prior = pair_prior("public", STATES, date(2024, 6, 1))
    found = words(
        rests_on(
            STATES,
            prior.is_known,
            {("IND", "PAK"), ("USA", "IND")},
            {("IND", "PAK"), ("PAK", "IND"), ("XKX", "VUT")},
        )
    )
    assert (found[0, 1], found[1, 0]) == ("signals", "facts")
    assert (found[0, 2], found[2, 0]) == ("background", "background")
    assert (found[2, 3], found[3, 2]) == ("nothing", "facts")


def test_without_a_background_nothing_is_left():
    found = words(rests_on(STATES, blank_prior(STATES).is_known, (), {("IND", "PAK")}))
    assert (found == "facts").sum() == 1
    assert (found == "nothing").sum() == 15


def test_what_is_known_is_told_without_working_the_prior_out():
    day, many = date(2024, 6, 1), ("IND", "PAK", "XKX", "USA", "TWN", "PSE", "VUT")
    for source in ("public", "levels", "none"):
        prior = pair_prior(source, many, day)
        np.testing.assert_array_equal(known_pairs(source, many, day), prior.is_known)
