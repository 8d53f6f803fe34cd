"""The folder of a sweep while it runs: its lock, and which runs its files hold."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa

from sim.errors import InputError, complain
from sim.experiment.manifest import MANIFEST, file_entry, read_sealed
from sim.experiment.staging import lock, remove_half_written
from sim.shapes import Bool, Int
from sim.sweeps.storage.parts import (
    DIGEST,
    Rows,
    Shape,
    is_sealed,
    merge,
    read_part,
    run_numbers,
    seal,
    write_table,
)

NAMES = {"chunks": re.compile(r"\d{12}-\d{12}\.parquet"), "parts": re.compile(r"\d{6}\.parquet")}


@dataclass(frozen=True)
class _File:
    """What a file holds: its runs, which of them failed, the digest of what it says, its size and checksum."""

    runs: Int[np.ndarray, "n"]
    failed: Int[np.ndarray, "f"]
    digest: str
    entry: dict[str, Any]


class SweepFolder:
    """The only writer of a sweep's folder.

    Each chunk of runs is a file of its own in `chunks/` as soon as it is done. When all runs of a part are
    there, they are merged, in order, into one file of `parts/`, whose extent depends on the sweep alone. Every
    file carries a checksum, which is compared when the folder is opened and before a chunk is merged; one that
    is damaged is set aside under another name. Files of other names are never touched.

    Parameters
    ----------
    path
        The folder; it is created where there is none. A manifest in it is withdrawn until the sweep is finished again.
    shape
        Numbering of the runs.

    Raises
    ------
    InputError
        Where another sweep is at work in the folder, or it cannot be written.
    """

    def __init__(self, path: Path, shape: Shape) -> None:
        self.path, self.shape = path, shape
        self.notes: list[str] = []
        self._files_of: dict[int, dict[str, _File]] = {}
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with self._open:
            with writing(self.path):
                for name in NAMES:
                    (self.path / name).mkdir(parents=True, exist_ok=True)
                self._lock()
                self._scan(self._withdraw_manifest())
            self._open = self._open.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _lock(self) -> None:
        """Take the folder for this process; the system gives it back however the process ends."""
        handle = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        self._open.callback(os.close, handle)
        is_ours = lock(handle)
        if is_ours is None:
            self.notes.append(
                "this file system has no locks: two sweeps in one folder do not notice each other"
            )
            return
        if not is_ours:
            holder = os.read(handle, 100).decode(errors="replace").strip()
            who = holder if holder.isprintable() and holder else "another process"
            raise complain(f"a sweep is at work in this folder ({who})", file=self.path)
        os.ftruncate(handle, 0)
        os.write(handle, f"process {os.getpid()} on {os.uname().nodename}".encode())
        for place in (self.path, *(self.path / name for name in NAMES)):
            remove_half_written(place)

    def _withdraw_manifest(self) -> dict[str, Any]:
        """Checksums of the parts, where the sweep was finished before."""
        file = self.path / MANIFEST
        with contextlib.suppress(InputError):
            manifest = read_sealed(file)
            if manifest is not None:
                file.unlink()
                return dict(manifest.get("parts", {}))
        file.unlink(missing_ok=True)
        return {}

    def _scan(self, entries: dict[str, Any]) -> None:
        """Find the files that are whole, set damaged ones aside, and finish merging what was cut off."""
        for place, pattern in NAMES.items():
            for file in sorted((self.path / place).iterdir()):
                if pattern.fullmatch(file.name):
                    self._check(f"{place}/{file.name}", entries)
        for part in sorted(self._files_of):
            self._merge(part)

    def _check(self, name: str, entries: dict[str, Any]) -> None:
        file = self.path / name
        if file.is_file():
            entry, table = file_entry(file), self._whole(name)
            if table is not None and entries.get(file.name, entry) == entry:
                self._register(name, table, entry)
                return
        file.replace(file.with_name(f"{file.name}.damaged"))
        self.notes.append(f"{name} is damaged: set aside as {file.name}.damaged, its runs are run again")

    def _whole(self, name: str) -> pa.Table | None:
        """Rows of a file, or `None` where they are not what this sweep wrote."""
        try:
            table = read_part(self.path / name)
            is_whole = is_sealed(table, self.shape, self.path.name) and name in self._names(table)
        except Exception:  # what a damaged file makes its reader raise is anything
            return None
        return table if is_whole else None

    def _names(self, table: pa.Table) -> tuple[str, str]:
        """What a file of these runs may be called: as a chunk, or as a part."""
        runs = run_numbers(table, self.shape)
        part = int(runs[0]) // self.shape.part_size
        return _chunk_name(runs), _part_name(part) if len(runs) == len(self.shape.extent(part)) else ""

    def _register(self, name: str, table: pa.Table, entry: dict[str, Any]) -> None:
        runs = run_numbers(table, self.shape)
        failed = runs[np.asarray(table["error"].is_valid())]
        part = int(runs[0]) // self.shape.part_size
        digest = table.schema.metadata[DIGEST].decode()
        self._files_of.setdefault(part, {})[name] = _File(runs, failed, digest, entry)

    def save(self, rows: Rows) -> None:
        """Write the rows of a chunk for good; all of them belong to one part.

        Raises
        ------
        InputError
            Where they cannot be written; what was saved before stays.
        """
        part = int(rows.runs[0]) // self.shape.part_size
        is_whole = len(rows.runs) == len(self.shape.extent(part)) and part not in self._files_of
        name = _part_name(part) if is_whole else _chunk_name(rows.runs)
        with writing(self.path):
            self._write(name, rows.table(self.shape))
            self._merge(part)

    def _write(self, name: str, table: pa.Table) -> None:
        sealed = seal(table, self.shape, self.path.name)
        self._register(name, sealed, write_table(self.path / name, sealed))

    def _merge(self, part: int) -> None:
        """Merge a part's chunks once all its runs are there."""
        files, extent, whole = self._files_of[part], self.shape.extent(part), _part_name(part)
        # the part that is there already comes first, chunks run since then count more
        names = sorted(files, reverse=True)
        if sum(len(file.runs) for file in files.values()) < len(extent) or names == [whole]:
            return
        table = merge([self._reread(name) for name in names], self.shape)
        if len(table) < len(extent):
            return
        self._write(whole, table)
        self._files_of[part] = {whole: files[whole]}
        for name in names:
            if name != whole:
                (self.path / name).unlink(missing_ok=True)

    def _reread(self, name: str) -> pa.Table:
        table = self._whole(name)
        if table is None:
            raise complain(
                "damaged since it was written; --resume runs its runs again", file=self.path / name
            )
        return table

    def done(self) -> Bool[np.ndarray, "n_runs"]:
        """Which runs are there, failed ones included."""
        is_done = np.zeros(self.shape.n_runs, bool)
        for file in self._files():
            is_done[file.runs] = True
        return is_done

    def failed(self) -> Int[np.ndarray, "f"]:
        """Numbers of the runs that failed."""
        return np.unique(np.concatenate([np.zeros(0, np.int64), *(file.failed for file in self._files())]))

    def _files(self) -> Iterator[_File]:
        for files in self._files_of.values():
            yield from files.values()

    def content_hash(self) -> str:
        """SHA-256 of what all parts say, in the order of the runs."""
        whole = sha256(repr(self.shape).encode())
        for part in range(self.shape.n_parts):
            whole.update(self._files_of[part][_part_name(part)].digest.encode())
        return whole.hexdigest()

    def parts(self) -> dict[str, Any]:
        """Size and checksum of each part, by the name of its file."""
        names = map(_part_name, range(self.shape.n_parts))
        return {Path(name).name: self._files_of[part][name].entry for part, name in enumerate(names)}


def _chunk_name(runs: Int[np.ndarray, "n"]) -> str:
    return f"chunks/{runs[0]:012d}-{runs[-1] + 1:012d}.parquet"


def _part_name(part: int) -> str:
    return f"parts/{part:06d}.parquet"


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Say of a folder that cannot be written what is wrong, and that nothing is lost.

    Raises
    ------
    InputError
        In place of any error of the file system.
    """
    try:
        yield
    except OSError as error:
        raise complain(
            f"cannot write results: {error.strerror or error}; what was done is kept, --resume goes on",
            file=folder,
        ) from error
