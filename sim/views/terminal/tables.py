"""Tables fit for the terminal, or CSV in their place."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from typing import Any

from sim.plaintext import inert, visible


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[Any]], as_csv: bool) -> None:
    """Print rows as CSV whose text no spreadsheet takes for formulas, or as a table fit for the terminal."""
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([_cell(value) for value in row] for row in rows)
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for name in header:
        is_number = bool(rows) and isinstance(rows[0][list(header).index(name)], float | int)
        table.add_column(name, justify="right" if is_number else "left", no_wrap=is_number)
    for row in rows:
        table.add_row(
            *(f"{round(v, 3) + 0.0:+.3f}" if isinstance(v, float) else escape(visible(str(v))) for v in row)
        )
    Console(width=None if sys.stdout.isatty() else 200, color_system=None).print(table)


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.6f}"
    return inert(value) if isinstance(value, str) else value
