"""What a sweep keeps of each run: one number for each outcome, and where asked for the path of every metric."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.experiment.ensemble import Plan, plan
from sim.experiment.replica import SAVED_METRICS, STEP_METRICS, Record
from sim.experiment.summary import quantity
from sim.scenario.schema.items import AtStep, Expectation
from sim.scenario.schema.models import Scenario
from sim.scenario.setup import Setup
from sim.shapes import Float

METRICS = (*STEP_METRICS, *SAVED_METRICS)
N_LEVELS = 3  # the first step metrics are levels, of which the last counts; the others are counted acts


@dataclass(frozen=True)
class Outcome:
    """A quantity between states or toward a pole at one moment, by the name of its column."""

    name: str
    asked: Expectation


def outcomes(scenario: Scenario) -> tuple[Outcome, ...]:
    """What is asked of states: affinity and shared bloc of the recorded dyads, and what is expected.

    Names are `affinity_PRK_CUB`, `same_bloc_CUB_PRK`, `alignment_PRK_moscow`; of a moment other than the
    end with ``_at_<date>`` or ``_at_step_<n>`` behind.
    """
    asked = [_asked("affinity", pair) for pair in scenario.record.dyads]
    pairs = dict.fromkeys(tuple(sorted(pair)) for pair in scenario.record.dyads)
    asked += [_asked("same_bloc", (a, b)) for a, b in pairs]
    asked += scenario.expect
    return tuple({o.name: o for o in (Outcome(_name(e), e) for e in asked)}.values())


def _asked(what: str, who: tuple[str, str]) -> Expectation:
    given = {"quantity": what, "who": who, "direction": "higher", "probability": 0.0}
    return Expectation.model_validate(given)


def _name(asked: Expectation) -> str:
    when = asked.when
    moment = f"_at_step_{when.step}" if isinstance(when, AtStep) else "" if when == "end" else f"_at_{when}"
    who = sorted(asked.who) if asked.quantity == "same_bloc" else asked.who
    return f"{asked.quantity}_{'_'.join(who)}{moment}"


def columns(scenario: Scenario) -> tuple[str, ...]:
    """Names of all outcomes: those of the whole world at the end, counts of acts, then `outcomes`."""
    return (*METRICS, *(found.name for found in outcomes(scenario)))


def saved_steps(scenario: Scenario, asked: tuple[Outcome, ...], has_paths: bool) -> Plan:
    """Lay out the steps at which blocs are looked for: start, end, those asked about, or all recorded."""
    also = {scenario.step_when(found.asked) for found in asked}
    return plan(scenario.steps, scenario.record.every if has_paths else scenario.steps, also)


def measured(
    setup: Setup, layout: Plan, asked: tuple[Outcome, ...], record: Record
) -> Float[np.ndarray, "R K"]:
    """Outcomes of recorded runs, one row each, in the order of `columns`."""
    levels = record.metrics[:, -1, :N_LEVELS]
    acts = record.metrics[:, :, N_LEVELS:].sum(axis=1)
    own = [
        quantity(setup, layout, o.asked, record, setup.scenario.step_when(o.asked))[:, None] for o in asked
    ]
    return np.concatenate([levels, acts, record.saved[:, -1], *own], axis=1).astype(np.float32)


def paths(layout: Plan, record: Record) -> Float[np.ndarray, "R T 10"]:
    """Every metric at every step; those of blocs are NaN between the saved steps."""
    n, n_steps = record.metrics.shape[:2]
    whole = np.full((n, n_steps, len(METRICS)), np.nan, np.float32)
    whole[:, :, : len(STEP_METRICS)] = record.metrics
    whole[:, layout.saved, len(STEP_METRICS) :] = record.saved
    return whole
