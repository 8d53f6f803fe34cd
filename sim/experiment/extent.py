"""How much a run takes, reckoned before it begins: memory, time and what it writes."""

from __future__ import annotations

from pathlib import Path

from sim.experiment.ensemble import CHUNK_BYTES, plan
from sim.experiment.summary import bytes_of_bins
from sim.limits import excess, processors
from sim.scenario.load import LoadedScenario
from sim.scenario.schema.models import Scenario

DYAD_STEP = 2.5e-8  # seconds of one replica


def refuse_excess(loaded: LoadedScenario, out: Path, n_workers: int | None = None) -> None:
    """Refuse a run that would take more memory, time or disk than there is.

    Raises
    ------
    InputError
        With the estimate, and what would make it smaller.
    """
    scenario = loaded.scenario
    n, replicas, steps = len(scenario.states), scenario.replicas, scenario.steps
    if reason := excess(seconds=_seconds(scenario, n_workers)):
        size = f"{replicas:,} replicas of {steps:,} steps of {n} states {reason}"
        raise loaded.wrong(("replicas",), f"{size}; take fewer")
    saved = plan(steps, scenario.record.every, set()).saved.size
    if reason := excess(_memory(scenario, saved, n_workers), 0, _disk(scenario, saved), out):
        size = f"{n} states saved {saved:,} times in {steps:,} steps {reason}"
        raise loaded.wrong(("record", "every"), f"{size}; save more seldom")


def _n_setups(scenario: Scenario) -> int:
    """The run itself, and one without each act that an expectation asks about."""
    return 1 + len({e.against.without for e in scenario.expect if not isinstance(e.against, str)})


def _seconds(scenario: Scenario, n_workers: int | None) -> float:
    dyad_steps = len(scenario.states) ** 2 * scenario.steps * scenario.replicas * _n_setups(scenario)
    return DYAD_STEP * dyad_steps / min(n_workers or processors(), processors())


def _memory(scenario: Scenario, saved: int, n_workers: int | None) -> float:
    cells, setups = saved * len(scenario.states) ** 2, _n_setups(scenario)
    summary = cells * (bytes_of_bins(scenario.replicas) + 16) + (setups - 1) * cells * 16
    chunk = max(setups * cells * 8, min(CHUNK_BYTES, setups * cells * 8 * scenario.replicas))
    return summary + chunk * min(2 * (n_workers or processors()) + 1, scenario.replicas)


def _disk(scenario: Scenario, saved: int) -> float:
    """What the numbers alone take, some ten bytes a row of the tables that grow with states, steps and replicas."""
    n = len(scenario.states)
    rows = saved * n * n * _n_setups(scenario) + scenario.replicas * (saved * n + scenario.steps)
    return 10.0 * rows
