"""Tables on disk, and what decides the name of a run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sim.compiled.folder import source_hash
from sim.compiled.kernels import IS_COMPILED
from sim.experiment.manifest import file_entry

if TYPE_CHECKING:
    import pandas as pd

LIBRARIES = ("numpy", "numba", "scipy", "pyarrow", "pydantic")
ROWS_PER_GROUP = 2**16  # of a Parquet file; what waits for a whole group is in memory


def code_hash() -> str:
    """Hash of the code of the whole package, and whether it runs uncompiled, which rounds otherwise."""
    return source_hash() + ("" if IS_COMPILED else " uncompiled")


def library_versions() -> dict[str, str]:
    """Versions of the libraries that the numbers pass through."""
    return {name: import_module(name).__version__ for name in LIBRARIES}


def run_id(determinants: Mapping[str, Any]) -> str:
    """Name of a run: the first 12 hex digits of the SHA-256 of all that determines its result."""
    text = json.dumps(determinants, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


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
        arrays = {n: column(c) if isinstance(c, np.ndarray) else c for n, c in columns.items()}
        table = pa.table(arrays)
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
        return {"rows": self.n_rows, **file_entry(self.path)}


def read_table(folder: Path, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a table that a `TableWriter` wrote; only some columns where they are named."""
    columns = list(columns) if columns is not None else None
    frame: pd.DataFrame = pq.read_table(folder / f"{name}.parquet", columns=columns).to_pandas()
    return frame


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
