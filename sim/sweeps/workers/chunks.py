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

Span = tuple[int, int]  # the first run of a chunk, and how many
AHEAD = 3  # chunks handed out for each worker


@dataclass(frozen=True)
class Kit:
    """Everything that a worker needs for any chunk.

    Attributes
    ----------
    points, shape, asked
        The points, how runs are numbered, and what is kept of each.
    own
        Strategies file by which some states decide.
    """

    points: Points
    shape: Shape
    asked: tuple[Quantity, ...]
    own: Strategies | None = None

    def face(self) -> Face:
        """The way to run the law."""
        if self.own is None:
            return compiled
        from sim.experiment.strategies import by_strategies  # imports Mesa

        return by_strategies(self.own)


def simulate_runs(kit: Kit, span: Span) -> Rows:
    """Run a chunk, whatever becomes of single runs: what fails is told with its traceback."""
    begun = time.perf_counter()
    runs = np.arange(span[0], span[0] + span[1])
    of_point = runs // kit.shape.per_point
    laid_out = {int(point): kit.points.layout_of(int(point)) for point in np.unique(of_point)}
    batches = [
        _Batch(kit, runs[[row for row, _ in group]]).run()
        for _, group in groupby(enumerate(of_point.tolist()), lambda item: laid_out[item[1]])
    ]
    has_paths = kit.shape.has_paths
    return Rows(
        runs,
        np.concatenate([batch.outcomes for batch in batches]),
        {run: told for batch in batches for run, told in batch.errors.items()},
        np.concatenate([batch.paths for batch in batches]) if has_paths else None,
        np.concatenate([batch.lengths for batch in batches]) if has_paths else None,
        time.perf_counter() - begun,
    )


class _Batch:
    """Runs of a chunk that are laid out alike and so share one record."""

    def __init__(self, kit: Kit, runs: np.ndarray) -> None:
        self.kit, self.runs = kit, runs
        self.outcomes: Float[np.ndarray, "n K"] = np.full(
            (runs.size, len(kit.shape.columns)), np.nan, np.float32
        )
        self.errors: dict[int, str] = {}
        self.paths = np.zeros((0, len(MEASURES)), np.float32)
        self.lengths = np.zeros(runs.size, np.int64)

    def run(self) -> _Batch:
        try:
            self._simulate()
        except Exception as error:  # of the setup or of the measures, which all runs share
            told = _told(error)
            self.errors = {int(run): told for run in self.runs}
        return self

    def _simulate(self) -> None:
        kit = self.kit
        point, draw, replica = kit.shape.keys(self.runs)
        setup, last = kit.points.setup(int(point[0])), int(point[0])
        layout = saved_steps(setup.scenario, kit.asked, kit.shape.has_paths)
        size = setup.scenario.steps, layout.saved.size, setup.poles.shape[0], len(setup.states)
        record, face = blank_record(self.runs.size, *size), kit.face()
        for row, run in enumerate(self.runs):
            try:
                if point[row] != last:
                    setup, last = kit.points.setup(int(point[row])), int(point[row])
                face(setup, layout, int(draw[row]), row, record, int(replica[row]))
            except Exception as error:
                self.errors[int(run)] = _told(error)
        self._measure(setup, layout, record)

    def _measure(self, setup: Any, layout: Any, record: Record) -> None:
        went_well = np.array([int(run) not in self.errors for run in self.runs])
        found = outcomes(setup, layout, self.kit.asked, record)
        self.outcomes[went_well] = found[went_well]
        if self.kit.shape.has_paths:
            whole = paths(layout, record)[went_well]
            self.lengths[went_well] = whole.shape[1]
            self.paths = whole.reshape(-1, len(MEASURES))


def _told(error: Exception) -> str:
    return "".join(traceback.format_exception(error)).strip()


class Pace:
    """How many runs make a chunk of the wanted length, learnt while running.

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


def spans(missing: np.ndarray, block: int, pace: Pace, is_stopped: Callable[[], bool]) -> Iterator[Span]:
    """Cut runs into chunks of neighbours within one part, as long as nobody asks to stop."""
    place = 0
    while place < len(missing) and not is_stopped():
        first = int(missing[place])
        end = min(first + pace.runs, (first // block + 1) * block)
        n = 1
        while place + n < len(missing) and missing[place + n] == first + n < end:
            n += 1
        place += n
        yield first, n
