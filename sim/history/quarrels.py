"""Quarrels of states: strategic rivalries, and militarised disputes year by year."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sim.history.countries import iso3_of_cow
from sim.history.frames import Column, read_frame

RIVALRIES_FILE = Path("rivalry_contiguity", "rivalries.csv")
DISPUTES_FILE = Path("rivalry_contiguity", "disputes.csv.gz")
_STATE = Column("whole", 1, 999)
_YEAR = Column("whole", 1700, 2200)


def read_rivalries(data: Path) -> pd.DataFrame:
    """Read the strategic rivalries: sender, target (codes, both orders), first and last year.

    A rivalry is a matter of both sides. One that was in force when the list was closed ends in its last year.

    Raises
    ------
    InputError
        Naming file, line and column of what is wrong.
    """
    columns = {
        "tssr_id": Column("whole", 1),
        "ccode1": _STATE,
        "ccode2": _STATE,
        "start": _YEAR,
        "end": _YEAR,
    }
    table = coded(read_frame(data / RIVALRIES_FILE, columns, key=("tssr_id",)))
    table = table.rename(columns={"start": "first", "end": "last"})[["sender", "target", "first", "last"]]
    return pd.concat(
        [table, table.rename(columns={"sender": "target", "target": "sender"})], ignore_index=True
    )


def read_disputes(data: Path) -> pd.DataFrame:
    """Read the militarised disputes: sender, target (codes), year, hostility of the sender toward the target.

    Hostility is the highest of a year's disputes: 1 no militarised act, 2 threat, 3 display, 4 use of force, 5 war.
    Directed: who is threatened, and does nothing, has 1.

    Raises
    ------
    InputError
        Naming file, line and column of what is wrong.
    """
    columns = {
        "dispnum": Column("whole", 1), "ccode1": _STATE, "ccode2": _STATE, "year": _YEAR,
        "hostlev1": Column("whole", 1, 5),
    }  # fmt: skip
    table = coded(read_frame(data / DISPUTES_FILE, columns, key=("dispnum", "ccode1", "ccode2", "year")))
    table = table.rename(columns={"hostlev1": "hostility"})
    return table.groupby(["sender", "target", "year"], as_index=False)[["hostility"]].max()


def coded(table: pd.DataFrame) -> pd.DataFrame:
    """Add the codes of ``ccode1`` and ``ccode2`` as sender and target; rows of none or of one state are left out."""
    codes = iso3_of_cow()
    table = table.assign(sender=table.ccode1.map(codes), target=table.ccode2.map(codes)).dropna()
    return table[table.sender != table.target]
