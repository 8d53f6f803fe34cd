"""One question under many settings: plan the sweep, run what is missing, keep it all."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sim.errors import InputError, complain
from sim.experiment.manifest import MANIFEST, check_files, file_entry, read_sealed, sealed, write_json
from sim.experiment.staging import written_whole
from sim.isolation import end_if_beginning
from sim.scenario.load import canonical_json
from sim.sweeps.design.cells import write_cell
from sim.sweeps.design.factors import Design
from sim.sweeps.plan import Asked, Planned, plan_sweep
from sim.sweeps.storage.ledger import Ledger, writing
from sim.sweeps.storage.parts import write_table
from sim.sweeps.storage.result import FACTS, SweepResult, read_sweep
from sim.sweeps.workers.chunks import Kit, Pace, spans
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


def run_sweep(
    scenario: Path | str,
    asked: Asked,
    *,
    out: Path | str = "results",
    executor: Executor | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    is_resumed: bool = False,
    is_retried: bool = False,
    chunk: int | None = None,
    progress: Progress | None = None,
) -> SweepResult:
    """Run what is missing of a sweep, in ``out/<scenario>/sweep-<id>/``.

    Parameters
    ----------
    scenario, asked
        What to run.
    out
        Results folder.
    executor, workers, scheduler, chunk
        Who works, and runs in a chunk; no number depends on them.
    is_resumed, is_retried
        Go on with a sweep that was cut off; run again what failed.
    progress
        Called with runs done, in all, and failed.

    Raises
    ------
    InputError
        Where what is asked is wrong, or results cannot be written.
    SweepStoppedError
        Where someone pressed Ctrl-C.
    """
    begun = time.perf_counter()
    if executor == "dask":
        end_if_beginning()
    planned = plan_sweep(scenario, asked)
    folder = Path(out) / planned.loaded.scenario.name / f"sweep-{planned.identity}"
    finished, notes = _found(folder, planned.identity, is_resumed or is_retried)
    if finished is not None and not (is_retried and finished.manifest["failed"]):
        return replace(finished, is_cached=True)
    if finished is None and (folder / FACTS).exists() and not (is_resumed or is_retried):
        raise complain("an unfinished sweep lies here; --resume goes on with it", file=folder)
    if not (folder / FACTS).exists():
        planned.size.refuse_beyond_disk(folder)
    who = _who(executor, scheduler, planned)
    others = [] if (folder / FACTS).exists() or not is_resumed else _unfinished(folder.parent)
    with Ledger(folder, planned.kit.shape) as ledger:
        ledger.notes += [*planned.notes, *notes]
        ledger.notes += [
            f"nothing to resume here; {o} is unfinished, of other settings or code" for o in others
        ]
        _write_facts(folder, planned)
        job = _Job(planned.kit, ledger, Pace(fixed=chunk), progress, is_retried)
        with job.patience():
            job.run(who, workers, scheduler)
        return _finish(folder, planned, ledger, job, time.perf_counter() - begun)


def _found(folder: Path, identity: str, is_resumed: bool) -> tuple[SweepResult | None, list[str]]:
    """The finished sweep that is there, all its parts compared with their checksums; or what is wrong with it."""
    try:
        found = read_sweep(folder, is_asked=True)
        if found is not None:
            for part in found.parts:
                found.check(part)
    except InputError as error:
        if is_resumed:
            return None, [f"{error}; made anew"]
        told = [replace(p, reason=f"{p.reason}; --resume makes it anew") for p in error.problems]
        raise InputError(told) from None
    if found is not None and found.facts["sweep_id"] != identity:
        raise complain(f"holds another sweep, {found.facts['sweep_id']}; move it away", file=folder)
    return found, []


def _who(executor: Executor | None, scheduler: str | None, planned: Planned) -> Executor:
    if scheduler is not None and executor not in (None, "dask"):
        raise complain("only Dask has a scheduler; leave it out, or say --executor dask", key="--scheduler")
    return executor or ("dask" if scheduler else "processes" if planned.kit.own else "threads")


def _unfinished(folder: Path) -> list[Path]:
    found = sorted(file.parent for file in folder.glob(f"sweep-*/{FACTS}"))
    return [sweep for sweep in found if not (sweep / "manifest.json").exists()]


class _Job:
    """Runs that are missing, given out until none is."""

    def __init__(
        self, kit: Kit, ledger: Ledger, pace: Pace, progress: Progress | None, is_retried: bool
    ) -> None:
        self.kit, self.ledger, self.pace, self.progress = kit, ledger, pace, progress
        self.is_stopped, self.signal = False, int(signal.SIGINT)
        self.missing = ~ledger.done()
        failed = ledger.failed()
        self.n_failed = 0 if is_retried else len(failed)
        if is_retried:
            self.missing[failed] = True

    def run(self, executor: Executor, workers: int, scheduler: str | None) -> None:
        """Give out the missing runs."""
        chunks = spans(np.flatnonzero(self.missing), self.kit.shape.block, self.pace, lambda: self.is_stopped)
        for rows in work(self.kit, chunks, executor, workers, scheduler):
            self._take(rows)
        if self.is_stopped and self.missing.any():
            raise self._stopped()

    def _take(self, rows: Any) -> None:
        self.ledger.keep(rows)
        self.pace.learn(rows)
        self.missing[rows.runs] = False
        self.n_failed += len(rows.errors)
        if self.progress:
            n = self.missing.size
            self.progress(n - int(np.count_nonzero(self.missing)), n, self.n_failed)

    @contextlib.contextmanager
    def patience(self) -> Iterator[None]:
        """On a first Ctrl-C, SIGTERM or SIGHUP let chunks at work finish; on a second stop at once.

        What whoever started the program wants ignored, as `nohup` does, stays ignored.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        heeded = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
        before = {number: signal.signal(number, self._stop) for number in heeded}
        try:
            yield
        except KeyboardInterrupt:
            raise self._stopped() from None
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stopped(self) -> SweepStoppedError:
        n = self.missing.size
        done = n - int(np.count_nonzero(self.missing))
        return SweepStoppedError(
            f"stopped: {done} of {n} runs are kept in {self.ledger.folder}; --resume goes on", self.signal
        )

    def _stop(self, number: int, frame: Any) -> None:
        self.signal = number
        if self.is_stopped:
            raise KeyboardInterrupt
        self.is_stopped = True


