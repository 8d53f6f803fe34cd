"""The contest as arrays: who existed, who had ties with whom, and what the votes say about whose side they were on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from sim.errors import InputError, Problem, complain
from sim.history.countries import read_statehood, regions
from sim.history.dyads import read_agreement, read_alliances
from sim.history.frames import MAX_PROBLEMS
from sim.history.states import KOREA_FILE, read_korea_ties
from sim.shapes import Bool, Float, Int

RIVALS = ("PRK", "KOR")
PATRONS = ("RUS", "USA")
CLASSES = ("none", "DPRK", "ROK", "both")
VOTE_YEARS = 5  # sessions whose votes are pooled
FEWEST_VOTES = 5


@dataclass(frozen=True)
class Records:
    """What is known of the contest, years along the first axis, states along the second.

    Attributes
    ----------
    first_year, codes
        The year of row 0, and the states, the two Koreas left out.
    tie
        1 for relations with the northern (column 0) or the southern (column 1) Korea.
    exists
        Whether the state was in being at some time of the year.
    region
        World region of each state.
    votes
        Pairs by year with their number of common votes and the share voted alike.
    pacts
        Pairs by year that are bound to defend each other: sender, target, year.
    """

    first_year: int
    codes: Sequence[str]
    tie: Int[np.ndarray, "Y N 2"]
    exists: Bool[np.ndarray, "Y N"]
    region: Sequence[str]
    votes: pd.DataFrame
    pacts: pd.DataFrame
    _seen: dict[int, Views] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def last_year(self) -> int:
        """Last year with ties."""
        return self.first_year + self.tie.shape[0] - 1

    def ties(self, year: int) -> Int[np.ndarray, "N 2"]:
        """Relations with each Korea at the end of a year."""
        return self.tie[year - self.first_year]

    def existing(self, year: int) -> Bool[np.ndarray, "N"]:
        """States in being in a year."""
        return self.exists[year - self.first_year]

    def classes(self, year: int) -> Int[np.ndarray, "N"]:
        """0 none, 1 the northern, 2 the southern, 3 both."""
        return self.ties(year) @ np.array([1, 2])

    def views(self, year: int) -> Views:
        """What the votes up to a year say: each state's lean, and who votes like whom."""
        if year not in self._seen:
            self._seen[year] = self._views(year)
        return self._seen[year]

    def _views(self, year: int) -> Views:
        alike, existing = self._agreement(year), self.existing(year)
        north, south = (self.codes.index(patron) for patron in PATRONS)
        lean = alike[:, north] - alike[:, south]
        here = existing[:, None] & existing[None, :]
        return Views(self._fill_leans(lean, existing, year), closeness(np.where(here, alike, np.nan)))

    def _agreement(self, year: int) -> Float[np.ndarray, "N N"]:
        """Share of votes alike over the last sessions known; NaN where too few, 1 with oneself."""
        year = min(year, int(self.votes.year.max()))
        rows = self.votes[(self.votes.year > year - VOTE_YEARS) & (self.votes.year <= year)]
        place = {code: i for i, code in enumerate(self.codes)}
        rows = rows[rows.a.isin(place) & rows.b.isin(place)]
        at = rows.a.map(place).to_numpy(), rows.b.map(place).to_numpy()
        alike, n = np.zeros((2, len(place), len(place)))
        np.add.at(n, at, rows.n.to_numpy())
        np.add.at(alike, at, (rows.n * rows.agree).to_numpy())
        alike, n = alike + alike.T, n + n.T
        share = np.where(n >= FEWEST_VOTES, alike / np.maximum(n, 1), np.nan)
        np.fill_diagonal(share, 1.0)
        return share

    def _fill_leans(
        self, lean: Float[np.ndarray, "N"], existing: Bool[np.ndarray, "N"], year: int
    ) -> Float[np.ndarray, "N"]:
        """The leans; a state that has not voted is taken to lean as those it must defend, its region or the world."""
        known = pd.Series(np.where(existing, lean, np.nan), index=list(self.codes))
        now = self.pacts[self.pacts.year == min(year, self.pacts.year.max())]
        by_allies = now.target.map(known).astype(float).groupby(now.sender).mean().reindex(known.index)
        by_region = known.groupby(list(self.region)).transform("mean")
        rest = known.median() if known.notna().any() else 0.0
        return known.fillna(by_allies).fillna(by_region).fillna(rest).to_numpy()


@dataclass(frozen=True)
class Views:
    """What the votes say in one year.

    Attributes
    ----------
    lean
        Share of votes alike with the northern Korea's patron less that with the southern's, in [-1, 1].
    closeness
        Who votes more like whom than the two vote like others; |rows| sum to 1.
    """

    lean: Float[np.ndarray, "N"]
    closeness: Float[np.ndarray, "N N"]


def closeness(alike: Float[np.ndarray, "N N"]) -> Float[np.ndarray, "N N"]:
    """Agreement beyond what both states' general agreement explains, each row scaled to Σ|·| = 1."""
    known = np.isfinite(alike) & ~np.eye(alike.shape[0], dtype=bool)
    sums, counts = np.where(known, alike, 0.0).sum(1), known.sum(1)
    row = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
    mean = sums.sum() / max(counts.sum(), 1)
    beyond = np.where(known, alike - row[:, None] - row[None, :] + mean, 0.0)
    np.fill_diagonal(beyond, 0.0)
    return beyond / np.maximum(np.abs(beyond).sum(1, keepdims=True), 1e-9)


def read_records(data: Path) -> Records:
    """Read ties, statehood and votes, and lay them out by year and state.

    Raises
    ------
    InputError
        Naming the file that is absent or wrong.
    """
    ties, statehood, votes = read_korea_ties(data), read_statehood(data), read_agreement(data)
    alliances = read_alliances(data)
    pacts = alliances.loc[alliances.defense == 1, ["sender", "target", "year"]]
    years = np.arange(ties.year.min(), ties.year.max() + 1)
    codes = [c for c in sorted(ties.code.unique()) if statehood.spans.get(c)]
    if absent := [patron for patron in PATRONS if patron not in codes]:
        raise complain(f"{absent[0]} is absent", file=data / KOREA_FILE, key="iso3c")
    exists = np.array([[statehood.exists(code, int(year)) for code in codes] for year in years])
    tie = _lay_out(ties, codes, years, exists, data / KOREA_FILE)
    return Records(int(years[0]), codes, tie, exists, regions(codes), votes, pacts)


def _lay_out(
    ties: pd.DataFrame, codes: Sequence[str], years: np.ndarray, exists: Bool[np.ndarray, "Y N"], file: Path
) -> Int[np.ndarray, "Y N 2"]:
    """Ties by year, state and Korea; 0 where a state that is not in being has no row."""
    by_rival = (ties.pivot_table(index="year", columns="code", values=rival) for rival in RIVALS)
    tie = np.stack(
        [wide.reindex(index=years, columns=list(codes)).to_numpy(float) for wide in by_rival], axis=2
    )
    lacking = np.argwhere(np.isnan(tie).any(axis=2) & exists)
    if lacking.size:
        rows = [
            f"{codes[i]} has no row in {years[t]}, when it was a state" for t, i in lacking[:MAX_PROBLEMS]
        ]
        raise InputError([Problem(row, file, key="iso3c") for row in rows])
    return np.nan_to_num(tie).astype(np.int64)
