"""A worker process: how it begins and ends, and one that tells which run kills it, as a failed row."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any, Self

import numpy as np
from threadpoolctl import threadpool_limits

from sim.errors import complain
from sim.experiment.apart import end_with
from sim.sweeps.quantities import MEASURES
from sim.sweeps.storage.parts import Rows
from sim.sweeps.workers.chunks import Job, simulate_runs

_job: Job  # what a worker process was started with


def begin_worker(job: Job, parent: int) -> None:
    """Make this process a worker, which ends with its parent."""
    global _job
    _job = job
    end_with(parent)
    threadpool_limits(1)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer


def run_chunk(chunk: range) -> Rows:
    """Run a chunk of the job that this process was started with."""
    return simulate_runs(_job, chunk)


def run_isolated(job: Job, chunks: Iterator[range]) -> Iterator[Rows]:
    """Run chunks by themselves, and those that kill their process run by run.

    Raises
    ------
    InputError
        Where no process can be started.
    """
    with _Worker(job) as worker:
        for chunk in chunks:
            yield from _run(worker, chunk)


def _run(worker: _Worker, chunk: range, is_again: bool = False) -> Iterator[Rows]:
    """Run a chunk, and its runs one by one where it dies; a single run once more: the system kills innocents."""
    try:
        yield worker.run(chunk)
    except _DiedError as died:
        if is_again:
            yield _failed_run(worker.job, chunk.start, str(died))
            return
        for run in chunk:
            yield from _run(worker, range(run, run + 1), is_again=len(chunk) == 1)


def _failed_run(job: Job, run: int, reason: str) -> Rows:
    shape = job.shape
    return Rows(
        np.array([run]),
        np.full((1, len(shape.columns)), np.nan, np.float32),
        {run: reason},
        np.zeros((0, len(MEASURES)), np.float32) if shape.has_paths else None,
        np.zeros(1, np.int64) if shape.has_paths else None,
    )


class _DiedError(Exception):
    """A run ended the process that it had to itself."""


class _Worker:
    """One worker process, started when it is needed and anew after it died."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._open = contextlib.ExitStack()
        self._process: Any = None
        self._line: Connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def run(self, chunk: range) -> Rows:
        """Run a chunk.

        Raises
        ------
        _DiedError
            With the signal or exit code, where that ended the process.
        """
        if self._process is None:
            self._start()
        try:
            self._line.send(chunk)
            rows: Rows = self._line.recv()
        except (EOFError, OSError):
            raise _DiedError(f"WorkerDied: the run ended its process ({self._end()})") from None
        return rows

    def _start(self) -> None:
        from joblib.externals.loky.backend.context import get_context

        context = get_context("loky")  # starts no copy of the caller's script
        self._line, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self.job, os.getpid()))
        self._open.callback(self._close, self._process, self._line)
        self._process.start()
        theirs.close()
        try:
            self._line.recv()
        except (EOFError, OSError):
            raise complain(f"worker processes die before they begin ({self._end()})") from None

    def _end(self) -> str:
        """How the process ended."""
        self._process.join()
        code, self._process = self._process.exitcode, None
        self._open.close()
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"

    @staticmethod
    def _close(process: Any, line: Connection) -> None:
        line.close()
        if process.is_alive():
            process.terminate()
        process.join()


def _serve(line: Connection, job: Job, parent: int) -> None:
    begin_worker(job, parent)
    line.send(None)
    with contextlib.suppress(EOFError):
        while True:
            line.send(run_chunk(line.recv()))
