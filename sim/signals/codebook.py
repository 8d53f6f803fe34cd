"""Load the codebook: what each type of act means, and how much each way of doing it says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from sim.errors import InputError, Problem, complain, suggest
from sim.signals.rows import Row, parse_rows, read_bytes, shown
from sim.sources import PACKAGE

# Multipliers of an item's discrimination λ [prior]; what is left blank counts 1.
LEVEL: Mapping[str, float] = MappingProxyType(
    {
        "head": 1.5,
        "foreign_minister": 1.2,
        "ministry": 1.0,
        "deputy": 1.0,
        "party_organ": 0.8,
        "unsigned": 0.6,
    }
)
PROMINENCE: Mapping[str, float] = MappingProxyType({"front": 1.3, "page_two": 1.0, "inner": 0.8})
AUDIENCE: Mapping[str, float] = MappingProxyType({"public": 1.2, "private": 0.7})
CERTAINTY: Mapping[str, float] = MappingProxyType(
    {"reported": 1.0, "alleged": 0.5, "claimed": 0.5, "denied": 0.1, "analyst_interpretation": 0.25}
)
REPLY = 0.7
REPLY_DAYS = 14
FIRST_OF_KIND = 0.5  # added to the difficulty of a first-ever warm act, taken from that of a cold one [θ]
MODIFIER_LOG_SD = 0.25  # spread of each multiplier's logarithm over draws of the weights

FAMILIES = ("gesture", "denial", "recognition")
TYPE_COLUMNS = (
    "id", "family", "meaning", "cameo", "plover", "warmth", "warmth_sd", "difficulty", "discrimination",
    "publicity", "cost", "half_life_days", "tie_effect", "choosable", "source",
)  # fmt: skip
KIND_COLUMNS = ("id", "meaning", "level", "sd", "tie", "source")
_TIE_EFFECT = re.compile(r"([0-3])(?:\.\.([0-3]))?>([0-3=])")
_SMALLEST, _LARGEST = 1e-6, 1e3  # of numbers on the θ scale, so that none over- or underflows


@dataclass(frozen=True)
class TieEffect:
    """Which formal ties an act needs, and the tie it leaves behind.

    Parameters
    ----------
    lowest, highest
        Feasible only while the tie lies in this range (0 none, 1 recognised, 2 relations, 3 embassy).
    to
        The tie afterwards; `None` where it stays as it is.
    """

    lowest: int
    highest: int
    to: int | None


@dataclass(frozen=True)
class ActType:
    """One type of act: what it does to those who see it and what it says about its sender.

    Parameters
    ----------
    id, family, meaning, cameo, plover, source
        Name, gesture/denial/recognition, plain words, codes in those two event schemes, where from.
    warmth, warmth_sd
        μ and its uncertainty, on the θ scale.
    difficulty, discrimination
        b and λ: P(done | θ) = logistic(sgn μ · λ · modifiers · (θ − b)).
    publicity, cost, half_life_days
        p in [0, 1]; utility units; days until half of the memory of it is gone.
    tie_effect, choosable
        Effect on the formal tie, and whether a simulated state may choose the type by itself.
    """

    id: str
    family: str
    meaning: str
    cameo: str
    plover: str
    warmth: float
    warmth_sd: float
    difficulty: float
    discrimination: float
    publicity: float
    cost: float
    half_life_days: float
    tie_effect: TieEffect | None
    choosable: bool
    source: str

    @property
    def is_warm(self) -> bool:
        """Whether the type is friendly (μ > 0)."""
        return self.warmth > 0


@dataclass(frozen=True)
class StandingKind:
    """One kind of long-standing fact, read as a noisy observation of a dyad's long-run level.

    Parameters
    ----------
    level, sd
        The level m it speaks of and how loosely, on the θ scale: level ~ Normal(m, sd²).
    tie
        The formal tie it states (0 none to 3 embassy), or `None` where it states none.
    """

    id: str
    meaning: str
    level: float
    sd: float
    tie: int | None
    source: str


@dataclass(frozen=True)
class Codebook:
    """The act types and the kinds of standing facts, in file order."""

    types: tuple[ActType, ...]
    kinds: tuple[StandingKind, ...]

    @cached_property
    def type_ids(self) -> tuple[str, ...]:
        """The ids of the act types, in file order."""
        return tuple(act_type.id for act_type in self.types)

    @cached_property
    def kind_ids(self) -> tuple[str, ...]:
        """The ids of the kinds of standing facts, in file order."""
        return tuple(kind.id for kind in self.kinds)

    def index(self, type_id: str) -> int:
        """Return the position of an act type in `types`; `InputError` where there is no such type."""
        return _position(type_id, self.type_ids, "an act type of the codebook")

    def kind_index(self, kind_id: str) -> int:
        """Return the position of a kind in `kinds`; `InputError` where there is no such kind."""
        return _position(kind_id, self.kind_ids, "a kind of standing fact")


def _position(name: str, names: tuple[str, ...], what: str) -> int:
    if name not in names:
        raise complain(f"{shown(name)} is not {what}{suggest(name, names)}")
    return names.index(name)


def strength(
    level: str | None = None,
    prominence: str | None = None,
    audience: str | None = None,
    is_reply: bool = False,
) -> float:
    """How much more, or less, an act says because of who did it, where it was printed and for whom.

        strength = LEVEL · PROMINENCE · AUDIENCE · (REPLY if it answers in kind)      [-]

    Raises
    ------
    InputError
        Where a modifier is none of its table's.
    """
    product = REPLY if is_reply else 1.0
    for what, value, table in (
        ("level", level, LEVEL),
        ("prominence", prominence, PROMINENCE),
        ("audience", audience, AUDIENCE),
    ):
        if value is not None and value not in table:
            raise complain(f"{shown(value)} is not a {what}{suggest(value, table)}", key=what)
        product *= table[value] if value is not None else 1.0
    return product


def parse_tie_effect(text: str) -> TieEffect | None:
    """Read a tie effect: ``0..1>2`` needs 0 or 1 and leaves 2; ``3>2``; ``2..3>=`` changes nothing.

    Raises
    ------
    ValueError
        Where the text has another form or its range is upside down.
    """
    if not text:
        return None
    match = _TIE_EFFECT.fullmatch(text)
    if match is None:
        raise ValueError(text)
    lowest, highest = int(match[1]), int(match[2] or match[1])
    if lowest > highest:
        raise ValueError(text)
    return TieEffect(lowest, highest, None if match[3] == "=" else int(match[3]))


def load_codebook(folder: Path) -> Codebook:
    """Load ``codebook.csv`` (act types) and ``kinds.csv`` (kinds of standing facts) of a folder.

    Raises
    ------
    InputError
        With every problem of both files.
    """
    contents: dict[str, bytes] = {}
    problems: list[Problem] = []
    for name in ("codebook.csv", "kinds.csv"):
        try:
            contents[name] = read_bytes(folder / name)
        except InputError as error:
            problems.extend(error.problems)
    codebook = parse_codebook(contents, folder, problems)
    if problems:
        raise InputError(problems)
    return codebook


def shipped_codebook() -> Codebook:
    """Load the codebook that came with the package: in a wheel a copy inside it, in a clone `seeds` beside it."""
    own = PACKAGE / "seeds"
    return load_codebook(own if own.is_dir() else PACKAGE.parent / "seeds")


def parse_codebook(contents: Mapping[str, bytes], folder: Path, problems: list[Problem]) -> Codebook:
    """Parse both files from their bytes, adding to `problems`; a file not in `contents` counts as empty."""
    types: dict[str, ActType] = {}
    kinds: dict[str, StandingKind] = {}
    if "codebook.csv" in contents:
        file = folder / "codebook.csv"
        for row in parse_rows(contents["codebook.csv"], file, TYPE_COLUMNS, problems):
            act_type = _act_type(row)
            note_duplicate(row, "id", types)
            types.setdefault(act_type.id, act_type)
    if "kinds.csv" in contents:
        for row in parse_rows(contents["kinds.csv"], folder / "kinds.csv", KIND_COLUMNS, problems):
            kind = _standing_kind(row)
            note_duplicate(row, "id", kinds)
            kinds.setdefault(kind.id, kind)
    return Codebook(tuple(types.values()), tuple(kinds.values()))


def note_duplicate(row: Row, column: str, seen: Mapping[str, object]) -> None:
    """Add a problem where a row's key was already used by an earlier row."""
    if row.cells[column] and row.cells[column] in seen:
        row.wrong(column, f"{shown(row.cells[column])} appears twice; every {column} must be unique")


