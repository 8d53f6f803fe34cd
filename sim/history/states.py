"""States one by one: their ties with the two Koreas, their capability, who counts as a great power."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sim.errors import InputError, Problem
from sim.history.countries import iso3_of_cow, refuse_unknown_codes
from sim.history.frames import MAX_PROBLEMS, Column, read_frame

KOREA_FILE = Path("korea_ties", "country_year.csv.gz")
CAPABILITY_FILE = Path("states_capability", "nmc_1816_2022.csv.gz")
MAJORS_FILE = Path("states_capability", "majors.csv")
KOREAS = {"DPRK": "PRK", "ROK": "KOR"}
_YEAR = Column("whole", 1800, 2200)


def read_korea_ties(data: Path) -> pd.DataFrame:
    """Read who had relations with which Korea: code, year, KOR and PRK (0 or 1).

    Partners are listed also before their own statehood: filter with `read_statehood` first. The tie is 1 in the
    year in which it was cut. Rows of the two Koreas themselves are left out: neither is the other's partner.

    Raises
    ------
    InputError
        Naming file, line and column of what is wrong, or the state and year that have a row for one Korea only.
    """
    file = data / KOREA_FILE
    table = read_korea_years(data)
    refuse_unknown_codes(table, ["iso3c"], file)
    table = table[~table.iso3c.isin(KOREAS.values())]
    wide = table.pivot_table(index=["iso3c", "year"], columns="korea", values="diplomatic_ties")
    wide = wide.reindex(columns=list(KOREAS))
    _refuse_half_rows(wide, file)
    wide = wide.rename(columns=KOREAS).astype(int).rename_axis(columns=None)
    return wide.reset_index().rename(columns={"iso3c": "code"})


def read_korea_years(data: Path, *years: str) -> pd.DataFrame:
    """Read the table of ties with the two Koreas as it comes: a row for each state, Korea and year.

    Parameters
    ----------
    years
        Further columns of years, blank where there is none: ``est_year``, ``reest_year``.
    """
    columns = {
        "iso3c": Column(pattern="[A-Z]{3}"),
        "korea": Column(allowed=tuple(KOREAS)),
        "year": _YEAR,
        "diplomatic_ties": Column("whole", 0, 1),
        **{name: Column("whole", 1800, may_be_blank=True) for name in years},
    }
    return read_frame(data / KOREA_FILE, columns, key=("iso3c", "korea", "year"))


def _refuse_half_rows(wide: pd.DataFrame, file: Path) -> None:
    """Refuse a state that has a row for one Korea in a year, and none for the other."""
    problems = [
        Problem(f"{code} has no row for {korea} in {year}", file, key="korea")
        for korea in wide
        for code, year in wide.index[wide[korea].isna()]
    ]
    if problems:
        raise InputError(problems[:MAX_PROBLEMS])


def read_capability(data: Path) -> pd.DataFrame:
    """Read each state's share of the world's capability: code, year, cinc in [0, 1].

    A state that stands under two numbers in one year has the larger share.

    Raises
    ------
    InputError
        Naming file, line and column of what is wrong.
    """
    columns = {"ccode": Column("whole", 1, 999), "year": _YEAR, "cinc": Column("number", 0, 1)}
    table = read_frame(data / CAPABILITY_FILE, columns, key=("ccode", "year"))
    table = table.assign(code=table.ccode.map(iso3_of_cow())).dropna()
    return table.groupby(["code", "year"], as_index=False)[["cinc"]].max()


def read_majors(data: Path) -> pd.DataFrame:
    """Read which states were great powers when: code, first and last year."""
    columns = {"ccode": Column("whole", 1, 999), "styear": _YEAR, "endyear": _YEAR}
    table = read_frame(data / MAJORS_FILE, columns, key=("ccode", "styear"))
    table = table.assign(code=table.ccode.map(iso3_of_cow())).dropna()
    return table.rename(columns={"styear": "first", "endyear": "last"})[["code", "first", "last"]]
