"""The Havana scenario, made ready once; matrix products on one thread, as ensembles run them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from sim.scenario.load import load_scenario
from sim.scenario.setup import Setup, resolve

HAVANA = Path(__file__).parents[2] / "scenarios" / "havana.yaml"


@pytest.fixture(scope="session")
def havana() -> Setup:
    """Belief, schedule and law of the Havana scenario, as `sim run` would read them."""
    return resolve(load_scenario(HAVANA))


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """Keep linear algebra from competing with other processes for the processors."""
    with threadpool_limits(1):
        yield
