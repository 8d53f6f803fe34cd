"""Pairs of states, year by year or window by window: alliances, votes in the United Nations, signed relations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from sim.errors import InputError, Problem, complain
from sim.history.countries import (
    STATES_FILE,
    iso3_of_columns,
    iso3_of_cow,
    read_aliases,
    refuse_unknown_codes,
)
from sim.history.frames import Column, read_frame

ALLIANCES_FILE = Path("atop", "dyad_year.parquet")
VOTES_FILE = Path("un_agreement", "dyad_year.parquet")
NET_VOTES_FILE = Path("un_agreement", "net_1991_2021.parquet")
SIGNED_FILE = Path("cow_signed", "edges.csv.gz")
TRIBES_FILE = Path("tribes", "tribes_edges.csv")
PLEDGES = ("defense", "offense", "neutral", "nonagg", "consul")
_FLAG = Column("whole", 0, 1)
_YEAR = Column("whole", 1800, 2200)
_SIGN = Column("whole", -1, 1)
_ABBREVIATION = Column(pattern="[A-Z]{3}")

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

    Undirected, a before b; n counts the votes in which both took part, agree the share in which they voted
    alike, opposed that of a yes against a no. The votes of two names of one state in one year are pooled.

    Raises
    ------
    InputError
        Naming file, line and column of what is wrong.
    """
    share = Column("number", 0, 1)
    columns = {"year": _YEAR, "c1": Column(), "c2": Column(), "n": Column("whole", 1)}
    file = data / VOTES_FILE
    table = read_frame(file, {**columns, "agree": share, "opposed": share}, key=("year", "c1", "c2"))
    _refuse_turned(table, "year", "c1", "c2", file)
    codes = iso3_of_columns(table, ("c1", "c2"), file, read_aliases(data))
    table = _in_order(table.assign(a=table.c1.map(codes), b=table.c2.map(codes)))
    shares = ["agree", "opposed"]
    table[shares] = table[shares].mul(table.n, axis=0)
    table = table.groupby(["year", "a", "b"], as_index=False)[["n", *shares]].sum()
    table[shares] = table[shares].div(table.n, axis=0)
    return table


def read_net_agreement(data: Path) -> pd.DataFrame:
    """Read votes alike less votes opposed in the General Assembly: year, a, b (codes), n, net in [-1, 1].

    Undirected, a before b. Only yes and no count: n is the geometric mean of both states' numbers of them, and net the
    difference divided by n, the cosine of the two records. A state that cast none is left out: names of states that
    ended are listed with zeros beside their successors.

    Raises
    ------
    InputError
        Naming file, line and column of what is wrong.
    """
    many = Column("whole", 0)
    columns = {
        "year": _YEAR,
        "a": _ABBREVIATION,
        "b": _ABBREVIATION,
        "net": Column("whole"),
        "own_a": many,
        "own_b": many,
    }
    file = data / NET_VOTES_FILE
    table = read_frame(file, columns)
    refuse_unknown_codes(table, ("a", "b"), file)
    table = table[(table.own_a > 0) & (table.own_b > 0)]
    _refuse_turned(table, "year", "a", "b", file)
    table = _in_order(table.assign(n=np.sqrt(table.own_a * table.own_b)))
    table = table.assign(net=(table.net / table.n).clip(-1, 1))
    return table.groupby(["year", "a", "b"], as_index=False)[["n", "net"]].mean()


def read_signed(data: Path) -> pd.DataFrame:
    """Read the signed relations: window_start, window_end, a, b (codes), sign (1 or -1).

    Undirected, a before b. Windows are four years long and begin a year apart, so neighbours share three years.
    Where one state bears two names in a window, as at a unification, the pair is hostile if either is. An abbreviation
    that no list knows stays as it stands: its edges belong to the network, though nothing else is known of the state.

    Raises
    ------
    InputError
        Naming file, line and column of what is wrong.
    """
    columns = {
        "window_start": _YEAR,
        "window_end": _YEAR,
        "a": _ABBREVIATION,
        "b": _ABBREVIATION,
        "sign": _SIGN,
    }
    file = data / SIGNED_FILE
    table = read_frame(file, columns, key=("window_start", "a", "b"))
    _refuse_turned(table, "window_start", "a", "b", file)
    if (zero := table.index[table.sign == 0]).size:
        raise complain("0 is neither 1 nor -1", file=file, line=int(zero[0]) + 2, key="sign")
    known = _abbreviations(data)
    table = _in_order(
        table.assign(a=[known.get(a, a) for a in table.a], b=[known.get(b, b) for b in table.b])
    )
    return table.groupby(["window_start", "window_end", "a", "b"], as_index=False)[["sign"]].min()


def read_tribes(data: Path) -> pd.DataFrame:
    """Read the signed edges among the sixteen Highland tribes: a, b, sign."""
    return read_frame(data / TRIBES_FILE, {"a": Column(), "b": Column(), "sign": _SIGN}, key=("a", "b"))


def _abbreviations(data: Path) -> Mapping[str, str]:
    """Codes by abbreviation: the state system's own, then `OWN_ABBREVIATIONS`."""
    columns = {"stateabb": Column(), "ccode": Column("whole", 1, 999)}
    states = read_frame(data / STATES_FILE, columns)
    codes = iso3_of_cow()
    listed = zip(states.stateabb, states.ccode.tolist(), strict=True)
    return {**{word: codes[number] for word, number in listed if number in codes}, **OWN_ABBREVIATIONS}


def _refuse_turned(table: pd.DataFrame, when: str, one: str, other: str, file: Path) -> None:
    """Refuse a pair that stands in both orders, or a state with itself."""
    turned = table.rename(columns={one: other, other: one})[[when, one, other]]
    twice = table.reset_index().merge(turned.astype(table[[when, one, other]].dtypes), on=[when, one, other])
    if len(twice):
        lines = [int(row) + 2 for row in twice["index"][:20]]
        words = "stands in both orders, or a state with itself"
        raise InputError([Problem(f"the pair {words}", file, line, one) for line in lines])


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    """The pairs with a < b; those of one state under two names are left out."""
    is_turned = table.a > table.b
    first, second = table.a.where(~is_turned, table.b), table.b.where(~is_turned, table.a)
    return table.assign(a=first, b=second)[table.a != table.b]
