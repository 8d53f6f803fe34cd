"""Chunks of runs: how the work is cut, and what a worker does with one."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.experiment.ensemble import Face, compiled
from sim.experiment.replica import Record, blank_record
from sim.scenario.schema.quantities import Quantity
from sim.shapes import Float
from sim.sweeps.design.points import Points
from sim.sweeps.quantities import MEASURES, outcomes, paths, saved_steps
from sim.sweeps.storage.parts import Rows, Shape

if TYPE_CHECKING:
    from sim.experiment.strategies import Strategies

AHEAD = 3  # chunks given out for each worker


@dataclass(frozen=True)
class Job:
    """Everything that a worker needs for any chunk, which is a range of run numbers.

    Attributes
    ----------
    points, shape, quantities
        The points, how runs are numbered, and what is measured in each run.
    strategies
        File by which some states decide.
    """

    points: Points
    shape: Shape
    quantities: tuple[Quantity, ...]
    strategies: Strategies | None = None

    def face(self) -> Face:
        """The way to run the law."""
        if self.strategies is None:
            return compiled
        from sim.experiment.strategies import by_strategies  # imports Mesa

        return by_strategies(self.strategies)


def simulate_runs(job: Job, chunk: range) -> Rows:
    """Run a chunk, whatever becomes of single runs: one that fails is a row with its traceback."""
    begin = time.perf_counter()
    runs = np.arange(chunk.start, chunk.stop)
    point_of = runs // job.shape.per_point
    layout_of = {int(point): job.points.layout_of(int(point)) for point in np.unique(point_of)}
    groups = [
        _Group(job, runs[[row for row, _ in group]]).run()
        for _, group in groupby(enumerate(point_of.tolist()), lambda item: layout_of[item[1]])
    ]
    has_paths = job.shape.has_paths
    return Rows(
        runs,
        np.concatenate([group.outcomes for group in groups]),
        {run: error for group in groups for run, error in group.errors.items()},
        np.concatenate([group.paths for group in groups]) if has_paths else None,
        np.concatenate([group.lengths for group in groups]) if has_paths else None,
        time.perf_counter() - begin,
    )


class _Group:
    """Runs of a chunk that are laid out alike and so share one record."""

    def __init__(self, job: Job, runs: np.ndarray) -> None:
        self.job, self.runs = job, runs
        self.outcomes: Float[np.ndarray, "n K"] = np.full(
            (runs.size, len(job.shape.columns)), np.nan, np.float32
        )
        self.errors: dict[int, str] = {}
        self.paths = np.zeros((0, len(MEASURES)), np.float32)
        self.lengths = np.zeros(runs.size, np.int64)

    def run(self) -> _Group:
        try:
            self._simulate()
        except Exception as error:  # of the setup or of the measures, which all runs share
            text = _traceback(error)
            self.errors = {int(run): text for run in self.runs}
        return self

    def _simulate(self) -> None:
        job = self.job
        point, draw, replica = job.shape.keys(self.runs)
        setup, last = job.points.setup(int(point[0])), int(point[0])
        layout = saved_steps(setup.scenario, job.quantities, job.shape.has_paths)
        size = setup.scenario.steps, layout.saved.size, setup.poles.shape[0], len(setup.states)
        record, face = blank_record(self.runs.size, *size), job.face()
        for row, run in enumerate(self.runs):
            try:
                if point[row] != last:
                    setup, last = job.points.setup(int(point[row])), int(point[row])
                face(setup, layout, int(draw[row]), row, record, int(replica[row]))
            except Exception as error:
                self.errors[int(run)] = _traceback(error)
        self._measure(setup, layout, record)

    def _measure(self, setup: Any, layout: Any, record: Record) -> None:
        went_well = np.array([int(run) not in self.errors for run in self.runs])
        values = outcomes(setup, layout, self.job.quantities, record)
        self.outcomes[went_well] = values[went_well]
        if self.job.shape.has_paths:
            whole = paths(layout, record)[went_well]
            self.lengths[went_well] = whole.shape[1]
            self.paths = whole.reshape(-1, len(MEASURES))


def _traceback(error: Exception) -> str:
    return "".join(traceback.format_exception(error)).strip()


class ChunkSize:
    """How many runs make a chunk of the length aimed at, learnt while running.

    Parameters
    ----------
    seconds
        Length of a chunk that is aimed at.
    fixed
        Runs in every chunk, in place of what is learnt.
    """

    def __init__(self, seconds: float = 0.25, fixed: int | None = None) -> None:
        self.seconds, self.fixed = seconds, fixed
        self._each: float | None = None

    def learn(self, rows: Rows) -> None:
        """Take in how long a chunk took; the first one also loads compiled code, and so weighs little."""
        each = rows.seconds / len(rows.runs)
        self._each = each if self._each is None else min(0.7 * self._each + 0.3 * each, 1.5 * each)

    @property
    def runs(self) -> int:
        """Runs for the next chunk."""
        if self.fixed is not None:
            return self.fixed
        return 4 if self._each is None else max(1, min(4096, round(self.seconds / max(self._each, 1e-6))))


def cut_into_chunks(
    missing: np.ndarray, part_size: int, chunk_size: ChunkSize, is_stopped: Callable[[], bool]
) -> Iterator[range]:
    """Cut runs into chunks of neighbours within one part, as long as nobody asks to stop."""
    place = 0
    while place < len(missing) and not is_stopped():
        first = int(missing[place])
        end = min(first + chunk_size.runs, (first // part_size + 1) * part_size)
        n = 1
        while place + n < len(missing) and missing[place + n] == first + n < end:
            n += 1
        place += n
        yield range(first, first + n)
