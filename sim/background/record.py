"""The public record: dated and cited facts on pairs of states which the data behind the background do not hold.

Three tables ship here. ``record.csv`` holds the facts, ``groups.csv`` the members of the groups that it names, and
``contested.csv`` the pairs that claim the same recognition. A user's own tables go through the same readers.
`docs/public-record.md` says what is in them, by which rule, and who may dispute what.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.background.names import is_state
from sim.errors import InputError, Problem
from sim.signals.codebook import StandingKind, shipped_codebook
from sim.signals.evidence import READINGS
from sim.signals.rows import Row, parse_rows, read_bytes, shown
from sim.signals.table import PRECISIONS

__all__ = [
    "Contest",
    "Period",
    "RecordFact",
    "facts_in_force",
    "load_contested",
    "load_record",
    "rows_in_force",
]

RECORD_COLUMNS = (
    "sender", "target", "direction", "kind", "start", "end", "date_precision", "trap", "reading", "source", "note",
)  # fmt: skip
GROUP_COLUMNS = ("group", "members", "start", "end", "source")
CONTESTED_COLUMNS = ("state", "rival", "start", "end", "exclusive", "source", "note")
DIRECTIONS = ("one", "both")
MAX_FACTS = 100_000  # twice the ordered pairs of the world's states

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Period:
    """From the day `start` until the day before `end`; without an `end` it lasts, as far as is known."""

    start: datetime.date
    end: datetime.date | None

    def covers(self, day: datetime.date) -> bool:
        """Whether a day lies in the period."""
        return self.start <= day and (self.end is None or day < self.end)

    def overlaps(self, other: Period) -> bool:
        """Whether the two have a day in common."""
        return self.covers(other.start) or other.covers(self.start)

    def __str__(self) -> str:
        return f"from {self.start}" + (f" to {self.end}" if self.end else "")


_Groups = dict[str, list[tuple[tuple[str, ...], Period]]]  # some members and the period of their membership


@dataclass(frozen=True)
class RecordFact:
    """One fact on one directed pair of states; it is read like a `StandingFact` for as long as it is in force.

    Parameters
    ----------
    sender, target
        ISO 3166 codes.
    kind
        What it says: level and sd on the θ scale, and the formal tie, from the shipped ``kinds.csv``.
    period, date_precision
        When it is in force; how well its start is known: day, month, year or approx.
    trap, reading
        The disputed question on which it depends, and the reading (both, main, rival) to which it belongs.
    source, note
        Public citation; what else should be known.
    line
        Line of the table; facts of a group share it.
    """

    sender: str
    target: str
    kind: StandingKind
    period: Period
    date_precision: str
    trap: str | None
    reading: str
    source: str
    note: str
    line: int


@dataclass(frozen=True)
class Contest:
    """Two that claim the same recognition: what one is granted, the other takes as a slight.

    Where it is exclusive, a third state has relations with one of the two at most: with `state`, unless a fact of the
    record says with `rival`.
    """

    state: str
    rival: str
    period: Period
    is_exclusive: bool
    source: str
    note: str
    line: int


def load_record(path: Path | None = None) -> tuple[RecordFact, ...]:
    """Load a table of dated, cited facts, the shipped one by default, in file order.

    A cell of states holds one code, several with blanks between, or a group of the shipped ``groups.csv``, which
    stands for its members on the day the fact starts. ``direction: both`` is two facts for each pair.

    Raises
    ------
    InputError
        With every problem: an unknown kind, code or reading, an end not after its start, no source, a fact of one
        pair and kind in force twice on the same day.
    """
    file = path or _HERE / "record.csv"
    problems: list[Problem] = []
    kinds = {kind.id: kind for kind in shipped_codebook().kinds}
    groups = _load_groups()
    facts: list[RecordFact] = []
    for row in parse_rows(read_bytes(file), file, RECORD_COLUMNS, problems):
        facts += _facts(row, kinds, groups)
        if len(facts) > MAX_FACTS:
            row.wrong("sender", f"with this row the table holds more than {MAX_FACTS} facts")
            break
    problems += _repeats(facts, file)
    if problems:
        raise InputError(problems)
    return tuple(facts)


def rows_in_force(
    record: Iterable[RecordFact], as_of: datetime.date, reading: str | Mapping[str, str] = "main"
) -> tuple[RecordFact, ...]:
    """Keep the facts in force on a day, in one reading of those that are disputed.

    Parameters
    ----------
    record
        Facts, as `load_record` gives them.
    as_of
        The day.
    reading
        ``"main"`` or ``"rival"`` for all, or a mapping from trap to reading; traps left out are read as main.
    """

    def is_read(fact: RecordFact) -> bool:
        wanted = reading if isinstance(reading, str) else reading.get(fact.trap or "", "main")
        return fact.reading in ("both", wanted)

    return tuple(fact for fact in record if fact.period.covers(as_of) and is_read(fact))


def facts_in_force(
    source: str,
    as_of: datetime.date,
    file: Path | None = None,
    reading: str | Mapping[str, str] = "main",
) -> tuple[RecordFact, ...]:
    """Facts of a background on a day: the shipped record, and a table of further facts that comes before it.

    Parameters
    ----------
    source
        ``"none"`` and ``"levels"`` have none; any other has the shipped record.
    as_of, reading
        As for `rows_in_force`.
    file
        A table of further facts; where it has the same pair and kind as the shipped record, it counts in its place.

    Raises
    ------
    InputError
        Where the table of further facts is wrong.
    """
    if source in ("none", "levels"):
        return ()
    own = rows_in_force(load_record(file), as_of, reading) if file else ()
    known = {(fact.sender, fact.target, fact.kind.id) for fact in own}
    shipped = rows_in_force(load_record(), as_of, reading)
    return (*(fact for fact in shipped if (fact.sender, fact.target, fact.kind.id) not in known), *own)


def load_contested(path: Path | None = None) -> tuple[Contest, ...]:
    """Load the pairs that claim the same recognition, the shipped table by default, in file order.

    Raises
    ------
    InputError
        With every problem: an unknown code, an end not after its start, no source, a pair twice on the same day.
    """
    file = path or _HERE / "contested.csv"
    problems: list[Problem] = []
    contests = [_contest(row) for row in parse_rows(read_bytes(file), file, CONTESTED_COLUMNS, problems)]
    for first, second in itertools.combinations(contests, 2):
        is_same = {first.state, first.rival} == {second.state, second.rival}
        if is_same and first.period.overlaps(second.period):
            reason = f"{second.state} and {second.rival} are in line {first.line} already, {first.period}"
            problems.append(Problem(reason, file, second.line, "rival"))
    if problems:
        raise InputError(problems)
    return tuple(contests)


def _load_groups() -> _Groups:
    """The members of each shipped group."""
    file = _HERE / "groups.csv"
    problems: list[Problem] = []
    groups: _Groups = {}
    for row in parse_rows(read_bytes(file), file, GROUP_COLUMNS, problems):
        period = _period(row)
        groups.setdefault(row.text("group"), []).append((_states(row, "members", {}, period.start), period))
        row.text("source")
    if problems:
        raise InputError(problems)
    return groups


def _facts(
    row: Row,
    kinds: Mapping[str, StandingKind],
    groups: _Groups,
) -> list[RecordFact]:
    """The facts of one row, one for each directed pair; none where a cell they hang on is wrong."""
    period = _period(row)
    senders, targets = (_states(row, column, groups, period.start) for column in ("sender", "target"))
    direction = row.choice("direction", DIRECTIONS, "a direction")
    kind = kinds.get(row.choice("kind", kinds, "a kind of kinds.csv"))
    precision = row.choice("date_precision", PRECISIONS, "a precision")
    trap, reading = row.optional("trap"), row.choice("reading", READINGS, "a reading")
    if (trap is None) != (reading == "both"):
        row.wrong("trap", "a row of the main or the rival reading must name its trap, and no other may")
    source = row.text("source")
    pairs = list(_pairs(senders, targets, is_both=direction == "both"))
    if senders and targets and not pairs:
        row.wrong("target", f"{targets[0]} cannot be both sender and target")
    if kind is None:
        return []
    return [
        RecordFact(*pair, kind, period, precision, trap, reading, source, row.cells["note"], row.line)
        for pair in pairs
    ]


def _pairs(senders: Sequence[str], targets: Sequence[str], *, is_both: bool) -> Iterator[tuple[str, str]]:
    """Every sender with every target but itself, and back."""
    for sender, target in itertools.product(senders, targets):
        if sender != target:
            yield sender, target
            if is_both:
                yield target, sender


def _period(row: Row) -> Period:
    start = row.date("start")
    end = row.date("end") if row.optional("end") else None
    if end is not None and datetime.date.min < end <= start:
        row.wrong("end", f"{end} is not after the start, {start}")
    return Period(start, end)


def _states(row: Row, column: str, groups: _Groups, day: datetime.date) -> tuple[str, ...]:
    """The codes of a cell, a group standing for its members of the day; none where the cell is wrong."""
    codes: list[str] = []
    for word in row.text(column).split():
        if word in groups:
            codes += [code for members, period in groups[word] if period.covers(day) for code in members]
        elif is_state(word):
            codes.append(word)
        else:
            known = f", nor a group ({', '.join(groups)})" if groups else ""
            row.wrong(column, f"{shown(word)} is not a state's ISO 3166 code of three letters{known}")
            return ()
    twice = next((code for i, code in enumerate(codes) if code in codes[:i]), None)
    if twice is not None:
        row.wrong(column, f"{twice} is in this cell twice")
        return ()
    return tuple(codes)


def _repeats(facts: Sequence[RecordFact], file: Path) -> list[Problem]:
    """What is said twice: facts of one pair and kind, of readings that can be chosen together, on the same day."""
    problems: dict[tuple[int, int], Problem] = {}
    for choice in ("main", "rival"):
        latest: dict[tuple[str, str, str], RecordFact] = {}
        chosen = (fact for fact in facts if fact.reading in ("both", choice))
        for fact in sorted(chosen, key=lambda fact: (fact.period.start, fact.line)):
            key = fact.sender, fact.target, fact.kind.id
            if key in latest and fact.period.overlaps(latest[key].period):
                before = latest[key]
                reason = f"{fact.sender} toward {fact.target}, {key[2]}, is in line {before.line} too, {before.period}"
                problems.setdefault((before.line, fact.line), Problem(reason, file, fact.line, "kind"))
            latest[key] = fact
    return list(problems.values())


def _contest(row: Row) -> Contest:
    period = _period(row)
    states = [_states(row, column, {}, period.start) for column in ("state", "rival")]
    for column, codes in zip(("state", "rival"), states, strict=True):
        if len(codes) > 1:
            row.wrong(column, "must be one state")
    state, rival = (codes[0] if codes else "" for codes in states)
    if state and state == rival:
        row.wrong("rival", f"{state} cannot be its own rival")
    is_exclusive = row.choice("exclusive", ("yes", "no"), "yes or no") == "yes"
    return Contest(state, rival, period, is_exclusive, row.text("source"), row.cells["note"], row.line)
