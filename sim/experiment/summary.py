"""Summaries that grow with no replica: quantiles of every affinity, contrasts, expectations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.compiled.kernels import njit
from sim.experiment.ensemble import Chunk, Plan
from sim.experiment.quantities import evaluate
from sim.experiment.replica import Record
from sim.outcomes.intervals import Z95, wilson
from sim.scenario.schema.items import Act, Expectation, Shock
from sim.scenario.schema.models import Scenario
from sim.scenario.setup import Setup
from sim.shapes import Float, Int

N_BINS = 200
DYADS = 2**12  # whose quantiles are found at a time, for the sake of memory
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
COMPARED = ("reference", "difference", "q05", "q95", "probability", "probability_low", "probability_high")


@njit(cache=True, nogil=True)
def _tally(
    affinity: Float[np.ndarray, "R S N N"],
    count: Int[np.ndarray, "S N N B"],
    total: Float[np.ndarray, "S N N"],
    square: Float[np.ndarray, "S N N"],
) -> None:
    n_bins = count.shape[-1]
    for s in range(affinity.shape[1]):
        for i in range(affinity.shape[2]):
            for j in range(affinity.shape[3]):
                for r in range(affinity.shape[0]):  # innermost: a dyad's bins are then at hand
                    a = affinity[r, s, i, j]
                    total[s, i, j] += a
                    square[s, i, j] += a * a
                    b = int((a + 1.0) * 0.5 * n_bins)
                    count[s, i, j, min(max(b, 0), n_bins - 1)] += 1


@njit(cache=True, nogil=True)
def _note(
    affinity: Float[np.ndarray, "R S N N"],
    bins: Int[np.ndarray, "S N N All"],
    first: int,
    total: Float[np.ndarray, "S N N"],
    square: Float[np.ndarray, "S N N"],
) -> None:
    for s in range(affinity.shape[1]):
        for i in range(affinity.shape[2]):
            for j in range(affinity.shape[3]):
                for r in range(affinity.shape[0]):
                    a = affinity[r, s, i, j]
                    total[s, i, j] += a
                    square[s, i, j] += a * a
                    bins[s, i, j, first + r] = min(max(int((a + 1.0) * 0.5 * N_BINS), 0), N_BINS - 1)


class DyadSummary:
    """Mean, sd and quantiles of every affinity at every saved step.

    Quantiles come from a histogram of `N_BINS` bins over [-1, 1], evenly spread within a bin, so
    they are right to .005. Of few replicas the bin of each is stored, of many how many lie in each bin:
    whichever takes less memory.
    """

    def __init__(self, n_saved: int, n_states: int, n_replicas: int) -> None:
        shape = (n_saved, n_states, n_states)
        self.n = 0
        self.is_counted = bytes_of_bins(n_replicas) < n_replicas  # else a byte for each
        kind = np.min_scalar_type(n_replicas) if self.is_counted else np.uint8
        self.bins = np.zeros((*shape, N_BINS if self.is_counted else n_replicas), kind)
        self.total, self.square = np.zeros(shape), np.zeros(shape)

    def add(self, record: Record) -> None:
        """Count in the next replicas."""
        if self.is_counted:
            _tally(record.affinity, self.bins, self.total, self.square)
        else:
            _note(record.affinity, self.bins, self.n, self.total, self.square)
        self.n += record.affinity.shape[0]

    def columns(self, row: int) -> dict[str, np.ndarray]:
        """Mean, sd and `QUANTILES` (q05 …) at one saved step, each (N, N)."""
        mean = self.total[row] / self.n
        sd = np.sqrt(np.maximum(self.square[row] / self.n - mean**2, 0.0))
        names = [f"q{round(100 * q):02d}" for q in QUANTILES]
        return {"mean": mean, "sd": sd, **dict(zip(names, self._quantiles(row), strict=True))}

    def _quantiles(self, row: int) -> Float[np.ndarray, "Q N N"]:
        bins = self.bins[row].reshape(-1, self.bins.shape[-1])
        parts = [self._of_dyads(bins[first : first + DYADS]) for first in range(0, len(bins), DYADS)]
        return np.concatenate(parts).T.reshape(-1, *self.total.shape[1:])

    def _of_dyads(self, bins: Int[np.ndarray, "M All"]) -> Float[np.ndarray, "M Q"]:
        """Quantiles of some dyads at one saved step."""
        dyad, ranks = np.arange(len(bins))[:, None], np.array(QUANTILES) * self.n
        if not self.is_counted:
            places = dyad * N_BINS + bins[:, : self.n]
            bins = np.bincount(places.ravel(), minlength=len(bins) * N_BINS).reshape(-1, N_BINS)
        below = np.cumsum(bins, axis=1, dtype=np.int64)
        raised = dyad * (self.n + 1)  # makes one ascending sequence of all dyads
        b = (
            np.searchsorted((below + raised).ravel(), np.ceil(ranks).astype(np.int64) + raised)
            - dyad * N_BINS
        )
        inside = bins[dyad, b]
        part = (ranks - (below[dyad, b] - inside)) / np.maximum(inside, 1)
        return np.asarray(2.0 * (b + np.clip(part, 0.0, 1.0)) / N_BINS - 1.0)


def bytes_of_bins(n_replicas: int) -> int:
    """Bytes that `DyadSummary` needs for the quantiles of one affinity, by bin or by replica."""
    return min(N_BINS * np.min_scalar_type(n_replicas).itemsize, n_replicas)


class PairedDifference:
    """Paired differences of a run from its counterfactual: their spread over the replicas, and the error of their mean.

    Both see the same chance, so what is left is the doing of the act.
    """

    def __init__(self) -> None:
        self.n = 0
        self.total: dict[str, np.ndarray] = {}
        self.square: dict[str, np.ndarray] = {}

    def add(self, actual: Record, without: Record) -> None:
        """Count in the next replicas, one after the other so that chunks do not matter."""
        pairs = {
            "affinity": (actual.affinity, without.affinity),
            "alignment": (actual.of("alignment"), without.of("alignment")),
        }
        for name, (values, others) in pairs.items():
            for difference in values - others:
                self.total[name] = self.total.get(name, 0.0) + difference
                self.square[name] = self.square.get(name, 0.0) + difference**2
        self.n += actual.affinity.shape[0]

    def columns(self, name: str) -> dict[str, np.ndarray]:
        """Mean, sd and error of the mean, for ``affinity`` (S, N, N) or ``alignment`` (S, P, N).

        The sd is the spread over the replicas. The 95 % interval of the mean says how far it would move with more of
        them; it is narrow where replicas are many, however much they differ.
        """
        mean = self.total[name] / self.n
        sd = np.sqrt(np.maximum(self.square[name] / self.n - mean**2, 0.0))
        half = Z95 * sd / np.sqrt(self.n)
        return {"mean": mean, "sd": sd, "mean_low": mean - half, "mean_high": mean + half}


class ExpectationTest:
    """One directional statement, checked replica by replica."""

    def __init__(self, setup: Setup, layout: Plan, expectation: Expectation) -> None:
        self.setup, self.layout, self.expectation = setup, layout, expectation
        self.step = setup.scenario.step_when(expectation)
        self.is_moot = _is_moot(setup.scenario, expectation, self.step)
        self.values: list[np.ndarray] = []
        self.references: list[np.ndarray] = []

    def add(self, chunks: Sequence[Chunk], without: dict[str, int]) -> None:
        """Count in the next replicas; `without` gives the place of each counterfactual."""
        about = self.expectation, self.setup, self.layout
        self.values.append(evaluate(*about, chunks[0].record))
        if self.is_moot:
            return
        against = self.expectation.against
        if isinstance(against, str):
            reference = evaluate(*about, chunks[0].record, 0)
        else:
            reference = evaluate(*about, chunks[without[against.without]].record)
        self.references.append(reference)

    def row(self) -> dict[str, object]:
        """The statement, the share of replicas in which it holds with its error, the verdict."""
        e = self.expectation
        value = np.concatenate(self.values)
        compared: dict[str, Any] = dict.fromkeys(COMPARED) if self.is_moot else self._compared(value)
        return {
            "id": e.id,
            "quantity": e.quantity,
            "who": " ".join(e.who),
            "step": self.step,
            "date": self.setup.scenario.date_of(self.step).isoformat(),
            "against": e.against if isinstance(e.against, str) else f"without {e.against.without}",
            "direction": e.direction,
            "margin": e.margin,
            "value": float(value.mean()),
            **compared,
            "required": e.probability,
            "verdict": verdict(compared["probability_low"], compared["probability_high"], e.probability),
        }

    def _compared(self, value: np.ndarray) -> dict[str, float]:
        """What the comparison gives: `COMPARED`."""
        reference = np.concatenate(self.references)
        difference = value - reference
        holds = _holds(difference, self.expectation.direction, self.expectation.margin)
        values = (
            reference.mean(), difference.mean(), *np.quantile(difference, (0.05, 0.95)), holds.mean(),
            *wilson(int(holds.sum()), holds.size),
        )  # fmt: skip
        return dict(zip(COMPARED, map(float, values), strict=True))


def _is_moot(scenario: Scenario, expectation: Expectation, step: int) -> bool:
    """Whether the act to be left out does not happen by then, so that there is nothing to leave out."""
    if isinstance(expectation.against, str):
        return False
    played: list[Act | Shock] = [*scenario.acts_played, *scenario.shocks_played]
    happened = [item.id for item in played if scenario.step_of_item(item) <= step]
    return expectation.against.without not in happened


def verdict(low: float | None, high: float | None, required: float) -> str:
    """Whether a share reaches what is required.

    "holds", "fails", "open" where the error of the share does not tell, or "moot" where there is no share, since the
    act to be left out does not happen.
    """
    if low is None or high is None:
        return "moot"
    return "holds" if low >= required else "fails" if high < required else "open"


def _holds(difference: np.ndarray, direction: str, margin: float) -> np.ndarray:
    if direction == "same":
        return np.abs(difference) <= margin
    return difference > margin if direction == "higher" else difference < -margin
