"""The shipped table of levels: for every year, small whole numbers for each pair of states, and where they come from.

`levels.npz` has for each year a member for each of `PARTS`, such as ``1950/votes`` (pairs i < j of what is the same
both ways, else a square), the spread (``1950/sd``), rungs of formal ties (``1950/ties``, pairs i < j) and the places of
the year's states among all codes (``1950/states``). A unit is `STEP` of θ, of the spread `SD_STEP`; `MISSING` says that
the record lacks the pair. The first year and every `KEY`-th after it stand by themselves, the others are differences
from the year before. `levels.json` says what was fitted, on which files, by which command, and how well it forecasts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import complain
from sim.shapes import Bool, Float, Int

TABLE_FILE = Path(__file__).with_name("levels.npz")
STEP, SD_STEP = 1 / 40, 1 / 16
KEY = 4  # years from one that stands by itself to the next
MISSING = -128
UNTOLD, NO_TIE, RELATIONS = -1, 0, 2  # rungs as in the law, which has recognition at 1 and an embassy at 3
MUTUAL, DIRECTED = ("votes", "pacts", "rivalry", "blocs"), ("disputes", "events")
PARTS = (*MUTUAL, *DIRECTED)
"""Public records that a level is the sum of; those that are the same in both directions first."""


@dataclass(frozen=True)
class Year:
    """Levels of all pairs of the states of one year.

    Attributes
    ----------
    states
        Places among the table's codes.
    parts
        θ that each of `PARTS` adds, by sender and target; NaN where the record lacks the pair.
    sd
        Spread of the level, θ.
    ties
        Rung of the formal ladder, the same in both directions; `UNTOLD` where public data do not tell it.
    """

    states: np.ndarray
    parts: Float[np.ndarray, "G N N"]
    sd: Float[np.ndarray, "N N"]
    ties: Int[np.ndarray, "N N"]


def write_table(
    file: Path, codes: Iterable[str], years: Mapping[int, Year], about: Mapping[str, Any]
) -> None:
    """Write the levels and, beside them, what they are; the same input gives the same bytes."""
    names, when = np.array(list(codes)), np.array(sorted(years), np.int16)
    members: dict[str, np.ndarray] = {"codes": names, "years": when}
    before: dict[str, np.ndarray] = {}
    for year in map(int, when):
        now = _packed(years[year], names.size)
        for name, part in now.items():
            members[f"{year}/{name}"] = part if year in _keys(when) else part - before[name]
        members[f"{year}/states"] = years[year].states.astype(np.uint8)
        before = now
    with file.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **members)
    file.with_suffix(".json").write_text(
        json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def read_year(file: Path, year: int) -> tuple[tuple[str, ...], int, Year]:
    """Read one year, or the nearest that the table has: all codes, the year, its levels.

    Raises
    ------
    InputError
        Naming the file, where it is no such table.
    """
    try:
        with np.load(file, allow_pickle=False) as table:
            years = table["years"]
            year = int(np.clip(year, years[0], years[-1]))
            first = max(key for key in _keys(years) if key <= year)
            units = {name: _summed(table, name, first, year) for name in ("sd", "ties", *PARTS)}
            return tuple(table["codes"].tolist()), year, _unpacked(units, table[f"{year}/states"])
    except (OSError, ValueError, KeyError) as error:
        raise complain(f"not a table of levels: {error}", file=file) from error


def _keys(years: np.ndarray) -> list[int]:
    """Years whose numbers stand by themselves."""
    return [int(year) for year in years[::KEY]]


def _summed(table: Mapping[str, np.ndarray], name: str, first: int, year: int) -> np.ndarray:
    """Numbers of a year from those of a key year and the differences since; small whole numbers wrap around."""
    units = table[f"{first}/{name}"]
    for later in range(first + 1, year + 1):
        units = units + table[f"{later}/{name}"]
    return units


def _packed(year: Year, n: int) -> dict[str, np.ndarray]:
    """Whole numbers of all pairs of codes, 0 for those that are not in being."""
    first, second = np.triu_indices(n, 1)
    units = np.zeros((len(PARTS), n, n), np.int8)
    sd, ties = np.zeros((n, n), np.int8), np.full((n, n), UNTOLD, np.int8)
    box = np.ix_(year.states, year.states)
    rounded = np.clip(np.round(year.parts / STEP), -127, 127)
    units[(slice(None), *box)] = np.where(np.isnan(year.parts), MISSING, rounded)
    sd[box], ties[box] = np.clip(np.round(year.sd / SD_STEP), 0, 127), year.ties
    parts = zip(PARTS, units, strict=True)
    levels = {name: part[first, second] if name in MUTUAL else part for name, part in parts}
    return {"sd": sd, "ties": ties[first, second], **levels}


def _unpacked(units: Mapping[str, np.ndarray], states: np.ndarray) -> Year:
    n = len(units["sd"])
    first, second = np.triu_indices(n, 1)
    square = np.full((1 + len(PARTS), n, n), UNTOLD, np.int8)
    for part, name in zip(square, ("ties", *PARTS), strict=True):
        if name in (*MUTUAL, "ties"):
            part[first, second] = part[second, first] = units[name]
        else:
            part[:] = units[name]
    here = square[:, states[:, None], states[None, :]]
    here[1:, np.arange(states.size), np.arange(states.size)] = 0
    parts = np.where(here[1:] == MISSING, np.nan, here[1:] * STEP)
    return Year(states, parts, units["sd"][np.ix_(states, states)] * SD_STEP, here[0])


def is_spoken(parts: Float[np.ndarray, "G N N"]) -> Bool[np.ndarray, "G N N"]:
    """Whether each record says something of the pair: votes wherever there are any, the others where they add to it."""
    spoken = np.nan_to_num(parts) != 0
    spoken[0] = ~np.isnan(parts[0])
    return spoken
