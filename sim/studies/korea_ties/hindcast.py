"""Forecast one window of the contest: the agents, the baselines, and a mixture weighed on earlier windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from sim.shapes import Float, Int
from sim.studies.korea_ties.baselines import (
    base_rates,
    persistence,
    recent_moves,
    regional_hazard,
    staying,
)
from sim.studies.korea_ties.contest import simulate
from sim.studies.korea_ties.fit import Fit, fit_choice
from sim.studies.korea_ties.records import Records
from sim.studies.scores import multi_log_loss

WEIGHTS = np.linspace(0, 1, 9)  # of the model in the mixture
N_EARLIER, APART = 5, 2  # earlier windows on which the weight is chosen, and the years between them
N_REPLICAS_EARLIER = 60
Shares = Float[np.ndarray, "C 4"]


@dataclass(frozen=True)
class Hindcast:
    """The model's forecast of one window, those of the baselines, and what came true; cases are states."""

    codes: list[str]
    outcome: Int[np.ndarray, "C"]
    before: Int[np.ndarray, "C"]
    model: Shares
    baselines: Mapping[str, Shares]
    fit: Fit

    def mixture(self, weight: float) -> Shares:
        """So much of the model, and the rest of recent moves."""
        return np.asarray(weight * self.model + (1 - weight) * self.baselines["recent moves"])


def hindcast(
    records: Records, until: int, first: int, last: int, n_replicas: int, **prior: float
) -> Hindcast:
    """Fit up to `until`, run from the ties of `first` to `last`, beside the baselines."""
    fit = fit_choice(records, until, **prior)
    here = records.existing(first)
    outcome = records.classes(last)[here]
    hindsight = np.bincount(outcome, minlength=4) / outcome.size
    before = records.classes(first)[here]
    baselines = {
        "persistence": persistence(records, until, first, last)[here],
        "persistence at its rate in hindsight": staying(before, float((before == outcome).mean()), hindsight),
        "majority class in hindsight": np.tile(hindsight, (outcome.size, 1)),
        "base rates at the start": np.tile(base_rates(records, first), (outcome.size, 1)),
        "yearly regional hazard": regional_hazard(records, until, first, last, n_replicas)[here],
        "recent moves": recent_moves(records, until, first, last)[here],
    }
    codes = [code for code, is_here in zip(records.codes, here, strict=True) if is_here]
    model = simulate(records, fit, first, last, n_replicas)[here]
    return Hindcast(codes, outcome, before, model, baselines, fit)


def with_mixture(result: Hindcast, weight: float) -> Hindcast:
    """The same, and a mixture beside the baselines."""
    return replace(result, baselines={**result.baselines, "mixture": result.mixture(weight)})


def weigh_model(records: Records, until: int, span: int) -> tuple[float, list[int]]:
    """Share of the model in its mixture with recent moves that did best in earlier windows of the same span.

    Parameters
    ----------
    until
        No window ends later.
    span
        Years from the start of a window to its end.

    Returns
    -------
    float, list of int
        The share with the least log loss, added over the windows, and the years in which these end: the last
        `N_EARLIER`, `APART` years apart. Without any, the model alone.
    """
    earliest = records.first_year + 2 + span  # a fit takes two years
    ends = list(range(until, earliest - 1, -APART))[:N_EARLIER]
    loss = np.zeros(WEIGHTS.size)
    for end in ends:
        first = end - span
        result = hindcast(records, first - 1, first, end, N_REPLICAS_EARLIER)
        loss += [multi_log_loss(result.mixture(w), result.outcome) for w in WEIGHTS]
    best = WEIGHTS[WEIGHTS.size - 1 - int(np.argmin(loss[::-1]))]  # of equals the one with more of the model
    return float(best), ends[::-1]
