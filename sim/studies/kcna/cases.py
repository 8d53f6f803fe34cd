"""Who could be greeted in some years: what the model and every baseline forecast, and what came true."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.errors import complain
from sim.estimation.items.partners import CONTACT, CRITICISM, GREETING, KINDEST, Partners
from sim.estimation.items.ritual import fit_ritual, forecast_ritual
from sim.shapes import Bool, Float

WINDOW = 5
REGULAR = 4  # greeted in at least so many of the last `WINDOW` years
FIRST_TRAINED = 2  # years from the first that a baseline needs to look back on
BASELINES = ("last year", "five-year count", "partner rate", "logistic", "booster")
Forecaster = Callable[[dict[str, np.ndarray]], np.ndarray]


@dataclass(frozen=True)
class Cases:
    """Test cases: forecasts by every method and what came true, with their partner and year."""

    forecast: dict[str, Float[np.ndarray, "C"]]
    outcome: Float[np.ndarray, "C"]
    partner: Any
    year: Any
    has_tie: Bool[np.ndarray, "C"]
    is_regular: Bool[np.ndarray, "C"]

    @classmethod
    def joined(cls, parts: Sequence[Cases]) -> Cases:
        """The cases of several parts."""
        forecast = {n: np.concatenate([part.forecast[n] for part in parts]) for n in parts[0].forecast}
        names = ("outcome", "partner", "year", "has_tie", "is_regular")
        return cls(forecast, *(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def only(self, chosen: Bool[np.ndarray, "C"]) -> Cases:
        """Some of the cases."""
        forecast = {name: p[chosen] for name, p in self.forecast.items()}
        parts = (a[chosen] for a in (self.outcome, self.partner, self.year, self.has_tie, self.is_regular))
        return Cases(forecast, *parts)


def forecast_cases(partners: Partners, until: int, years: range, ahead: int) -> Cases:
    """Cases of some years, forecast by what was fitted up to an earlier one."""
    mode = fit_ritual(partners, until)
    return _cases(partners, {y: forecast_ritual(partners, mode, y, ahead) for y in years}, until, ahead)


def _cases(partners: Partners, model: dict[int, np.ndarray], until: int, ahead: int) -> Cases:
    trained = range(partners.years[0] + FIRST_TRAINED + ahead - 1, until + 1)
    x, y, _ = _stack(partners, trained, ahead)
    baselines = _baselines(x, y)
    x, y, where = _stack(partners, model, ahead)
    forecast = {"model": np.concatenate([p[~np.isnan(p)] for p in model.values()])}
    forecast |= {name: f(x) for name, f in baselines.items()}
    tie = [partners.has_tie[row, partners.column(year)] for row, year in where]
    return Cases(
        forecast, y, np.array([row for row, _ in where]), np.array([year for _, year in where]),
        np.array(tie), x["regularity"][:, 0] >= REGULAR,
    )  # fmt: skip


def _stack(
    partners: Partners, years: Any, ahead: int
) -> tuple[dict[str, np.ndarray], np.ndarray, list[tuple[int, int]]]:
    """Inputs of every baseline, outcomes and (partner, year) of the cases of some years."""
    blocks, outcome, where = [], [], []
    for year in years:
        t = partners.column(year)
        rows = np.flatnonzero(partners.likely_greeted(year, ahead))
        blocks.append({name: x[rows] for name, x in _inputs(partners, t, ahead).items()})
        outcome.append(partners.greeted[rows, t].astype(float))
        where += [(int(row), int(year)) for row in rows]
    x = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    return x, np.concatenate(outcome), where


def _inputs(partners: Partners, t: int, ahead: int) -> dict[str, np.ndarray]:
    """What each baseline is given, `ahead` years before year t; ``all`` is everything that the model is given."""
    end = t - ahead + 1
    past = partners.greeted[:, :end].astype(float)
    regularity = past[:, -WINDOW:].mean(axis=1) * WINDOW  # the first years have a shorter window
    count = np.log1p(partners.total(GREETING)[:, :end])[:, -WINDOW:].mean(axis=1) * WINDOW
    rate = (past.sum(axis=1) + 0.5) / (end + 1)
    covariate = partners.covariate()
    columns = [past[:, -1], regularity, rate, partners.jubilee()[:, t], *covariate[:, t, :-1].T]
    columns.append(covariate[:, end, -1])  # the date kept, as of the last year known
    for keys in (GREETING, CONTACT, KINDEST, CRITICISM):
        n = partners.total(keys)[:, :end]
        columns += [np.log1p(n[:, -1]), np.log1p(n[:, -WINDOW:].mean(axis=1))]
    return {
        "last year": past[:, -1:],
        "five-year count": count[:, None],
        "partner rate": rate[:, None],
        "regularity": regularity[:, None],
        "all": np.column_stack(columns),
    }


def _baselines(
    x: dict[str, np.ndarray], y: np.ndarray
) -> dict[str, Callable[[dict[str, np.ndarray]], np.ndarray]]:
    """Forecasters by name, trained on the same years as the model."""
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError:
        raise complain("the baselines need scikit-learn: install blocshift[validate]") from None
    logistic = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    booster = HistGradientBoostingClassifier(max_depth=3, learning_rate=0.05, random_state=0)
    machines = {
        "last year": ("last year", LogisticRegression()),
        "five-year count": ("five-year count", LogisticRegression()),
        "logistic": ("all", logistic),
        "booster": ("all", booster),
    }
    for inputs, machine in machines.values():
        machine.fit(x[inputs], y)

    def forecaster(inputs: str, machine: Any) -> Forecaster:
        return lambda new: np.asarray(machine.predict_proba(new[inputs])[:, 1])

    result = {name: forecaster(*pair) for name, pair in machines.items()}
    result["partner rate"] = lambda new: new["partner rate"][:, 0]
    return {name: result[name] for name in BASELINES}
