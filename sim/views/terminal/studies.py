"""What `sim validate` says of a study: its question, its scores beside their baselines, its limits."""

from __future__ import annotations

from collections.abc import Iterator

from sim.studies.result import Interval, Score, Validation


def study_lines(study: Validation) -> Iterator[str]:
    """Say a study's result a line at a time."""
    windows = "; ".join([*(f"{name} {span}" for name, span in study.windows.items()), f"{study.n} cases"])
    yield f"{study.name}: {study.question} ({windows})"
    yield from ("  " + _score(score) for score in study.scores)
    yield from ("  · " + note for note in study.notes)


def _score(score: Score) -> str:
    others = ", ".join(
        f"{name} {_number(value)}{_difference(score.differences.get(name))}"
        for name, value in score.baselines.items()
    )
    aim = f"  [{score.aim}: {score.verdict}]" if score.aim else ""
    return f"{score.metric}: {_number(score.model)}" + (f"  ({others})" if others else "") + aim


def _difference(difference: Interval | None) -> str:
    if difference is None:
        return ""
    return f" Δ {difference.value:+.4f} [{difference.low:+.4f}, {difference.high:+.4f}]"


def _number(value: float) -> str:
    return f"{value:.4f}" if abs(value) < 1000 and value != int(value) else f"{value:g}"
