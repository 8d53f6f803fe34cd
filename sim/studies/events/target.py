"""`events`: the law run forward from belief, on acts between states, beside belief left as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from sim.calibration.likelihood import draw_weights
from sim.dynamics.chance import Purpose, stream
from sim.errors import complain
from sim.shapes import Float, Int
from sim.signals.codebook import shipped_codebook
from sim.studies.events.belief import Item, cumulative, dyads_up_to, filtered, fit_item
from sim.studies.events.forward import VARIANTS, Start, run_forward
from sim.studies.events.panel import Panel, log_likelihood, read_panel
from sim.studies.result import Progress, Score, Validation
from sim.studies.scores import paired_difference

QUESTION = "how cold will the acts of a year be, of each state toward each other?"
SIZES = (40, 100)  # busiest states
HORIZONS = 4  # years ahead
FIRST_YEARS = 5  # to fit on before the first cut
N_REPLICAS = 24
RNG_SEED = 20021
N_BOOTSTRAP = 300
AIM = "no worse than frozen belief"
NOTES = (
    "Belief is frozen where it stands at the cut; the law starts from the same draws. Log loss is per dyad-year with "
    "any act, lower is better; differences are law minus baseline, intervals over senders and targets.",
    "Where θ = 0 lies is not told by event data; it is fixed by belief's prior, mean 0. Rules that turn on the sign of "
    "θ (decay, observers) depend on it.",
    "All states are given the same capability, and relations; acts of the run are those of the default codebook.",
)


@dataclass(frozen=True)
class Case:
    """Forecasts of one number of states from one cut: log probability of what came true, by forecast and horizon.

    Attributes
    ----------
    cut
        Last year looked at.
    scores
        By forecast and horizon, an array over the dyads that acted in that year.
    senders, targets
        Whose they are, by horizon.
    """

    cut: int
    scores: dict[str, dict[int, Float[np.ndarray, "D"]]]
    senders: dict[int, Int[np.ndarray, "D"]]
    targets: dict[int, Int[np.ndarray, "D"]]


def validate(
    data: Path,
    fit_until: int | None,
    test: tuple[int, int] | None,
    progress: Progress,
    ahead: int | None = None,
) -> Validation:
    """Run the law forward from belief at each cut, and score it beside belief frozen, persistence and shrunk shares."""
    panel = read_panel(data)
    windows = _windows(panel, fit_until, test, ahead)
    cuts = sorted({cut for cut, _ in windows})
    scores: list[Score] = []
    items, n_cases = {}, 0
    for place, size in enumerate(SIZES):
        busiest = panel.busiest(size, cuts[0])
        items[size] = fit_item(busiest, cuts[0])
        cases = []
        for cut in cuts:
            horizons = [year - cut for origin, year in windows if origin == cut]
            cases.append(forecast(busiest, cut, horizons, items[size]))
            progress(place * len(cuts) + len(cases), len(SIZES) * len(cuts))
        n_cases += sum(senders.size for case in cases for senders in case.senders.values())
        scores += _scores(f"{len(busiest.codes)} states", cases)
    return Validation(
        name="events",
        question=QUESTION,
        windows={"fit": f"up to {cuts[0]}, belief up to each cut", "cuts": ", ".join(map(str, cuts))},
        n=n_cases,
        scores=scores,
        notes=[*NOTES, *(_fitted(size, item) for size, item in items.items())],
    )


def _windows(
    panel: Panel, fit_until: int | None, test: tuple[int, int] | None, ahead: int | None
) -> list[tuple[int, int]]:
    """Last year to look at, and year forecast, of every forecast."""
    horizons = range(1, HORIZONS + 1) if ahead is None else [ahead]
    years = list(range(test[0], test[1] + 1)) if test else []
    if fit_until is not None:
        windows = [(fit_until, year) for year in years or [fit_until + h for h in horizons]]
    elif test:
        windows = [(test[0] - 1 if ahead is None else year - ahead, year) for year in years]
    else:
        cuts = range(panel.first_year + FIRST_YEARS - 1, panel.last_year)
        windows = [(cut, cut + h) for cut in cuts for h in horizons]
    if not years:
        windows = [w for w in windows if w[1] <= panel.last_year]
    if not windows or any(not panel.first_year < cut < year <= panel.last_year for cut, year in windows):
        span = f"{panel.first_year}-{panel.last_year}"
        raise complain(f"two years to fit on and one to forecast must lie within {span}", key="--test")
    if ahead is not None and any(year - cut != ahead for cut, year in windows):
        raise complain("contradicts --fit-until and --test, which name cut and years", key="--ahead")
    return windows


def forecast(panel: Panel, cut: int, horizons: Sequence[int], item: Item) -> Case:
    """Forecast the years `horizons` ahead of a cut; nothing later than the cut is looked at."""
    cold, acts = dyads_up_to(panel, cut)
    codebook = shipped_codebook()
    weights = draw_weights(codebook, N_REPLICAS, stream(RNG_SEED, 0, Purpose.WEIGHTS))
    start = Start(panel.codes, cumulative(filtered(cold, acts, item)[0]), codebook, weights, RNG_SEED)
    runs = {name: run_forward(start, variant, max(horizons)) for name, variant in VARIANTS.items()}
    shares = {
        "persistence": Shares.fitted(cold, acts, 1),
        "shrunk shares": Shares.fitted(cold, acts, len(cold)),
    }
    case = Case(cut, {name: {} for name in (*runs, "frozen belief", *shares)}, {}, {})
    for h in horizons:
        i, j = np.nonzero(panel.acts[panel.row(cut + h)])
        k, n = (counts[panel.row(cut + h), i, j].astype(float) for counts in (panel.cold, panel.acts))
        for name, path in runs.items():
            case.scores[name][h] = _of_draws(k, n, path[h][:, i, j], item)
        case.scores["frozen belief"][h] = _of_draws(k, n, runs["law"][0][:, i, j], item)
        for name, share in shares.items():
            case.scores[name][h] = share.log_score(k, n, i * len(panel.codes) + j)
        case.senders[h], case.targets[h] = i, j
    return case


def _of_draws(
    cold: Float[np.ndarray, "D"], acts: Float[np.ndarray, "D"], theta: Float[np.ndarray, "R D"], item: Item
) -> Float[np.ndarray, "D"]:
    """Log probability of what came true, averaged over draws of θ."""
    each = log_likelihood(cold, acts, item.share(theta), item.concentration)
    mixed: np.ndarray = logsumexp(each, axis=0) - np.log(len(theta))
    return mixed


@dataclass(frozen=True)
class Shares:
    """Cold shares of past years, shrunk toward the share of all, with the concentrations that fit best a year ahead."""

    share: Float[np.ndarray, "D"]
    concentration: float

    @classmethod
    def fitted(cls, cold: Float[np.ndarray, "Y D"], acts: Float[np.ndarray, "Y D"], n_years: int) -> Shares:
        """Choose how strongly to shrink, and how sure to be, on the last of the known years; then use all of them."""
        seen = acts[-1] > 0

        def loss(log_weight: float, log_concentration: float) -> float:
            share = cls._shrunk(cold[:-1], acts[:-1], n_years, float(np.exp(log_weight)))[seen]
            s = float(np.exp(log_concentration))
            return -float(log_likelihood(cold[-1, seen], acts[-1, seen], share, s).mean())

        best = min(
            ((minimize_scalar(lambda s, w=w: loss(w, s), bounds=(-1.0, 7.0), method="bounded"), w)
             for w in np.linspace(-1.0, 6.0, 15)),
            key=lambda result: result[0].fun,
        )  # fmt: skip
        share = cls._shrunk(cold, acts, n_years, float(np.exp(best[1])))
        return cls(share, float(np.exp(best[0].x)))

    @staticmethod
    def _shrunk(
        cold: Float[np.ndarray, "Y D"], acts: Float[np.ndarray, "Y D"], n_years: int, weight: float
    ) -> Float[np.ndarray, "D"]:
        overall = cold.sum() / acts.sum()
        share: np.ndarray = (cold[-n_years:].sum(axis=0) + weight * overall) / (
            acts[-n_years:].sum(axis=0) + weight
        )
        return np.clip(share, 1e-6, 1 - 1e-6)

    def log_score(
        self, cold: Float[np.ndarray, "D"], acts: Float[np.ndarray, "D"], dyad: np.ndarray
    ) -> Float[np.ndarray, "D"]:
        """Log probability of what came true."""
        return log_likelihood(cold, acts, self.share[dyad], self.concentration)


def _scores(who: str, cases: Sequence[Case]) -> list[Score]:
    """Each horizon: the law beside the baselines and its own ablations, over all cuts that reach so far."""
    rows = []
    for h in sorted({h for case in cases for h in case.senders}):
        reach = [case for case in cases if h in case.senders]
        loss = {name: -np.concatenate([c.scores[name][h] for c in reach]) for name in reach[0].scores}
        clusters = [
            np.concatenate([c.senders[h] for c in reach]),
            np.concatenate([c.targets[h] for c in reach]),
        ]
        baselines = [name for name in loss if name != "law"]
        differences = {
            name: paired_difference(_mean, loss["law"], loss[name], None, clusters, N_BOOTSTRAP)
            for name in baselines
        }
        ahead = f"{h} year{'s' if h > 1 else ''} ahead"
        rows.append(
            Score(
                f"log loss, {who}, {ahead}",
                float(loss["law"].mean()),
                {name: float(loss[name].mean()) for name in baselines},
                differences,
                aim=AIM,
                is_met=differences["frozen belief"].low <= 0.0,
                better="lower",
            )
        )
    return rows


def _mean(loss: Float[np.ndarray, "D"], _: None, weight: Float[np.ndarray, "D"]) -> float:
    return float(np.average(loss, weights=weight))


def _fitted(size: int, item: Item) -> str:
    return (
        f"{size} states: P(cold | θ) = logistic({item.offset:.2f} − {item.slope:.2f} θ); a year of acts says no more "
        f"than about {item.concentration:.0f} independent ones."
    )
