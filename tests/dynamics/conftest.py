"""The Havana scenario, made ready once."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.scenario.load import load_scenario
from sim.scenario.resolve import Setup, resolve

HAVANA = Path(__file__).parents[2] / "scenarios" / "havana.yaml"


@pytest.fixture(scope="session")
def havana() -> Setup:
    """Belief, schedule and law of the Havana scenario, as `sim run` would read them."""
    return resolve(load_scenario(HAVANA))