def _act_type(row: Row) -> ActType:
    family = row.choice("family", FAMILIES, "a family")
    warmth = row.number("warmth", -_LARGEST, _LARGEST)
    expected = {"gesture": 1, "denial": -1}.get(family)
    if abs(warmth) < _SMALLEST or (expected is not None and warmth * expected < 0):
        row.wrong("warmth", "a gesture must be above 0, a denial below 0, and nothing may be 0")
    return ActType(
        id=row.text("id"),
        family=family,
        meaning=row.text("meaning"),
        cameo=row.cells["cameo"],
        plover=row.cells["plover"],
        warmth=warmth,
        warmth_sd=row.number("warmth_sd", 0, _LARGEST),
        difficulty=row.number("difficulty", -_LARGEST, _LARGEST),
        discrimination=row.number("discrimination", _SMALLEST, _LARGEST),
        publicity=row.number("publicity", low=0, high=1),
        cost=row.number("cost", 0, _LARGEST),
        half_life_days=row.number("half_life_days", _SMALLEST, 1e6),
        tie_effect=_tie_effect(row),
        choosable=row.flag("choosable"),
        source=row.text("source"),
    )


def _tie_effect(row: Row) -> TieEffect | None:
    text = row.cells["tie_effect"]
    try:
        return parse_tie_effect(text)
    except ValueError:
        row.wrong("tie_effect", f"{shown(text)} is not a tie effect such as 0..1>2, 3>2 or 2..3>=")
        return None


def _standing_kind(row: Row) -> StandingKind:
    tie = row.optional_choice("tie", ("0", "1", "2", "3"), "a tie")
    return StandingKind(
        id=row.text("id"),
        meaning=row.text("meaning"),
        level=row.number("level", -_LARGEST, _LARGEST),
        sd=row.number("sd", _SMALLEST, _LARGEST),
        tie=int(tie) if tie in ("0", "1", "2", "3") else None,
        source=row.text("source"),
    )
