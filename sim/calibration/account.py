"""What belief says of each dyad, and what moved it there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.calibration.density import affinity_moments, affinity_quantiles, normal
from sim.calibration.posterior import Belief
from sim.signals.evidence import Evidence, Signal


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


class Move(NamedTuple):
    """One signal's effect on the mean affinity of a dyad."""

    signal: Signal
    path: str
    change: float


@dataclass(frozen=True)
class Account:
    """How the mean affinity of one dyad came about.

    The prior mean, the moves of all signals and the drift between them add up to the posterior mean.
    """

    sender: str
    target: str
    prior: float
    moves: tuple[Move, ...]
    posterior: float

    @property
    def drift(self) -> float:
        """What the law did between the signals."""
        return self.posterior - self.prior - sum(move.change for move in self.moves)

    def rows(self, evidence: Evidence) -> list[tuple[str, float, str, str, str, str, str]]:
        """Lay out the account: date, change, path, signal, act, source with paragraph, note."""
        names = {source.seed: source.file_name for source in evidence.sources}
        rows = [("", self.prior, "prior", "", "", "", "mean before the first signal")]
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
            rows.append(AffinityRow(code, other, mean, sd, low, mid, high, int(belief.n_signals[i, j])))
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
    before = normal(belief.grid, belief.level, belief.level_sd)[i, j]
    after = belief.density[:, i, j].mean(axis=0, dtype=float)
    means = [affinity_moments(belief.grid, density)[0] for density in (before, after)]
    return Account(sender, target, means[0], tuple(moves), means[1])
