"""Names and Correlates of War numbers to the codes of states, and which state existed when."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import country_converter as coco
import pandas as pd

from sim.errors import InputError, Problem, suggest
from sim.history.frames import MAX_PROBLEMS, Column, read_frame

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

FORMER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "YMD": r"(?=.*\byemen\b)(?=.*\b(dem(ocratic|\.)|people'?s|south(ern)?|aden|p\.?d\.?r\.?)(?!\w)).*"
        r"|p\.?d\.?r\.?y\.?",
        "DDR": r"german democratic rep(ublic|\.)|east(ern)? germany|germany\W+(east(ern)?|democratic.*|dr)\W*"
        r"|g\.?d\.?r\.?",
        "DEU": r"german federal rep(ublic|\.)|west(ern)? germany|germany\W+(west(ern)?|federal.*|fr)\W*",
        "RVN": r"republic of viet ?nam|south viet ?nam|viet ?nam\W+(south|republic of)\W*",
        "VNM": r"democratic republic of viet ?nam|north viet ?nam|viet ?nam\W+(north|(democratic|socialist).*)",
        "EAZ": r"zanzibar",
        "TZA": r"tanganyika",
        "SRB": r"(?!.*macedonia)(.*\b)?yugoslavia\b.*|serbia and montenegro|yug|scg",
        "RUS": r"soviet union|u\.?s\.?s\.?r\.?|union of soviet socialist republics|sun",
        "CZE": r"csk",
        "EGY": r"united arab republic",
    }
)
"""Names, small and whole, of states that ended or were renamed, where the library gives them to another or to none.

By the rule of `OWN_COW`: who ended stays apart, who went on under another name has that name's code. So a
withdrawn ISO code of the second kind (SUN, CSK, YUG, SCG) is read as a name."""

ALIASES_FILE = Path("aliases.csv")


@cache
def _library() -> Any:
    """The library's table and matcher.

    Its own reading of its table takes Namibia's code NA for a blank under recent pandas; so it is read here.
    """
    logging.getLogger("country_converter").setLevel(logging.CRITICAL)  # what is not found is said below
    file = Path(coco.__file__).with_name("country_data.tsv")
    table = pd.read_csv(file, sep="\t", dtype=str, keep_default_na=False).astype(object)
    return coco.CountryConverter(country_data=table.where(table != "", None))


def read_aliases(data: Path) -> dict[str, str]:
    """Read which code a name shall have where none or a wrong one is known: columns name and code.

    The file ``aliases.csv`` of the folder need not be there.

    Raises
    ------
    InputError
        Naming file, line and column of what is wrong.
    """
    file = data / ALIASES_FILE
    if not file.exists():
        return {}
    table = read_frame(file, {"name": Column(), "code": Column(pattern="[A-Z]{3}")}, key=("name",))
    unknown = [row for row, code in enumerate(table.code) if not is_iso3(code)][:20]
    if unknown:
        reason = "is not a code of a state"
        raise InputError([Problem(f"{table.code[r]!r} {reason}", file, r + 2, "code") for r in unknown])
    return {_plain(name): code for name, code in zip(table.name, table.code, strict=True)}


def iso3_of_columns(
    table: pd.DataFrame, columns: Iterable[str], file: Path, aliases: Mapping[str, str]
) -> dict[str, str]:
    """Give the code of every state that some columns of a table name in English, or by its code.

    Raises
    ------
    InputError
        For each name that no state bears: the first line it stands on, its column, the nearest name.
    """
    codes: dict[str, str] = {}
    problems: list[Problem] = []
    first_line = 1 if file.suffix == ".parquet" else 2
    for column in columns:
        names = table[column].drop_duplicates()
        matches = iso3_of_names(names, aliases)
        for row, name in names.items():
            if name not in matches and name not in codes and len(problems) < MAX_PROBLEMS:
                problems.append(Problem(_unknown(name), file, int(str(row)) + first_line, column))
                codes[name] = ""
        codes |= matches
    if problems:
        raise InputError(problems)
    return codes


def iso3_of_names(names: Iterable[str], aliases: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """Give the codes of those names that some state bears; a code may be written in small letters.

    Parameters
    ----------
    names
        English names or ISO 3166 codes of three letters.
    aliases
        Codes by name, as `read_aliases` gives them; they come first.
    """
    unique = sorted(set(names))
    library = _library().convert([*unique, "Chile", "Peru"], src="regex", to="ISO3", not_found=None)
    matches = {name: _code(name, aliases, known) for name, known in zip(unique, library, strict=False)}
    return {name: code for name, code in matches.items() if code is not None}


def _code(name: str, aliases: Mapping[str, str], known: object) -> str | None:
    """The code of one name, of which the library knows a code, several, or none (and gives back the name)."""
    small = _plain(name)
    if small in aliases:
        return aliases[small]
    for code, pattern in FORMER_NAMES.items():
        if re.fullmatch(pattern, small):
            return code
    if is_iso3(code := name.strip().upper()):
        return code  # before the library, to which "prk" is the People's Republic of Kampuchea
    return known if isinstance(known, str) and known != name and is_iso3(known) else None


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("’", "'").split())


def _unknown(name: str) -> str:
    known = _library().data["name_short"].dropna()
    way = f"give it a code in {ALIASES_FILE} of the data's folder, columns name,code"
    return f"no state is called {name[:60]!r}; {way}{suggest(name, [*known, *_codes()])}"


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


def refuse_unknown_codes(table: pd.DataFrame, columns: Iterable[str], file: Path) -> None:
    """Refuse a table in which three letters stand for no state.

    Raises
    ------
    InputError
        Naming line and column of the first cell with each such code.
    """
    first_line = 1 if file.suffix == ".parquet" else 2
    problems = [
        Problem(f"{code!r} is not a code of a state", file, int(str(row)) + first_line, column)
        for column in columns
        for row, code in table[column].drop_duplicates().items()
        if not is_iso3(code)
    ]
    if problems:
        raise InputError(problems[:MAX_PROBLEMS])


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