def _write_facts(folder: Path, planned: Planned) -> None:
    """Write the plan and its points beside the results, unless they are there."""
    with contextlib.suppress(InputError):
        facts = read_sealed(folder / FACTS)
        if facts is not None and facts.get("sweep_id") == planned.identity:
            check_files(folder, facts["files"])
            return
    with writing(folder):
        files = {"points.parquet": write_table(folder / "points.parquet", points_table(planned.design))}
        texts = {"scenario.json": canonical_json(planned.loaded.scenario).encode()}
        if planned.kit.own:
            texts["strategies.py"] = planned.kit.own.source
        for name, text in texts.items():
            with written_whole(folder / name) as waiting:
                waiting.write_bytes(text)
            files[name] = file_entry(folder / name)
        _write_sealed(folder / FACTS, {**_facts(planned), "files": files})


def _facts(planned: Planned) -> dict[str, Any]:
    shape, scenario = planned.kit.shape, planned.loaded.scenario
    return {
        "sweep_id": planned.identity,
        "scenario": scenario.name,
        "question": scenario.question,
        "rng_seed": scenario.rng_seed,
        "design": planned.design.method,
        "factors": [
            {"key": f.key, "kind": f.kind, "low": f.low, "high": f.high, "values": list(map(write_cell, f.values)),
             "log": f.is_log} for f in planned.design.factors
        ],
        "shape": {"points": shape.points, "draws": shape.draws, "replicas": shape.replicas,
                  "block": shape.block, "has_paths": shape.has_paths},
        "outcomes": list(shape.columns),
        "determinants": planned.determinants,
    }  # fmt: skip


def _write_sealed(path: Path, content: dict[str, Any]) -> None:
    with written_whole(path) as waiting:
        write_json(waiting, sealed(content))


def points_table(design: Design) -> pa.Table:
    """Every point with its values, and as `unit:` columns its position in the cube of the design.

    Text, and values of several kinds, are written as a table of points says them; no value is a default.
    """
    found: dict[str, Any] = {"point": pa.array(np.arange(design.n_points, dtype=np.int32))}
    for made, coded in zip(design.factors, design.columns, strict=True):
        values = [made.decode(c) for c in coded]
        kinds = {type(value) for value in values} - {type(None)}
        is_text = len(kinds) != 1 or kinds == {str}
        found[made.key] = pa.array(list(map(write_cell, values)) if is_text else values)
    for made, unit in zip(design.factors, design.unit.T, strict=True):
        found[f"unit:{made.key}"] = pa.array(np.ascontiguousarray(unit))
    return pa.table(found)


def _finish(folder: Path, planned: Planned, ledger: Ledger, job: _Job, seconds: float) -> SweepResult:
    shape = planned.kit.shape
    failed = len(ledger.failed())
    manifest = {
        "kind": "sweep",
        "sweep_id": planned.identity,
        "points": shape.points,
        "replicas": shape.n_runs,
        "done": shape.n_runs - failed,
        "failed": failed,
        "content_hash": ledger.content_hash(),
        "parts": ledger.parts(),
        "wall_seconds": round(seconds, 3),
        "notes": ledger.notes,
    }
    with writing(folder):
        _write_sealed(folder / MANIFEST, manifest)
    found = read_sweep(folder)
    assert found is not None
    return found
