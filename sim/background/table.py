"""The shipped table of levels: for every year, small whole numbers for each pair of states, and where they come from.

`levels.npz` holds one member a year for each of `PARTS`, such as ``1950/votes`` (pairs i < j of what is the same both
ways, else a square), for the spread (``1950/sd``) and for the places of the year's states among all codes
(``1950/states``). A unit is `STEP` of θ, of the spread `SD_STEP`; `MISSING` says that the record lacks the pair.
`levels.json` says what was fitted, on which files, by which command, and how well it forecasts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import complain
from sim.shapes import Bool, Float

TABLE_FILE = Path(__file__).with_name("levels.npz")
STEP, SD_STEP = 1 / 40, 1 / 16
MISSING = -128
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
    """

    states: np.ndarray
    parts: Float[np.ndarray, "G N N"]
    sd: Float[np.ndarray, "N N"]


def write_table(
    file: Path, codes: Iterable[str], years: Mapping[int, Year], about: Mapping[str, Any]
) -> None:
    """Write the levels and, beside them, what they are; the same input gives the same bytes."""
    members: dict[str, np.ndarray] = {
        "codes": np.array(list(codes)),
        "years": np.array(sorted(years), np.int16),
    }
    for year in sorted(years):
        members |= {f"{year}/{name}": part for name, part in _packed(years[year]).items()}
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
            members = {name: table[f"{year}/{name}"] for name in ("states", "sd", *PARTS)}
            return tuple(table["codes"].tolist()), year, _unpacked(members)
    except (OSError, ValueError, KeyError) as error:
        raise complain(f"not a table of levels: {error}", file=file) from error


def _packed(year: Year) -> dict[str, np.ndarray]:
    units = np.where(np.isnan(year.parts), MISSING, np.clip(np.round(year.parts / STEP), -127, 127)).astype(
        np.int8
    )
    first, second = np.triu_indices(len(year.states), 1)
    return {
        "states": year.states.astype(np.uint8),
        "sd": np.clip(np.round(year.sd / SD_STEP), 0, 255).astype(np.uint8),
        **{
            name: part[first, second] if name in MUTUAL else part
            for name, part in zip(PARTS, units, strict=True)
        },
    }


def _unpacked(members: Mapping[str, np.ndarray]) -> Year:
    n = len(members["states"])
    units = np.zeros((len(PARTS), n, n), np.int8)
    first, second = np.triu_indices(n, 1)
    for unit, name in zip(units, PARTS, strict=True):
        if name in MUTUAL:
            unit[first, second] = unit[second, first] = members[name]
        else:
            unit[:] = members[name]
    return Year(members["states"], np.where(units == MISSING, np.nan, units * STEP), members["sd"] * SD_STEP)


def is_spoken(parts: Float[np.ndarray, "G N N"]) -> Bool[np.ndarray, "G N N"]:
    """Whether each record says something of the pair: votes wherever there are any, the others where they add to it."""
    spoken = np.nan_to_num(parts) != 0
    spoken[0] = ~np.isnan(parts[0])
    return spoken
