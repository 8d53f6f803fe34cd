"""Writing whole or not at all: beside the place, under a name of chance, and moved there at the end.

A folder in the making holds a lock file that the system keeps locked as long as its process lives, on any
machine or container that shares the file system. What no lock holds was left by a process that was killed, and
the next run beside it removes it. Where a file system has no locks, nothing is ever removed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from sim.errors import InputError, complain
from sim.experiment.manifest import MANIFEST, Kind, read_manifest

LOCK = ".lock"
_STAGING = re.compile(r"\.[0-9a-f]{12}-[0-9a-f]{16}")
_WAITING = re.compile(r"\.writing-[0-9a-f]{16}")


def lock(handle: int) -> bool | None:
    """Lock an open file until it is closed or its process ends: whether it could be had.

    Returns
    -------
    bool or None
        `None` where the file system has no locks.
    """
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


@contextlib.contextmanager
def written_whole(file: Path) -> Iterator[Path]:
    """Give a place beside a file to write it in, and move it there when all went well."""
    waiting = file.with_name(f".writing-{secrets.token_hex(8)}")
    try:
        yield waiting
        waiting.replace(file)
    finally:
        with contextlib.suppress(OSError):
            waiting.unlink(missing_ok=True)


def remove_half_written(folder: Path) -> None:
    """Remove what `written_whole` left in a folder when its process was killed; for who holds its lock alone."""
    for file in folder.iterdir():
        if _WAITING.fullmatch(file.name):
            file.unlink()


@contextlib.contextmanager
def staged(folder: Path, kind: Kind) -> Iterator[Path]:
    """Give a fresh folder to write in, and move it to `folder` when all went well.

    Of a folder that is there already only the files that were written anew are replaced: notes that someone
    laid into it stay, as does what a link points to.

    Parameters
    ----------
    folder
        Where the results go; it is whole or has no manifest.
    kind
        Of its manifest; where another process has finished such a folder meanwhile, that one stays.

    Raises
    ------
    InputError
        Where the results folder cannot be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(folder.parent)
        staging, handle = _claim(folder)
    except OSError as error:
        raise complain(f"cannot write results here: {error.strerror}", file=folder.parent) from error
    try:
        yield staging
        _publish(staging, folder, kind)
    except OSError as error:
        raise complain(f"cannot write results: {error.strerror or error}", file=folder) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        os.close(handle)


def _claim(folder: Path) -> tuple[Path, int]:
    """Make a folder that is locked as long as this process lives."""
    while True:
        staging = folder.with_name(f".{folder.name}-{secrets.token_hex(8)}")
        staging.mkdir()
        try:
            handle = os.open(staging / LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        except FileNotFoundError:
            continue  # another process took it for abandoned before it was locked
        if lock(handle) is not False and os.fstat(handle).st_nlink:
            return staging, handle
        os.close(handle)


def _remove_abandoned(parent: Path) -> None:
    for old in parent.iterdir():
        if _STAGING.fullmatch(old.name) and not old.is_symlink():
            with contextlib.suppress(OSError):
                _remove_unlocked(old)


def _remove_unlocked(staging: Path) -> None:
    try:
        handle = os.open(staging / LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        staging.rmdir()  # killed before it made its lock: it is empty, or stays
        return
    try:
        if lock(handle):
            shutil.rmtree(staging)
    finally:
        os.close(handle)


def _publish(staging: Path, folder: Path, kind: Kind) -> None:
    files = sorted(staging.iterdir(), key=lambda file: (file.name == MANIFEST, file.name))
    for file in files:
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
    try:
        staging.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
        _exchange(files, folder, kind)
    else:
        (folder / LOCK).unlink()


def _exchange(files: list[Path], folder: Path, kind: Kind) -> None:
    """Move files over those of a damaged folder, unless another process has made it whole meanwhile."""
    with contextlib.suppress(InputError):
        if read_manifest(folder, kind) is not None:
            return
    (folder / MANIFEST).unlink(missing_ok=True)  # not finished while its files are exchanged
    for file in files:
        if file.name != LOCK:
            file.replace(folder / file.name)
