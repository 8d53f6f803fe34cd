"""A sweep for other programs: CSV, and the archive that ema_workbench reads (for PRIM, among others)."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow.csv as pc

from sim.errors import complain
from sim.experiment.staging import written_whole
from sim.sweeps.analysis.answer import cells, point_means
from sim.sweeps.storage.parts import KEYS
from sim.sweeps.storage.result import SweepResult, read_sweep

EMA_VERSION = 0.1  # of the archive's layout


def export(folder: Path, kind: str = "csv", out: Path | None = None) -> list[Path]:
    """Write a finished sweep for other programs.

    Parameters
    ----------
    folder
        Folder of the sweep.
    kind
        csv: `points.csv`, which ``--design`` reads again, with text that a spreadsheet would take for a formula in
        quotes, and `runs.csv`; ema: `<sweep>.tar.gz`, one experiment for each point, each outcome its mean.
    out
        Where to; by default the folder `export` inside the sweep.

    Raises
    ------
    InputError
        Where there is no finished sweep, or the folder cannot be written.
    """
    result = read_sweep(folder)
    target = out if out is not None else folder / "export"
    writers: dict[str, Callable[[SweepResult, Path], None]] = (
        {"points.csv": write_points, "runs.csv": _runs}
        if kind == "csv"
        else {f"{folder.name}.tar.gz": _archive}
    )
    try:
        target.mkdir(parents=True, exist_ok=True)
        return [_whole(result, target / name, write) for name, write in writers.items()]
    except OSError as error:
        raise complain(f"cannot write: {error.strerror or error}", file=target) from error


def _whole(result: SweepResult, file: Path, write: Callable[[SweepResult, Path], None]) -> Path:
    """Write so that nobody reads half a file."""
    with written_whole(file) as unfinished:
        write(result, unfinished)
    return file


def write_points(result: SweepResult, file: Path) -> None:
    """Write the points of a sweep as a table that `read_table` reads as the same values."""
    columns = {key: cells(result.points[key]) for key in ("point", *result.keys)}
    pd.DataFrame(columns).to_csv(file, index=False, lineterminator="\n")


def _runs(result: SweepResult, file: Path) -> None:
    """Write one part after the other, so that memory does not grow with the runs."""
    with file.open("wb") as stream:
        for k, part in enumerate(result.parts):
            table = result.part(part, [*KEYS, *result.outcomes])
            pc.write_csv(table, stream, pc.WriteOptions(include_header=k == 0))


def _archive(result: SweepResult, file: Path) -> None:
    points = result.table("points")
    kinds = {item["key"]: item["kind"] for item in result.facts["factors"]}
    listed = [key for key, kind in kinds.items() if kind in ("listed", "date")]
    experiments = points.drop(columns="point").assign(**{key: cells(result.points[key]) for key in listed})
    experiments["scenario"], experiments["policy"] = points["point"].astype(str), "none"
    experiments["model"] = result.facts["scenario"]
    texts = [*listed, "scenario", "policy", "model"]
    dtypes = {name: "category" if name in texts else experiments[name].dtype.name for name in experiments}
    files = [(f"{name}.cls", _cells(pd.Series(point_means(result, name)))) for name in result.outcomes]
    metadata = {
        "version": EMA_VERSION,
        "outcomes": [["ScalarOutcome", n, f] for n, (f, _) in zip(result.outcomes, files, strict=True)],
        "experiments": dtypes,
    }
    files = [("experiments.csv", experiments.to_csv(index=False).encode()), *files]
    files.append(("metadata.json", json.dumps(metadata).encode()))
    with tarfile.open(file, "w:gz") as archive:
        for name, content in files:
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))


def _cells(values: pd.Series) -> bytes:
    return values.to_csv(header=False, index=False).encode()
