"""Belief that would take more than there is, or is asked for far past the last signal, is refused beforehand."""

from datetime import date

import pytest

from sim import limits
from sim.calibration.extent import excess_of_belief
from sim.calibration.posterior import fit_posterior
from sim.errors import InputError


def test_belief_of_the_shipped_signals_is_nothing_much(evidence):
    assert excess_of_belief(evidence, date(2026, 1, 1), len(evidence.states), 1000) is None


def test_two_thousand_states_want_more_memory_than_there_is(evidence, monkeypatch):
    monkeypatch.setattr(limits, "memory", lambda: 16 * 2**30)
    at, reason = excess_of_belief(evidence, date(2026, 1, 1), 2000, 32)
    assert at == "draws"
    assert "2,000 states" in reason
    assert "250 GiB of memory, and this machine has 16 GiB; take fewer draws" in reason


@pytest.mark.parametrize("year", [2126, 9999])
def test_belief_is_not_carried_for_centuries(evidence, year):
    with pytest.raises(InputError, match="is more than 100 years after the last signal, of 2025-09-11"):
        fit_posterior(evidence, date(year, 1, 1), n_draws=1)
