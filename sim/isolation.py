"""The working directory may be anybody's: processes that begin import nothing from it, libraries take no settings."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

SAFE = "PYTHONSAFEPATH"
# Modules that take settings from a file in the working directory when first imported, and where they name the file,
# those that look it up later too.
READING = {"matplotlib": None, "numba.core.config": "_config_fname"}


@contextlib.contextmanager
def safe_path() -> Iterator[None]:
    """Let processes that are started inside look for no module in the working directory.

    Worker processes, and those that clean up after them, are started as ``python -m`` or ``python -c``, which put that
    folder first of all. They are started whenever one is missing, and inherit the environment.
    """
    before = os.environ.get(SAFE)
    os.environ[SAFE] = "1"
    try:
        yield
    finally:
        os.environ.pop(SAFE)
        if before is not None:
            os.environ[SAFE] = before


def end_if_beginning() -> None:
    """End a worker process that runs the script it was started by, as it does where that has no main guard.

    It would start workers in turn. Whoever started it learns that it died.
    """
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise SystemExit(1)


def import_elsewhere() -> None:
    """Have libraries that read settings from the working directory be imported in a folder of ours, from now on.

    This is for processes of our own. In a process of the user's, where `sim` is a library among others, all of them
    are told by the user's files as ever.
    """
    if _Elsewhere not in sys.meta_path:
        sys.meta_path.insert(0, _Elsewhere)


class _Elsewhere:
    """Finds those libraries as ever, and imports them elsewhere."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name in READING else None
        if spec and spec.loader:
            loader: Any = spec.loader
            loader.exec_module = _in_our_folder(loader.exec_module, READING[name])
        return spec


def _in_our_folder(execute: Any, file: str | None) -> Any:
    def elsewhere(module: ModuleType) -> None:
        with contextlib.chdir(Path(__file__).parent):
            execute(module)
        if file:
            setattr(module, file, os.devnull)  # no regular file, so never read

    return elsewhere
