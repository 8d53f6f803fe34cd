"""`korea-ties`: fit the agents to the contest up to a year, run them for a decade, and compare with what came."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import complain
from sim.shapes import Bool, Float, Int
from sim.studies.korea_ties.fit import NAMES
from sim.studies.korea_ties.hindcast import Hindcast, hindcast, weigh_model, with_mixture
from sim.studies.korea_ties.records import CLASSES, Records, read_records
from sim.studies.result import Interval, Progress, Score, Validation
from sim.studies.scores import (
    multi_accuracy,
    multi_brier,
    multi_log_loss,
    paired_difference,
    ranked_probability,
    reliability,
)
from sim.studies.years import refuse_unknown_years

QUESTION = "which Korea will states recognise {span} years on: none, the DPRK, the ROK or both?"
FIT_UNTIL, TEST = 1969, (1970, 1980)
DECADE = 10
N_REPLICAS = 500
AIM = 0.08
AIMED_AT = ("persistence", "majority class in hindsight", "yearly regional hazard", "recent moves")
AIM_TOLD = "beat persistence, majority class, hazard and recent moves by 0.08 each"
MOST_LATER, SHORTEST = 8, 6  # later windows, and the years that one must at least span
LATER_SHARE = 0.75  # of the model in a mixture that did best on 1995→2005 and 2005→15, see LIMITS


def validate(
    data: Path,
    fit_until: int | None,
    test: tuple[int, int] | None,
    progress: Progress,
    ahead: int | None = None,
) -> Validation:
    """Forecast the recognition contest and score it: the classes of the last test year, from the ties of the first."""
    records = read_records(data)
    until, first, last = _window(records, fit_until, test, ahead)
    result = hindcast(records, until, first, last, N_REPLICAS)
    weight, ends = weigh_model(records, until, last - first)
    if weight < 1:
        result = with_mixture(result, weight)
    progress(1, 3)
    notes = [
        _coefficients(result),
        _mixture_note(weight, ends, until),
        *_sensitivity(records, until, first, last),
    ]
    progress(2, 3)
    return Validation(
        name="korea-ties",
        question=QUESTION.format(span=last - first),
        windows={"fit": f"{records.first_year}-{until}", "test": f"{first}→{last}"},
        n=len(result.codes),
        scores=[*_scores(result), *_later_windows(records, first, last - first)],
        notes=[*notes, *LIMITS],
        curves={
            "korea-ties": _cases(result),
            "korea-ties turnover": _turnover(result),
            "korea-ties reliability": reliability(result.model.ravel(), np.eye(4)[result.outcome].ravel()),
        },
    )


def _window(
    records: Records, fit_until: int | None, test: tuple[int, int] | None, ahead: int | None
) -> tuple[int, int, int]:
    """Last year of the fit, year whose ties are given, and year forecast."""
    if test is None:
        first = TEST[0] if fit_until is None else fit_until + 1
        test = (first, first + (ahead or DECADE))
    if ahead is not None and test[1] - test[0] != ahead:
        raise complain(f"--test {test[0]}-{test[1]} is not {ahead} years long", key="--ahead")
    until = min(FIT_UNTIL, test[0] - 1) if fit_until is None else fit_until
    known = (records.first_year, records.last_year)
    refuse_unknown_years("ties", known, records.first_year + 1, until, test)
    if test[0] == test[1]:
        raise complain("a forecast needs a later year than that whose ties are given", key="--test")
    return until, *test


def _scores(result: Hindcast) -> list[Score]:
    rows = [
        ("accuracy", multi_accuracy, "higher", AIM_TOLD),
        ("log loss", multi_log_loss, "lower", AIM_TOLD),
        ("ranked probability score", _ranked_by_side, "lower", ""),
        ("Brier score", multi_brier, "lower", ""),
    ]
    return [_score(result, *row) for row in rows]


def _later_windows(records: Records, start: int, span: int) -> list[Score]:
    """The same forecast from later origins, each fitted to the years before it; the last windows are shorter."""
    origins = range(start + 1, records.last_year - SHORTEST + 1)
    rows = []
    for origin in origins[:: -(-len(origins) // MOST_LATER) or 1]:
        last = min(origin + span, records.last_year)
        result = hindcast(records, origin - 1, origin, last, N_REPLICAS // 5)
        forecasts = {name: result.baselines[name] for name in ("persistence", "recent moves")}
        forecasts[f"{LATER_SHARE:g} model, rest recent moves"] = result.mixture(LATER_SHARE)
        values = {name: multi_log_loss(shares, result.outcome) for name, shares in forecasts.items()}
        own = multi_log_loss(result.model, result.outcome)
        is_met = own < min(values["persistence"], values["recent moves"])
        aim = "below persistence and recent moves"
        rows.append(Score(f"log loss {origin}→{last}", own, values, {}, aim, is_met, "lower"))
    return rows


def _score(result: Hindcast, name: str, metric: Any, better: Any, aim: str) -> Score:
    sign = 1 if better == "higher" else -1
    values = {n: metric(p, result.outcome) for n, p in result.baselines.items()}
    model = metric(result.model, result.outcome)
    differences: dict[str, Interval] = {
        n: paired_difference(metric, result.model, p, result.outcome, [result.codes])
        for n, p in result.baselines.items()
    }
    is_met = all(sign * (model - values[n]) >= AIM for n in AIMED_AT) if aim else None
    return Score(name, model, values, differences, aim, is_met, better)


SIDES = np.array([1, 0, 2, 1])


def _ranked_by_side(
    probability: Float[np.ndarray, "C 4"], outcome: Int[np.ndarray, "C"], weight: Any = None
) -> float:
    """Ranked probability score on the order DPRK alone, even-handed (none or both), ROK alone."""
    ordered = np.column_stack([probability[:, 1], probability[:, 0] + probability[:, 3], probability[:, 2]])
    return ranked_probability(ordered, SIDES[outcome], weight)


def _coefficients(result: Hindcast) -> str:
    mode, sd = result.fit.mode[: len(NAMES)], np.sqrt(np.diag(result.fit.covariance))[: len(NAMES)]
    text = ", ".join(f"{n} {m:+.2f} ± {s:.2f}" for n, m, s in zip(NAMES, mode, sd, strict=True))
    return f"Fitted choice rule: {text}."


def _mixture_note(weight: float, ends: Sequence[int], until: int) -> str:
    if not ends:
        return f"No window of this length ended by {until}: the mixture is the model alone."
    text = ", ".join(map(str, ends))
    return (
        f"The mixture holds {weight:g} of the model and the rest of recent moves, by the log loss of the windows of "
        f"the same length that ended in {text}, each fitted to the years before it."
    )


def _sensitivity(records: Records, until: int, first: int, last: int) -> list[str]:
    """The same window under other judgements about what the fit cannot see."""
    text = []
    for words, prior in (
        ("the one-Korea line never fades", {"line_half_life": 1e9}),
        ("it fades with a half-life of 3 years", {"line_half_life": 3.0}),
        ("diplomacy grows no busier", {"pace_sd": 1e-3}),
        ("no state feels anything of its own", {"own_sd": 1e-3}),
    ):
        other = hindcast(records, until, first, last, N_REPLICAS // 5, **prior)
        text.append(f"{words}: {_accuracy_and_loss(other)}")
    return [f"Under other priors, accuracy and log loss: {'; '.join(text)}."]


def _accuracy_and_loss(result: Hindcast) -> str:
    return f"{multi_accuracy(result.model, result.outcome):.3f}, {multi_log_loss(result.model, result.outcome):.3f}"


def _cases(result: Hindcast) -> list[dict[str, Any]]:
    """One row for each state: the class it had, the forecast, and the class it came to have."""
    return [
        {
            "code": code,
            "before": CLASSES[before],
            "after": CLASSES[after],
            **{f"p_{name}": float(p) for name, p in zip(CLASSES, shares, strict=True)},
        }
        for code, before, after, shares in zip(
            result.codes, result.before, result.outcome, result.model, strict=True
        )
    ]


def _turnover(result: Hindcast) -> list[dict[str, Any]]:
    """How many states went from class to class, beside how many were expected to."""
    rows = []
    for i, before in enumerate(CLASSES):
        chosen: Bool[np.ndarray, "C"] = result.before == i
        for j, after in enumerate(CLASSES):
            observed, expected = (
                int((result.outcome[chosen] == j).sum()),
                float(result.model[chosen, j].sum()),
            )
            rows.append({"before": before, "after": after, "observed": observed, "expected": expected})
    return rows


LIMITS = (
    "The fading of the one-Korea line cannot be learnt from the years before it faded: its end (1969, when the "
    "doctrine's originator gave it up) and half-life of a year, and the width of the prior on the pace, were "
    "set with 1970-1984 in sight. On 1970→80 this is a hindcast under a stated judgement, not a blind forecast; the "
    "later decade, on years that were not here, is the blind one.",
    "Persistence at its rate in hindsight is told how many states will keep their class and which classes the others "
    "take: no forecast could know that; it shows how much of the gain in log loss is knowing the pace, and how "
    "much, with the accuracy, knowing who.",
    "Once the wave of recognitions of 1971-75 is in the fit, its pace runs on and the model expects too many to "
    "recognise both: nothing in it knows that the wave had a cause and an end. What a state feels of its own, a "
    "shorter memory (half-life 5 years, not 10) and a wider walk of the pace were chosen by the log loss of origins "
    "1970-1978 together; they mend the odds, not the accuracy. A pace that falls back to its mean after each wave did "
    "better from 1974 on and missed the wave itself, from 1970.",
    "Recent moves are one Markov chain for the whole world, from the moves between classes over the last ten years. "
    "On later years, which were not here, a reader found that the chain beats the model in 1995→2005 and 2005→15, and "
    "that three quarters of the model with a quarter of the chain beat either. That share is therefore shown beside "
    "the later windows, as a choice made with the future in sight; where a share could be chosen beforehand, "
    "from windows already ended, it was the model alone throughout these years.",
    "Ties come from one of the two ministries and by year only; a tie is 1 in the year in which it was cut. "
    "Germany and Vietnam stand with their successor's ties.",
)
