"""Load the evidence from a folder of CSV files; whatever is wrong is said once, all of it, with its place."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sim.errors import InputError, Problem
from sim.signals.codebook import (
    AUDIENCE,
    CERTAINTY,
    KIND_COLUMNS,
    LEVEL,
    PROMINENCE,
    TYPE_COLUMNS,
    Codebook,
    note_duplicate,
    parse_codebook,
)
from sim.signals.evidence import READINGS, Evidence, Shock, Signal, Source, StandingFact, codes_of
from sim.signals.rows import Row, parse_rows, read_bytes, shown

__all__ = ["COLUMNS", "Evidence", "Shock", "Signal", "Source", "StandingFact", "load_evidence"]

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "actors.csv": ("code", "name", "note"),
    "codebook.csv": TYPE_COLUMNS,
    "kinds.csv": KIND_COLUMNS,
    "shocks.csv": ("id", "seed", "paragraph", "date", "date_precision", "meaning", "trap", "reading"),
    "signals.csv": (
        "id", "seed", "paragraph", "date", "date_precision", "sender", "sender_role", "target", "third",
        "type", "prominence", "level", "audience", "certainty", "first_of_kind", "cluster", "trap",
        "reading", "note",
    ),
    "sources.csv": ("seed", "file_name", "sha256", "publisher", "date", "date_precision", "reliability"),
    "standing.csv": ("id", "seed", "paragraph", "sender", "target", "kind", "trap", "reading", "note"),
}  # fmt: skip
PRECISIONS = ("day", "month", "year", "approx")

_PARAGRAPH = re.compile(r"P[1-9][0-9]{0,4}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CODE = re.compile(r"[A-Z][A-Z0-9]{2,5}")
_Record = TypeVar("_Record", Source, Signal, StandingFact, Shock)


def load_evidence(folder: Path) -> Evidence:
    """Load the seven CSV files of a folder of coded sources (``seeds/``).

    All readings of the doubtful passages are loaded; call `Evidence.reading` to choose.

    Raises
    ------
    InputError
        With every problem found in every file.
    """
    problems: list[Problem] = []
    contents = _contents(folder, problems)
    codebook = parse_codebook(contents, folder, problems)
    file = _Files(folder, contents, problems)
    own = _actors(file.rows("actors.csv"))
    words = _Words(codebook, own)
    if "actors.csv" not in contents:
        words.names = {}  # or every row of an actor would be complained of too
    sources = file.records("sources.csv", _source, words)
    words.seeds = {source.seed for source in sources}
    signals = file.records("signals.csv", _signal, words)
    standing = file.records("standing.csv", _standing_fact, words)
    shocks = file.records("shocks.csv", _shock, words)
    if problems:
        raise InputError(problems)
    signals.sort(key=lambda signal: signal.date)
    used = codes_of(signals, standing) | set(own)
    return Evidence(
        folder=folder,
        codebook=codebook,
        sources=tuple(sources),
        signals=tuple(signals),
        standing=tuple(standing),
        shocks=tuple(shocks),
        names={code: name for code, name in sorted(words.names.items()) if code in used},
        content_hash=hashlib.sha256(b"".join(contents[name] for name in sorted(contents))).hexdigest(),
    )


def _contents(folder: Path, problems: list[Problem]) -> dict[str, bytes]:
    """Read every file once, so that what is parsed is what is hashed."""
    contents = {}
    for name in COLUMNS:
        try:
            contents[name] = read_bytes(folder / name)
        except InputError as error:
            problems.extend(error.problems)
    return contents


class _Words:
    """The words a row may use: states, seeds, act types, kinds and ids not yet taken."""

    def __init__(self, codebook: Codebook, actors: Mapping[str, str]) -> None:
        self.codebook = codebook
        self.names = {**_iso_names(), **actors}
        self.seeds: Collection[str] = ()
        self.taken: dict[str, int] = {}


def _iso_names() -> dict[str, str]:
    import pycountry  # loads its whole database: only when codes are to be checked

    return {state.alpha_3: getattr(state, "common_name", state.name) for state in pycountry.countries}


@dataclass(frozen=True)
class _Files:
    folder: Path
    contents: Mapping[str, bytes]
    problems: list[Problem] = field(default_factory=list)

    def rows(self, name: str) -> list[Row]:
        if name not in self.contents:
            return []
        return parse_rows(self.contents[name], self.folder / name, COLUMNS[name], self.problems)

    def records(self, name: str, parse: Callable[[Row, _Words], _Record], words: _Words) -> list[_Record]:
        return [parse(row, words) for row in self.rows(name)]


def _actors(rows: list[Row]) -> dict[str, str]:
    """Codes and names of the actors that have no ISO code."""
    iso = _iso_names() if rows else {}
    actors: dict[str, str] = {}
    for row in rows:
        code = row.pattern("code", _CODE, "of three to six capital letters or digits such as DNR")
        if code in iso:
            row.wrong("code", f"{shown(code)} is already the ISO code of {iso[code]}")
        note_duplicate(row, "code", actors)
        actors[code] = row.text("name")
    return actors


def _source(row: Row, words: _Words) -> Source:
    note_duplicate(row, "seed", words.taken)
    words.taken[row.cells["seed"]] = row.line
    return Source(
        seed=row.text("seed"),
        file_name=row.text("file_name"),
        sha256=row.pattern("sha256", _SHA256, "of 64 hexadecimal digits in lower case"),
        publisher=row.text("publisher"),
        date=row.date("date"),
        date_precision=row.choice("date_precision", PRECISIONS, "a precision"),
        reliability=row.text("reliability"),
        line=row.line,
    )


def _place(row: Row, words: _Words) -> tuple[str, str, str]:
    """Id, seed and paragraph of a row; ids are unique over all the tables."""
    note_duplicate(row, "id", words.taken)
    words.taken[row.cells["id"]] = row.line
    seed = row.choice("seed", words.seeds, "a seed of sources.csv")
    return row.text("id"), seed, row.pattern("paragraph", _PARAGRAPH, "P10 (tenth line that is not blank)")


def _doubt(row: Row) -> tuple[str | None, str]:
    trap = row.optional("trap")
    reading = row.choice("reading", READINGS, "a reading")
    if reading in ("main", "rival") and trap is None:
        row.wrong("trap", f"a row of the {reading} reading must name its trap")
    return trap, reading


def _state(row: Row, column: str, words: _Words) -> str:
    what = "a state's ISO 3166 code of three letters, nor a code of actors.csv"
    return row.choice(column, words.names, what)


def _dyad(row: Row, words: _Words) -> tuple[str, str]:
    sender, target = _state(row, "sender", words), _state(row, "target", words)
    if sender and sender == target:
        row.wrong("target", f"{sender} cannot be both sender and target")
    return sender, target


def _third(row: Row, words: _Words) -> str | None:
    if row.optional("third") is None:
        return None
    third = _state(row, "third", words)
    for role in ("sender", "target"):
        if third == row.cells[role]:
            row.wrong("third", f"{third} is already the {role}")
    return third


def _signal(row: Row, words: _Words) -> Signal:
    name, seed, paragraph = _place(row, words)
    sender, target = _dyad(row, words)
    trap, reading = _doubt(row)
    return Signal(
        id=name,
        seed=seed,
        paragraph=paragraph,
        date=row.date("date"),
        date_precision=row.choice("date_precision", PRECISIONS, "a precision"),
        sender=sender,
        sender_role=row.cells["sender_role"],
        target=target,
        third=_third(row, words),
        type=row.choice("type", words.codebook.type_ids, "an act type of codebook.csv"),
        prominence=row.optional_choice("prominence", PROMINENCE, "a prominence"),
        level=row.optional_choice("level", LEVEL, "a level"),
        audience=row.optional_choice("audience", AUDIENCE, "an audience"),
        certainty=row.choice("certainty", CERTAINTY, "a certainty"),
        first_of_kind=row.flag("first_of_kind"),
        cluster=row.optional("cluster"),
        trap=trap,
        reading=reading,
        note=row.cells["note"],
        line=row.line,
    )


def _standing_fact(row: Row, words: _Words) -> StandingFact:
    name, seed, paragraph = _place(row, words)
    sender, target = _dyad(row, words)
    trap, reading = _doubt(row)
    kind = row.choice("kind", words.codebook.kind_ids, "a kind of kinds.csv")
    return StandingFact(
        name, seed, paragraph, sender, target, kind, trap, reading, row.cells["note"], row.line
    )


def _shock(row: Row, words: _Words) -> Shock:
    name, seed, paragraph = _place(row, words)
    trap, reading = _doubt(row)
    date, precision = row.date("date"), row.choice("date_precision", PRECISIONS, "a precision")
    return Shock(name, seed, paragraph, date, precision, row.text("meaning"), trap, reading, row.line)
