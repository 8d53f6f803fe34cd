"""Who does the work: threads, processes or Dask, handed the same chunks; no number depends on it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from typing import Any, Literal

from threadpoolctl import threadpool_limits

from sim.isolation import safe_path
from sim.sweeps.storage.parts import Rows
from sim.sweeps.workers.chunks import AHEAD, Kit, Span, simulate_runs
from sim.sweeps.workers.process import begin, given_runs, one_by_one

Executor = Literal["threads", "processes", "dask"]


def work(
    kit: Kit, chunks: Iterator[Span], executor: Executor, workers: int, scheduler: str | None = None
) -> Iterator[Rows]:
    """Let workers run chunks, a few ahead at a time, and give their rows as they come in.

    Parameters
    ----------
    kit, chunks
        What to run.
    executor, workers
        Who does it, and how many at once; one thread is this thread.
    scheduler
        Address of a Dask scheduler; without one, Dask starts its workers on this machine.

    Raises
    ------
    InputError
        Where Dask is not there, or workers cannot be had.
    """
    if executor == "dask":
        from sim.sweeps.workers.cluster import on_dask

        with safe_path():
            yield from on_dask(kit, chunks, workers, scheduler)
        return
    with safe_path(), threadpool_limits(1), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"\d+ tasks (have been|which were)", UserWarning)  # when cut off
        yield from _on_this_machine(kit, chunks, executor, workers)


def _on_this_machine(kit: Kit, chunks: Iterator[Span], executor: Executor, workers: int) -> Iterator[Rows]:
    if executor == "threads":
        from joblib import Parallel, delayed

        threads = Parallel(backend="threading", **_how(workers))
        yield from threads(delayed(simulate_runs)(kit, c) for c in chunks)
    elif workers == 1:
        yield from one_by_one(kit, chunks)
    else:
        yield from _in_processes(kit, chunks, workers)


def _how(workers: int) -> dict[str, Any]:
    return {"n_jobs": workers, "return_as": "generator_unordered", "batch_size": 1,
            "pre_dispatch": AHEAD * workers}  # fmt: skip


def _in_processes(kit: Kit, chunks: Iterator[Span], workers: int) -> Iterator[Rows]:
    """Let worker processes run chunks; those that were out when one died are run alone, then others start."""
    from joblib import Parallel, delayed

    out = set[Span]()

    def handed() -> Iterator[Span]:
        for span in chunks:
            out.add(span)
            yield span

    while True:
        pool = Parallel(backend="loky", initializer=begin, initargs=(kit, os.getpid()), **_how(workers))
        try:
            for rows in pool(delayed(given_runs)(c) for c in handed()):
                out.discard((int(rows.runs[0]), len(rows.runs)))
                yield rows
        except Exception as error:
            if type(error).__name__ not in ("TerminatedWorkerError", "BrokenProcessPool"):
                raise
        if not out:
            return
        yield from one_by_one(kit, iter(sorted(out)))
        out.clear()
