"""The terminal: tables, or CSV in their place, and how far work has come."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[Any]], as_csv: bool) -> None:
    """Print rows as CSV, or as a table fit for the terminal."""
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([f"{v:.6f}" if isinstance(v, float) else v for v in row] for row in rows)
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name in header:
        is_number = bool(rows) and isinstance(rows[0][list(header).index(name)], float | int)
        table.add_column(name, justify="right" if is_number else "left", no_wrap=is_number)
    for row in rows:
        table.add_row(*(f"{v:+.3f}" if isinstance(v, float) else escape(str(v)) for v in row))
    console = Console()
    Console(width=None if console.is_terminal else 200).print(table)


@contextmanager
def progress(what: str = "replicas") -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on stderr where a terminal is there, else nothing."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
