"""Borders of states: who lies how near to whom, and when."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sim.history.frames import Column, read_frame
from sim.history.quarrels import coded

CONTIGUITY_FILE = Path("rivalry_contiguity", "contiguity.csv")


def read_contiguity(data: Path) -> pd.DataFrame:
    """Read which states are neighbours: sender, target (codes, both orders), nearness, first and last year.

    Nearness: 1 a border on land or a river, 2 to 5 at most 12, 24, 150 and 400 miles of water between them. Rows of 0,
    spells in which the two were no neighbours, are left out.

    Raises
    ------
    InputError
        Naming file, line and column of what is wrong.
    """
    state = Column("whole", 1, 999)
    columns = {
        "ccode1": state, "ccode2": state, "conttype": Column("whole", 0, 5), "stdate": Column("date"),
        "enddate": Column("date"),
    }  # fmt: skip
    table = read_frame(data / CONTIGUITY_FILE, columns, key=("ccode1", "ccode2", "stdate"))
    table = coded(table[table.conttype > 0])
    table = table.assign(nearness=table.conttype, first=table.stdate.dt.year, last=table.enddate.dt.year)
    return table[["sender", "target", "nearness", "first", "last"]].reset_index(drop=True)
