"""A finished run as the pictures need it: the scenario, its tables as plain arrays, and the names to print."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from sim.background.names import common_name
from sim.calibration.basis import BASES
from sim.errors import InputError, complain
from sim.experiment.manifest import read_manifest
from sim.experiment.store import read_table
from sim.outcomes.catalogue import Measure
from sim.outcomes.consensus import co_assignment, company, consensus
from sim.scenario.schema.items import Act, Shock
from sim.scenario.schema.models import Scenario
from sim.scenario.schema.rules import refuse_contradictions
from sim.shapes import Bool, Float, Int
from sim.views.drawing.words import MISSING, shown, width

if TYPE_CHECKING:
    import pandas as pd

EPOCH = date(1970, 1, 1).toordinal()
MAX_FOCUS = 6  # as many as there are colours that stay apart
MAX_NAME, MAX_ARROW = 1.5, 2.05  # inches; longer ones give way to codes where many stand side by side


def day_number(day: date) -> float:
    """Days since 1 January 1970, which is how matplotlib counts dates."""
    return float(day.toordinal() - EPOCH)


@dataclass(frozen=True)
class Mark:
    """A scheduled act or shock on the time axis.

    Attributes
    ----------
    day
        Its date; of one that names a step, the end of that step.
    key
        What the table of acts calls it.
    text, states
        Words that name it, and the states it is between.
    """

    day: date
    key: str
    text: str
    states: frozenset[str]


@dataclass(frozen=True)
class Results:
    """A finished run.

    Attributes
    ----------
    folder, manifest, scenario
        Where it lies, what was written, and the question it answers.
    """

    folder: Path
    manifest: dict[str, Any]
    scenario: Scenario

    @property
    def run_id(self) -> str:
        """Name of the run: the hash of all that determines its result."""
        return str(self.manifest["run_id"])

    @property
    def n_replicas(self) -> int:
        """Number of replicas R."""
        return int(self.manifest["replicas"])

    @property
    def states(self) -> tuple[str, ...]:
        """Codes of the states, in the order of every array's axes."""
        return self.scenario.states

    @cached_property
    def place(self) -> dict[str, int]:
        """Index of each state."""
        return {code: i for i, code in enumerate(self.states)}

    def name(self, code: str) -> str:
        """Full name of a state, as the scenario declares it, else in common use, else its code.

        The code also stands for a name that no font here can draw.
        """
        name = shown(self.scenario.names.get(code, common_name(code)))
        return code if MISSING in name else name

    def label(self, code: str) -> str:
        """Name of a state where it is short enough to stand among others, else its code."""
        name = self.name(code)
        return name if width(name, weight="bold") <= MAX_NAME else code

    def arrow(self, sender: str, target: str) -> str:
        """Name a dyad, by its codes where the names are long."""
        text = f"{self.label(sender)} → {self.label(target)}"
        return text if width(text, weight="bold") <= MAX_ARROW else f"{sender} → {target}"

    @cached_property
    def key(self) -> list[str]:
        """What the codes stand for whose names are too long to print; one paragraph, or none."""
        long = [(code, self.name(code)) for code in self.states if self.label(code) != self.name(code)]
        return ["; ".join(f"{code}: {name}" for code, name in long)] if long else []

    def has(self, table: str) -> bool:
        """Whether the run wrote a table."""
        return f"{table}.parquet" in self.manifest["tables"]

    def table(self, name: str, columns: list[str] | None = None) -> pd.DataFrame:
        """Rows of a table, as the run wrote them."""
        return read_table(self.folder, name, columns)

    @cached_property
    def steps(self) -> Int[np.ndarray, "S"]:
        """The saved steps, 0 and the last among them."""
        return np.unique(self.table("states", ["step"])["step"].to_numpy())

    @cached_property
    def days(self) -> list[date]:
        """Dates of the saved steps."""
        return [self.scenario.date_of(int(step)) for step in self.steps]

    @cached_property
    def day_numbers(self) -> list[float]:
        """Dates of the saved steps as `day_number` counts them."""
        return [day_number(day) for day in self.days]

    def _by_replica(self, column: str) -> pd.Series[Any]:
        return self.table("states", [column])[column]

    def measure(self, measure: Measure) -> Float[np.ndarray, "R T ..."]:
        """Values of a measure of the whole world or of single states, at the steps at which it is measured."""
        if measure.kind == "states":
            values = self._by_replica(measure.name).to_numpy(dtype=float)
            return values.reshape(self.n_replicas, len(self.steps), len(self.states))
        values = self.table("measures", [measure.name])[measure.name].to_numpy(dtype=float)
        path = values.reshape(self.n_replicas, self.scenario.steps + 1)
        return path if measure.kind == "steps" else path[:, self.steps]

    def days_of(self, measure: Measure) -> list[float]:
        """Dates of the steps at which a measure is taken, as `day_number` counts them."""
        if measure.kind != "steps":
            return self.day_numbers
        return [day_number(self.scenario.date_of(step)) for step in range(self.scenario.steps + 1)]

    def alignment(self, pole: str) -> Float[np.ndarray, "R S N"]:
        """Alignment of each state with a pole; NaN where the pole has no other member."""
        values = self._by_replica(f"alignment_{pole}").to_numpy(dtype=float)
        return values.reshape(self.n_replicas, len(self.steps), len(self.states))

    def dyad(self, measure: str) -> Float[np.ndarray, "S N N"]:
        """A summary of every affinity (mean, sd, q05, q25, q50, q75, q95); NaN on the diagonal."""
        n = len(self.states)
        whole = np.full((len(self.steps), n, n), np.nan)
        values = self.table("dyads", [measure])[measure].to_numpy(dtype=float)
        whole[:, ~np.eye(n, dtype=bool)] = values.reshape(len(self.steps), n * (n - 1))
        return whole

    @cached_property
    def _basis(self) -> Int[np.ndarray, "N N"]:
        n = len(self.states)
        basis = np.full((n, n), -1)
        first = self.table("dyads", ["rests_on"])["rests_on"][: n * (n - 1)].cat.set_categories(list(BASES))
        basis[~np.eye(n, dtype=bool)] = first.cat.codes.to_numpy()
        return basis

    def rests_on(self, basis: str) -> Bool[np.ndarray, "N N"]:
        """Dyads that rest on one of `sim.calibration.basis.BASES`."""
        chosen: Bool[np.ndarray, "N N"] = self._basis == BASES.index(basis)
        return chosen

    @cached_property
    def _blocs(self) -> Int[np.ndarray, "R S N"]:
        codes = self._by_replica("bloc").cat.set_categories(list(self.states)).cat.codes
        return codes.to_numpy().reshape(self.n_replicas, len(self.steps), len(self.states))

    @cached_property
    def together(self) -> Float[np.ndarray, "S N N"]:
        """Co-assignment: the share of replicas in which two states stand in the same bloc."""
        return np.stack([co_assignment(self._blocs[:, s]) for s in range(len(self.steps))])

    @cached_property
    def consensus(self) -> Int[np.ndarray, "S N"]:
        """The partition that the replicas agree on best, at each saved step.

        It gathers pairs that stand together in more than half of the replicas, and so minimises the
        expected number of pairs misplaced (Binder 1978); labels are the smallest index of each bloc.
        """
        return np.stack([consensus(share) for share in self.together])

    @cached_property
    def company(self) -> tuple[Int[np.ndarray, "S N"], Float[np.ndarray, "S N"]]:
        """Each state's nearest consensus bloc of two or more, and how surely it stands there.

        Its own bloc, else the one whose members it stands with most often; the probability is the median
        over those members, so that one loose member does not loosen the rest. The bloc is named by its
        smallest index, and is -1 where there is none.
        """
        found = [company(*pair) for pair in zip(self.consensus, self.together, strict=True)]
        return np.stack([bloc for bloc, _ in found]), np.stack([sure for _, sure in found])

    @cached_property
    def has_bloc(self) -> Bool[np.ndarray, "S N"]:
        """Whether a state is in a consensus bloc of two or more."""
        share = self.consensus[:, :, None] == self.consensus[:, None, :]
        crowd: Bool[np.ndarray, "S N"] = share.sum(axis=2) > 1
        return crowd

    @cached_property
    def order(self) -> Int[np.ndarray, "N"]:
        """States in the order that shows the blocs of the end.

        The largest bloc first; in each its members, the firmest first, then the others near it.
        """
        bloc, sure = self.company[0][-1], self.company[1][-1]
        size = np.array([(self.consensus[-1] == label).sum() for label in bloc])
        return np.lexsort((-sure, ~self.has_bloc[-1], bloc, -size))

    @cached_property
    def focus(self) -> tuple[str, ...]:
        """States that the pictures colour: those the scenario names most, else those that moved most."""
        named = Counter(code for code in _named(self.scenario) if code in self.place)
        if named:
            return tuple(code for code, _ in named.most_common(MAX_FOCUS))
        mean = self.dyad("mean")
        moved = np.nansum(np.abs(mean[-1] - mean[0]), axis=1)
        return tuple(self.states[i] for i in np.argsort(-moved, kind="stable")[:MAX_FOCUS])

    @cached_property
    def marks(self) -> list[Mark]:
        """The acts and shocks that the scenario makes happen, in order of time."""
        acts = [(a, (a.sender, a.target), a.type) for a in self.scenario.acts_played]
        shocks = [
            (s, (s.state or s.sender, s.target), f"shock to {s.kind}") for s in self.scenario.shocks_played
        ]
        items: list[tuple[Act | Shock, tuple[str | None, ...], str]] = [*acts, *shocks]
        found = []
        for k, (item, pair, kind) in enumerate(items):
            codes = [code for code in pair if code]
            who = self.arrow(*codes) if len(codes) == 2 else self.label(codes[0])
            name = f"{item.id}: " if item.id else ""
            day = item.date or self.scenario.date_of(self.scenario.step_of_item(item))
            text = shown(f"{name}{who} ({kind})")
            found.append(Mark(day, item.id or f"act {k + 1}", text, frozenset(codes)))
        return sorted(found, key=lambda mark: mark.day)

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """The dyads to picture: the scenario's, else those of its acts and expectations, else none."""
        scenario = self.scenario
        chosen = list(scenario.record.dyads)
        if not chosen:
            chosen = [(act.sender, act.target) for act in scenario.acts_played]
            chosen += [e.who for e in scenario.expect if e.quantity != "alignment"]
        return list(dict.fromkeys(pair for pair in chosen if set(pair) <= set(self.states)))


def _named(scenario: Scenario) -> Iterator[str]:
    for act in scenario.acts_played:
        yield from (act.sender, act.target, act.third or "")
    for expectation in scenario.expect:
        yield from expectation.who
    for pair in scenario.record.dyads:
        yield from pair


def read_results(folder: Path) -> Results:
    """Open a finished run for drawing.

    Raises
    ------
    InputError
        Where the folder is not a finished run, one of its files is damaged or edited, or another version of
        the program wrote it.
    """
    manifest = read_manifest(folder, "run")
    if manifest is None:
        raise complain("not a finished run; give the folder that `sim run` printed", file=folder)
    file = folder / "scenario.json"
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        scenario = refuse_contradictions(Scenario.model_validate(values))
    except (ValidationError, InputError):
        raise complain("cannot be read as a scenario; run it again with this version", file=file) from None
    return Results(folder, manifest, scenario)
