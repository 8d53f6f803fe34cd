"""Results on disk: a run is written beside its place and moved there whole, or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import complain
from sim.sources import source_hash

LIBRARIES = ("numpy", "numba", "scipy", "pyarrow", "pydantic")
ROOMS_THAT_COUNT = ("signals", "calibration", "dynamics", "outcomes", "scenario", "experiment")
ROWS_PER_GROUP = 2**16  # of a Parquet file; what waits for a whole group is in memory


def code_hash() -> str:
    """SHA-256 of every source file that a result depends on."""
    return source_hash(ROOMS_THAT_COUNT)


def library_versions() -> dict[str, str]:
    """Versions of the libraries that the numbers pass through."""
    return {name: import_module(name).__version__ for name in LIBRARIES}


def run_id(determinants: Mapping[str, Any]) -> str:
    """Name of a run: the first 12 hex digits of the SHA-256 of all that determines its result."""
    text = json.dumps(determinants, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Manifest of a finished run, or `None` where there is none or a table it lists is missing."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        sizes = {name: (folder / name).stat().st_size for name in manifest["tables"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return manifest if sizes == {n: t["bytes"] for n, t in manifest["tables"].items()} else None


@contextlib.contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Give a fresh folder to write in, and move it to `folder` when all went well.

    A process that dies on the way leaves only a hidden folder, which the next run of the same
    name removes; `folder` itself is whole or absent.

    Raises
    ------
    InputError
        Where the results folder cannot be written.
    """
    staging = folder.parent / f".{folder.name}-{os.getpid()}"
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(folder)
        staging.mkdir()
    except OSError as error:
        raise complain(f"cannot write results here: {error.strerror}", file=folder.parent) from error
    try:
        yield staging
        _publish(staging, folder)
    except OSError as error:
        raise complain(f"cannot write results: {error.strerror or error}", file=folder) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _publish(staging: Path, folder: Path) -> None:
    for file in staging.iterdir():
        with file.open("rb") as handle:
            os.fsync(handle.fileno())
    if read_manifest(folder) is None:
        shutil.rmtree(folder, ignore_errors=True)
        staging.rename(folder)


def _remove_abandoned(folder: Path) -> None:
    for old in folder.parent.glob(f".{folder.name}-*"):
        pid = old.name.rpartition("-")[2]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(old, ignore_errors=True)


class TableWriter:
    """Streams columns into one Parquet file of equal row groups, so that its bytes do not tell how they came in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []
        self._n_waiting = 0
        self.n_rows = 0

    def write(self, columns: Mapping[str, Any]) -> None:
        """Append rows."""
        made = {n: column(c) if isinstance(c, np.ndarray) else c for n, c in columns.items()}
        table = pa.table(made)
        self._waiting.append(table)
        self._n_waiting += table.num_rows
        self.n_rows += table.num_rows
        if self._n_waiting >= ROWS_PER_GROUP:
            self._flush(self._n_waiting - self._n_waiting % ROWS_PER_GROUP)

    def _flush(self, n_rows: int) -> None:
        """Write the first rows that wait."""
        table = pa.concat_tables(self._waiting).unify_dictionaries()
        if self._writer is None:
            repeated = [field.name for field in table.schema if not pa.types.is_floating(field.type)]
            self._writer = pq.ParquetWriter(
                self.path, table.schema, compression="zstd", use_dictionary=repeated
            )
        self._writer.write_table(table.slice(0, n_rows).combine_chunks(), ROWS_PER_GROUP)
        self._waiting = [table.slice(n_rows)]
        self._n_waiting -= n_rows

    def close(self) -> dict[str, Any]:
        """Finish the file; returns its entry for the manifest."""
        self._flush(self._n_waiting)
        if self._writer is not None:
            self._writer.close()
        with self.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return {"rows": self.n_rows, "bytes": self.path.stat().st_size, "sha256": digest}


def codes(index: np.ndarray, names: list[str]) -> pa.DictionaryArray:
    """Column of names from their indices; a negative index is null."""
    index = np.asarray(index).ravel()
    whole = column(index.astype(np.int32), index >= 0)
    return pa.DictionaryArray.from_arrays(whole, texts(names))


def floats(values: np.ndarray) -> pa.Array:
    """Column of single-precision numbers; NaN is null."""
    flat = np.asarray(values, np.float32).ravel()
    return column(flat, ~np.isnan(flat))


def column(values: np.ndarray, is_known: np.ndarray | None = None) -> pa.Array:
    """Column of numbers or dates from an array, null where not known.

    Made from the bytes as they lie: `pyarrow.array` would import pandas, which a run does not need.
    """
    kind = pa.date32() if values.dtype.kind == "M" else pa.from_numpy_dtype(values.dtype)
    data = values.astype("M8[D]").astype(np.int32) if values.dtype.kind == "M" else values
    valid = None if is_known is None else pa.py_buffer(np.packbits(is_known, bitorder="little"))
    return pa.Array.from_buffers(kind, values.size, [valid, pa.py_buffer(np.ascontiguousarray(data))])


def texts(words: list[str]) -> pa.StringArray:
    """Column of words, made as `column` is."""
    encoded = [word.encode() for word in words]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return pa.StringArray.from_buffers(len(words), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded)))


def write_json(path: Path, content: Any) -> None:
    """Write JSON for people and machines: sorted keys, two spaces, a newline at the end."""
    path.write_text(json.dumps(content, indent=2, sort_keys=True, default=str) + "\n", encoding="utf-8")
