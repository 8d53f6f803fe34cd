"""Public tables laid out as arrays by year, sender and target: all that the measurement model looks at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sim.background.table import NO_TIE, RELATIONS, UNTOLD
from sim.history.borders import read_contiguity
from sim.history.countries import read_statehood
from sim.history.dyads import read_agreement, read_alliances, read_net_agreement
from sim.history.events import read_dyad_years
from sim.history.quarrels import read_disputes, read_rivalries
from sim.history.states import read_capability, read_korea_ties, read_majors
from sim.shapes import Bool, Float, Int

FIRST_YEAR = 1946  # the General Assembly's first, and that of rivalries and disputes
LAST_YEAR = 2025  # last year of the table, however early the data end
YEARS = np.arange(FIRST_YEAR, LAST_YEAR + 1)
NEVER = 10_000  # years
FORCE = 4  # of hostility
VOTES_DECAY = 0.8  # weight of a session, per year of age
Panel = Float[np.ndarray, "Y N N"]
Ages = Int[np.ndarray, "Y N N"]


@dataclass(frozen=True)
class Record:
    """What public tables say of N states in every year.

    Attributes
    ----------
    codes
        The states, those that have ended too.
    exists
        Whether a state was in being in a year.
    votes, n_votes
        Agreement less opposition in the General Assembly, in [-1, 1], over all sessions so far, and the number of
        common votes, each session weighed by `VOTES_DECAY` ^ age; 0 where none.
    defence, defence_years
        Whether either side has pledged to defend the other, and for how many years without a break.
    pledge
        Whether either side has pledged anything.
    rivalry, rivalry_age
        Whether the two are strategic rivals; years since they last were.
    force_age
        Years since the sender last used force against the target, or went to war with it; `NEVER` if it never did.
    nearness
        0 far apart, 1 a common border on land, 2 to 5 wider and wider water.
    capability, major
        Share of the world's capability, and whether a great power, by year and state.
    acts, cold
        Acts of the sender toward the target and cold ones among them; `has_acts` says for which years and states.
    ties
        Rung of the formal ladder where a table tells it, `RELATIONS` or `NO_TIE`, else `UNTOLD`.
    ends
        Last year of each table; after it its panels repeat that year's row, except the acts.
    """

    codes: tuple[str, ...]
    exists: Bool[np.ndarray, "Y N"]
    votes: Panel
    n_votes: Panel
    defence: Bool[np.ndarray, "Y N N"]
    defence_years: Ages
    pledge: Bool[np.ndarray, "Y N N"]
    rivalry: Bool[np.ndarray, "Y N N"]
    rivalry_age: Ages
    force_age: Ages
    nearness: Int[np.ndarray, "Y N N"]
    capability: Float[np.ndarray, "Y N"]
    major: Bool[np.ndarray, "Y N"]
    acts: Panel
    cold: Panel
    has_acts: Bool[np.ndarray, "Y N"]
    ties: Int[np.ndarray, "Y N N"]
    ends: dict[str, int]

    def row(self, year: int) -> int:
        """Place of a year."""
        return year - FIRST_YEAR

    @property
    def span_of_acts(self) -> tuple[int, int]:
        """First and last year that has acts."""
        coded = np.flatnonzero(self.has_acts.any(axis=1))
        return FIRST_YEAR + int(coded[0]), FIRST_YEAR + int(coded[-1])


def read_record(data: Path) -> Record:
    """Read every table of the measurement model.

    Raises
    ------
    InputError
        Naming file, line and column of what is wrong or absent.
    """
    statehood = read_statehood(data)
    codes = tuple(sorted(c for c in statehood.spans if any(statehood.exists(c, int(y)) for y in YEARS)))
    place = pd.Series(range(len(codes)), index=list(codes))
    tables = {
        "defence": read_alliances(data), "rivalry": read_rivalries(data), "disputes": read_disputes(data),
        "contiguity": read_contiguity(data), "capability": read_capability(data), "acts": read_dyad_years(data),
    }  # fmt: skip
    ends = {name: int(table["year" if "year" in table else "last"].max()) for name, table in tables.items()}
    votes, n_votes, ends["votes"] = _votes(data, place)
    pacts = tables["defence"]
    defence = _either(_panel(pacts[pacts.defense == 1], place), ends["defence"])
    rivalry = _held(_spells(tables["rivalry"], place), ends["rivalry"]) > 0
    force = _panel(tables["disputes"], place, "hostility") >= FORCE
    acts = tables["acts"].assign(acts=lambda rows: rows.warm + rows.cold)
    coded = np.zeros((len(YEARS), len(codes)), bool)
    coded[np.ix_(np.unique(acts.year) - FIRST_YEAR, place[np.unique(acts.sender)].to_numpy())] = True
    return Record(
        codes=codes,
        exists=np.array([[statehood.exists(code, int(year)) for code in codes] for year in YEARS]),
        votes=votes,
        n_votes=n_votes,
        defence=defence,
        defence_years=np.where(defence, _years_since(~defence), 0),
        pledge=_either(_panel(pacts, place), ends["defence"]),
        rivalry=rivalry,
        rivalry_age=_years_since(rivalry),
        force_age=_held(_years_since(force), ends["disputes"]),
        nearness=_held(_spells(tables["contiguity"], place, "nearness"), ends["contiguity"]).astype(np.int8),
        capability=_capability(tables["capability"], place, ends["capability"]),
        major=_majors(read_majors(data), place),
        acts=_panel(acts, place, "acts"),
        cold=_panel(acts, place, "cold"),
        has_acts=coded,
        ties=_ties(read_korea_ties(data), place),
        ends=ends,
    )


def _panel(table: pd.DataFrame, place: pd.Series, value: str | None = None) -> Panel:
    """Values of a table by year, sender and target; 1 for every row where no value is named."""
    table = table[table.sender.isin(place.index) & table.target.isin(place.index)]
    table = table[table.year.between(FIRST_YEAR, LAST_YEAR)]
    panel = np.zeros((len(YEARS), len(place), len(place)), np.float32)
    where = table.year.to_numpy() - FIRST_YEAR, place[table.sender].to_numpy(), place[table.target].to_numpy()
    panel[where] = 1.0 if value is None else table[value].to_numpy()
    return panel


def _spells(table: pd.DataFrame, place: pd.Series, value: str | None = None) -> Panel:
    """Values of a table whose rows hold from a first to a last year."""
    years = [np.arange(first, last + 1) for first, last in zip(table["first"], table["last"], strict=True)]
    span = table.assign(year=pd.Series(years, index=table.index))
    span = span[span.year.map(len) > 0].explode("year")
    return _panel(span.assign(year=span.year.astype(int)), place, value)


def _held(panel: Panel, end: int) -> Panel:
    """The panel, its row of the last year known repeated after it."""
    panel[end - FIRST_YEAR + 1 :] = panel[end - FIRST_YEAR]
    return panel


def _ties(table: pd.DataFrame, place: pd.Series) -> Int[np.ndarray, "Y N N"]:
    """Who had relations with which Korea; what other tables there are tell of no tie."""
    ties = np.full((len(YEARS), len(place), len(place)), UNTOLD, np.int8)
    table = table[table.code.isin(place.index) & table.year.between(FIRST_YEAR, LAST_YEAR)]
    row, partner = table.year.to_numpy() - FIRST_YEAR, place[table.code].to_numpy()
    for korea in ("KOR", "PRK"):
        rung = np.where(table[korea] > 0, RELATIONS, NO_TIE)
        ties[row, partner, place[korea]] = ties[row, place[korea], partner] = rung
    return ties


def _either(panel: Panel, end: int) -> Bool[np.ndarray, "Y N N"]:
    """Whether it holds in either direction, as in the last year known after it."""
    held = _held(panel, end) > 0
    return held | held.transpose(0, 2, 1)


def _years_since(happened: Bool[np.ndarray, "Y N N"]) -> Ages:
    """Years since it last happened, `NEVER` before it first did."""
    ages = np.zeros(happened.shape, np.int16)
    age = np.full(happened.shape[1:], NEVER, np.int16)
    for t, now in enumerate(happened):
        age = ages[t] = np.where(now, 0, np.minimum(age + 1, NEVER))
    return ages


def _votes(data: Path, place: pd.Series) -> tuple[Panel, Panel, int]:
    """Votes of all sessions so far and their number; the newer record is put on the older one's scale."""
    older = read_agreement(data).assign(net=lambda rows: rows.agree - rows.opposed)
    newer = read_net_agreement(data)
    both = older.merge(newer, on=["year", "a", "b"], suffixes=("", "_newer"))
    slope, offset = np.polyfit(both.net_newer, both.net, 1)
    end = int(older.year.max())
    newer = newer[newer.year > end].assign(net=lambda rows: offset + slope * rows.net)
    table = pd.concat([older[["year", "a", "b", "n", "net"]], newer]).rename(
        columns={"a": "sender", "b": "target"}
    )
    votes, n = _panel(table, place, "net"), _panel(table, place, "n")
    votes, n = votes + votes.transpose(0, 2, 1), n + n.transpose(0, 2, 1)
    total = votes * n
    for t in range(1, len(YEARS)):
        total[t] += VOTES_DECAY * total[t - 1]
        n[t] += VOTES_DECAY * n[t - 1]
    end = int(table.year.max())
    return _held(np.where(n > 0, total / np.maximum(n, 1e-9), 0.0), end), _held(n, end), end


def _capability(table: pd.DataFrame, place: pd.Series, end: int) -> Float[np.ndarray, "Y N"]:
    table = table[table.code.isin(place.index) & table.year.between(FIRST_YEAR, LAST_YEAR)]
    capability = np.zeros((len(YEARS), len(place)))
    capability[table.year.to_numpy() - FIRST_YEAR, place[table.code].to_numpy()] = table.cinc
    capability[end - FIRST_YEAR + 1 :] = capability[end - FIRST_YEAR]
    return capability


def _majors(table: pd.DataFrame, place: pd.Series) -> Bool[np.ndarray, "Y N"]:
    """Great powers by year; who was one when the list was closed is one after it."""
    end, major = int(table["last"].max()), np.zeros((len(YEARS), len(place)), bool)
    for code, first, last in table.itertuples(index=False):
        if code in place:
            major[(first <= YEARS) & ((last >= YEARS) | (last == end)), place[code]] = True
    return major
