"""The prior of every ordered pair: measured levels and the public record, put together for a date."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from sim.background.reading import load_background
from sim.background.record import Contest, RecordFact, facts_in_force, load_contested
from sim.background.table import PARTS, TABLE_FILE, UNTOLD
from sim.dynamics.rules import set_tie
from sim.shapes import Float, Int
from sim.signals.evidence import Evidence

BASE_SD = 0.8  # sd of a dyad's θ where no background is wanted [prior]
DEFAULT_TIE = 2  # nearly all pairs of states have relations [prior]
RECORD = "record"  # what the public record adds, beside the measured `PARTS`


@dataclass(frozen=True)
class PairPrior:
    """Prior of every ordered pair of some states, before any coded signal.

    Attributes
    ----------
    states
        Codes in the order of the axes.
    mean, sd
        Of the long-run level m of θ of the sender toward the target; 0 on the diagonal.
    tie
        Rung of the formal ladder: 0 none, 1 recognition, 2 relations, 3 embassy.
    parts
        What each kind of evidence adds to the mean, by its name; NaN where it says nothing of the pair.
    facts
        The facts of the public record among them.
    """

    states: tuple[str, ...]
    mean: Float[np.ndarray, "N N"]
    sd: Float[np.ndarray, "N N"]
    tie: Int[np.ndarray, "N N"]
    parts: dict[str, Float[np.ndarray, "N N"]]
    facts: tuple[RecordFact, ...] = ()

    def among(self, states: Sequence[str]) -> PairPrior:
        """The same of some of the states, in another order."""
        place = [self.states.index(code) for code in states]
        box = np.ix_(place, place)
        parts = {name: part[box] for name, part in self.parts.items()}
        facts = tuple(fact for fact in self.facts if {fact.sender, fact.target} <= set(states))
        return PairPrior(tuple(states), self.mean[box], self.sd[box], self.tie[box], parts, facts)

    @property
    def is_dated(self) -> bool:
        """Whether it says how things stand on its day; a blank one holds whenever the first signal comes."""
        return bool(self.parts)

    @property
    def is_known(self) -> np.ndarray:
        """Whether anything at all speaks of the pair; shape (N, N)."""
        known = np.zeros(self.mean.shape, bool)
        for part in self.parts.values():
            known |= ~np.isnan(part)
        return known

    def explain(self, sender: str, target: str) -> dict[str, float]:
        """What each kind of evidence adds to a pair's mean level, θ; empty where nothing is known."""
        i, j = self.states.index(sender), self.states.index(target)
        return {name: float(part[i, j]) for name, part in self.parts.items() if not np.isnan(part[i, j])}


def blank_prior(states: Sequence[str]) -> PairPrior:
    """The same for every pair: N(0, `BASE_SD`²), relations, and nothing known."""
    n = len(states)
    sd = np.full((n, n), BASE_SD)
    return PairPrior(tuple(states), np.zeros((n, n)), sd, _relations(n), {})


def pair_prior(
    source: str,
    states: Sequence[str],
    as_of: date,
    *,
    file: Path | None = None,
    reading: str | Mapping[str, str] = "main",
    coded: Collection[tuple[str, str, str]] = (),
) -> PairPrior:
    """Prior of every pair of some states, from one of the sources that a scenario may name.

    Parameters
    ----------
    source
        ``"none"``: `blank_prior`; ``"levels"``: measured levels alone; else also the shipped public record.
    states, as_of
        Codes, and the date.
    file
        A table of further facts; where it has the same pair and kind as the shipped record, it counts in its place.
    reading
        Of disputed facts, as for `rows_in_force`.
    coded
        Sender, target and kind of facts that a folder of signals holds too; they count there, and not twice.

    Raises
    ------
    InputError
        Where the table of further facts is wrong.
    """
    if source == "none":
        return blank_prior(states)
    facts = facts_in_force(source, as_of, file, reading)
    return public_prior(states, as_of, [f for f in facts if (f.sender, f.target, f.kind.id) not in coded])


