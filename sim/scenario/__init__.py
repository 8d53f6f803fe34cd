"""QUESTION: scenario files, from YAML text to one frozen, checked record of what is asked."""

from sim.scenario.load import LoadedScenario, canonical_json, check, load_scenario
from sim.scenario.schema.json_schema import json_schema, write_schema
from sim.scenario.schema.models import Scenario

__all__ = [
    "LoadedScenario",
    "Scenario",
    "canonical_json",
    "check",
    "json_schema",
    "load_scenario",
    "write_schema",
]
