"""Where compiled code is kept: in a folder named after all sources, which its user alone can write.

Numba notices a change in the file of a function, not in the files of what it calls. One folder for each state of the
sources makes a stale kernel impossible, in whatever place it lies. Compiled code is executed when it is read, so a
folder that others can write, or that belongs to another user, is not used, and none is looked for under the working
directory.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import llvmlite
import numba
import numpy as np

from sim.sources import PACKAGE, source_hash

UNUSED = 7 * 86_400  # seconds after which the folder of older sources is dropped
SOURCES = source_hash()  # as they were when this process began to import them


@cache
def kernel_folder() -> Path | None:
    """Folder for the code compiled from the present sources; `None` where no place for it can be written."""
    name = f"kernels-{_compiled_from()}"
    for place in _places():
        folder = place / name
        if place.is_absolute() and _is_ready(folder):
            return folder
    return None


def has_changed() -> bool:
    """Whether sources were edited since, so that what is compiled may be of either."""
    return source_hash() != SOURCES


def is_own(found: os.stat_result) -> bool:
    """Whether a file or folder belongs to this user, and nobody else may write it."""
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _compiled_from() -> str:
    """All that compiled code depends on beside the machine, which Numba tells: sources, Python and libraries."""
    versions = (
        platform.python_version(),
        sys.abiflags,
        numba.__version__,
        llvmlite.__version__,
        np.__version__,
    )
    return hashlib.sha256(repr((SOURCES, versions)).encode()).hexdigest()[:16]


def _places() -> Iterator[Path]:
    """Where the folder may lie, best first: as Numba is told, with the sources, in a cache, in temporary files."""
    if told := os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(told) / "blocshift"
    yield PACKAGE / "__pycache__"
    home = os.path.expanduser("~/.cache")  # noqa: PTH111 - which raises where there is no home
    yield Path(os.environ.get("XDG_CACHE_HOME") or home) / "blocshift"
    temporary = Path(tempfile.gettempdir())
    if temporary != Path.cwd():  # which Python takes when it finds no folder for temporary files
        yield temporary / f"blocshift-{os.geteuid()}"


def _is_ready(folder: Path) -> bool:
    """Make a folder, or find it; says whether this user, and nobody else, can write it."""
    try:
        try:
            folder.mkdir(mode=0o700, parents=True)
        except FileExistsError:
            found = folder.lstat()
            if not (stat.S_ISDIR(found.st_mode) and is_own(found) and os.access(folder, os.W_OK)):
                return False
            os.utime(folder)
        else:
            _drop_unused(folder.parent)
    except OSError:
        return False
    return True


def _drop_unused(place: Path) -> None:
    """Drop what was compiled from other sources and not used for long; who still uses it would compile anew."""
    for folder in place.glob("kernels-*"):
        found = folder.lstat()
        if is_own(found) and stat.S_ISDIR(found.st_mode) and time.time() - found.st_mtime > UNUSED:
            shutil.rmtree(folder, ignore_errors=True)
