"""Which runs are kept, and where: the folder of a sweep, its lock, and an index that can be made anew."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa

from sim.errors import complain
from sim.shapes import Bool
from sim.sweeps.kept.parts import KEYS, Rows, Shape, digest, merged, read_part, run_numbers, write_table

_TABLES = """
CREATE TABLE IF NOT EXISTS files (
  name TEXT PRIMARY KEY, block INTEGER, bytes INTEGER, runs INTEGER, failed INTEGER, digest TEXT
) WITHOUT ROWID
"""


class Ledger:
    """The only writer of a sweep's folder.

    Each chunk of runs is a file of its own in `chunks/` as soon as it is done. When all runs of a part are
    there, they are merged, in order, into one file of `parts/`, whose extent depends on the sweep alone. The
    index tells sizes, failures and digests; whatever it lacks is read from the files.

    Parameters
    ----------
    folder
        Folder of the sweep; it is made where it is not there.
    shape
        Numbering of the runs.

    Raises
    ------
    InputError
        Where another sweep is at work in the folder, or it cannot be written.
    """

    def __init__(self, folder: Path, shape: Shape) -> None:
        self.folder, self.shape = folder, shape
        self.notes: list[str] = []
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with self._open:
            with writing(self.folder):
                for name in ("chunks", "parts"):
                    (self.folder / name).mkdir(parents=True, exist_ok=True)
                self._lock()
                self._index = self._open_index()
                self._reconcile()
            self._open = self._open.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _lock(self) -> None:
        """Take the folder for this process; the system gives it back however the process ends."""
        handle = self._open.enter_context((self.folder / "lock").open("a+"))
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            who = handle.read(100).strip() or "another process"
            raise complain(f"a sweep is at work in this folder ({who})", file=self.folder) from None
        handle.seek(0)
        handle.truncate()
        handle.write(f"process {os.getpid()} on {os.uname().nodename}")
        handle.flush()

    def _open_index(self) -> sqlite3.Connection:
        try:
            return self._connect()
        except sqlite3.OperationalError:
            raise  # no room, no right to write: not the index's fault
        except sqlite3.DatabaseError:
            for file in self.folder.glob("index.sqlite*"):
                file.unlink()
            self.notes.append("the index was damaged and has been made anew from the parts")
            return self._connect()

    def _connect(self) -> sqlite3.Connection:
        index = sqlite3.connect(self.folder / "index.sqlite", isolation_level=None)
        try:
            index.execute("PRAGMA journal_mode=WAL")
            index.execute("PRAGMA synchronous=NORMAL")
            _check(index)
            index.execute(_TABLES)
        except sqlite3.DatabaseError:
            index.close()
            raise
        self._open.callback(index.close)
        return index

    def _reconcile(self) -> None:
        """Make index and files agree: adopt whole files that it lacks, drop entries and files that are not."""
        for left in self.folder.glob(".writing-*"):
            left.unlink()
        known = dict(self._index.execute("SELECT name, bytes FROM files").fetchall())
        there = [f for name in ("chunks", "parts") for f in sorted((self.folder / name).iterdir())]
        for file in there:
            name = f"{file.parent.name}/{file.name}"
            if known.pop(name, -1) != file.stat().st_size:
                self._adopt(file, name)
        for name in known:
            self._index.execute("DELETE FROM files WHERE name = ?", (name,))
        for block in self._loose_blocks():
            self._settle(block)

    def _adopt(self, file: Path, name: str) -> None:
        try:
            table = read_part(file)
        except (OSError, pa.ArrowException):
            self.notes.append(f"{name} is damaged; its runs will be made again")
            self._index.execute("DELETE FROM files WHERE name = ?", (name,))
            file.unlink()
            return
        runs = run_numbers(table, self.shape)
        if not runs.size or runs[0] < 0 or runs[-1] >= self.shape.n_runs:
            raise complain("holds runs that are not of this sweep", file=file)
        self._enter(name, table, file.stat().st_size)

    def _enter(self, name: str, table: pa.Table, size: int) -> None:
        runs = run_numbers(table, self.shape)
        failed = len(table) - table["error"].null_count
        said = digest(table, self.shape) if name.startswith("parts/") else None
        row = (name, int(runs[0]) // self.shape.block, size, len(runs), failed, said)
        self._index.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)", row)

    def keep(self, rows: Rows) -> None:
        """Write the rows of a chunk for good; all of them belong to one part.

        Raises
        ------
        InputError
            Where they cannot be written; what was kept before stays.
        """
        block = int(rows.runs[0]) // self.shape.block
        is_part = len(rows.runs) == len(self.shape.extent(block)) and not self._has(block)
        name = _part(block) if is_part else f"chunks/{rows.runs[0]:012d}-{rows.runs[-1] + 1:012d}.parquet"
        table = rows.table(self.shape)
        with writing(self.folder):
            self._enter(name, table, self._write(name, table))
            self._settle(block)

    def _has(self, block: int) -> bool:
        found = self._index.execute("SELECT 1 FROM files WHERE block = ? LIMIT 1", (block,))
        return found.fetchone() is not None

    def _write(self, name: str, table: pa.Table) -> int:
        return write_table(self.folder / name, table, self.folder / f".writing-{name.replace('/', '-')}")

    def _loose_blocks(self) -> list[int]:
        found = self._index.execute("SELECT DISTINCT block FROM files WHERE name LIKE 'chunks/%'").fetchall()
        return [block for (block,) in found]

    def _settle(self, block: int) -> None:
        """Merge a part's chunks once all its runs are there."""
        rows = self._index.execute(
            "SELECT name, runs FROM files WHERE block = ? ORDER BY name DESC", (block,)
        ).fetchall()  # the part that is there already comes first, chunks made since then count more
        extent = self.shape.extent(block)
        if sum(n for _, n in rows) < len(extent) or not any(name.startswith("chunks/") for name, _ in rows):
            return
        table = merged([read_part(self.folder / name) for name, _ in rows], self.shape)
        if len(table) < len(extent):
            return
        part = _part(block)
        size = self._write(part, table)
        self._index.execute("BEGIN")
        self._index.execute("DELETE FROM files WHERE block = ?", (block,))
        self._enter(part, table, size)
        self._index.execute("COMMIT")
        for name, _ in rows:
            if name != part:
                (self.folder / name).unlink(missing_ok=True)

    def done(self) -> Bool[np.ndarray, "n_runs"]:
        """Which runs are kept, failed ones included."""
        found = np.zeros(self.shape.n_runs, bool)
        for name, block, n in self._index.execute("SELECT name, block, runs FROM files").fetchall():
            extent = self.shape.extent(block)
            if n == len(extent):
                found[extent.start : extent.stop] = True
            else:
                found[run_numbers(read_part(self.folder / name, KEYS), self.shape)] = True
        return found

    def failed(self) -> np.ndarray:
        """Numbers of the runs that failed."""
        found = [np.zeros(0, np.int64)]
        for (name,) in self._index.execute(
            "SELECT name FROM files WHERE failed > 0 ORDER BY name"
        ).fetchall():
            table = read_part(self.folder / name, (*KEYS, "error"))
            found.append(run_numbers(table.filter(table["error"].is_valid()), self.shape))
        return np.unique(np.concatenate(found))

    def content_hash(self) -> str:
        """SHA-256 of what all parts say, in the order of the runs."""
        whole = hashlib.sha256(repr(self.shape).encode())
        for (found,) in self._index.execute("SELECT digest FROM files ORDER BY block").fetchall():
            whole.update(found.encode())
        return whole.hexdigest()


def _part(block: int) -> str:
    return f"parts/{block:06d}.parquet"


def _check(index: sqlite3.Connection) -> None:
    if index.execute("PRAGMA quick_check").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("damaged")


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Say of a folder that cannot be written what is wrong, and that nothing is lost.

    Raises
    ------
    InputError
        In place of any error of the file system or of the index.
    """
    try:
        yield
    except (OSError, sqlite3.OperationalError) as error:
        reason = getattr(error, "strerror", None) or error
        raise complain(
            f"cannot write results: {reason}; what was done is kept, --resume goes on", file=folder
        ) from error
