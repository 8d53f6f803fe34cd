"""Which runs are kept, and where: the folder of a sweep, its lock, and the files in it that are whole."""

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
    merged,
    read_part,
    run_numbers,
    sealed,
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


class Ledger:
    """The only writer of a sweep's folder.

    Each chunk of runs is a file of its own in `chunks/` as soon as it is done. When all runs of a part are
    there, they are merged, in order, into one file of `parts/`, whose extent depends on the sweep alone. Every
    file carries a checksum, which is compared when the folder is opened and before a chunk is merged; one that
    is damaged is set aside under another name. Files of other names are never touched.

    Parameters
    ----------
    folder
        Folder of the sweep; it is made where it is not there. A manifest in it is withdrawn until the sweep is
        finished again.
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
        self._blocks: dict[int, dict[str, _File]] = {}
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with self._open:
            with writing(self.folder):
                for name in NAMES:
                    (self.folder / name).mkdir(parents=True, exist_ok=True)
                self._lock()
                self._take_stock(self._withdraw_manifest())
            self._open = self._open.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _lock(self) -> None:
        """Take the folder for this process; the system gives it back however the process ends."""
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        self._open.callback(os.close, handle)
        is_ours = lock(handle)
        if is_ours is None:
            self.notes.append(
                "this file system has no locks: two sweeps in one folder do not notice each other"
            )
            return
        if not is_ours:
            found = os.read(handle, 100).decode(errors="replace").strip()
            who = found if found.isprintable() and found else "another process"
            raise complain(f"a sweep is at work in this folder ({who})", file=self.folder)
        os.ftruncate(handle, 0)
        os.write(handle, f"process {os.getpid()} on {os.uname().nodename}".encode())
        for place in (self.folder, *(self.folder / name for name in NAMES)):
            remove_half_written(place)

    def _withdraw_manifest(self) -> dict[str, Any]:
        """Checksums of the parts, where the sweep was finished before."""
        file = self.folder / MANIFEST
        with contextlib.suppress(InputError):
            manifest = read_sealed(file)
            if manifest is not None:
                file.unlink()
                return dict(manifest.get("parts", {}))
        file.unlink(missing_ok=True)
        return {}

    def _take_stock(self, noted: dict[str, Any]) -> None:
        """Find the files that are whole, set damaged ones aside, and finish merging what was cut off."""
        for place, pattern in NAMES.items():
            for file in sorted((self.folder / place).iterdir()):
                if pattern.fullmatch(file.name):
                    self._adopt(f"{place}/{file.name}", noted)
        for block in sorted(self._blocks):
            self._settle(block)

    def _adopt(self, name: str, noted: dict[str, Any]) -> None:
        file = self.folder / name
        if file.is_file():
            entry, table = file_entry(file), self._whole(name)
            if table is not None and noted.get(file.name, entry) == entry:
                self._enter(name, table, entry)
                return
        file.replace(file.with_name(f"{file.name}.damaged"))
        self.notes.append(f"{name} is damaged: set aside as {file.name}.damaged, its runs are made again")

    def _whole(self, name: str) -> pa.Table | None:
        """Rows of a file, or `None` where they are not what this sweep wrote."""
        try:
            table = read_part(self.folder / name)
            is_whole = is_sealed(table, self.shape, self.folder.name) and name in self._names(table)
        except Exception:  # what a damaged file makes its reader raise is anything
            return None
        return table if is_whole else None

    def _names(self, table: pa.Table) -> tuple[str, str]:
        """What a file of these runs may be called: as a chunk, or as a part."""
        runs = run_numbers(table, self.shape)
        block = int(runs[0]) // self.shape.block
        return _chunk(runs), _part(block) if len(runs) == len(self.shape.extent(block)) else ""

    def _enter(self, name: str, table: pa.Table, entry: dict[str, Any]) -> None:
        runs = run_numbers(table, self.shape)
        failed = runs[np.asarray(table["error"].is_valid())]
        block = int(runs[0]) // self.shape.block
        said = table.schema.metadata[DIGEST].decode()
        self._blocks.setdefault(block, {})[name] = _File(runs, failed, said, entry)

    def keep(self, rows: Rows) -> None:
        """Write the rows of a chunk for good; all of them belong to one part.

        Raises
        ------
        InputError
            Where they cannot be written; what was kept before stays.
        """
        block = int(rows.runs[0]) // self.shape.block
        is_part = len(rows.runs) == len(self.shape.extent(block)) and block not in self._blocks
        name = _part(block) if is_part else _chunk(rows.runs)
        with writing(self.folder):
            self._write(name, rows.table(self.shape))
            self._settle(block)

    def _write(self, name: str, table: pa.Table) -> None:
        whole = sealed(table, self.shape, self.folder.name)
        self._enter(name, whole, write_table(self.folder / name, whole))

    def _settle(self, block: int) -> None:
        """Merge a part's chunks once all its runs are there."""
        files, extent, part = self._blocks[block], self.shape.extent(block), _part(block)
        # the part that is there already comes first, chunks made since then count more
        names = sorted(files, reverse=True)
        if sum(len(file.runs) for file in files.values()) < len(extent) or names == [part]:
            return
        table = merged([self._reread(name) for name in names], self.shape)
        if len(table) < len(extent):
            return
        self._write(part, table)
        self._blocks[block] = {part: files[part]}
        for name in names:
            if name != part:
                (self.folder / name).unlink(missing_ok=True)

    def _reread(self, name: str) -> pa.Table:
        table = self._whole(name)
        if table is None:
            raise complain(
                "damaged since it was written; --resume makes its runs again", file=self.folder / name
            )
        return table

    def done(self) -> Bool[np.ndarray, "n_runs"]:
        """Which runs are kept, failed ones included."""
        found = np.zeros(self.shape.n_runs, bool)
        for file in self._files():
            found[file.runs] = True
        return found

    def failed(self) -> Int[np.ndarray, "f"]:
        """Numbers of the runs that failed."""
        return np.unique(np.concatenate([np.zeros(0, np.int64), *(file.failed for file in self._files())]))

    def _files(self) -> Iterator[_File]:
        for files in self._blocks.values():
            yield from files.values()

    def content_hash(self) -> str:
        """SHA-256 of what all parts say, in the order of the runs."""
        whole = sha256(repr(self.shape).encode())
        for block in range(self.shape.n_blocks):
            whole.update(self._blocks[block][_part(block)].digest.encode())
        return whole.hexdigest()

    def parts(self) -> dict[str, Any]:
        """Size and checksum of each part, by the name of its file."""
        names = map(_part, range(self.shape.n_blocks))
        return {Path(name).name: self._blocks[block][name].entry for block, name in enumerate(names)}


def _chunk(runs: Int[np.ndarray, "n"]) -> str:
    return f"chunks/{runs[0]:012d}-{runs[-1] + 1:012d}.parquet"


def _part(block: int) -> str:
    return f"parts/{block:06d}.parquet"


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
