"""Processes of their own for code that is not ours: what ends one of them is reported, and ends nothing else."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from joblib.externals.loky.backend.context import LokyContext

from sim.errors import complain
from sim.isolation import safe_path


class _Remembering(LokyContext):  # type: ignore[misc]  # joblib ships no types
    """Starts processes that run no copy of the caller's script, and remembers them."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[Any] = []

    def Process(self, *arguments: Any, **named: Any) -> Any:  # noqa: N802  (its name in multiprocessing)
        process = LokyContext.Process(*arguments, **named)
        self.started.append(process)
        return process


@contextmanager
def processes(file: Path) -> Iterator[Callable[..., Executor]]:
    """Give a way to start pools of worker processes that run a user's file.

    Its arguments are how many processes a pool may have at most, and what each calls before anything else.

    Raises
    ------
    InputError
        Where one of the processes ends, whatever its exit code.
    """
    context = _Remembering()
    try:
        with safe_path(), ExitStack() as pools:  # loky starts a process more, which cleans up after them

            def start(
                n: int, begin: Callable[..., None] | None = None, arguments: tuple[Any, ...] = ()
            ) -> Executor:
                pool = ProcessPoolExecutor(n, context, _begin, (os.getpid(), begin, arguments))
                return pools.enter_context(pool)

            yield start
    except BrokenProcessPool as error:
        raise complain(_how_it_ended([p.exitcode for p in context.started]), file=file) from error


def end_with(parent: int) -> None:
    """End this process once its parent is gone, even if that was killed."""
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _begin(parent: int, begin: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    end_with(parent)
    if begin:
        begin(*arguments)


def _how_it_ended(codes: list[int]) -> str:
    """Say how the process ended that did so by itself: its fellows were terminated, and other pools end with 0."""
    own = [code for code in codes if code != -signal.SIGTERM]
    code = next((code for code in own if code != 0), 0 if own else -signal.SIGTERM)
    if code >= 0:
        return f"a strategy ended its process (exit code {code})"
    why = ", as systems do that run short of memory" if code == -signal.SIGKILL else ""
    return f"a strategy crashed, or its process was killed ({signal.strsignal(-code)}{why})"
