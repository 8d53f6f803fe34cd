"""The yearly greeting: coefficients fitted on what came true, and forecasts as of each year's end.

All of a greeting's persistence is read as θ here (no habit apart): what is forecast is the ritual.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.background.prior import BASE_SD
from sim.estimation.items.mode import Mode, Prior, find_mode
from sim.estimation.items.occasions import Habits, Panel, follow
from sim.estimation.items.partners import COVARIATES, GREETING, N_THIN, Partners
from sim.shapes import Bool, Float

MEASURES = ("contacts", "kindnesses", "criticism", "greetings")
MEASURE_SD = 0.1  # firm: a partner's counts persist, so that one year's says little that the last had not
PRIOR = Prior.of(
    [
        ("log discrimination", np.log(3.0), 0.5),
        ("difficulty", -0.5, 0.5),
        ("log decay", np.log(2e-4), 1.0),
        ("jubilee", 0.3, 0.3),
        ("log year sd", np.log(0.5), 0.3),
        ("response", 0.03, 0.03),
        *((name, 0.0 if name == "criticism" else 0.1, MEASURE_SD) for name in MEASURES),
        *((name, 0.0, 0.4) for name in COVARIATES[:-1]),
        (COVARIATES[-1], 1.0, 0.75),
    ]
)


def habits(v: Float[np.ndarray, "P"]) -> Habits:
    """Coefficients from their vector in the order of `PRIOR`."""
    n = len(MEASURES)
    return Habits(
        discrimination=np.exp(v[:1]),
        difficulty=v[1:2],
        habit_sd=np.zeros(1),
        loading=v[6 : 6 + n],
        sign=np.ones(1),
        slopes=v[None, 6 + n :],
        sd=BASE_SD,
        decay=float(np.exp(v[2])),
        jubilee=float(v[3]),
        year_sd=float(np.exp(v[4])),
        response=float(v[5]),
    )


def panel_as_of(partners: Partners, year: int, ahead: int = 1) -> tuple[Panel, Bool[np.ndarray, "I"]]:
    """What led up to `year` toward those with ties, stated or inferred, as known `ahead` years before.

    The years between are occasions of which nothing is known.
    """
    population = partners.likely_greeted(year, ahead)
    panel = partners.panel(year, (GREETING,), population, True)
    if ahead == 1:
        return panel, population
    known = panel.done.shape[2] - (ahead - 1)
    unknown = np.arange(panel.done.shape[2]) >= known
    covariate = panel.covariate.copy()
    covariate[:, known:, -1] = covariate[:, known : known + 1, -1]  # the date kept, as of the last year known
    return Panel(
        done=np.where(unknown, np.nan, panel.done),
        measure=np.where(unknown, np.nan, panel.measure),
        covariate=covariate,
        jubilee=panel.jubilee,
        received=np.where(unknown, 0.0, panel.received),
    ), population


def fit_ritual(
    partners: Partners, until: int, progress: Callable[[int, int], None] = lambda done, of: None
) -> Mode:
    """Fit to the one-year-ahead probability of every greeting done and left undone up to a year."""
    panel, _ = panel_as_of(partners, until + 1)
    done = panel.done[0, :, N_THIN:]

    def log_likelihood(v: Float[np.ndarray, "P"]) -> float:
        p = np.clip(follow(panel, habits(v)).forecast[0, :, N_THIN:-1], 1e-9, 1 - 1e-9)
        return float(np.nansum(np.where(np.isnan(done), 0.0, np.log(np.where(done == 1, p, 1 - p)))))

    return find_mode(log_likelihood, PRIOR, has_spread=False, progress=progress)


def forecast_ritual(partners: Partners, mode: Mode, year: int, ahead: int = 1) -> Float[np.ndarray, "I"]:
    """Probability that each partner is greeted in `year`, as of the end of the year `ahead` before; NaN outside."""
    panel, population = panel_as_of(partners, year, ahead)
    forecast = np.full(len(partners.codes), np.nan)
    forecast[population] = follow(panel, habits(mode.value)).forecast[0, :, -1]
    return forecast
