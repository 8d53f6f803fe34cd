"""Relations of all pairs of states over time, and what is known of each pair at the time of a forecast."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.history.countries import Statehood, read_statehood, regions
from sim.history.dyads import read_alliances, read_signed
from sim.history.states import read_capability
from sim.shapes import Bool, Float, Int
from sim.studies.alliances.pledges import Pledges
from sim.studies.un_votes.alignment import Assembly, read_assembly, split_general

VOTES_DECAY = 0.7
SMALLEST_SHARE = 1e-5  # of the world's capability
Matrix = Float[np.ndarray, "N N"]


@dataclass(frozen=True)
class Panel:
    """Relations of N states over T windows.

    Attributes
    ----------
    codes
        The states.
    first, last
        First and last year of each window.
    sign
        −1, 0 or 1 for every pair, symmetric.
    exists
        Whether a state was in being in the last year of the window.
    """

    codes: list[str]
    first: Int[np.ndarray, "T"]
    last: Int[np.ndarray, "T"]
    sign: Int[np.ndarray, "T N N"]
    exists: Bool[np.ndarray, "T N"]

    def pairs(self, t: int) -> tuple[np.ndarray, np.ndarray]:
        """Pairs of states in being in a window, each once."""
        first, second = np.triu_indices(len(self.codes), 1)
        both = self.exists[t, first] & self.exists[t, second]
        return first[both], second[both]


@dataclass(frozen=True)
class Surroundings:
    """What else is known of the states, year by year: votes, pledges, capability, region."""

    region: list[str]
    assembly: Assembly
    pledges: Pledges
    capability: dict[int, Float[np.ndarray, "N"]]
    codes: list[str]

    def votes_alike(self, year: int) -> Matrix:
        """Agreement in the General Assembly beyond what both states' general agreement explains; 0 where unknown."""
        assembly = self.assembly
        if year < assembly.first_year:
            return np.zeros((len(self.codes),) * 2)
        level = assembly.level(min(year, assembly.last_year), VOTES_DECAY)
        beyond = split_general(assembly.square(level, np.nan))[1]
        place = {code: i for i, code in enumerate(assembly.codes)}
        held = np.array([place.get(code, -1) for code in self.codes])
        known = (held >= 0)[:, None] & (held >= 0)[None, :]
        return np.where(known, beyond[np.ix_(held, held)], 0.0)

    def log_capability(self, year: int) -> Float[np.ndarray, "N"]:
        """Log share of the world's capability, in the last year known."""
        known = max((y for y in self.capability if y <= year), default=min(self.capability))
        return np.log(self.capability[known] + SMALLEST_SHARE)


def read_surroundings(data: Path, codes: list[str]) -> Surroundings:
    """Read votes, pledges and capability of some states."""
    place = {code: i for i, code in enumerate(codes)}
    alliances = read_alliances(data)
    alliances = alliances[alliances.sender.isin(place) & alliances.target.isin(place)]
    places = {side: alliances[side].map(place) for side in ("sender", "target")}
    table = read_capability(data)
    table = table[table.code.isin(place)]
    capability = {
        int(rows.year.iloc[0]): np.bincount(rows.code.map(place), rows.cinc, len(codes))
        for _, rows in table.groupby("year")
    }
    pledges = Pledges(alliances.assign(**places), len(codes))
    return Surroundings(regions(codes), read_assembly(data), pledges, capability, codes)


def read_signed_panel(data: Path) -> Panel:
    """Signed relations by window, among all states of the system.

    Which states there are is not taken from the relations, for a state that has some later would give itself away.
    """
    table, statehood = read_signed(data), read_statehood(data)
    windows = table[["window_start", "window_end"]].drop_duplicates().sort_values("window_start").to_numpy()
    codes = _in_being(statehood, windows[:, 1])
    place = {code: i for i, code in enumerate(codes)}
    table = table[table.a.isin(place) & table.b.isin(place)]
    row = np.searchsorted(windows[:, 0], table.window_start)
    sign = np.zeros((len(windows), len(codes), len(codes)), np.int64)
    a, b = table.a.map(place).to_numpy(), table.b.map(place).to_numpy()
    sign[row, a, b] = sign[row, b, a] = table.sign
    exists = np.array([[statehood.exists(code, int(last)) for code in codes] for last in windows[:, 1]])
    return Panel(codes, windows[:, 0], windows[:, 1], sign, exists)


def _in_being(statehood: Statehood, years: Iterable[int]) -> list[str]:
    """States in being in any of the years."""
    return sorted(c for c in statehood.spans if any(statehood.exists(c, int(y)) for y in years))


def read_defence_panel(data: Path, since: int) -> Panel:
    """Defence pacts by year (1, else 0), among all states of the system."""
    statehood, table = read_statehood(data), read_alliances(data)
    years = np.arange(since, int(table.year.max()) + 1)
    codes = _in_being(statehood, years)
    place = {code: i for i, code in enumerate(codes)}
    table = table[(table.year >= since) & (table.defense == 1)]
    table = table[table.sender.isin(place) & table.target.isin(place)]
    sign = np.zeros((len(years), len(codes), len(codes)), np.int64)
    a, b = table.sender.map(place).to_numpy(), table.target.map(place).to_numpy()
    row = table.year.to_numpy() - since
    sign[row, a, b] = sign[row, b, a] = 1
    exists = np.array([[statehood.exists(code, int(year)) for code in codes] for year in years])
    return Panel(codes, years, years, sign, exists)
