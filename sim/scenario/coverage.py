"""What belief about a scenario's dyads rests on: signals of their own, facts, the background alone, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.background.known import known_pairs
from sim.calibration.basis import BASES, rests_on
from sim.errors import InputError
from sim.scenario.load import LoadedScenario, load_scenario, scenario_files
from sim.signals.evidence import Evidence
from sim.signals.table import load_evidence


@dataclass(frozen=True)
class Support:
    """How many dyads of a scenario rest on what.

    Attributes
    ----------
    file
        The scenario.
    signals
        Dyads with a signal of their own that counts.
    facts
        Dyads without, but with a standing fact or a statement of the scenario.
    background
        Dyads without either, of which public data speak.
    nothing
        The others: what is believed of them is the same for all, and what others' dyads tell.
    """

    file: Path
    signals: int
    facts: int
    background: int
    nothing: int

    @property
    def n_dyads(self) -> int:
        """N(N - 1), of N states."""
        return self.signals + self.facts + self.background + self.nothing

    def entry(self) -> dict[str, Any]:
        """What a machine reads."""
        return {
            "file": str(self.file),
            "dyads": self.n_dyads,
            **{name: getattr(self, name) for name in BASES},
        }


def supports(path: Path) -> list[Support]:
    """Support of a scenario file, or of each in a folder; of abstract or wrong ones none."""
    rows = []
    for file in scenario_files(path):
        try:
            rows.append(_support(file, load_scenario(file)))
        except InputError:
            continue
    return rows


def _support(file: Path, loaded: LoadedScenario) -> Support:
    scenario, evidence = loaded.scenario, None
    if loaded.signals_folder is not None:
        evidence = load_evidence(loaded.signals_folder).reading(scenario.beliefs.reading)
    reading = scenario.beliefs.reading
    known = known_pairs(
        scenario.beliefs.background,
        scenario.states,
        scenario.as_of,
        file=loaded.background_file,
        reading=reading,
    )
    signals, facts = _evident(evidence.until(scenario.as_of)) if evidence else (set(), set())
    facts |= {(stated.sender, stated.target) for stated in scenario.beliefs.affinities}
    basis = rests_on(scenario.states, known, signals, facts)[~np.eye(len(scenario.states), dtype=bool)]
    return Support(file, *np.bincount(basis, minlength=len(BASES)).tolist())


def _evident(evidence: Evidence) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """Dyads with a counted signal, and dyads with a standing fact."""
    counted = zip(evidence.signals, evidence.counted(), strict=True)
    signals = {(s.sender, s.target) for s, is_counted in counted if is_counted}
    return signals, {(fact.sender, fact.target) for fact in evidence.standing}
