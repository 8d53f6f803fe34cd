"""Results on disk: chunks of runs, each durable once it is written, merged into parts of fixed extent."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sim.experiment.manifest import file_entry
from sim.experiment.staging import written_whole
from sim.shapes import Float, Int
from sim.sweeps.quantities import MEASURES

KEYS = ("point", "draw", "replica")
PATH = "path_"
DIGEST, SEAL = b"digest", b"checksum"  # keys of a file's metadata
LEAST, MOST = 64, 16_384  # runs in a part
WORK = 1.5e8  # steps x states² in a part: some ten seconds of one processor
NUMBERS = 2**22  # of paths in a part: 16 MB


@dataclass(frozen=True)
class Shape:
    """How many runs there are, and how they are numbered: point by point, draw by draw.

    Attributes
    ----------
    points, draws, replicas
        P, D and R; run number (p·D + d)·R + r.
    part_size
        Runs in a part. It depends on the sweep alone, never on how the work was cut.
    columns
        Names of the outcomes.
    has_paths
        Whether the path of every measure is stored.
    """

    points: int
    draws: int
    replicas: int
    part_size: int
    columns: tuple[str, ...]
    has_paths: bool

    @property
    def n_runs(self) -> int:
        """Number of runs P·D·R."""
        return self.points * self.draws * self.replicas

    @property
    def per_point(self) -> int:
        """Runs of one point, D·R."""
        return self.draws * self.replicas

    def keys(self, run: Any) -> tuple[Any, Any, Any]:
        """Point, draw and replica of runs."""
        point, rest = np.divmod(run, self.per_point)
        return point, rest // self.replicas, rest % self.replicas

    def extent(self, part: int) -> range:
        """The runs of a part."""
        return range(part * self.part_size, min((part + 1) * self.part_size, self.n_runs))

    @property
    def schema(self) -> pa.Schema:
        """Columns of a part."""
        numbers = [(name, pa.int32()) for name in KEYS]
        outcomes = [(name, pa.float32()) for name in self.columns]
        paths = [(PATH + name, pa.list_(pa.float32())) for name in MEASURES if self.has_paths]
        return pa.schema([*numbers, ("error", pa.string()), *outcomes, *paths])

    @property
    def n_parts(self) -> int:
        """Number of parts."""
        return -(-self.n_runs // self.part_size)


def part_size(n_steps: int, n_states: int, has_paths: bool) -> int:
    """Runs in a part: a power of two that keeps a part small in memory and not too long to run."""
    most = WORK / (n_steps * n_states**2)
    if has_paths:
        most = min(most, NUMBERS / ((n_steps + 1) * len(MEASURES)))
    return int(2 ** np.floor(np.log2(np.clip(most, LEAST, MOST))))


@dataclass(frozen=True)
class Rows:
    """Results of some runs.

    Attributes
    ----------
    runs
        Their numbers, in order.
    outcomes
        One row each; NaN where the run failed.
    errors
        Traceback of each failed run.
    paths
        Measures of each run by step, of one run after the other; `None` where they are not stored.
    lengths
        Steps in the path of each run.
    seconds
        Time it took.
    """

    runs: Int[np.ndarray, "n"]
    outcomes: Float[np.ndarray, "n K"]
    errors: Mapping[int, str] = field(default_factory=dict)
    paths: Float[np.ndarray, "L K"] | None = None
    lengths: Int[np.ndarray, "n"] | None = None
    seconds: float = 0.0

    def table(self, shape: Shape) -> pa.Table:
        """The rows as they are written: keys, error, outcomes, and paths as lists."""
        point, draw, replica = shape.keys(self.runs)
        columns = {
            name: pa.array(values.astype(np.int32))
            for name, values in zip(KEYS, (point, draw, replica), strict=True)
        }
        columns["error"] = pa.array([self.errors.get(int(run)) for run in self.runs], pa.string())
        for name, values in zip(shape.columns, self.outcomes.T, strict=True):
            columns[name] = pa.array(np.ascontiguousarray(values, np.float32))
        if self.paths is not None and self.lengths is not None:
            offsets = pa.array(np.concatenate([[0], np.cumsum(self.lengths)]).astype(np.int32))
            for name, values in zip(MEASURES, self.paths.T, strict=True):
                flat = pa.array(np.ascontiguousarray(values, np.float32))
                columns[PATH + name] = pa.ListArray.from_arrays(offsets, flat)
        return pa.table(columns)


def write_table(path: Path, table: pa.Table) -> dict[str, Any]:
    """Write a Parquet file so that it is there whole or not at all, even if the power fails.

    Returns the size of the file in bytes and its SHA-256.
    """
    floats = [f.name for f in table.schema if pa.types.is_floating(f.type)]
    lists = [f"{f.name}.list.element" for f in table.schema if pa.types.is_list(f.type)]
    with written_whole(path) as unfinished:
        with unfinished.open("xb") as stream:
            pq.write_table(
                table, stream, compression="zstd", use_dictionary=[*KEYS, "error"],
                use_byte_stream_split=floats + lists, write_statistics=[*KEYS],
            )  # fmt: skip
            stream.flush()
            os.fsync(stream.fileno())
        entry = file_entry(unfinished)
    _sync_folder(path.parent)
    return entry


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def run_numbers(table: pa.Table, shape: Shape) -> Int[np.ndarray, "n"]:
    """Numbers of the runs of a table."""
    point, draw, replica = (table[name].to_numpy().astype(np.int64) for name in KEYS)
    return (point * shape.draws + draw) * shape.replicas + replica


def merge(tables: Sequence[pa.Table], shape: Shape) -> pa.Table:
    """Merge the runs of several tables in order, each once: one that went well counts before one that failed."""
    ordered = sorted(tables, key=lambda table: int(run_numbers(table.slice(0, 1), shape)[0]))
    whole = pa.concat_tables(ordered)
    runs, has_failed = run_numbers(whole, shape), np.asarray(whole["error"].is_valid())
    if (np.diff(runs) > 0).all():
        return whole.combine_chunks()
    order = np.lexsort((has_failed, runs))
    _, first = np.unique(runs[order], return_index=True)
    return whole.take(pa.array(order[first])).combine_chunks()


def digest(table: pa.Table, shape: Shape) -> str:
    """SHA-256 of what a table says: outcomes and paths of each run, and which failed; not how it is stored."""
    whole = hashlib.sha256()
    whole.update(run_numbers(table, shape).astype("<i8").tobytes())
    whole.update(np.asarray(table["error"].is_valid()).astype(np.uint8).tobytes())
    for name in table.column_names[len(KEYS) + 1 :]:
        whole.update(name.encode())
        for values in _plain(table[name]):
            plain = (
                np.where(np.isnan(values), np.float32(np.nan), values) if np.isnan(values).any() else values
            )
            whole.update(np.ascontiguousarray(plain, "<f4"))  # one NaN for all
    return whole.hexdigest()


def seal(table: pa.Table, shape: Shape, sweep: str) -> pa.Table:
    """Add to a table its digest, and a checksum of all it says and of the sweep that it belongs to."""
    content = digest(table, shape)
    return table.replace_schema_metadata({DIGEST: content, SEAL: _checksum(table, content, sweep)})


def is_sealed(table: pa.Table, shape: Shape, sweep: str) -> bool:
    """Whether a table is what a sweep wrote."""
    if not table.schema.equals(shape.schema) or any(table[name].null_count for name in KEYS):
        return False
    return bool(table.schema.metadata == seal(table, shape, sweep).schema.metadata)


def _checksum(table: pa.Table, digest: str, sweep: str) -> str:
    whole = hashlib.sha256(f"{sweep} {digest}".encode())
    for name in KEYS:
        whole.update(table[name].to_numpy().astype("<i4").tobytes())
    whole.update(repr(table["error"].to_pylist()).encode())
    return whole.hexdigest()


def _plain(column: pa.ChunkedArray) -> Iterator[np.ndarray]:
    for chunk in column.chunks:
        if pa.types.is_list(chunk.type):
            yield np.asarray(chunk.value_lengths()).astype(np.float32)
            yield chunk.flatten().to_numpy(zero_copy_only=False)
        else:
            yield chunk.to_numpy(zero_copy_only=False)


def read_part(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a part; only some columns where they are named."""
    return pq.ParquetFile(path).read(list(columns) if columns is not None else None)
