"""Sweeps on Dask: chunks handed to a scheduler, a few ahead for each worker; those that kill one run here, alone."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from sim.errors import complain
from sim.experiment.store import code_hash, library_versions
from sim.sweeps.storage.parts import Rows
from sim.sweeps.workers.chunks import AHEAD, Kit, Span, simulate_runs
from sim.sweeps.workers.process import one_by_one

WAIT = 30  # seconds for a first worker
GUARD = 'a script needs `if __name__ == "__main__":` around its sweep'
MOST_RETRIES = 2  # of a chunk that came to nothing, before it is run here


def on_dask(kit: Kit, chunks: Iterator[Span], workers: int, scheduler: str | None) -> Iterator[Rows]:
    """Let Dask workers run chunks; gives their rows as they come in.

    Parameters
    ----------
    kit, chunks
        What to run. The kit is sent to every worker once.
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
        yield from _Handout(client, kit).rows(chunks)


def fingerprint() -> str:
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


class _Handout:
    """Chunks given to a client, and what has become of them."""

    def __init__(self, client: Any, kit: Kit) -> None:
        from distributed import as_completed

        self.client, self.kit = client, kit
        self._refuse_strangers()
        self.sent = self._send()
        self.coming = as_completed(loop=client.loop)
        self.spans: dict[str, Span] = {}
        self.lost = Counter[Span]()  # how often a chunk came to nothing

    def _refuse_strangers(self) -> None:
        """Refuse workers whose Blocshift or libraries differ from ours: their numbers might, too."""
        own = fingerprint()
        if others := [address for address, found in self.client.run(fingerprint).items() if found != own]:
            reason = f"{', '.join(others)}: another version of Blocshift or of a library it computes with"
            raise complain(reason, key="--executor dask")

    def rows(self, chunks: Iterator[Span]) -> Iterator[Rows]:
        """Keep every worker busy until there are no more chunks."""
        ahead = AHEAD * max(1, sum(self.client.ncores().values()))
        for span in islice(chunks, ahead):
            self._give(span)
        for future in self.coming:
            span = self.spans.pop(future.key)
            rows = self._result(span, future)
            if rows is None and self.lost[span] < MOST_RETRIES:
                self._give_again(span)
                continue
            for following in islice(chunks, 1):
                self._give(following)
            if rows is None:
                yield from one_by_one(self.kit, iter([span]))
            else:
                yield rows

    def _give(self, span: Span) -> None:
        future = self.client.submit(simulate_runs, self.sent, span, pure=False)
        self.spans[future.key] = span
        self.coming.add(future)

    def _result(self, span: Span, future: Any) -> Rows | None:
        """Fetch a chunk's rows; `None` where it, the kit or the rows went with a worker."""
        from distributed import KilledWorker

        try:
            found: Rows = future.result()
        except KilledWorker:
            self.lost[span] = MOST_RETRIES
        except Exception:  # cancelled, lost or not to be read: the chunk itself tells, run elsewhere
            self.lost[span] += 1
        else:
            future.release()
            return found
        return None

    def _give_again(self, span: Span) -> None:
        """Hand out a chunk whose worker, or whose copy of the kit, is gone."""
        if self.sent.status != "finished":
            self.sent = self._send()
        self._give(span)

    def _send(self) -> Any:
        try:
            self.client.wait_for_workers(1, timeout=WAIT)
            return self.client.scatter(self.kit, broadcast=True)
        except TimeoutError:
            raise complain("no Dask workers are left; what was done is kept, --resume goes on") from None
