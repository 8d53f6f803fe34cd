"""What `sim affinity` and `sim explain` print: a table of affinities, and one of what moved a dyad."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sim.calibration.account import AffinityRow
from sim.views.terminal.tables import print_table

ACCOUNT = ("date", "change", "path", "signal", "act", "source", "note")


def print_affinities(rows: Sequence[AffinityRow], on: date, as_csv: bool) -> None:
    """Print what is believed of each affinity on a date."""
    print_table(f"Affinity on {on}", AffinityRow._fields, rows, as_csv)


def print_account(rows: Sequence[Sequence[Any]], sender: str, target: str, until: date, as_csv: bool) -> None:
    """Print what moved a dyad up to a date."""
    print_table(f"What moved {sender} → {target} up to {until}", ACCOUNT, rows, as_csv)
