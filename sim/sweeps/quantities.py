"""What a sweep stores of each run: one number for each outcome, and where asked for the path of every measure."""

from __future__ import annotations

import numpy as np

from sim.experiment.ensemble import Plan, plan
from sim.experiment.quantities import evaluate
from sim.experiment.replica import Record
from sim.outcomes.catalogue import WORLD
from sim.scenario.schema.models import Scenario
from sim.scenario.schema.quantities import Quantity
from sim.scenario.setup import Setup
from sim.shapes import Float

MEASURES = tuple(measure.name for measure in WORLD)


def quantities(scenario: Scenario) -> tuple[Quantity, ...]:
    """What is asked of states: affinity and shared bloc of the recorded dyads, and what is expected; each once."""
    dyads = scenario.record.dyads
    pairs = dict.fromkeys(tuple(sorted(pair)) for pair in dyads)
    extra = [
        *(Quantity(quantity="affinity", who=pair) for pair in dyads),
        *(Quantity(quantity="same_bloc", who=(a, b)) for a, b in pairs),
        *(Quantity(quantity=e.quantity, who=e.who, when=e.when) for e in scenario.expect),
    ]
    return tuple({quantity.name: quantity for quantity in extra}.values())


def columns(scenario: Scenario) -> tuple[str, ...]:
    """Names of all outcomes: measures of the whole world, each summed up over the run, then `quantities`."""
    return (*MEASURES, *(quantity.name for quantity in quantities(scenario)))


def saved_steps(scenario: Scenario, extra: tuple[Quantity, ...], has_paths: bool) -> Plan:
    """Lay out the steps at which blocs are looked for: start, end, those asked about, or all recorded."""
    also = {scenario.step_when(quantity) for quantity in extra}
    return plan(scenario.steps, scenario.record.every if has_paths else scenario.steps, also)


def outcomes(
    setup: Setup, layout: Plan, extra: tuple[Quantity, ...], record: Record
) -> Float[np.ndarray, "R K"]:
    """Outcomes of recorded runs, one row each, in the order of `columns`."""
    world = [measure.summed_up(record.of(measure.name)) for measure in WORLD]
    own = [evaluate(quantity, setup, layout, record) for quantity in extra]
    return np.stack([*world, *own], axis=1).astype(np.float32)


def paths(layout: Plan, record: Record) -> Float[np.ndarray, "R T K"]:
    """Every measure of the whole world at every step; those of blocs are NaN between the saved steps."""
    whole = np.full((*record.steps.shape[:2], len(WORLD)), np.nan, np.float32)
    for k, measure in enumerate(WORLD):
        steps = layout.saved if measure.kind == "saved" else slice(None)
        whole[:, steps, k] = record.of(measure.name)
    return whole
