"""What a folder of public data holds and what is wrong with it: ``sim check --data``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from sim.errors import InputError, Problem
from sim.history import borders, cameo, dyads, events, kcna, quarrels, states

READERS: Mapping[str, Callable[[Path], pd.DataFrame]] = MappingProxyType(
    {
        str(kcna.SIGNALS_FILE): kcna.read_signals,
        str(kcna.COUNTS_FILE): kcna.read_partner_years,
        str(states.KOREA_FILE): states.read_korea_ties,
        str(dyads.ALLIANCES_FILE): dyads.read_alliances,
        str(dyads.VOTES_FILE): dyads.read_agreement,
        str(dyads.NET_VOTES_FILE): dyads.read_net_agreement,
        str(dyads.SIGNED_FILE): dyads.read_signed,
        str(dyads.TRIBES_FILE): dyads.read_tribes,
        str(states.CAPABILITY_FILE): states.read_capability,
        str(states.MAJORS_FILE): states.read_majors,
        str(events.DYAD_YEARS_FILE): events.read_dyad_years,
        str(quarrels.RIVALRIES_FILE): quarrels.read_rivalries,
        str(quarrels.DISPUTES_FILE): quarrels.read_disputes,
        str(borders.CONTIGUITY_FILE): borders.read_contiguity,
        str(cameo.GOLDSTEIN_FILE): cameo.read_goldstein,
        str(cameo.PLOVER_FILE): cameo.read_plover,
    }
)
"""The reader of each file, by its place in the folder."""


@dataclass(frozen=True)
class Holding:
    """One file of the folder: its rows and years, or that it is absent, or what is wrong with it."""

    file: str
    rows: int
    span: str
    problems: tuple[Problem, ...]


def take_stock(data: Path) -> list[Holding]:
    """Read every public table that the folder holds.

    Raises
    ------
    InputError
        Where the folder holds none of them, or is none.
    """
    holdings = [_holding(data, file, read) for file, read in READERS.items()]
    if not any(h.rows or h.problems for h in holdings):
        raise InputError(Problem(f"holds none of {', '.join(READERS)}", data))
    return holdings


def _holding(data: Path, file: str, read: Callable[[Path], pd.DataFrame]) -> Holding:
    if not (data / file).exists():
        return Holding(file, 0, "", ())
    try:
        table = read(data)
    except InputError as error:
        return Holding(file, 0, "", tuple(error.problems))
    return Holding(file, len(table), _span(table), ())


def _span(table: pd.DataFrame) -> str:
    for column in ("year", "date", "window_start", "styear", "first"):
        if column in table:
            when = table[column].dt.year if column == "date" else table[column]
            return f"{int(when.min())}-{int(when.max())}"
    return "undated"
