"""KCNA: what one news agency printed about its state's partners, by day and by year.

Headlines coded by rule: one state's view. Items about Koreans living in Japan are coded JPN and
``undirected``; they say nothing about Japan.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sim.history.countries import refuse_unknown_codes
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

    The same headline type may appear twice on a day: two items, not a mistake.

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
    frame = read_frame(file, columns)
    refuse_unknown_codes(frame, ["partner_iso3"], file)
    thirds = frame["other_iso3"].str.split(";").explode()
    refuse_unknown_codes(thirds[thirds != ""].to_frame(), ["other_iso3"], file)
    return frame


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
    frame = read_frame(file, columns, key)
    refuse_unknown_codes(frame, ["partner_iso3"], file)
    return frame
