"""One question under many settings: plan the sweep, run what is missing, keep it all."""

from __future__ import annotations

import contextlib
import time
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
from sim.sweeps.plan import Request, SweepPlan, plan_sweep
from sim.sweeps.runs import MissingRuns, Progress
from sim.sweeps.storage.folder import SweepFolder, writing
from sim.sweeps.storage.parts import write_table
from sim.sweeps.storage.result import FACTS, POINTS, SweepResult, find_sweep, read_sweep
from sim.sweeps.workers.chunks import ChunkSize
from sim.sweeps.workers.executors import Executor


def run_sweep(
    scenario: Path | str,
    request: Request,
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
    scenario, request
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
        Where the request is wrong, or results cannot be written.
    SweepStoppedError
        Where someone pressed Ctrl-C.
    """
    begin = time.perf_counter()
    if executor == "dask":
        end_if_beginning()
    plan = plan_sweep(scenario, request)
    path = Path(out) / plan.loaded.scenario.name / f"sweep-{plan.identity}"
    finished, notes = _open_finished(path, plan.identity, is_resumed or is_retried)
    if finished is not None and not (is_retried and finished.manifest["failed"]):
        return replace(finished, is_cached=True)
    is_begun = (path / FACTS).exists()
    if finished is None and is_begun and not (is_resumed or is_retried):
        raise complain("an unfinished sweep lies here; --resume goes on with it", file=path)
    if not is_begun:
        plan.size.refuse_beyond_disk(path)
    executor = _choose_executor(executor, scheduler, plan)
    others = _find_unfinished(path.parent) if is_resumed and not is_begun else []
    with SweepFolder(path, plan.job.shape) as folder:
        folder.notes += [*plan.notes, *notes]
        folder.notes += [
            f"nothing to resume here; {o} is unfinished, of other settings or code" for o in others
        ]
        _write_facts(path, plan)
        MissingRuns(plan.job, folder, ChunkSize(fixed=chunk), progress, is_retried).run(
            executor, workers, scheduler
        )
        return _finish(plan, folder, time.perf_counter() - begin)


def _open_finished(path: Path, identity: str, is_resumed: bool) -> tuple[SweepResult | None, list[str]]:
    """The finished sweep that is there, all its parts compared with their checksums; or what is wrong with it."""
    try:
        result = find_sweep(path)
        if result is not None:
            result.check_parts()
    except InputError as error:
        if is_resumed:
            return None, [f"{error}; run anew"]
        problems = [replace(p, reason=f"{p.reason}; --resume runs it anew") for p in error.problems]
        raise InputError(problems) from None
    if result is not None and result.facts["sweep_id"] != identity:
        raise complain(f"holds another sweep, {result.facts['sweep_id']}; move it away", file=path)
    return result, []


def _choose_executor(executor: Executor | None, scheduler: str | None, plan: SweepPlan) -> Executor:
    if scheduler is not None and executor not in (None, "dask"):
        raise complain("only Dask has a scheduler; leave it out, or say --executor dask", key="--scheduler")
    return executor or ("dask" if scheduler else "processes" if plan.job.strategies else "threads")


def _find_unfinished(folder: Path) -> list[Path]:
    sweeps = sorted(file.parent for file in folder.glob(f"sweep-*/{FACTS}"))
    return [sweep for sweep in sweeps if not (sweep / MANIFEST).exists()]


def _write_facts(path: Path, plan: SweepPlan) -> None:
    """Write the plan and its points beside the results, unless they are there."""
    with contextlib.suppress(InputError):
        facts = read_sealed(path / FACTS)
        if facts is not None and facts.get("sweep_id") == plan.identity:
            check_files(path, facts["files"])
            return
    with writing(path):
        files = {POINTS: write_table(path / POINTS, points_table(plan.design))}
        texts = {"scenario.json": canonical_json(plan.loaded.scenario).encode()}
        if plan.job.strategies:
            texts["strategies.py"] = plan.job.strategies.source
        for name, text in texts.items():
            with written_whole(path / name) as unfinished:
                unfinished.write_bytes(text)
            files[name] = file_entry(path / name)
        _write_sealed(path / FACTS, {**_facts(plan), "files": files})


def _facts(plan: SweepPlan) -> dict[str, Any]:
    shape, scenario = plan.job.shape, plan.loaded.scenario
    return {
        "sweep_id": plan.identity,
        "scenario": scenario.name,
        "question": scenario.question,
        "rng_seed": scenario.rng_seed,
        "design": plan.design.method,
        "factors": [
            {"key": f.key, "kind": f.kind, "low": f.low, "high": f.high, "values": list(map(write_cell, f.values)),
             "log": f.is_log} for f in plan.design.factors
        ],
        "shape": {"points": shape.points, "draws": shape.draws, "replicas": shape.replicas,
                  "has_paths": shape.has_paths},
        "outcomes": list(shape.columns),
        "determinants": plan.determinants,
    }  # fmt: skip


def _write_sealed(file: Path, content: dict[str, Any]) -> None:
    with written_whole(file) as unfinished:
        write_json(unfinished, sealed(content))


def points_table(design: Design) -> pa.Table:
    """Every point with its values, and as `unit:` columns its position in the cube of the design.

    Text, and values of several kinds, are written as a table of points says them; no value is a default.
    """
    columns: dict[str, Any] = {"point": pa.array(np.arange(design.n_points, dtype=np.int32))}
    for factor, coded in zip(design.factors, design.columns, strict=True):
        values = [factor.decode(c) for c in coded]
        kinds = {type(value) for value in values} - {type(None)}
        is_text = len(kinds) != 1 or kinds == {str}
        columns[factor.key] = pa.array(list(map(write_cell, values)) if is_text else values)
    for factor, unit in zip(design.factors, design.unit.T, strict=True):
        columns[f"unit:{factor.key}"] = pa.array(np.ascontiguousarray(unit))
    return pa.table(columns)


def _finish(plan: SweepPlan, folder: SweepFolder, seconds: float) -> SweepResult:
    shape, failed = plan.job.shape, len(folder.failed())
    manifest = {
        "kind": "sweep",
        "sweep_id": plan.identity,
        "points": shape.points,
        "replicas": shape.n_runs,
        "done": shape.n_runs - failed,
        "failed": failed,
        "content_hash": folder.content_hash(),
        "parts": folder.parts(),
        "wall_seconds": round(seconds, 3),
        "notes": folder.notes,
    }
    with writing(folder.path):
        _write_sealed(folder.path / MANIFEST, manifest)
    return read_sweep(folder.path)
