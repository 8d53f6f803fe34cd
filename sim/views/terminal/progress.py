"""How far work has come: a bar on stderr where a terminal is there, else nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sim.views.terminal.streams import unguarded


@contextmanager
def progress(what: str = "replicas") -> Iterator[Callable[[int, int], None]]:
    """Show how much of how much is done."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    with _bar() as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def sweep_progress() -> Iterator[Callable[[int, int, int], None]]:
    """Show runs done of how many, with rate, time left and failures."""
    if not sys.stderr.isatty():
        yield lambda done, total, failed: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("runs"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(), TextColumn("{task.fields[failed]}"),
    )  # fmt: skip
    with _bar(*columns) as bar:
        task = bar.add_task("runs", total=None, rate="", failed="")

        def show(done: int, total: int, failed: int) -> None:
            speed = bar.tasks[0].speed
            rate, failures = f"{speed:.0f}/s" if speed else "", f"{failed} failed" if failed else ""
            bar.update(task, completed=done, total=total, rate=rate, failed=failures)

        yield show


def _bar(*columns: Any) -> Any:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(file=unguarded(sys.stderr))
    return Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)
