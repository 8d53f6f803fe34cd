"""What belief about a scenario's dyads rests on: signals of their own, standing facts, or the prior alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import InputError
from sim.scenario.load import LoadedScenario, load_scenario, scenario_files
from sim.signals.table import load_evidence

Pairs = set[tuple[str, str]]


@dataclass(frozen=True)
class Support:
    """How many dyads of a scenario rest on what.

    Attributes
    ----------
    file
        The scenario.
    n_dyads
        N(N - 1), of N states.
    n_signals
        Dyads with a signal of their own that counts.
    n_facts
        Dyads without, but with a standing fact or a statement of the scenario.
    """

    file: Path
    n_dyads: int
    n_signals: int
    n_facts: int

    @property
    def n_alone(self) -> int:
        """Dyads that rest on the prior alone, and on what others' dyads tell."""
        return self.n_dyads - self.n_signals - self.n_facts

    def entry(self) -> dict[str, Any]:
        """What a machine reads."""
        return {
            "file": str(self.file),
            "dyads": self.n_dyads,
            "signals": self.n_signals,
            "facts": self.n_facts,
            "prior_alone": self.n_alone,
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
    scenario = loaded.scenario
    signals, facts = _evident(loaded)
    facts |= {(stated.sender, stated.target) for stated in scenario.beliefs.affinities}
    dyads = {(i, j) for i in scenario.states for j in scenario.states if i != j}
    return Support(file, len(dyads), len(signals & dyads), len((facts - signals) & dyads))


def _evident(loaded: LoadedScenario) -> tuple[Pairs, Pairs]:
    """Dyads with a counted signal up to the date of belief, and dyads with a standing fact."""
    if loaded.signals_folder is None:
        return set(), set()
    scenario = loaded.scenario
    evidence = load_evidence(loaded.signals_folder).reading(scenario.beliefs.reading).until(scenario.as_of)
    counted = zip(evidence.signals, evidence.counted(), strict=True)
    signals = {(s.sender, s.target) for s, is_counted in counted if is_counted}
    return signals, {(fact.sender, fact.target) for fact in evidence.standing}
