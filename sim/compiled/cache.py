"""The cache of compiled functions: one file for each function and types of arguments, whole or not used.

Numba keeps an index of each function beside its code. A damaged file of the two fails every start from then on, and two
processes that compile a function for different arguments at once may leave an index that names the other's code. Here
the name of a file is its index, and the files are those of `sim.compiled.files`.
"""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path
from typing import Any

from numba.core import config
from numba.core.caching import _Cache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from sim.compiled.files import read_whole, warn, write_whole
from sim.compiled.folder import are_sources_edited, kernel_folder

SETTINGS = ("OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "BOUNDSCHECK", "DEBUGINFO_DEFAULT")
"""Settings of Numba that change the code it makes."""


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
        """Delete all that is stored of this function."""
        for file in self._files():
            file.unlink(missing_ok=True)

    def is_empty(self) -> bool:
        """Whether it could store code, and has none."""
        return kernel_folder() is not None and not self._files()

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Give what was compiled for these types of arguments, or `None`."""
        target_context.refresh()
        file = self._file(sig, target_context.codegen())
        content = read_whole(file) if file else None
        return content and CompileResult._rebuild(target_context, *pickle.loads(content))  # noqa: S301 - our own

    def save_overload(self, sig: Any, data: Any) -> None:
        """Store what was compiled, unless it holds addresses of this process or sources were edited meanwhile."""
        file = self._file(sig, data.codegen)
        if self._is_enabled and file is None:
            warn("no folder for it that its user alone can write; NUMBA_CACHE_DIR can name one")
        if file and not data.library.has_dynamic_globals and not are_sources_edited():
            write_whole(file, dumps(data._reduce()))

    def _file(self, sig: Any, codegen: Any) -> Path | None:
        folder = kernel_folder()
        if not self._is_enabled or folder is None:
            return None
        settings = [getattr(config, name) for name in SETTINGS]
        key = hashlib.sha256(repr((sig, codegen.magic_tuple(), settings)).encode()).hexdigest()
        return folder / f"{self._name}-{key[:20]}.nbc"

    def _files(self) -> list[Path]:
        folder = kernel_folder()
        return list(folder.glob(f"{self._name}-*.nbc")) if folder else []
