"""What `sim world` prints: the background of some pairs, or in short that of many, and the blocs it makes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np

from sim.calibration.background import BackgroundAffinity, BackgroundRow
from sim.calibration.basis import NOTHING
from sim.views.terminal.tables import print_table

FEW = 8  # states whose pairs are printed one by one
PARTNERS = 3  # warmest and coldest that are named
MAX_BLOCS, MAX_NAMES = 12, 15


class StateRow(NamedTuple):
    """One state of many: toward whom it is warmest and coldest, and of how many it is known at all."""

    state: str
    warmest: str
    coldest: str
    known: int


def print_background(background: BackgroundAffinity, as_csv: bool) -> None:
    """Print every pair of a few states or as CSV, of many states one row each."""
    if as_csv or len(background.states) <= FEW:
        print_table(_title(background.as_of), BackgroundRow._fields, list(background.rows()), as_csv)
    else:
        print_table(_title(background.as_of), StateRow._fields, _states(background), False)


def _title(as_of: date) -> str:
    return f"Background on {as_of}, in affinity"


def _states(background: BackgroundAffinity) -> list[StateRow]:
    rows = []
    for i, code in enumerate(background.states):
        ranked = [int(j) for j in np.argsort(-background.mean[i], kind="stable") if j != i]
        known = [j for j in ranked if background.evidence[i][j] != NOTHING]
        warm = [j for j in known if background.mean[i, j] > 0][:PARTNERS]
        cold = [j for j in reversed(known) if background.mean[i, j] < 0][:PARTNERS]
        rows.append(
            StateRow(code, _partners(background, i, warm), _partners(background, i, cold), len(known))
        )
    return rows


def _partners(background: BackgroundAffinity, i: int, others: Iterable[int]) -> str:
    return ", ".join(f"{background.states[j]} {background.mean[i, j]:+.2f}" for j in others)


def bloc_lines(blocs: Sequence[Sequence[str]], resolution: float, n_states: int) -> list[str]:
    """Say which blocs the background makes."""
    n_in = sum(map(len, blocs))
    lines = [
        f"blocs at a mutual affinity above {resolution:g}: {len(blocs)}, {n_states - n_in} states in none"
    ]
    for bloc in blocs[:MAX_BLOCS]:
        more = f" and {len(bloc) - MAX_NAMES} more" if len(bloc) > MAX_NAMES else ""
        lines.append(f"  {len(bloc):>3}  {', '.join(bloc[:MAX_NAMES])}{more}")
    return lines + ([f"       and {len(blocs) - MAX_BLOCS} more"] if len(blocs) > MAX_BLOCS else [])