def prior_beside(
    evidence: Evidence | None,
    source: str,
    states: Sequence[str],
    as_of: date,
    *,
    file: Path | None = None,
    reading: str | Mapping[str, str] = "main",
) -> PairPrior:
    """Prior of every pair of some states and of those of the signals, as `pair_prior`, before the signals speak.

    Facts that the signals hold too count there, and not twice.

    Raises
    ------
    InputError
        Where the table of further facts is wrong.
    """
    everyone = sorted({*states, *(evidence.states if evidence else ())})
    coded = {(fact.sender, fact.target, fact.kind) for fact in evidence.standing} if evidence else ()
    return pair_prior(source, everyone, as_of, file=file, reading=reading, coded=coded)


def background_hash(file: Path | None = None) -> str:
    """SHA-256 of the shipped tables, and of a table of further facts."""
    digest = hashlib.sha256()
    for table in (TABLE_FILE, *sorted(TABLE_FILE.parent.glob("*.csv")), *([file] if file else [])):
        digest.update(table.read_bytes())
    return digest.hexdigest()


def public_prior(states: Sequence[str], as_of: date, facts: Iterable[RecordFact]) -> PairPrior:
    """What public data say of every pair of some states at a date.

    A fact in force is a noisy observation of the level, N(level, sd²) of its kind, on top of the measured one, so
    precisions add:

        1/s² = 1/s₀² + Σ_f 1/s_f²,    m = s² (m₀/s₀² + Σ_f m_f/s_f²)

    Parameters
    ----------
    states
        Codes; those that the table of levels lacks stand at 0 with the spread of strangers.
    as_of
        The date: levels of the last year that had ended.
    facts
        Facts of the public record in force on that day.
    """
    levels = load_background(as_of, states)
    place = {code: i for i, code in enumerate(states)}
    precision = 1.0 / np.where(levels.sd > 0.0, levels.sd, 1.0) ** 2
    pulled = levels.mean * precision
    tie = np.where(levels.ties == UNTOLD, _relations(len(states)), levels.ties).astype(np.int64)
    contests = [contest for contest in load_contested() if contest.period.covers(as_of)]
    _exclude(tie, place, contests)
    is_recorded = np.zeros(levels.mean.shape, bool)
    inside = tuple(fact for fact in facts if fact.sender in place and fact.target in place)
    for fact in inside:
        i, j = place[fact.sender], place[fact.target]
        precision[i, j] += fact.kind.sd**-2
        pulled[i, j] += fact.kind.level * fact.kind.sd**-2
        is_recorded[i, j] = True
        if fact.kind.tie is not None:
            set_tie(tie, i, j, fact.kind.tie)
    _choose_sides(tie, place, contests)
    mean, sd = pulled / precision, precision**-0.5
    np.fill_diagonal(mean, 0.0)
    np.fill_diagonal(sd, BASE_SD)  # the diagonal is read nowhere, but divided by
    parts = {name: np.where(levels.spoken[g], levels.parts[g], np.nan) for g, name in enumerate(PARTS)} | {
        RECORD: np.where(is_recorded, mean - levels.mean, np.nan)
    }
    return PairPrior(tuple(states), mean, sd, tie, parts, inside)


def _relations(n: int) -> Int[np.ndarray, "N N"]:
    tie = np.full((n, n), DEFAULT_TIE, np.int64)
    np.fill_diagonal(tie, 0)
    return tie


def _exclude(tie: Int[np.ndarray, "N N"], place: dict[str, int], contests: Sequence[Contest]) -> None:
    """Claimants of the same recognition have no relations, and an exclusive rival has none with anybody."""
    for contest in contests:
        state, rival = place.get(contest.state), place.get(contest.rival)
        if rival is not None and contest.is_exclusive:
            tie[:, rival] = tie[rival, :] = 0
        if state is not None and rival is not None:
            tie[state, rival] = tie[rival, state] = 0


def _choose_sides(tie: Int[np.ndarray, "N N"], place: dict[str, int], contests: Sequence[Contest]) -> None:
    """Whoever has relations with the rival in an exclusive contest has none with the other."""
    for contest in contests:
        if contest.is_exclusive and contest.state in place and contest.rival in place:
            friends = tie[:, place[contest.rival]] >= DEFAULT_TIE
            tie[friends, place[contest.state]] = tie[place[contest.state], friends] = 0
