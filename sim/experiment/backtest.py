"""Backtest on the coded signals: belief as of a cut, run forward on the known acts, beside belief on all.

Only the known acts happen after the cut (states do not choose), so that the run and the filter are told
the same. What the run cannot know is what an act *says* of its sender: the filter reads it as evidence,
the law only as something done. The rest between them is therefore named by the act that explains most of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim.background.prior import background_hash
from sim.calibration.account import AffinityRow, affinity_table, explain
from sim.calibration.posterior import Belief, fit_posterior
from sim.errors import complain
from sim.experiment.ensemble import plan, simulate_ensemble
from sim.experiment.manifest import write_manifest
from sim.experiment.staging import staged
from sim.experiment.store import TableWriter, code_hash, library_versions, run_id
from sim.scenario.belief import read_background
from sim.scenario.load import LoadedScenario, load_scenario
from sim.scenario.schema.items import Act
from sim.scenario.schema.models import Scenario
from sim.scenario.schema.rules import refuse_contradictions
from sim.scenario.setup import Setup, resolve
from sim.signals.evidence import Evidence, Signal
from sim.signals.table import load_evidence

NOTICEABLE = 0.01  # a smaller change of belief has no direction worth asking about


class Comparison(NamedTuple):
    """One dyad: affinity at the cut, where the run took it, and what belief on everything says."""

    sender: str
    target: str
    at_cut: float
    simulated: float
    low: float
    high: float
    filtered: float
    filtered_low: float
    filtered_high: float
    n_after: int
    is_covered: bool
    is_same_direction: bool | None
    rest: float
    act: str
    path: str
    change: float


@dataclass(frozen=True)
class Backtest:
    """All dyads, and where the tables were written."""

    path: Path
    rows: tuple[Comparison, ...]
    cut: date
    end: date
    n_acts: int

    def summary(self) -> dict[str, Any]:
        """Coverage of the replicas' 90 % range and agreement in direction, over all dyads and those with signals."""
        spoken = [row for row in self.rows if row.n_after]
        return {
            "cut": self.cut.isoformat(),
            "end": self.end.isoformat(),
            "acts_after_the_cut": self.n_acts,
            "dyads": len(self.rows),
            "coverage": _share(row.is_covered for row in self.rows),
            "direction": _share(r.is_same_direction for r in self.rows if r.is_same_direction is not None),
            "dyads_with_signals": len(spoken),
            "coverage_with_signals": _share(row.is_covered for row in spoken),
            "direction_with_signals": _share(
                r.is_same_direction for r in spoken if r.is_same_direction is not None
            ),
        }


def _share(values: Any) -> float | None:
    flags = [bool(v) for v in values]
    return sum(flags) / len(flags) if flags else None


