"""What belief says of each dyad, and what moved it there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np

from sim.background.prior import RECORD
from sim.calibration.basis import BASES
from sim.calibration.density import affinity_moments, affinity_quantiles, normal
from sim.calibration.posterior import Belief
from sim.signals.codebook import StandingKind
from sim.signals.evidence import Evidence, Signal

ROUNDING = 1e-9  # affinity


class AffinityRow(NamedTuple):
    """Posterior of one directed affinity: mean, sd and quantiles of a = tanh θ."""

    sender: str
    target: str
    mean: float
    sd: float
    q05: float
    q50: float
    q95: float
    n_signals: int
    rests_on: str


class Move(NamedTuple):
    """One signal's effect on the mean affinity of a dyad."""

    signal: Signal
    path: str
    change: float


class Ground(NamedTuple):
    """What one part of the prior adds to the mean affinity of a dyad, before any signal.

    The path is ``background``, ``record`` (a fact of the public record), ``fact`` (a standing fact of the signals) or
    ``statement`` (in place of them all).
    """

    path: str
    change: float
    since: date | None
    what: str
    source: str
    note: str


@dataclass(frozen=True)
class Account:
    """How the mean affinity of one dyad came about.

    The grounds add up to the prior mean; it, the moves of all signals and the drift between them to the posterior mean.
    """

    sender: str
    target: str
    grounds: tuple[Ground, ...]
    moves: tuple[Move, ...]
    posterior: float

    @property
    def prior(self) -> float:
        """Mean before the first signal."""
        return sum(ground.change for ground in self.grounds)

    @property
    def drift(self) -> float:
        """What the law did between the signals."""
        return self.posterior - self.prior - sum(move.change for move in self.moves)

    def rows(self, evidence: Evidence) -> list[tuple[str, float, str, str, str, str, str]]:
        """Lay out the account: date, change, path, signal, act, source with paragraph, note."""
        names = {source.seed: source.file_name for source in evidence.sources}
        rows = [
            (g.since.isoformat() if g.since else "", g.change, g.path, "", g.what, g.source, g.note)
            for g in self.grounds
        ]
        for move in self.moves:
            s = move.signal
            act = f"{s.sender}→{s.target} {s.type}" + (f" ({s.third})" if s.third else "")
            place = f"{names[s.seed]} {s.paragraph}"
            rows.append((s.date.isoformat(), move.change, move.path, s.id, act, place, s.note))
        rows.append(("", self.drift, "drift", "", "", "", "what the law did between the signals"))
        rows.append(("", self.posterior, "posterior", "", "", "", "mean on the date asked for"))
        return rows


def affinity_table(belief: Belief, sender: str | None = None, target: str | None = None) -> list[AffinityRow]:
    """Posterior mean, sd and quantiles of each directed affinity, marginal over the weights."""
    mixture = belief.density.mean(axis=0, dtype=float)
    quantiles = affinity_quantiles(belief.grid, mixture, (0.05, 0.5, 0.95))
    rows = []
    for i, code in enumerate(belief.states):
        for j, other in enumerate(belief.states):
            if i == j or sender not in (None, code) or target not in (None, other):
                continue
            mean, sd = affinity_moments(belief.grid, mixture[i, j])
            low, mid, high = (float(q[i, j]) for q in quantiles)
            rows.append(
                AffinityRow(
                    code,
                    other,
                    mean,
                    sd,
                    low,
                    mid,
                    high,
                    int(belief.n_signals[i, j]),
                    BASES[belief.rests_on[i, j]],
                )
            )
    return rows


def explain(belief: Belief, evidence: Evidence, sender: str, target: str) -> Account:
    """Account for a dyad's mean affinity: each signal that moved it, in order, with the path it took.

    Paths: ``evidence`` (the sender's own signal), ``response`` (the sender was its target) and
    ``observer`` (the sender looked on).
    """
    i, j = belief.states.index(sender), belief.states.index(target)
    changes, moves = belief.moves.of(i, j), []
    for s in np.flatnonzero(changes):
        signal = evidence.signals[belief.moves.row[s]]
        is_own = (signal.sender, signal.target) == (sender, target)
        path = "evidence" if is_own else "response" if signal.target == sender else "observer"
        moves.append(Move(signal, path, float(changes[s])))
    after = affinity_moments(belief.grid, belief.density[:, i, j].mean(axis=0, dtype=float))[0]
    return Account(sender, target, tuple(_grounds(belief, evidence, i, j)), tuple(moves), after)


def _grounds(belief: Belief, evidence: Evidence, i: int, j: int) -> Iterator[Ground]:
    """Build the prior of a dyad up from the measured levels, fact by fact; each adds what it moves the mean by."""
    pair, prior = (belief.states[i], belief.states[j]), belief.background
    recorded = sorted(
        (fact for fact in prior.facts if (fact.sender, fact.target) == pair),
        key=lambda fact: fact.period.start,
    )
    precision = prior.sd[i, j] ** -2.0 - sum(fact.kind.sd**-2.0 for fact in recorded)
    pulled = prior.mean[i, j] * prior.sd[i, j] ** -2.0 - sum(f.kind.level * f.kind.sd**-2.0 for f in recorded)
    mean = _mean_affinity(belief, pulled / precision, precision**-0.5)
    levels = {name: value for name, value in prior.explain(*pair).items() if name != RECORD}
    said = (
        ", ".join(f"{name} {value:+.2f}" for name, value in levels.items()) or "nothing is known of the pair"
    )
    level = f"θ {pulled / precision:+.2f} ± {precision**-0.5:.2f}: {said}"
    yield Ground("background", mean, None, "measured levels", "docs/background.md" if levels else "", level)
    facts = [("record", f.period.start, f.kind, f.source, f.note) for f in recorded] + _coded(evidence, pair)
    for path, since, kind, source, note in facts:
        precision, pulled = precision + kind.sd**-2.0, pulled + kind.level * kind.sd**-2.0
        before, mean = mean, _mean_affinity(belief, pulled / precision, precision**-0.5)
        seen = f"seen as θ {kind.level:+.2f} ± {kind.sd:.2f}" + (f"; {note}" if note else "")
        yield Ground(path, mean - before, since, f"{pair[0]}→{pair[1]} {kind.id}", source, seen)
    stated = _mean_affinity(belief, belief.level[i, j], belief.level_sd[i, j])
    if abs(stated - mean) > ROUNDING:
        yield Ground("statement", stated - mean, None, "", "", "of the scenario, in place of the rest")


def _coded(
    evidence: Evidence, pair: tuple[str, str]
) -> list[tuple[str, date | None, StandingKind, str, str]]:
    """Standing facts of the signals on a dyad."""
    names, codebook = {source.seed: source.file_name for source in evidence.sources}, evidence.codebook
    return [
        ("fact", None, codebook.kinds[codebook.kind_index(f.kind)], f"{names[f.seed]} {f.paragraph}", f.note)
        for f in evidence.standing
        if (f.sender, f.target) == pair
    ]


def _mean_affinity(belief: Belief, mean: float, sd: float) -> float:
    return affinity_moments(belief.grid, normal(belief.grid, np.array(mean), np.array(sd)))[0]
