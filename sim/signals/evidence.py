"""Hold the evidence: signals and standing facts, each with the document and paragraph behind it."""

from __future__ import annotations

import datetime
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from sim.errors import complain, suggest
from sim.signals.codebook import CERTAINTY, REPLY_DAYS, ActType, Codebook, strength
from sim.signals.rows import shown

READINGS = ("both", "main", "rival")


@dataclass(frozen=True)
class Source:
    """A source document (a *seed*): what it is and how far to trust it.

    Parameters
    ----------
    seed, file_name, sha256
        Short number, name of its text file and the file's fingerprint.
    publisher, date, date_precision, reliability
        Who published it, when (as well as the text allows), and a note on its quality.
    """

    seed: str
    file_name: str
    sha256: str
    publisher: str
    date: datetime.date
    date_precision: str
    reliability: str
    line: int


@dataclass(frozen=True)
class Signal:
    """One directed signal: on this date this sender did this to this target, says this paragraph.

    Parameters
    ----------
    id, seed, paragraph, line
        Where it comes from: ``P10`` is the tenth line of the source's text that is not blank; `line` is
        that of ``signals.csv``.
    date, date_precision
        Day of the act; how well it is known: day, month, year or approx.
    sender, sender_role, target, third
        Who, in which office, toward whom, and whose interest is touched.
    type, prominence, level, audience, certainty, first_of_kind
        Act type of the codebook and its modifiers; `None` where the source does not say.
    cluster
        Facets of one act share it, so that nothing is counted twice.
    trap, reading
        The doubtful passage it depends on, and the reading (both, main, rival) to which it belongs.
    """

    id: str
    seed: str
    paragraph: str
    date: datetime.date
    date_precision: str
    sender: str
    sender_role: str
    target: str
    third: str | None
    type: str
    prominence: str | None
    level: str | None
    audience: str | None
    certainty: str
    first_of_kind: bool
    cluster: str | None
    trap: str | None
    reading: str
    note: str
    line: int


@dataclass(frozen=True)
class StandingFact:
    """An undated or long-standing fact about one directed dyad; see `StandingKind` for how it is read."""

    id: str
    seed: str
    paragraph: str
    sender: str
    target: str
    kind: str
    trap: str | None
    reading: str
    note: str
    line: int


@dataclass(frozen=True)
class Shock:
    """A dated change that is nobody's act toward anyone: listed for the record, never evidence."""

    id: str
    seed: str
    paragraph: str
    date: datetime.date
    date_precision: str
    meaning: str
    trap: str | None
    reading: str
    line: int


