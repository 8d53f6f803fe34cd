"""Who does the work: threads, processes or Dask, handed the same chunks; no number depends on it."""

from __future__ import annotations

import os
import signal
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from threadpoolctl import threadpool_limits

from sim.experiment.ensemble import Face, compiled
from sim.experiment.replica import Record, blank_record
from sim.shapes import Float
from sim.sweeps.design.points import Points
from sim.sweeps.kept.parts import Rows, Shape
from sim.sweeps.work.outcomes import METRICS, Outcome, measured, paths, saved_steps

if TYPE_CHECKING:
    from sim.experiment.strategies import Strategies

Executor = Literal["threads", "processes", "dask"]
Span = tuple[int, int]  # the first run of a chunk, and how many
AHEAD = 3  # chunks handed out for each worker
MOST_RETRIES = 5  # of a chunk whose worker died


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
    asked: tuple[Outcome, ...]
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
        self.paths = np.zeros((0, len(METRICS)), np.float32)
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
        found = measured(setup, layout, self.kit.asked, record)
        self.outcomes[went_well] = found[went_well]
        if self.kit.shape.has_paths:
            whole = paths(layout, record)[went_well]
            self.lengths[went_well] = whole.shape[1]
            self.paths = whole.reshape(-1, len(METRICS))


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


def work(
    kit: Kit, chunks: Iterator[Span], executor: Executor, workers: int, scheduler: str | None = None
) -> Iterator[Rows]:
    """Let workers run chunks, a few ahead at a time, and give their rows as they come in.

    Parameters
    ----------
    kit, chunks
        What to run.
    executor, workers
        Who does it, and how many at once; with one worker it is this thread.
    scheduler
        Address of a Dask scheduler; without one, Dask starts its workers on this machine.

    Raises
    ------
    InputError
        Where Dask is not there, or workers keep dying.
    """
    if executor == "dask":
        from sim.sweeps.work.cluster import on_dask

        yield from on_dask(kit, chunks, workers, scheduler)
        return
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"\d+ tasks (have been|which were)", UserWarning)  # when cut off
        yield from _on_this_machine(kit, chunks, executor, workers)


def _on_this_machine(kit: Kit, chunks: Iterator[Span], executor: Executor, workers: int) -> Iterator[Rows]:
    from joblib import Parallel, delayed

    how = {"n_jobs": workers, "return_as": "generator_unordered", "batch_size": 1,
           "pre_dispatch": AHEAD * workers}  # fmt: skip
    if executor == "threads" or workers == 1:
        yield from Parallel(backend="threading", **how)(delayed(simulate_runs)(kit, c) for c in chunks)
        return
    pool = Parallel(backend="loky", initializer=_begin, initargs=(kit, os.getpid()), **how)
    try:
        yield from pool(delayed(_given_runs)(c) for c in chunks)
    except Exception as error:
        if type(error).__name__ not in ("TerminatedWorkerError", "BrokenProcessPool"):
            raise
        raise WorkerLostError from error


class WorkerLostError(Exception):
    """A worker process died; what it was given must be given out again."""


_given: Kit  # what a worker process was started with


def _begin(kit: Kit, parent: int) -> None:
    global _given
    _given = kit
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    threadpool_limits(1)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer


def _end_with(parent: int) -> None:
    """End this process once its parent is gone, even if that was killed."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _given_runs(span: Span) -> Rows:
    return simulate_runs(_given, span)
