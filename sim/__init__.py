"""Blocshift: simulate alliance dynamics from coded diplomatic signals.

The whole interface, imported when first used:

================  ==================================================================
name              what it does
================  ==================================================================
load_evidence     read a folder of coded signals
fit_posterior     signals up to a date → belief about every directed affinity
affinity_table    belief → mean, sd and quantiles of each affinity
explain           which signal moved a dyad, how far, by which path
smooth            path of chosen dyads over time, filtered and smoothed
load_scenario     read and check a scenario file
run               simulate a scenario and write its results
sweep             run a scenario at many points, and what each key does to each outcome
draw_run          draw the pictures of a run
AllianceModel     one replica as a Mesa model
StateAgent        a state; override `decide` to give it a will of its own
InputError        what is wrong with an input: file, line, key, reason
================  ==================================================================
"""

import os
import sys

if sys.argv[:1] == ["-m"] and not sys.flags.safe_path and __path__ != [f"{sys.path[0]}{os.sep}sim"]:
    del sys.path[0]  # `python -m sim` looks in the working directory, which may be anybody's

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.agent import StateAgent
    from sim.calibration.account import affinity_table, explain
    from sim.calibration.posterior import fit_posterior, smooth
    from sim.errors import InputError
    from sim.experiment.run import run
    from sim.model import AllianceModel
    from sim.scenario.load import load_scenario
    from sim.signals.table import load_evidence
    from sim.sweeps.analysis.answer import sweep
    from sim.views.gallery import draw_run

_HOME = {
    "load_evidence": "sim.signals.table",
    "fit_posterior": "sim.calibration.posterior",
    "affinity_table": "sim.calibration.account",
    "explain": "sim.calibration.account",
    "smooth": "sim.calibration.posterior",
    "load_scenario": "sim.scenario.load",
    "run": "sim.experiment.run",
    "sweep": "sim.sweeps.analysis.answer",
    "draw_run": "sim.views.gallery",
    "AllianceModel": "sim.model",
    "StateAgent": "sim.agent",
    "InputError": "sim.errors",
}

__all__ = [  # noqa: RUF022  (in the order in which one meets them)
    "load_evidence",
    "fit_posterior",
    "affinity_table",
    "explain",
    "smooth",
    "load_scenario",
    "run",
    "sweep",
    "draw_run",
    "AllianceModel",
    "StateAgent",
    "InputError",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    """Name what this package offers, for those who ask a prompt."""
    return sorted(__all__)
