"""Pairs of states, year by year or window by window: alliances, votes in the United Nations, signed relations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from sim.errors import InputError, Problem, complain
from sim.history.countries import STATES_FILE, iso3_of_cow, iso3_of_names
from sim.history.frames import Column, read_frame

ALLIANCES_FILE = Path("atop", "dyad_year.parquet")
VOTES_FILE = Path("un_agreement", "dyad_year.parquet")
SIGNED_FILE = Path("cow_signed", "edges.csv.gz")
TRIBES_FILE = Path("tribes", "tribes_edges.csv")
PLEDGES = ("defense", "offense", "neutral", "nonagg", "consul")
_FLAG = Column("whole", 0, 1)
_YEAR = Column("whole", 1800, 2200)
_SIGN = Column("whole", -1, 1)

OWN_ABBREVIATIONS: Mapping[str, str] = MappingProxyType(
    {
        "ANT": "ATG", "AUS": "AUS", "AUT": "AUT", "BKF": "BFA", "CAF": "CAF", "CAM": "CMR", "CMB": "KHM",
        "CVD": "CPV", "ELS": "SLV", "ESP": "ESP", "FRA": "FRA", "GBR": "GBR", "LYB": "LBY", "MLW": "MWI",
        "MYR": "MMR", "MYS": "MYS", "NDL": "NLD", "NGA": "NGA", "NIG": "NER", "NKR": "PRK", "NZD": "NZL",
        "OMN": "OMN", "PHL": "PHL", "PRG": "PRT", "SLR": "SLE", "STK": "KNA", "STL": "LCA", "SWE": "SWE",
        "TGO": "TGO", "THA": "THA", "TNZ": "TZA", "TWN": "TWN", "VTN": "VNM", "VZA": "VEN",
    }
)  # fmt: skip
"""The signed relations' own abbreviations, where they are not those of the state system's list: read from
whom they stand beside (NIG and NGA both occur: Niger among the francophone states of 1958, Nigeria beside
Ghana and Gambia; PRG in the North Atlantic alliance is Portugal, PAR in the American one Paraguay)."""


def read_alliances(data: Path) -> pd.DataFrame:
    """Read who had pledged what to whom: sender, target (codes), year, and a 0/1 column for each of `PLEDGES`.

    Directed; a pair that stands under two numbers of one state, as in the year of a unification, is
    joined: what either pledged holds. States without a code are left out.

    Raises
    ------
    InputError
        Naming file, line and column of what is wrong.
    """
    columns = {"ccode1": Column("whole", 1, 999), "ccode2": Column("whole", 1, 999), "year": _YEAR}
    flags = {f"atop_{pledge}": _FLAG for pledge in PLEDGES}
    file = data / ALLIANCES_FILE
    table = read_frame(file, {**columns, **flags}, key=tuple(columns))
    codes = iso3_of_cow()
    table = table.assign(sender=table.ccode1.map(codes), target=table.ccode2.map(codes)).dropna()
    table = table.rename(columns={f"atop_{pledge}": pledge for pledge in PLEDGES})
    table = table[table.sender != table.target]
    return table.groupby(["sender", "target", "year"], as_index=False)[list(PLEDGES)].max()


def read_agreement(data: Path) -> pd.DataFrame:
    """Read how alike states voted in the General Assembly: year, a, b (codes), n, agree and opposed in [0, 1].

    Undirected; n counts the votes in which both took part, agree the share in which they voted alike,
    opposed that of a yes against a no.

    Raises
    ------
    InputError
        Naming file, line and column of what is wrong.
    """
    share = Column("number", 0, 1)
    columns = {"year": _YEAR, "c1": Column(), "c2": Column(), "n": Column("whole", 1)}
    file = data / VOTES_FILE
    table = read_frame(file, {**columns, "agree": share, "opposed": share}, key=("year", "c1", "c2"))
    codes = iso3_of_names([*table.c1.unique(), *table.c2.unique()], file)
    table = table.assign(a=table.c1.map(codes), b=table.c2.map(codes)).drop(columns=["c1", "c2"])
    return _each_pair_once(table, ["year", "a", "b"], file)


def read_signed(data: Path) -> pd.DataFrame:
    """Read the signed relations: window_start, window_end, a, b (codes), sign (1 or -1).

    Undirected. Windows are four years long and begin a year apart, so neighbours share three years.

    Raises
    ------
    InputError
        Naming file, line and column of what is wrong.
    """
    columns = {"window_start": _YEAR, "window_end": _YEAR, "a": Column(), "b": Column(), "sign": _SIGN}
    file = data / SIGNED_FILE
    table = read_frame(file, columns, key=("window_start", "a", "b"))
    known = _abbreviations(data)
    for name in ("a", "b"):
        unknown = table.index[~table[name].isin(list(known))]
        if len(unknown):
            line = int(unknown[0])
            raise complain(
                f"{table[name][line]!r} is no state's abbreviation", file=file, line=line + 2, key=name
            )
    if (zero := table.index[table.sign == 0]).size:
        raise complain("0 is neither 1 nor -1", file=file, line=int(zero[0]) + 2, key="sign")
    table = table.assign(a=table.a.map(known), b=table.b.map(known))
    return _each_pair_once(table, ["window_start", "a", "b"], file)


def read_tribes(data: Path) -> pd.DataFrame:
    """Read the signed ties of the sixteen Highland tribes: a, b, sign."""
    return read_frame(data / TRIBES_FILE, {"a": Column(), "b": Column(), "sign": _SIGN}, key=("a", "b"))


def _abbreviations(data: Path) -> Mapping[str, str]:
    """Codes by abbreviation: the state system's own, then `OWN_ABBREVIATIONS`."""
    columns = {"stateabb": Column(), "ccode": Column("whole", 1, 999)}
    states = read_frame(data / STATES_FILE, columns)
    codes = iso3_of_cow()
    listed = zip(states.stateabb, states.ccode.tolist(), strict=True)
    return {**{word: codes[number] for word, number in listed if number in codes}, **OWN_ABBREVIATIONS}


def _each_pair_once(table: pd.DataFrame, key: list[str], file: Path) -> pd.DataFrame:
    """The table with a < b in every row; a pair in both orders, or of one state with itself, is refused."""
    is_turned = table.a > table.b
    first, second = table.a.where(~is_turned, table.b), table.b.where(~is_turned, table.a)
    table = table.assign(a=first, b=second)
    twice = table.duplicated(key) | (table.a == table.b)
    if twice.any():
        rows = [int(row) for row in twice.to_numpy().nonzero()[0][:20]]
        told = [f"{table.a.iloc[row]} with {table.b.iloc[row]} stands twice" for row in rows]
        raise InputError([Problem(words, file, row + 1) for words, row in zip(told, rows, strict=True)])
    return table.sort_values(key, ignore_index=True)
