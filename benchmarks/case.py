"""The worlds that are timed: N states with the shipped codebook, all phases, ties and memory on."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from sim.dynamics.params import Policy
from sim.scenario.load import LoadedScenario
from sim.scenario.schema.models import Scenario
from sim.scenario.schema.rules import refuse_contradictions
from sim.scenario.setup import Setup, resolve

ROOT = Path(__file__).parent.parent
RESOLUTION = 0.1
LISTENED_TO = 20  # states


def synthetic(n_states: int, steps: int, **fields: Any) -> Setup:
    """A world of `n_states` unnamed states that start from the prior, blocs taken every tenth step.

    Beyond twenty states each minds what is done to others less, in proportion, as there is more of it to mind:
    else the effects on onlookers add up with N, and in a world of 200 all are friends of all within eight years.
    """
    states = fields.pop("states", [f"S{i:03d}" for i in range(n_states)])
    vigilance = Policy().vigilance * min(1.0, LISTENED_TO / n_states)
    scenario = Scenario.model_validate(
        {
            "name": f"bench-{n_states}",
            "question": "How fast is the law?",
            "start": date(2024, 1, 1),
            "steps": steps,
            "states": states,
            "names": {code: f"state {code}" for code in states},
            "poles": {"first": states[:2]},
            "policies": {code: {"vigilance": vigilance} for code in states},
            "codebook": "seeds",
            "resolution": RESOLUTION,
            "record": {"every": 10},
            **fields,
        }
    )
    return resolve(LoadedScenario(refuse_contradictions(scenario), None, ROOT / "seeds", None, ()))


def peak_mebibytes() -> float:
    """Peak memory of this process alone; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return round(sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024, 1)
