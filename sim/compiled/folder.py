"""Where compiled code is stored: in a folder named after the code of the whole package, which its user alone can write.

Numba notices a change in the file of a function, not in the files of what it calls. One folder for each state of the
code makes a stale kernel impossible, in whatever place it lies. Beside the kernels it holds a note for each state of
the files that comes to the same code, so that syntax trees are read once after an edit and not at every start.

Compiled code is executed when it is read, so a folder that others can write, or that belongs to another user, is not
used, and none is looked for under the working directory. Folders of older code are deleted beside the sources alone:
a cache that a user names, or that of the home, is shared with other installations.
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

from sim.compiled.files import is_own, read_whole, write_whole
from sim.sources import PACKAGE, bytes_hash, read_sources, tree_hash

UNUSED = 7 * 86_400  # seconds after which the folder of older code is deleted
BESIDE = PACKAGE / "__pycache__"  # the sources
SOURCES = read_sources()  # as they were when this process began to import them
EDITION = bytes_hash(SOURCES)
NOTE = f"sources-{EDITION[:20]}"  # name of the file that says what they come to


@cache
def source_hash() -> str:
    """Hash of the code of the whole package, whatever its comments and docstrings say: what names code and results."""
    for place in _places():
        for note in place.glob(f"kernels-*/{NOTE}"):
            edition, _, code = (read_whole(note) or b"").decode().partition(" ")
            if edition == EDITION:
                return code
    code = tree_hash(SOURCES)
    if folder := _first_ready(code):
        write_whole(folder / NOTE, f"{EDITION} {code}".encode())
    return code


@cache
def kernel_folder() -> Path | None:
    """Folder for what is compiled from the present code; `None` where no place for it can be written."""
    return _first_ready(source_hash())


def are_sources_edited() -> bool:
    """Whether sources were edited since this process began, so that what is compiled may be of either."""
    return bytes_hash(read_sources()) != EDITION


def _first_ready(code: str) -> Path | None:
    """Folder named after all that compiled code depends on beside the machine, which Numba tells."""
    libraries = (numba.__version__, llvmlite.__version__, np.__version__)
    versions = (code, platform.python_version(), sys.abiflags, *libraries)
    name = f"kernels-{hashlib.sha256(repr(versions).encode()).hexdigest()[:16]}"
    return next((place / name for place in _places() if _is_ready(place / name)), None)


def _places() -> Iterator[Path]:
    """Where the folder may lie, best first: as Numba is told, with the sources, in a cache, in temporary files."""
    if (named := Path(os.environ.get("NUMBA_CACHE_DIR", ""))).is_absolute():
        yield named / "blocshift"
    yield BESIDE
    home = os.path.expanduser("~/.cache")  # noqa: PTH111 - which raises where there is no home
    if (caches := Path(os.environ.get("XDG_CACHE_HOME") or home)).is_absolute():
        yield caches / "blocshift"
    temporary = Path(tempfile.gettempdir())
    if temporary != Path.cwd():  # which Python takes when it finds no folder for temporary files
        yield temporary / f"blocshift-{os.geteuid()}"


def _is_ready(folder: Path) -> bool:
    """Make a folder, or find it; says whether this user, and nobody else, can write it."""
    try:
        try:
            folder.mkdir(mode=0o700, parents=True)
        except FileExistsError:
            status = folder.lstat()
            if not (stat.S_ISDIR(status.st_mode) and is_own(status) and os.access(folder, os.W_OK)):
                return False
            os.utime(folder)
        else:
            if folder.parent == BESIDE:
                _delete_unused()
    except OSError:
        return False
    return True


def _delete_unused() -> None:
    """Delete what was compiled from older sources of this package and has been used by no process for long."""
    for folder in BESIDE.glob("kernels-*"):
        status = folder.lstat()
        if is_own(status) and stat.S_ISDIR(status.st_mode) and time.time() - status.st_mtime > UNUSED:
            shutil.rmtree(folder, ignore_errors=True)
