"""Who does the work: threads, processes or Dask, given the same chunks; no number depends on it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from typing import Any, Literal

from threadpoolctl import threadpool_limits

from sim.isolation import safe_path
from sim.sweeps.storage.parts import Rows
from sim.sweeps.workers.chunks import AHEAD, Job, simulate_runs
from sim.sweeps.workers.process import begin_worker, run_chunk, run_isolated

Executor = Literal["threads", "processes", "dask"]


def work(
    job: Job, chunks: Iterator[range], executor: Executor, workers: int, scheduler: str | None = None
) -> Iterator[Rows]:
    """Let workers run chunks, a few ahead at a time, and give their rows as they come in.

    Parameters
    ----------
    job, chunks
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
            yield from on_dask(job, chunks, workers, scheduler)
        return
    with safe_path(), threadpool_limits(1), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"\d+ tasks (have been|which were)", UserWarning)  # when cut off
        yield from _on_this_machine(job, chunks, executor, workers)


def _on_this_machine(job: Job, chunks: Iterator[range], executor: Executor, workers: int) -> Iterator[Rows]:
    if executor == "threads":
        from joblib import Parallel, delayed

        pool = Parallel(backend="threading", **_pool_options(workers))
        yield from pool(delayed(simulate_runs)(job, chunk) for chunk in chunks)
    elif workers == 1:
        yield from run_isolated(job, chunks)
    else:
        yield from _in_processes(job, chunks, workers)


def _pool_options(workers: int) -> dict[str, Any]:
    return {"n_jobs": workers, "return_as": "generator_unordered", "batch_size": 1,
            "pre_dispatch": AHEAD * workers}  # fmt: skip


def _in_processes(job: Job, chunks: Iterator[range], workers: int) -> Iterator[Rows]:
    """Let worker processes run chunks; those that were out when one died are run alone, then others start."""
    from joblib import Parallel, delayed

    at_work = set[range]()

    def give_out() -> Iterator[range]:
        for chunk in chunks:
            at_work.add(chunk)
            yield chunk

    while True:
        pool = Parallel(
            backend="loky", initializer=begin_worker, initargs=(job, os.getpid()), **_pool_options(workers)
        )
        try:
            for rows in pool(delayed(run_chunk)(chunk) for chunk in give_out()):
                at_work.discard(range(int(rows.runs[0]), int(rows.runs[-1]) + 1))
                yield rows
        except Exception as error:
            if type(error).__name__ not in ("TerminatedWorkerError", "BrokenProcessPool"):
                raise
        if not at_work:
            return
        yield from run_isolated(job, iter(sorted(at_work, key=lambda chunk: chunk.start)))
        at_work.clear()
