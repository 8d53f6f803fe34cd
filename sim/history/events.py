"""What states did to each other, counted by year: acts coded from news, warm and cold."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sim.history.countries import refuse_unknown_codes
from sim.history.frames import Column, read_frame

DYAD_YEARS_FILE = Path("icews", "dyad_year.parquet")
_COUNT = Column("whole", 0)
_CODE = Column(pattern="[A-Z]{3}")


def read_dyad_years(data: Path) -> pd.DataFrame:
    """Read how many acts each state directed at each other in each year: year, sender, target, warm, cold.

    Warm are cooperative acts, of words and of deeds; cold are conflictual ones. Pairs without any act are rows of
    zeros where the file lists them, and absent otherwise.

    Raises
    ------
    InputError
        Naming file, line and column of what is wrong.
    """
    kinds = dict.fromkeys(("verb_coop", "matl_coop", "verb_conf", "matl_conf"), _COUNT)
    columns = {"year": Column("whole", 1900), "sender": _CODE, "target": _CODE, **kinds}
    file = data / DYAD_YEARS_FILE
    table = read_frame(file, columns, key=("year", "sender", "target"))
    refuse_unknown_codes(table, ("sender", "target"), file)
    table = table[table.sender != table.target]
    return pd.DataFrame(
        {
            "year": table.year,
            "sender": table.sender,
            "target": table.target,
            "warm": table.verb_coop + table.matl_coop,
            "cold": table.verb_conf + table.matl_conf,
        }
    )
