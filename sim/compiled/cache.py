"""Compiled functions on disk: one file for each function and types of arguments, whole or not used.

Numba keeps an index of each function beside its code. A damaged file of the two fails every start from then on, and two
processes that compile a function for different arguments at once may leave an index that names the other's code. Here
the name of a file is its index: it is written beside its place and moved there, and read only with the right checksum.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import pickle
import tempfile
from pathlib import Path
from typing import Any

from numba.core.caching import _Cache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from sim.compiled.folder import has_changed, is_own, kernel_folder

DIGEST = 32  # bytes of SHA-256, before what they are of

_said = set[str]()


def say(reason: str) -> None:
    """Say once in a process, in one line, that compiled code is not kept and why; nothing else is lost by it."""
    if reason not in _said:
        _said.add(reason)
        logging.getLogger(__name__).warning(
            "compiled code is not kept, the next start compiles anew: %s", reason
        )


class KernelCache(_Cache):
    """What one function was compiled to, for all types of arguments that it met."""

    def __init__(self, function: Any) -> None:
        self._name = f"{function.__module__}.{function.__qualname__}"
        self._is_enabled = True

    @property
    def cache_path(self) -> str | None:
        """Folder, where there is one."""
        folder = kernel_folder()
        return str(folder) if folder else None

    def enable(self) -> None:
        """Use it."""
        self._is_enabled = True

    def disable(self) -> None:
        """Leave it alone."""
        self._is_enabled = False

    def flush(self) -> None:
        """Forget all that is kept of this function."""
        for file in self._files():
            file.unlink(missing_ok=True)

    def is_empty(self) -> bool:
        """Whether it could keep code, and has none."""
        return kernel_folder() is not None and not self._files()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Give what was compiled for these types of arguments, or `None`."""
        target_context.refresh()
        file = self._file(sig, target_context.codegen())
        content = read_whole(file) if file else None
        return content and CompileResult._rebuild(target_context, *pickle.loads(content))  # noqa: S301 - our own

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled, unless it holds addresses of this process or is of sources edited meanwhile."""
        file = self._file(sig, data.codegen)
        if self._is_enabled and file is None:
            say("no folder for it that its user alone can write; NUMBA_CACHE_DIR can name one")
        if file and not data.library.has_dynamic_globals and not has_changed():
            write_whole(file, dumps(data._reduce()))

    def _file(self, sig: Any, codegen: Any) -> Path | None:
        folder = kernel_folder()
        if not self._is_enabled or folder is None:
            return None
        key = hashlib.sha256(repr((sig, codegen.magic_tuple())).encode()).hexdigest()
        return folder / f"{self._name}-{key[:20]}.nbc"

    def _files(self) -> list[Path]:
        folder = kernel_folder()
        return list(folder.glob(f"{self._name}-*.nbc")) if folder else []


def read_whole(file: Path) -> bytes | None:
    """Read what was written whole, by this user; `None` where it is anything else."""
    try:
        with file.open("rb") as opened:
            content = opened.read() if is_own(os.fstat(opened.fileno())) else b""
    except OSError:
        return None
    digest, content = content[:DIGEST], content[DIGEST:]
    return content if digest == hashlib.sha256(content).digest() else None


def write_whole(file: Path, content: bytes) -> None:
    """Write beside the place and move there; a disk that is full or read-only is said, once."""
    waiting = None
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # it may have been cleared away
        handle, waiting = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "wb") as opened:
            opened.write(hashlib.sha256(content).digest() + content)
        Path(waiting).replace(file)
    except OSError as error:
        say(f"{file.parent}: {error.strerror}")
        if waiting:
            with contextlib.suppress(OSError):
                Path(waiting).unlink()
