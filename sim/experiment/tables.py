"""The tidy tables of a run, written while its replicas come in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sim.calibration.basis import BASES
from sim.experiment.ensemble import Chunk, Plan
from sim.experiment.partitions import BlocSummary
from sim.experiment.store import TableWriter, codes, floats
from sim.experiment.summary import COMPARED, DyadSummary, ExpectationTest, PairedDifference
from sim.outcomes.catalogue import WORLD, of_kind
from sim.scenario.setup import Setup
from sim.signals.codebook import FAMILIES


class RunTables:
    """Writers of every table of one run.

    Parameters
    ----------
    folder
        Where the Parquet files go.
    setup, layout
        The run and its saved steps.
    counterfactuals
        Ids of the acts that the run is compared without.
    """

    def __init__(
        self, folder: Path, setup: Setup, layout: Plan, counterfactuals: list[str], n_replicas: int
    ) -> None:
        self.folder, self.setup, self.layout = folder, setup, layout
        self.days = np.array(
            [np.datetime64(setup.scenario.date_of(k), "D") for k in range(setup.scenario.steps + 1)]
        )
        self.streams = {n: TableWriter(folder / f"{n}.parquet") for n in ("measures", "states", "acts")}
        self.dyads = DyadSummary(layout.saved.size, len(setup.states), n_replicas)
        self.blocs = BlocSummary(setup, layout)
        self.counterfactuals = {act: k + 1 for k, act in enumerate(counterfactuals)}
        self.contrasts = {act: PairedDifference() for act in counterfactuals}
        self.tests = [ExpectationTest(setup, layout, e) for e in setup.scenario.expect]

    def add(self, chunks: list[Chunk]) -> None:
        """Take in the next replicas of the run and of its counterfactuals."""
        actual = chunks[0]
        self.streams["measures"].write(self._measures(actual))
        self.streams["states"].write(self._states(actual))
        if self.setup.scenario.record.acts:
            self.streams["acts"].write(self._acts(actual))
        self.dyads.add(actual.record)
        self.blocs.add(actual.record, {act: chunks[k].record for act, k in self.counterfactuals.items()})
        for act, k in self.counterfactuals.items():
            self.contrasts[act].add(actual.record, chunks[k].record)
        for test in self.tests:
            test.add(chunks, self.counterfactuals)

    def finish(self) -> dict[str, Any]:
        """Write what needed every replica; returns the tables' entries for the manifest."""
        writers = dict(self.streams)
        if not self.setup.scenario.record.acts:
            del writers["acts"]
        writers["dyads"] = self._written(
            "dyads", *(self._dyad_columns(row) for row in range(self.layout.saved.size))
        )
        writers["co_assignment"] = self._written("co_assignment", self.blocs.columns())
        if self.contrasts:
            pieces = [pa.table(self._contrast(a, n)) for a in self.contrasts for n in self._quantities()]
            whole = pa.concat_tables(pieces).unify_dictionaries()
            writers["contrasts"] = self._written("contrasts", {n: whole[n] for n in whole.column_names})
        if self.tests:
            rows = self.expectations()
            columns: dict[str, Any] = {n: [r[n] for r in rows] for n in rows[0]}
            numbers = {n: pa.array(columns[n], pa.float64()) for n in COMPARED}  # all may be null
            writers["expectations"] = self._written("expectations", columns | numbers)
        return {f"{name}.parquet": writer.close() for name, writer in sorted(writers.items())}

    def expectations(self) -> list[dict[str, Any]]:
        """Every expectation with its probability and verdict."""
        return [test.row() for test in self.tests]

    def _written(self, name: str, *pieces: dict[str, Any]) -> TableWriter:
        writer = TableWriter(self.folder / f"{name}.parquet")
        for columns in pieces:
            writer.write(columns)
        return writer

    def _quantities(self) -> list[str]:
        return ["affinity", "alignment"] if self.setup.scenario.poles else ["affinity"]

    def _measures(self, chunk: Chunk) -> dict[str, Any]:
        record, n_steps = chunk.record, self.layout.row.size
        n_replicas = len(record.steps)
        step = np.tile(np.arange(n_steps), n_replicas)
        columns: dict[str, Any] = {
            "replica": np.repeat(np.arange(chunk.first, chunk.first + n_replicas, dtype=np.int32), n_steps),
            "step": step.astype(np.int32),
            "date": self.days[step],
        }
        for measure in WORLD:
            path = np.full((n_replicas, n_steps), np.nan)
            path[:, self.layout.saved if measure.kind == "saved" else slice(None)] = record.of(measure.name)
            columns[measure.name] = floats(path)
        return columns

    def _states(self, chunk: Chunk) -> dict[str, Any]:
        record = chunk.record
        replica, row, state = (axis.ravel() for axis in np.indices(record.bloc.shape))
        step = self.layout.saved[row]
        names = list(self.setup.states)
        columns: dict[str, Any] = {
            "replica": (replica + chunk.first).astype(np.int32),
            "step": step.astype(np.int32),
            "date": self.days[step],
            "state": codes(state, names),
            "bloc": codes(record.bloc, names),
        }
        for measure in of_kind("states"):
            columns[measure.name] = floats(record.of(measure.name))
        for measure in of_kind("poles"):
            for p, pole in enumerate(self.setup.scenario.poles):
                columns[f"{measure.name}_{pole}"] = floats(record.of(measure.name)[:, :, p])
        return columns

    def _acts(self, chunk: Chunk) -> dict[str, Any]:
        names = list(self.setup.states)
        replica, step, sender, target, third, type_, row = chunk.acts.T
        types = self.setup.codebook.types
        family = np.array([FAMILIES.index(t.family) for t in types])[type_]
        return {
            "replica": replica.astype(np.int32),
            "step": step.astype(np.int32),
            "date": self.days[step],
            "sender": codes(sender, names),
            "target": codes(target, names),
            "third": codes(third, names),
            "type": codes(type_, [t.id for t in types]),
            "family": codes(family, list(FAMILIES)),
            "warmth": floats(chunk.warmth),
            "act_id": codes(row, [a.id or f"act {k + 1}" for k, a in enumerate(self.setup.acts)]),
        }

    def _pairs(self, shape: tuple[int, ...]) -> tuple[np.ndarray, ...]:
        row, first, second = (axis.ravel() for axis in np.indices(shape))
        return row, first, second

    def _dyad_columns(self, row: int) -> dict[str, Any]:
        columns = self.dyads.columns(row)
        i, j = (axis.ravel() for axis in np.indices(columns["mean"].shape))
        keep = i != j
        step, names = np.full(int(keep.sum()), self.layout.saved[row]), list(self.setup.states)
        return {
            "step": step.astype(np.int32),
            "date": self.days[step],
            "sender": codes(i[keep], names),
            "target": codes(j[keep], names),
            "rests_on": codes(self.setup.rests_on.ravel()[keep], list(BASES)),
            **{name: floats(values.ravel()[keep]) for name, values in columns.items()},
        }

    def _contrast(self, act: str, name: str) -> dict[str, Any]:
        columns = self.contrasts[act].columns(name)
        row, first, second = self._pairs(columns["mean"].shape)
        states, poles = list(self.setup.states), list(self.setup.scenario.poles)
        state, other = (first, second) if name == "affinity" else (second, first)
        keep = (first != second) | (name != "affinity")
        step = self.layout.saved[row[keep]]
        text = pa.string()
        return {
            "act": pa.array([act] * int(keep.sum()), text),
            "step": step.astype(np.int32),
            "date": self.days[step],
            "quantity": pa.array([name] * int(keep.sum()), text),
            "state": codes(state[keep], states).cast(text),
            "toward": codes(other[keep], states if name == "affinity" else poles).cast(text),
            **{key: floats(values.ravel()[keep]) for key, values in columns.items()},
        }
