"""Items of the codebook fitted on a news agency's yearly occasions: difficulty, discrimination, base rate.

A yearly greeting persists far beyond what affinity explains: a partner is on the list of national days or it
is not. So each kind of act has a *habit* of its own toward each partner beside θ, which all kinds share, and
λ is what the kinds have in common. A signal of the seeds comes with no record of the habit; what it says of
θ is the item averaged over habits, flatter by 1 / √(1 + .346 s²) (Zeger, Liang & Albert 1988).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from sim.calibration.posterior import BASE_SD
from sim.estimation.items.mode import Mode, Prior, find_mode
from sim.estimation.items.occasions import Habits, follow
from sim.estimation.items.partners import CONTACT, COVARIATES, CRITICISM, GREETING, Keys, Partners
from sim.shapes import Float
from sim.signals.codebook import MODIFIER_LOG_SD, Codebook


class Kind(NamedTuple):
    """An act type that the headlines show, the items that count as done, and the house prior of its item."""

    type: str
    items: Keys
    difficulty: float
    discrimination: float


KINDS = (
    Kind("G1", GREETING, -0.15, 0.5),
    Kind("G5", CONTACT, 0.0, 0.7),
    Kind("D5", CRITICISM, -0.4, 1.1),
)  # the priors stood in the codebook before it was fitted
COMPLEMENT = {"G1": "D1"}  # left undone, a greeting is silence on an expected occasion: the same item
NOT_IDENTIFIED = (
    "observer weight ω: the agency reports its own state's acts, not what its partners do to third states",
    "warmth μ: a headline shows that an act was done, not what it did to its target",
)
SCALE_SD = 0.5  # prior sd of log λ and of b: the codebook's judgement counts, and can be overruled
N_COVARIATES = 2  # capability and an old tie: attention, which must not pass for affinity either
TRANSPORT_SD = 0.6  # log λ, and θ for b
FLATTENING = 0.346  # (16 √3 / 15 π)²


class FittedItem(NamedTuple):
    """One act type's item: as fitted (averaged over habits), and as carried into the codebook.

    The fit is of one agency's headlines, by years; how it carries over to a single act of any state is
    uncertain by `TRANSPORT_SD`, which is how far two specifications (attention in θ, or apart) differ.
    Fitted value and prior are weighed by their precisions.
    """

    type: str
    fitted_difficulty: float
    fitted_difficulty_sd: float
    fitted_discrimination: float
    fitted_log_sd: float
    habit_sd: float
    base_rate: float
    prior_difficulty: float
    prior_discrimination: float
    difficulty: float
    discrimination: float
    log_sd: float


@dataclass(frozen=True)
class FittedActs:
    """What the fit found: the items, and what holds for all of them."""

    items: tuple[FittedItem, ...]
    mode: Mode
    first: int
    last: int
    n_partners: int

    def source(self, item: FittedItem) -> str:
        """Where an item's figures come from, for the codebook's column."""
        return (
            f"fitted: KCNA headlines {self.first}-{self.last}, {self.n_partners} partners by year; "
            f"λ {item.fitted_discrimination:.2f} (log-sd {item.fitted_log_sd:.2f}) weighed with the house prior "
            f"{item.prior_discrimination:g}, log-sd after {item.log_sd:.2f}"
        )

    def summary(self) -> dict[str, Any]:
        """Strict JSON."""
        mode = self.mode
        return {
            "first": self.first,
            "last": self.last,
            "partners": self.n_partners,
            "items": [{**i._asdict(), "source": self.source(i)} for i in self.items],
            "coefficients": {n: {"value": mode[n], "sd": mode.spread(n)} for n in mode.prior.names},
            "log_likelihood": mode.log_likelihood,
            "not_identified": list(NOT_IDENTIFIED),
        }


def _prior() -> Prior:
    flat = np.sqrt(1 + FLATTENING)
    return Prior.of(
        [
            *((f"log λ {k.type}", np.log(k.discrimination * flat), SCALE_SD) for k in KINDS),
            *((f"b {k.type}", k.difficulty, SCALE_SD) for k in KINDS),
            *((f"log s {k.type}", 0.0, 0.7) for k in KINDS),
            ("log decay", np.log(1e-4), 1.0),
            ("jubilee", 0.3, 0.3),
            ("log year sd", np.log(0.5), 0.3),
            ("response", 0.03, 0.03),
            *((f"{name} {k.type}", 0.0, 1.0) for k in KINDS for name in COVARIATES[:N_COVARIATES]),
        ]
    )


def _habits(v: Float[np.ndarray, "P"]) -> Habits:
    n = len(KINDS)
    decay, jubilee, year_sd, response = v[3 * n : 3 * n + 4]
    return Habits(
        discrimination=np.exp(v[:n]),
        difficulty=v[n : 2 * n],
        habit_sd=np.exp(v[2 * n : 3 * n]),
        loading=np.zeros(0),
        sign=np.array([-1.0 if k.type.startswith("D") else 1.0 for k in KINDS]),
        slopes=v[3 * n + 4 :].reshape(n, -1),
        sd=BASE_SD,
        decay=float(np.exp(decay)),
        jubilee=float(jubilee),
        year_sd=float(np.exp(year_sd)),
        response=float(response),
    )


def fit_acts(
    partners: Partners, codebook: Codebook, until: int,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> FittedActs:  # fmt: skip
    """Fit by the marginal likelihood of everything done and left undone toward every state up to a year.

    Raises
    ------
    InputError
        Where the codebook lacks one of the types.
    """
    population = partners.is_state[:, : partners.column(until) + 1].any(axis=1)
    panel = partners.panel(until + 1, [k.items for k in KINDS], population, False, N_COVARIATES)

    def log_likelihood(v: Float[np.ndarray, "P"]) -> float:
        return float(follow(panel, _habits(v)).log_likelihood.sum())

    mode = find_mode(log_likelihood, _prior(), progress=progress)
    rates = [float(np.nanmean(done)) for done in panel.done]
    items = [_item(codebook, mode, kind, rate) for kind, rate in zip(KINDS, rates, strict=True)]
    items += [
        i._replace(type=COMPLEMENT[i.type], base_rate=1 - i.base_rate) for i in items if i.type in COMPLEMENT
    ]
    return FittedActs(tuple(items), mode, partners.years[0], until, int(population.sum()))


def _item(codebook: Codebook, mode: Mode, kind: Kind, rate: float) -> FittedItem:
    name = kind.type
    habit = float(np.exp(mode[f"log s {name}"]))
    log_slope = mode[f"log λ {name}"] - np.log(1 + FLATTENING * habit**2) / 2
    lost = FLATTENING * habit**2 / (1 + FLATTENING * habit**2)  # d log flattening / d log s
    log_sd = float(np.hypot(mode.spread(f"log λ {name}"), lost * mode.spread(f"log s {name}")))
    b, b_sd = mode[f"b {name}"], mode.spread(f"b {name}")
    warmth_sd = codebook.types[codebook.index(name)].warmth_sd  # b moves with μ over draws of the weights
    carried, carried_sd = _weighed(np.log(kind.discrimination), MODIFIER_LOG_SD, log_slope, log_sd)
    return FittedItem(
        name, b, b_sd, float(np.exp(log_slope)), log_sd, habit, rate, kind.difficulty, kind.discrimination,
        _weighed(kind.difficulty, warmth_sd, b, b_sd)[0], float(np.exp(carried)), carried_sd,
    )  # fmt: skip


def _weighed(prior: float, prior_sd: float, fitted: float, fitted_sd: float) -> tuple[float, float]:
    """Mean and sd of prior and fitted value together."""
    weights = np.array([prior_sd**-2, 1 / (fitted_sd**2 + TRANSPORT_SD**2)])
    return float(weights @ [prior, fitted] / weights.sum()), float(weights.sum() ** -0.5)
