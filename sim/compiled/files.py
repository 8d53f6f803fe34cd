"""Files of our own: written whole or not at all, and read only where they are whole and this user's alone."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import stat
import tempfile
from functools import cache
from pathlib import Path

DIGEST = 32  # bytes of SHA-256, before those that it is of


@cache
def warn(reason: str) -> None:
    """Warn, once in a process and in one line, that compiled code is not stored and why."""
    logging.getLogger(__name__).warning(
        "compiled code is not stored, the next start compiles anew: %s", reason
    )


def is_own(status: os.stat_result) -> bool:
    """Whether a file or folder belongs to this user, and nobody else may write it."""
    return status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def read_whole(file: Path) -> bytes | None:
    """Read what this user wrote with `write_whole`; `None` where it is damaged, another's or not there."""
    try:
        with file.open("rb") as opened:
            content = opened.read() if is_own(os.fstat(opened.fileno())) else b""
    except OSError:
        return None
    digest, content = content[:DIGEST], content[DIGEST:]
    return content if digest == hashlib.sha256(content).digest() else None


def write_whole(file: Path, content: bytes) -> None:
    """Write beside the place and move there; warns, once, where the disk is full or read-only."""
    temporary = None
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # it may have been cleared away
        handle, temporary = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "wb") as opened:
            opened.write(hashlib.sha256(content).digest() + content)
        Path(temporary).replace(file)
    except OSError as error:
        warn(f"{file.parent}: {error.strerror}")
        if temporary:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