@dataclass(frozen=True)
class Evidence:
    """All that was coded from the sources, in one reading or in all of them.

    Parameters
    ----------
    folder
        Where the files were read.
    codebook
        Meaning of the act types and of the kinds of standing facts.
    sources, standing, shocks
        In file order.
    signals
        By date, then in file order.
    names
        Code to name of every state that appears, and of the non-state actors of ``actors.csv``.
    content_hash
        SHA-256 over the bytes of the seven files in the order of their names.
    """

    folder: Path
    codebook: Codebook
    sources: tuple[Source, ...]
    signals: tuple[Signal, ...]
    standing: tuple[StandingFact, ...]
    shocks: tuple[Shock, ...]
    names: Mapping[str, str] = field(hash=False)
    content_hash: str

    @cached_property
    def states(self) -> tuple[str, ...]:
        """Codes that appear as sender, target or third, sorted."""
        return tuple(sorted(codes_of(self.signals, self.standing)))

    @cached_property
    def traps(self) -> tuple[str, ...]:
        """Ids of the doubtful passages on which some row depends, sorted."""
        rows: tuple[Signal | StandingFact | Shock, ...] = (*self.signals, *self.standing, *self.shocks)
        return tuple(sorted({row.trap for row in rows if row.trap is not None}))

    def type_of(self, signal: Signal) -> ActType:
        """Return the act type of a signal."""
        return self.codebook.types[self.codebook.index(signal.type)]

    def reading(self, choice: str | Mapping[str, str]) -> Evidence:
        """Keep one reading of the doubtful passages.

        Parameters
        ----------
        choice
            ``"main"`` or ``"rival"`` for all of them, or a mapping from trap id to reading in which the
            traps left out are read as main.

        Raises
        ------
        InputError
            Where a trap or a reading does not exist.
        """
        if isinstance(choice, str):
            choice = dict.fromkeys(self.traps, _checked_reading(choice))
        for trap, name in choice.items():
            _checked_reading(name, trap)
            if trap not in self.traps:
                raise complain(f"no row depends on this trap{suggest(trap, self.traps)}", key=trap)

        def is_kept(row: Signal | StandingFact | Shock) -> bool:
            return row.reading == "both" or row.reading == choice.get(row.trap or "", "main")

        return replace(
            self,
            signals=tuple(filter(is_kept, self.signals)),
            standing=tuple(filter(is_kept, self.standing)),
            shocks=tuple(filter(is_kept, self.shocks)),
        )

    def until(self, date: datetime.date) -> Evidence:
        """Keep the signals and shocks dated up to and including a day; standing facts all stay."""
        return replace(
            self,
            signals=tuple(signal for signal in self.signals if signal.date <= date),
            shocks=tuple(shock for shock in self.shocks if shock.date <= date),
        )

    def weight(self, signal: Signal) -> float:
        """How much a signal says, ``|μ| · λ · strength · CERTAINTY``; ranks the facets of one act."""
        act_type = self.type_of(signal)
        modifiers = strength(signal.level, signal.prominence, signal.audience) * CERTAINTY[signal.certainty]
        return abs(act_type.warmth) * act_type.discrimination * modifiers

    def counted(self) -> tuple[bool, ...]:
        """Which signals count as evidence, in the order of `signals`.

        Among the facets of one act (same cluster, sender, target and sign of warmth) only the one of the
        largest `weight` counts, the earliest among equals; the others are listed only. Choose a `reading`
        first: main and rival rows of one cluster otherwise stand in each other's place.
        """
        return self._counted

    @cached_property
    def _counted(self) -> tuple[bool, ...]:
        best: dict[tuple[str, str, str, bool], int] = {}
        weights = [self.weight(signal) for signal in self.signals]
        for i, signal in enumerate(self.signals):
            if signal.cluster is not None:
                facet_of = (signal.cluster, signal.sender, signal.target, self.type_of(signal).is_warm)
                if facet_of not in best or weights[i] > weights[best[facet_of]]:
                    best[facet_of] = i
        strongest = set(best.values())
        return tuple(s.cluster is None or i in strongest for i, s in enumerate(self.signals))

    def is_reply(self, signal: Signal) -> bool:
        """Whether a signal answers in kind: the target did the like, warm or cold, shortly before.

        True where the target has a counted signal of the same sign toward the sender, 1 to 14 days earlier.
        A rebuttal of a friendly claim is no reply in this sense: courtesy does not oblige to it.
        """
        days = self._counted_days.get((signal.target, signal.sender, self.type_of(signal).is_warm), ())
        earliest = bisect_left(days, signal.date - datetime.timedelta(REPLY_DAYS))
        return earliest < len(days) and days[earliest] < signal.date

    @cached_property
    def _counted_days(self) -> dict[tuple[str, str, bool], list[datetime.date]]:
        """Days of the counted signals, in order, by sender, target and whether they are warm."""
        days: dict[tuple[str, str, bool], list[datetime.date]] = {}
        for signal, is_counted in zip(self.signals, self.counted(), strict=True):
            if is_counted:
                who = (signal.sender, signal.target, self.type_of(signal).is_warm)
                days.setdefault(who, []).append(signal.date)
        return days


def codes_of(signals: Iterable[Signal], standing: Iterable[StandingFact]) -> set[str]:
    """Return every code that appears as sender, target or third."""
    codes = {code for signal in signals for code in (signal.sender, signal.target, signal.third) if code}
    return codes | {code for fact in standing for code in (fact.sender, fact.target)}


def _checked_reading(choice: str, trap: str | None = None) -> str:
    if choice not in READINGS[1:]:
        hint = suggest(str(choice), READINGS[1:])
        raise complain(f"{shown(str(choice))} is not a reading{hint}", key=trap)
    return choice
