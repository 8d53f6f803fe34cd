"""A sweep from question to answer: run it, then say what each key does and where the spread comes from."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sim.errors import InputError
from sim.experiment.manifest import MANIFEST, read_manifest, sealed, write_json
from sim.experiment.staging import written_whole
from sim.sweeps.analysis.effects import Axis, CurvePoint, Effect, axis, effect
from sim.sweeps.analysis.indices import Index, indices
from sim.sweeps.analysis.variance import Share, variance_shares
from sim.sweeps.design.cells import write_cell
from sim.sweeps.design.layouts import morris_levels
from sim.sweeps.plan import Request
from sim.sweeps.runs import Progress
from sim.sweeps.storage.folder import writing
from sim.sweeps.storage.parts import write_table
from sim.sweeps.storage.result import SweepResult
from sim.sweeps.sweep import run_sweep
from sim.sweeps.workers.executors import Executor

TABLES: dict[str, type[Any]] = {"effects": Effect, "curves": CurvePoint, "indices": Index}


def sweep(
    scenario: Path | str,
    ranges: Mapping[str, Any] | None = None,
    *,
    design: str | None = None,
    points: int | None = None,
    draws: int | None = None,
    replicas: int | None = None,
    paths: bool | None = None,
    overrides: Sequence[str] = (),
    strategies: Path | str | None = None,
    out: Path | str = "results",
    executor: Executor | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    resume: bool = False,
    retry_failed: bool = False,
    chunk: int | None = None,
    progress: Progress | None = None,
) -> SweepResult:
    """Run a scenario at many points and answer what each key does to each outcome.

    Every point meets the same draws from belief and the same chance, so that points compare in pairs.
    Whatever cuts it off, what is done is kept; the numbers depend on no executor, number of workers or cut.

    Parameters
    ----------
    scenario
        Path of the scenario file, with or without a section `sweep`.
    ranges
        What varies beside that, by dotted key: ``(low, high)``, a list of values, or a mapping as in the file.
    design, points, draws, replicas, paths
        In place of the same keys of the file's `sweep`.
    overrides
        Single values of the scenario, each ``key.path=value``.
    strategies
        A Python file that gives some states a will of their own. It is run as code.
    out
        Results folder.
    executor, workers, scheduler
        threads, processes or dask; how many; the address of a Dask scheduler.
    resume, retry_failed
        Go on with a sweep that was cut off; run again what failed.
    chunk
        Runs in a chunk; by default as many as take a quarter of a second.
    progress
        Called with runs done, in all, and failed.

    Raises
    ------
    InputError
        Where the scenario, a range or the results folder is wrong.
    SweepStoppedError
        Where it was interrupted; `resume` goes on.
    """
    request = Request(
        ranges, design, points, draws, replicas, paths, overrides, Path(strategies) if strategies else None
    )
    result = run_sweep(
        scenario, request, out=out, executor=executor, workers=workers or os.cpu_count() or 1,
        scheduler=scheduler, is_resumed=resume, is_retried=retry_failed, chunk=chunk, progress=progress,
    )  # fmt: skip
    make_answers(result)
    return result


def cells(column: pa.ChunkedArray) -> list[str]:
    """Values of the points as a table of points says them; a text column has them so already."""
    return [value if isinstance(value, str) else write_cell(value) for value in column.to_pylist()]


def axes(result: SweepResult) -> list[Axis]:
    """The keys of a sweep, each cut into levels."""
    return [_axis(factor, result.points) for factor in result.facts["factors"]]


def _axis(item: dict[str, Any], table: pa.Table) -> Axis:
    column, key = table[item["key"]], item["key"]
    if item["kind"] == "listed":
        return axis(key, np.array(cells(column)), "listed", tuple(dict.fromkeys(item["values"])))
    if item["kind"] == "date":
        return axis(key, column.cast(pa.int32()).to_numpy(), "date")
    return axis(key, column.to_numpy(), "log" if item["log"] else "linear")


def point_means(result: SweepResult, outcome: str) -> np.ndarray:
    """Mean outcome of each point over its draws and replicas; NaN where one of them failed."""
    y = result.outcome(outcome)
    return y.reshape(len(y), -1).mean(axis=1, dtype=float)


def units(result: SweepResult) -> np.ndarray:
    """Position of each point in the unit cube of its design."""
    return np.stack([result.points[f"unit:{key}"].to_numpy() for key in result.keys], axis=1)


def make_answers(result: SweepResult) -> None:
    """Write the tables of answers beside a finished sweep, unless they are there whole and of the same content.

    Raises
    ------
    InputError
        Where a part of the sweep is damaged: answers that are there already speak of another.
    """
    result.check_parts()
    try:
        manifest = read_manifest(result.path / "answers", "answers")
    except InputError:
        manifest = None  # damaged: they are written anew from the parts
    if manifest is None or manifest["content_hash"] != result.manifest["content_hash"]:
        _write_answers(result)


def _write_answers(result: SweepResult) -> None:
    cut, unit = axes(result), units(result)
    levels = morris_levels(len(item["values"]) for item in result.facts["factors"])
    rows: dict[str, list[Any]] = {name: [] for name in (*TABLES, "shares")}
    for outcome in result.outcomes:
        y = result.outcome(outcome)
        mean = y.reshape(len(y), -1).mean(axis=1, dtype=float)
        for one in cut:
            main, curve = effect(outcome, one, mean)
            rows["effects"].append(main)
            rows["curves"] += curve
        rows["indices"] += indices(result.facts["design"], result.keys, unit, outcome, mean, levels)
        rows["shares"] += [(outcome, *share) for share in variance_shares(_sampled(result, y))]
    folder = result.path / "answers"
    with writing(result.path):
        folder.mkdir(exist_ok=True)
        (folder / MANIFEST).unlink(missing_ok=True)
        tables = {}
        for name, records in rows.items():
            fields = TABLES[name]._fields if name in TABLES else ("outcome", *Share._fields)
            columns = {field: [row[k] for row in records] for k, field in enumerate(fields)}
            tables[f"{name}.parquet"] = write_table(folder / f"{name}.parquet", pa.table(columns))
        about = {"content_hash": result.manifest["content_hash"], "tables": tables}
        with written_whole(folder / MANIFEST) as unfinished:
            write_json(unfinished, sealed({**about, "kind": "answers", "files": {}}))


def _sampled(result: SweepResult, y: np.ndarray) -> np.ndarray:
    """The points that sample the parameters evenly: of a Saltelli design the two independent samples."""
    size = len(result.keys) + 2
    if result.facts["design"] != "saltelli":
        return y
    return y[np.isin(np.arange(len(y)) % size, (0, size - 1))]
