"""What a scenario starts with."""

import numpy as np
from numpy.testing import assert_array_equal

from sim.scenario.load import load_scenario
from sim.scenario.setup import resolve


def belief_of(project, text):
    (project / "scenarios" / "x.yaml").write_text(text, encoding="utf-8")
    return resolve(load_scenario(project / "scenarios" / "x.yaml")).belief


def test_what_is_known_as_of_an_earlier_date_is_carried_forward_to_the_start(project, good):
    asked_early = good.replace("signals: ../seeds", "signals: ../seeds, as_of: 2024-01-10")
    early, late = (
        belief_of(project, t.replace("2024-01-31", "2024-07-31").replace("2024-02-14", "2024-08-14"))
        for t in (asked_early, asked_early.replace("as_of: 2024-01-10", "as_of: 2024-07-31"))
    )
    assert_array_equal(early.density, late.density)


def test_a_later_signal_than_as_of_is_not_known(project, good):
    told = belief_of(project, good)
    untold = belief_of(project, good.replace("signals: ../seeds", "signals: ../seeds, as_of: 2024-01-01"))
    assert told.n_signals.sum() == 1
    assert untold.n_signals.sum() == 0
    assert untold.states == told.states
    assert not np.array_equal(untold.density, told.density)
