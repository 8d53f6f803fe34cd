"""Names and Correlates of War numbers to the codes of states, and which state existed when."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import country_converter as coco
import pandas as pd

from sim.errors import complain
from sim.history.frames import Column, read_frame

STATES_FILE = Path("states_capability", "states.csv")

OWN_COW: Mapping[int, str] = MappingProxyType(
    {
        255: "DEU", 260: "DEU", 265: "DDR", 316: "CZE", 345: "SRB", 511: "EAZ", 678: "YEM", 679: "YEM",
        680: "YMD", 730: "KOR", 816: "VNM", 817: "RVN", 946: "KIR", 947: "TUV", 955: "TON", 970: "NRU",
    }
)  # fmt: skip
"""COW numbers where the library, which follows Gleditsch and Ward, has none or another state's.

A state keeps its successor's code where the seat went on (Czechoslovakia CZE, Yugoslavia SRB, the Federal
Republic DEU, North Yemen YEM); those that ended stay apart: DDR, YMD, EAZ by their withdrawn ISO codes, and
RVN, a code of our own, for the southern Republic of Vietnam."""

OWN_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "German Democratic Republic": "DDR",
        "German Federal Republic": "DEU",
        "Yugoslavia": "SRB",
        "Yemen People's Republic": "YMD",
        "Republic of Vietnam": "RVN",
        "Zanzibar": "EAZ",
    }
)  # former states' names that the library does not know or gives to their successor


@cache
def _library() -> Any:
    """The library's table and matcher.

    Its own reading of its table takes Namibia's code NA for a blank under recent pandas; so it is read here.
    """
    logging.getLogger("country_converter").setLevel(logging.CRITICAL)  # what is not found is said below
    file = Path(coco.__file__).with_name("country_data.tsv")
    table = pd.read_csv(file, sep="\t", dtype=str, keep_default_na=False).astype(object)
    return coco.CountryConverter(country_data=table.where(table != "", None))


def iso3_of_names(names: Iterable[str], file: Path | None = None) -> dict[str, str]:
    """Give the code of each state by its English name.

    Raises
    ------
    InputError
        Naming those that no state bears.
    """
    unique = sorted(set(names))
    found = _library().convert([*unique, "Chile"], to="ISO3", not_found=None)[:-1]  # one alone comes bare
    codes = {n: OWN_NAMES.get(n, code) for n, code in zip(unique, found, strict=True)}
    unknown = [name for name, code in codes.items() if not (isinstance(code, str) and len(code) == 3)]
    if unknown:
        raise complain(f"no state is called {', '.join(map(repr, unknown[:10]))}", file=file)
    return codes


@cache
def iso3_of_cow() -> Mapping[int, str]:
    """Codes of states by their Correlates of War number; states that ended before 1914 have none."""
    table = _library().data[["GWcode", "ISO3"]].dropna()
    known = {int(number): str(code) for number, code in zip(table.GWcode, table.ISO3, strict=True)}
    return MappingProxyType({**known, **OWN_COW})


def regions(codes: Iterable[str]) -> list[str]:
    """World region of each code, as the United Nations' statisticians draw them; '' where none is known.

    States that ended lie where their successor does.
    """
    table = _library().data.drop_duplicates("ISO3").set_index("ISO3")["UNregion"].fillna("")
    heirs = {"DDR": "DEU", "YMD": "YEM", "EAZ": "TZA", "RVN": "VNM"}
    return [str(table.get(heirs.get(code, code), "")) for code in codes]


def is_iso3(code: str) -> bool:
    """Whether the library knows the three letters as a state's or a territory's."""
    return code in _codes()


@cache
def _codes() -> frozenset[str]:
    return frozenset(_library().data.ISO3.dropna()) | set(OWN_COW.values())


@dataclass(frozen=True)
class Statehood:
    """The years in which each state was a member of the international system.

    Attributes
    ----------
    spans
        By code, first and last year of each membership; a membership that lasts to the end of the
        table's coverage has no last year.
    """

    spans: Mapping[str, tuple[tuple[int, float], ...]]

    def exists(self, code: str, year: int) -> bool:
        """Whether the state existed at some time of the year."""
        return any(first <= year <= last for first, last in self.spans.get(code, ()))


def read_statehood(data: Path) -> Statehood:
    """Read which states existed when from the list of the state system's members.

    Raises
    ------
    InputError
        Naming file, line and column of what is wrong.
    """
    year = Column("whole", 1800, 2200)
    columns = {"ccode": Column("whole", 1, 999), "statenme": Column(), "styear": year, "endyear": year}
    table = read_frame(data / STATES_FILE, columns, key=("ccode", "styear"))
    codes = iso3_of_cow()
    spans: dict[str, tuple[tuple[int, float], ...]] = {}
    end_of_coverage = int(table.endyear.max())
    for number, first, last in zip(*(table[c].tolist() for c in ("ccode", "styear", "endyear")), strict=True):
        if number in codes:
            span = (first, float("inf") if last == end_of_coverage else last)
            spans[codes[number]] = (*spans.get(codes[number], ()), span)
    return Statehood(MappingProxyType(spans))


@cache
def continents() -> Mapping[str, str]:
    """Continent of each state by its code, as the library has it."""
    table = _library().data[["ISO3", "continent"]].dropna()
    return MappingProxyType(dict(zip(table.ISO3, table.continent, strict=True)))
