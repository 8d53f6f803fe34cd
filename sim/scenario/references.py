"""What a scenario refers to outside itself, checked: its act types, disputed questions and table of facts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from sim.errors import InputError, Problem, shorten, suggest
from sim.scenario.files.places import problem_at
from sim.scenario.files.yaml import MAX_PROBLEMS, Node
from sim.scenario.schema.models import Scenario
from sim.scenario.schema.rules import Finding
from sim.signals.codebook import load_codebook
from sim.signals.table import load_evidence

Names = dict[Path, Collection[str]]
"""What files and folders read so far hold: act types of a codebook, disputed questions of a table of facts."""


def check_references(
    scenario: Scenario, folders: Mapping[str, Path], tree: Node, names: Names
) -> list[Problem]:
    """Check act types and traps against the folder and the table that the scenario names; `names` grows."""
    try:
        types = _act_types(folders.get("signals") or folders.get("codebook"), names)
        traps = _traps(scenario, folders, names)
    except InputError as error:
        return list(error.problems)
    findings: list[Finding] = [
        (("acts", index, "type"), f"unknown act type {shorten(act.type)}{suggest(act.type, types or ())}")
        for index, act in enumerate(scenario.acts)
        if types is not None and act.type not in types
    ]
    findings += [
        (("beliefs", "reading", trap), f"unknown trap {shorten(trap)}{suggest(trap, traps)}")
        for trap in _chosen(scenario)
        if trap not in traps
    ]
    return [problem_at(tree, location, reason) for location, reason in findings[:MAX_PROBLEMS]]


def _chosen(scenario: Scenario) -> Mapping[str, str]:
    reading = scenario.beliefs.reading
    return {} if isinstance(reading, str) else reading


def _act_types(folder: Path | None, names: Names) -> Collection[str] | None:
    if folder is None:
        return None
    if folder not in names:
        names[folder] = load_codebook(folder).type_ids
    return names[folder]


def _traps(scenario: Scenario, folders: Mapping[str, Path], names: Names) -> Collection[str]:
    """Disputed questions of the signals and of the public record, the scenario's own table included."""
    table = folders.get("background")
    if table is not None and table not in names:
        names[table] = _questions(table)
    if not _chosen(scenario):
        return ()
    coded = load_evidence(folders["signals"]).traps if "signals" in folders else ()
    recorded = () if scenario.beliefs.background in ("levels", "none") else _questions(None)
    return {*coded, *recorded, *(names[table] if table else ())}


def _questions(table: Path | None) -> Collection[str]:
    from sim.background.record import load_record  # brings pandas, which most checks do without

    return {fact.trap for fact in load_record(table) if fact.trap}
