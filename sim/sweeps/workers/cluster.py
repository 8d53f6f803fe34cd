"""Sweeps on Dask: chunks submitted to a scheduler, a few ahead for each worker; those that kill one run here."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from sim.errors import complain
from sim.experiment.store import code_hash, library_versions
from sim.sweeps.storage.parts import Rows
from sim.sweeps.workers.chunks import AHEAD, Job, simulate_runs
from sim.sweeps.workers.process import run_isolated

WAIT = 30  # seconds for a first worker
GUARD = 'a script needs `if __name__ == "__main__":` around its sweep'
MOST_RETRIES = 2  # of a chunk that came to nothing, before it is run here


def on_dask(job: Job, chunks: Iterator[range], workers: int, scheduler: str | None) -> Iterator[Rows]:
    """Let Dask workers run chunks; gives their rows as they come in.

    Parameters
    ----------
    job, chunks
        What to run. The job is sent to every worker once.
    workers
        Processes started on this machine where no scheduler is named.
    scheduler
        Address of a scheduler that runs already, such as ``tcp://127.0.0.1:8786`` or ``tls://…``.

    Raises
    ------
    InputError
        Where Dask is not installed, the scheduler does not answer, or no workers are left.
    """
    with _client(workers, scheduler) as client:
        yield from _Dispatcher(client, job).rows(chunks)


def versions() -> str:
    """What numbers depend on beside the question: our sources and the libraries they pass through."""
    return f"{code_hash()} {sorted(library_versions().items())}"


@contextlib.contextmanager
def _client(workers: int, scheduler: str | None) -> Iterator[Any]:
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError:
        reason = "Dask is not installed; `pip install 'blocshift[dask]'` adds it"
        raise complain(reason, key="--executor dask") from None
    with contextlib.ExitStack() as stack:
        try:
            if scheduler is None:
                with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
                    local = LocalCluster(
                        n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
                    )
                stack.enter_context(local)
            client = stack.enter_context(Client(scheduler or local, set_as_default=False, timeout=WAIT))
            client.wait_for_workers(1, timeout=WAIT)
        except (OSError, RuntimeError, TimeoutError, ValueError) as error:
            reason = f"no Dask workers could be had: {(str(error) or repr(error)).splitlines()[0]}"
            if scheduler:
                raise complain(reason, key=f"--scheduler {scheduler}") from error
            raise complain(f"{reason}; {GUARD}", key="--executor dask") from None
        yield client


class _Dispatcher:
    """Chunks submitted to a client, and what has become of them."""

    def __init__(self, client: Any, job: Job) -> None:
        from distributed import as_completed

        self.client, self.job = client, job
        self._check_versions()
        self.job_future = self._scatter()
        self.futures = as_completed(loop=client.loop)
        self.chunks: dict[str, range] = {}
        self.lost = Counter[range]()  # how often a chunk came to nothing

    def _check_versions(self) -> None:
        """Refuse workers whose Blocshift or libraries differ from ours: their numbers might, too."""
        own = versions()
        if others := [address for address, other in self.client.run(versions).items() if other != own]:
            reason = f"{', '.join(others)}: another version of Blocshift or of a library it computes with"
            raise complain(reason, key="--executor dask")

    def rows(self, chunks: Iterator[range]) -> Iterator[Rows]:
        """Keep every worker busy until there are no more chunks."""
        ahead = AHEAD * max(1, sum(self.client.ncores().values()))
        for chunk in islice(chunks, ahead):
            self._submit(chunk)
        for future in self.futures:
            chunk = self.chunks.pop(future.key)
            rows = self._result(chunk, future)
            if rows is None and self.lost[chunk] < MOST_RETRIES:
                self._resubmit(chunk)
                continue
            for following in islice(chunks, 1):
                self._submit(following)
            if rows is None:
                yield from run_isolated(self.job, iter([chunk]))
            else:
                yield rows

    def _submit(self, chunk: range) -> None:
        future = self.client.submit(simulate_runs, self.job_future, chunk, pure=False)
        self.chunks[future.key] = chunk
        self.futures.add(future)

    def _result(self, chunk: range, future: Any) -> Rows | None:
        """Fetch a chunk's rows; `None` where it, the job or the rows were lost with a worker."""
        from distributed import KilledWorker

        try:
            rows: Rows = future.result()
        except KilledWorker:
            self.lost[chunk] = MOST_RETRIES
        except Exception:  # cancelled, lost or not to be read: the chunk itself tells, run elsewhere
            self.lost[chunk] += 1
        else:
            future.release()
            return rows
        return None

    def _resubmit(self, chunk: range) -> None:
        """Submit again a chunk whose worker, or whose copy of the job, is gone."""
        if self.job_future.status != "finished":
            self.job_future = self._scatter()
        self._submit(chunk)

    def _scatter(self) -> Any:
        try:
            self.client.wait_for_workers(1, timeout=WAIT)
            return self.client.scatter(self.job, broadcast=True)
        except TimeoutError:
            raise complain("no Dask workers are left; what was done is kept, --resume goes on") from None
