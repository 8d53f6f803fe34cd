"""Runs that a sweep still misses: given to workers chunk by chunk, saved as they come in, stopped by a signal."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from sim.sweeps.storage.folder import SweepFolder
from sim.sweeps.storage.parts import Rows
from sim.sweeps.workers.chunks import ChunkSize, Job, cut_into_chunks
from sim.sweeps.workers.executors import Executor, work

Progress = Callable[[int, int, int], None]


class SweepStoppedError(Exception):
    """Someone asked the sweep to stop; what was done is kept.

    Attributes
    ----------
    number
        Of the signal.
    """

    def __init__(self, message: str, number: int) -> None:
        super().__init__(message)
        self.number = number


class MissingRuns:
    """Runs that are missing from a sweep's folder, given to workers until none is.

    Parameters
    ----------
    job, folder
        What workers need, and where the rows go.
    chunk_size
        Runs in the next chunk.
    progress
        Called with runs done, in all, and failed.
    is_retried
        Whether runs that failed count as missing.
    """

    def __init__(
        self,
        job: Job,
        folder: SweepFolder,
        chunk_size: ChunkSize,
        progress: Progress | None,
        is_retried: bool,
    ) -> None:
        self.job, self.folder, self.chunk_size, self.progress = job, folder, chunk_size, progress
        self.is_stopped, self.signal = False, int(signal.SIGINT)
        self.is_missing = ~folder.done()
        failed = folder.failed()
        self.n_failed = 0 if is_retried else len(failed)
        if is_retried:
            self.is_missing[failed] = True

    @property
    def n_done(self) -> int:
        """Number of runs that are there."""
        return self.is_missing.size - int(np.count_nonzero(self.is_missing))

    def run(self, executor: Executor, workers: int, scheduler: str | None) -> None:
        """Run them.

        Raises
        ------
        SweepStoppedError
            Where a signal asked to stop.
        """
        missing, part_size = np.flatnonzero(self.is_missing), self.job.shape.part_size
        chunks = cut_into_chunks(missing, part_size, self.chunk_size, lambda: self.is_stopped)
        with self._stopped_by_signals():
            for rows in work(self.job, chunks, executor, workers, scheduler):
                self._save(rows)
            if self.is_stopped and self.is_missing.any():
                raise self._stop_error()

    def _save(self, rows: Rows) -> None:
        self.folder.save(rows)
        self.chunk_size.learn(rows)
        self.is_missing[rows.runs] = False
        self.n_failed += len(rows.errors)
        if self.progress:
            self.progress(self.n_done, self.is_missing.size, self.n_failed)

    @contextlib.contextmanager
    def _stopped_by_signals(self) -> Iterator[None]:
        """On a first Ctrl-C, SIGTERM or SIGHUP let chunks at work finish; on a second stop at once.

        What whoever started the program wants ignored, as `nohup` does, stays ignored.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        handled = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
        before = {number: signal.signal(number, self._stop) for number in handled}
        try:
            yield
        except KeyboardInterrupt:
            raise self._stop_error() from None
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop_error(self) -> SweepStoppedError:
        reason = f"stopped: {self.n_done} of {self.is_missing.size} runs are kept in {self.folder.path}"
        return SweepStoppedError(f"{reason}; --resume goes on", self.signal)

    def _stop(self, number: int, frame: Any) -> None:
        self.signal = number
        if self.is_stopped:
            raise KeyboardInterrupt
        self.is_stopped = True
