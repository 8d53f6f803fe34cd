"""The document that ``sim validate --report`` writes: every target's table, pictures, notes and limits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from sim.errors import complain
from sim.studies.result import Score, Validation
from sim.views.drawing.pictures import Pictures, write_pictures
from sim.views.studies.curves import draw_calibration, draw_reliability
from sim.views.studies.hindcast import HINDCASTS

LIMITS = (
    "**One state's view.** The greetings are what one news agency of one state printed. Silence there may be "
    "displeasure, a thin page, or nothing at all.",
    "**Headlines only.** Types were coded from headlines, by rule, by a machine: a visit that made no headline did "
    "not happen, and who acted is unknown where a headline does not say. Koreans in Japan are coded JPN.",
    "**Small numbers.** A few skipped greetings, a few flips, one contest: where the interval is wide, "
    "there was little to learn from. Cases of one partner or year hang together, and the intervals allow for that.",
    "**One run of history.** Constants were chosen with these years in view; only later years, scored by the same "
    "commands with another `--data`, can be called unseen.",
    "**Not identified here.** What a signal does to a third state that looks on (ω), and how much an act warms its "
    "target (μ), cannot be read from headlines of who greeted whom; they stay priors and are swept.",
)


def write_report(results: Sequence[Validation], file: Path) -> list[Path]:
    """Write the document and its pictures, the latter in ``images/`` beside it.

    Returns
    -------
    list of Path
        The document, then the pictures.

    Raises
    ------
    InputError
        Where they cannot be written.
    """
    images = file.parent / "images"
    pictures = list(draw_studies(results, images))
    text = "\n".join(
        [*_head(results), *(line for one in results for line in _section(one, pictures)), *_limits()]
    )
    try:
        file.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise complain(f"cannot write the report: {error.strerror or error}", file=file) from error
    return [file, *pictures]


def draw_studies(results: Sequence[Validation], out: Path) -> Iterator[Path]:
    """Draw what studies have to show, curves first, then hindcasts; the same answers give the same bytes.

    Raises
    ------
    InputError
        Where the pictures cannot be written.
    """
    curves: Pictures[Validation] = {"reliability": draw_reliability, "calibration": draw_calibration}
    hindcasts: list[tuple[Validation, Pictures[Validation]]] = [
        (one, {"hindcast": HINDCASTS[one.name]}) for one in results if one.name in HINDCASTS
    ]
    for one, pictures in [*((one, curves) for one in results), *hindcasts]:
        yield from write_pictures(
            pictures, one, out, title=one.question, about=one.name, identity=one.name, suffix=f"-{one.name}"
        )


def _head(results: Sequence[Validation]) -> Iterator[str]:
    names = " ".join(one.name for one in results)
    yield "# Forecasts against history"
    yield ""
    yield f"Written by `sim validate {names} --data DIR --report FILE`; change the program, not this page. Public data"
    yield "sets are not part of the project: bring your own copy. Every baseline was computed in the same run."
    yield ""
    yield (
        "Every claim stands beside its strongest rival. 'Clearly' means that the 90 % interval of the difference "
        "excludes zero; where there is no interval there is only the difference. All rivals are further down."
    )
    yield ""
    yield _row("target", "measure", "model", "strongest rival", "the model is", "aim", "verdict")
    yield _row(*["---"] * 7)
    for one in results:
        for score in one.scores:
            if score.aim and score.better != "neither":
                name, value, standing = _strongest(score)
                rival = f"{name} {_number(value)}"
                yield _row(
                    one.name, score.metric, _number(score.model), rival, standing, score.aim, score.verdict
                )
    yield ""
    for one in results:
        rest = [score for score in one.scores if score.aim and score.better == "neither"]
        if rest:
            n_met = sum(score.is_met is True for score in rest)
            yield f"- {one.name}: {n_met} of {len(rest)} further aims met, that have no rival."
    yield ""


def _strongest(score: Score) -> tuple[str, float, str]:
    """The best of the baselines, its value, and how the model stands to it in words."""
    sign = 1 if score.better == "higher" else -1
    name = max(score.baselines, key=lambda rival: sign * score.baselines[rival])
    value = score.baselines[name]
    lead = sign * (score.model - value)
    words = "better" if lead > 0 else "worse" if lead < 0 else "equal"
    difference = score.differences.get(name)
    is_clear = difference is not None and difference.excludes_zero
    return name, value, f"clearly {words}" if is_clear else words


def _section(one: Validation, pictures: Sequence[Path]) -> Iterator[str]:
    yield f"## {one.name}"
    yield ""
    yield (
        f"{one.question} "
        + "; ".join(f"{name} {span}" for name, span in one.windows.items())
        + f"; {one.n} cases."
    )
    yield ""
    yield from _table(one.scores)
    yield ""
    for picture in pictures:
        if picture.suffix == ".png" and picture.stem.partition("-")[2] == one.name:
            yield f"![{one.question}](images/{picture.name})"
            yield ""
    for note in one.notes:
        yield f"- {note}"
    yield ""


def _table(scores: Sequence[Score]) -> Iterator[str]:
    """One table for each set of baselines, so that no cell is empty."""
    groups: dict[tuple[str, ...], list[Score]] = {}
    for score in scores:
        groups.setdefault(tuple(score.baselines), []).append(score)
    for baselines, rows in groups.items():
        yield _row("measure", "model", *baselines, "aim", "verdict")
        yield _row(*["---"] * (4 + len(baselines)))
        for score in rows:
            others = (_beside(score, name) for name in baselines)
            yield _row(score.metric, _number(score.model), *others, score.aim, score.verdict)
        yield ""


def _beside(score: Score, name: str) -> str:
    value = _number(score.baselines[name])
    if name not in score.differences:
        return value
    difference = score.differences[name]
    return f"{value} (Δ {difference.value:+.3f}, {difference.low:+.3f} to {difference.high:+.3f})"


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "none"
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _row(*cells: str) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"


def _limits() -> Iterator[str]:
    yield "## Limits"
    yield ""
    for limit in LIMITS:
        yield f"- {limit}"
