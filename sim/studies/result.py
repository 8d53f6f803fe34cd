"""The answer of one validation: every score beside its baselines, with interval, aim and verdict."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Progress = Callable[[int, int], None]
"""Called with how much is done, of how much."""

MARKS = {True: "met", False: "missed", None: "no aim"}


class Interval(NamedTuple):
    """A difference, model minus baseline, and the ends of its 90 % interval."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether both ends lie on the same side of zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Score:
    """One row of the table.

    Parameters
    ----------
    metric
        What is measured, such as ``log loss``, and over what.
    model
        The product's value.
    baselines
        Value of every baseline in the same run.
    differences
        Model minus baseline with its interval, where there is one.
    aim, is_met
        What was aimed at, in words, and whether it was reached; `None` where nothing was aimed at.
    better
        Which way is better.
    """

    metric: str
    model: float
    baselines: Mapping[str, float] = field(default_factory=dict)
    differences: Mapping[str, Interval] = field(default_factory=dict)
    aim: str = ""
    is_met: bool | None = None
    better: Literal["higher", "lower", "neither"] = "neither"

    @property
    def verdict(self) -> str:
        """``met``, ``missed`` or ``no aim``."""
        return MARKS[self.is_met]

    def summary(self) -> dict[str, Any]:
        """Strict JSON: no NaN."""
        return {
            "metric": self.metric,
            "better": self.better,
            "model": _finite(self.model),
            "baselines": {name: _finite(value) for name, value in self.baselines.items()},
            "differences": {name: [_finite(v) for v in d] for name, d in self.differences.items()},
            "aim": self.aim,
            "verdict": self.verdict,
        }


@dataclass(frozen=True)
class Validation:
    """All that one target has to say.

    Parameters
    ----------
    name, question
        The target's word on the command line, and what is asked in one sentence.
    windows
        What was fitted on and what was tested on, in words.
    n
        Number of test cases.
    scores
        The table.
    notes
        Analysis and limits, one paragraph each.
    curves
        Data of the figures by name: a list of records each (reliability bins, rank counts, …).
    """

    name: str
    question: str
    windows: Mapping[str, str]
    n: int
    scores: Sequence[Score]
    notes: Sequence[str] = ()
    curves: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)

    @property
    def is_met(self) -> bool:
        """Whether no aim was missed."""
        return all(score.is_met is not False for score in self.scores)

    def summary(self) -> dict[str, Any]:
        """Strict JSON: no NaN."""
        return {
            "name": self.name,
            "question": self.question,
            "windows": dict(self.windows),
            "n": self.n,
            "scores": [score.summary() for score in self.scores],
            "notes": list(self.notes),
            "curves": {name: [_clean(r) for r in records] for name, records in self.curves.items()},
        }


def _clean(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _finite(value) if isinstance(value, float) else value for key, value in record.items()}


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