def backtest(
    scenario: Path, cut: date, replicas: int, out: Path,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Backtest:  # fmt: skip
    """Run a scenario's states from the cut on the known acts and compare with belief on everything.

    Raises
    ------
    InputError
        Where the scenario names no signals, or the cut leaves none on one of its sides.
    """
    loaded = load_scenario(scenario)
    evidence = _evidence(loaded, cut)
    end, known = evidence.signals[-1].date, _known(evidence, cut, loaded.scenario.states)
    setup = resolve(replace(loaded, scenario=_from_cut(loaded, cut, end, known)))
    assert setup.belief is not None
    affinity = _simulated(setup, replicas, progress)
    full = fit_posterior(
        evidence, end, n_draws=loaded.scenario.beliefs.draws, background=read_background(loaded, evidence)
    )
    rows = _compared(setup, affinity, full, evidence, known)
    determinants = {
        "scenario": loaded.scenario.name, "cut": cut.isoformat(), "replicas": replicas,
        "signals": evidence.content_hash, "background": background_hash(loaded.background_file),
        "code": code_hash(), "libraries": library_versions(),
    }  # fmt: skip
    folder = out / "backtest" / run_id(determinants)
    result = Backtest(folder, rows, cut, end, len(known))
    with staged(folder, "backtest") as staging:
        writer = TableWriter(staging / "dyads.parquet")
        writer.write({name: [getattr(row, name) for row in rows] for name in Comparison._fields})
        tables = {"dyads.parquet": writer.close()}
        content = {"determinants": determinants, "tables": tables} | result.summary()
        write_manifest(staging, "backtest", content)
    return result


def _evidence(loaded: LoadedScenario, cut: date) -> Evidence:
    file = loaded.files[0]
    if loaded.signals_folder is None:
        raise complain("the scenario names no signals to test on", file=file, key="beliefs.signals")
    evidence = load_evidence(loaded.signals_folder).reading(loaded.scenario.beliefs.reading)
    if not evidence.signals or not evidence.signals[0].date <= cut < evidence.signals[-1].date:
        span = f"{evidence.signals[0].date}..{evidence.signals[-1].date}" if evidence.signals else "nothing"
        raise complain(f"{cut} leaves no signals on one side; they span {span}", file=file, key="--cut")
    return evidence


def _known(evidence: Evidence, cut: date, states: tuple[str, ...]) -> list[Signal]:
    """Counted signals after the cut between states that take part; a denied claim is no act."""
    return [
        s
        for s, is_counted in zip(evidence.signals, evidence.counted(), strict=True)
        if is_counted and s.date > cut and {s.sender, s.target} <= set(states) and s.certainty != "denied"
    ]


def _from_cut(loaded: LoadedScenario, cut: date, end: date, known: list[Signal]) -> Scenario:
    scenario = loaded.scenario
    acts = tuple(
        Act(
            id=f"known-{n}", date=s.date, sender=s.sender, target=s.target, type=s.type,
            level=s.level, prominence=s.prominence, audience=s.audience,
        )
        for n, s in enumerate(known, 1)
    )  # fmt: skip
    changes = {
        "start": cut,
        "steps": max(1, math.ceil((end - cut).days / scenario.step_days)),
        "acts": acts,
        "shocks": (),
        "expect": (),
        "without": (),
        "choice": False,
        "beliefs": scenario.beliefs.model_copy(update={"as_of": None}),
    }
    return refuse_contradictions(scenario.model_copy(update=changes))


def _simulated(setup: Setup, replicas: int, progress: Callable[[int, int], None]) -> np.ndarray:
    """Affinity of every replica at the cut and at the end: (R, 2, N, N)."""
    steps = setup.scenario.steps
    layout, parts = plan(steps, steps, set()), []
    for (chunk,) in simulate_ensemble([setup], layout, replicas):
        parts.append(chunk.record.affinity[:, [0, -1]])
        progress(sum(len(p) for p in parts), replicas)
    return np.concatenate(parts)


def _compared(
    setup: Setup, affinity: np.ndarray, full: Belief, evidence: Evidence, known: list[Signal]
) -> tuple[Comparison, ...]:
    after = {(row.sender, row.target): row for row in affinity_table(full)}
    low, high = np.quantile(affinity[:, 1], [0.05, 0.95], axis=0)
    mean = affinity.mean(axis=0)
    rows = []
    for i, sender in enumerate(setup.states):
        for j, target in enumerate(setup.states):
            if i != j and (sender, target) in after:
                ends = (float(mean[0, i, j]), float(mean[1, i, j]), float(low[i, j]), float(high[i, j]))
                rows.append(_comparison(after[sender, target], ends, full, evidence, known))
    return tuple(rows)


def _comparison(
    belief: AffinityRow,
    ends: tuple[float, float, float, float],
    full: Belief,
    evidence: Evidence,
    known: list[Signal],
) -> Comparison:
    at_cut, simulated, low, high = ends
    change = belief.mean - at_cut
    dates = {s.id for s in known}
    moves = [m for m in explain(full, evidence, belief.sender, belief.target).moves if m.signal.id in dates]
    most = max(moves, key=lambda m: abs(m.change), default=None)
    return Comparison(
        belief.sender, belief.target, at_cut, simulated, low, high, belief.mean, belief.q05, belief.q95,
        n_after=sum((s.sender, s.target) == (belief.sender, belief.target) for s in known),
        is_covered=low <= belief.mean <= high,
        is_same_direction=(simulated - at_cut) * change > 0 if abs(change) >= NOTICEABLE else None,
        rest=belief.mean - simulated,
        act=f"{most.signal.id} {most.signal.sender}→{most.signal.target} {most.signal.type}" if most else "",
        path=most.path if most else "",
        change=most.change if most else 0.0,
    )  # fmt: skip
