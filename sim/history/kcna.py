"""KCNA: what one news agency printed about its state's partners, by day and by year.

Headlines coded by rule: one state's view. Items about Koreans living in Japan are coded JPN and
``undirected``; they say nothing about Japan.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sim.errors import InputError, Problem
from sim.history.countries import is_iso3
from sim.history.frames import Column, read_frame

SIGNALS_FILE = Path("kcna", "signals.csv.gz")
COUNTS_FILE = Path("kcna", "partner_year.csv.gz")
TYPES = (
    "congratulate_greet", "condolence", "gift_floral", "message_letter", "credentials", "visit_delegation",
    "meet_talks", "reception_event", "solidarity_support", "denounce",
)  # fmt: skip
DIRECTIONS = ("PRK->X", "PRK->X(criticism)", "X->PRK", "undirected")
_CODE = Column(pattern="[A-Z]{3}")


def read_signals(data: Path) -> pd.DataFrame:
    """Read the dated items: date, type, direction, partner_iso3, other_iso3 ('' where none, JPN;KOR where several).

    The same headline type may stand twice on a day: two items, not a mistake.

    Raises
    ------
    InputError
        Naming file, line and column of what is wrong.
    """
    file = data / SIGNALS_FILE
    columns = {
        "date": Column("date"),
        "type": Column(allowed=TYPES),
        "direction": Column(allowed=DIRECTIONS),
        "partner_iso3": _CODE,
        "other_iso3": Column(pattern="[A-Z]{3}(;[A-Z]{3})*", may_be_blank=True),
    }
    return _with_known_codes(read_frame(file, columns), file)


def read_partner_years(data: Path) -> pd.DataFrame:
    """Read the yearly counts: year, partner_iso3, type (also ``other``), direction, n.

    Raises
    ------
    InputError
        Naming file, line and column of what is wrong.
    """
    file = data / COUNTS_FILE
    columns = {
        "year": Column("whole", 1945, 2200),
        "partner_iso3": _CODE,
        "type": Column(allowed=(*TYPES, "other")),
        "direction": Column(allowed=DIRECTIONS),
        "n": Column("whole", 1),
    }
    key = ("year", "partner_iso3", "type", "direction")
    return _with_known_codes(read_frame(file, columns, key), file)


def _with_known_codes(frame: pd.DataFrame, file: Path) -> pd.DataFrame:
    codes = frame["partner_iso3"]
    unknown = [row for row, code in enumerate(codes) if not is_iso3(code)]
    if unknown:
        reason = "is not a code of a state"
        raise InputError(
            [Problem(f"{codes.iloc[r]!r} {reason}", file, r + 2, "partner_iso3") for r in unknown[:20]]
        )
    return frame
