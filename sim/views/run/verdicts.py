"""Pictures of what the run says of its question: what each act changed, and which expectations hold."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from sim.scenario.schema.items import Expectation
from sim.views.drawing.sheet import (
    BLUE,
    INK,
    LINE,
    MARGIN,
    PALETTE,
    QUIET,
    VERMILLION,
    darker,
    plain_day,
    signed,
)
from sim.views.drawing.words import clipped, shown, wrapped
from sim.views.run.page import (
    GAP,
    HELD,
    PLOT_LEFT,
    PLOT_WIDTH,
    TIME_WIDTH,
    EndLabel,
    Page,
    Panel,
    end_tables,
    held_band,
    held_line,
    mark_lines,
    mark_strip,
    marks_note,
    number_axis,
    share_limits,
    strip_height,
    time_axis,
)
from sim.views.run.results import Mark, Results

MAX_ACTS = 4
MAX_LINES = 6
LEAST = 0.0005  # what is smaller prints as 0
MAX_EXPECTATIONS = 24
STATEMENT_WIDTH, DOTS_LEFT, DOTS_WIDTH = 4.2, 4.65, 2.6  # inches
SPAN = ("difference", "q05", "q95")
VERDICTS = {"holds": ("✓", BLUE), "fails": ("✗", VERMILLION), "open": ("?", QUIET), "moot": ("–", QUIET)}
DIFFERENCE = "mean difference (90\u00a0% of replicas)"
WHAT = {"affinity": "affinity", "alignment": "alignment with the poles"}


def draw_contrasts(results: Results) -> Figure | None:
    """Draw what each act changed: the run with it minus the same run, the same chance, without it.

    None where no expectation asks for the run without an act.
    """
    if not results.has("contrasts"):
        return None
    table = results.table("contrasts")
    acts = list(dict.fromkeys(table["act"]))
    kinds = [(act, kind) for act in acts[:MAX_ACTS] for kind in WHAT if _rows(table, act, kind).size]
    tall, strip = 1.75, strip_height(results)
    page = Page(
        results, "What each act changed", _contrast_notes(results, len(acts)),
        TIME_WIDTH, strip + len(kinds) * (tall + GAP),
    )  # fmt: skip
    mark_strip(page, results)
    panels: list[Panel] = []
    for k, (act, kind) in enumerate(kinds):
        top = strip + GAP / 2 + k * (tall + GAP)
        axes = page.axes(PLOT_LEFT, top, PLOT_WIDTH, tall, _contrast_title(results, act, kind))
        panels.append((axes, _contrast_panel(axes, results, _rows(table, act, kind), kind)))
        time_axis(axes, results, is_last=k == len(kinds) - 1)
        mark_lines(axes, results, partial(_is_called, act))
    for kind in WHAT:
        alike = [panel for panel, (_, own) in zip(panels, kinds, strict=True) if own == kind]
        if alike:
            share_limits(alike)
    header = ("most changed", "mean at the end", "spread", "error of mean")
    end_tables(page, panels, header if results.n_replicas > 1 else header[:2])
    return page.figure


def _rows(table: pd.DataFrame, act: str, kind: str) -> pd.DataFrame:
    return table[(table["act"] == act) & (table["quantity"] == kind)]


def _is_called(act: str, mark: Mark) -> bool:
    return mark.key == act


def _contrast_notes(results: Results, n_acts: int) -> list[str]:
    n = results.n_replicas
    how = (
        f"Line: mean of {n} paired differences. Shaded: their spread over the replicas, one standard deviation to "
        "either side. Error of mean: half its 95\u00a0% interval, which more replicas would narrow, and which says "
        f"nothing of how they differ. Drawn where that is clear of 0, at most {MAX_LINES} a panel, none under a tenth "
        f"of the largest. {HELD}"
        if n > 1
        else f"One replica: a difference, but neither spread nor error. {HELD}"
    )
    notes = [f"The run with the act minus the same run, the same chance, without it. {how}"]
    if n_acts > MAX_ACTS:
        notes.append(f"The first {MAX_ACTS} of the {n_acts} acts that the expectations ask about.")
    off = {row["against"] for row in results.manifest["expectations"] if row["verdict"] == "moot"}
    if off:
        notes.append(f"Nothing to leave out, for it is off or later: {', '.join(sorted(off))}.")
    return notes + results.key + marks_note(results)


def _contrast_title(results: Results, act: str, kind: str) -> str:
    text = next((f"{m.text}, {plain_day(m.day)}" for m in results.marks if m.key == act), act)
    return clipped(f"{text}: {WHAT[kind]}", PLOT_WIDTH, weight="bold")


def _contrast_panel(axes: Axes, results: Results, rows: pd.DataFrame, kind: str) -> list[EndLabel]:
    """Draw the dyads, or the states and poles, that differ most at the end."""
    number_axis(axes, f"{kind}, with − without")
    labels, has_spread = [], results.n_replicas > 1
    most = _most_changed(rows[rows["step"] == results.steps[-1]], has_spread)
    for colour, (_, last) in zip(PALETTE, most.iterrows(), strict=False):
        line = rows[(rows["state"] == last["state"]) & (rows["toward"] == last["toward"])]
        mean, sd = (line[name].to_numpy(float) for name in ("mean", "sd"))
        if has_spread:
            held_band(axes, results.day_numbers, mean - sd, mean + sd, color=colour, alpha=0.18, linewidth=0)
        held_line(axes, results.day_numbers, mean, color=colour, linewidth=1.6)
        cells = [_who(results, kind, last["state"], last["toward"]), signed(last["mean"], 3)]
        if has_spread:
            cells += [f"± {size:.3f}" for size in (last["sd"], last["mean_high"] - last["mean"])]
        labels.append(EndLabel(last["mean"], tuple(cells), colour, is_bold=True))
    if not labels:
        text = "no difference at the end that is clear of 0 in three decimals"
        axes.set_ylim(-LEAST, LEAST)
        axes.text(0.99, 0.85, text, transform=axes.transAxes, color=QUIET, ha="right")
    return labels


def _most_changed(end: pd.DataFrame, has_spread: bool) -> pd.DataFrame:
    size = end["mean"].abs()
    is_clear = (end["mean_low"] > LEAST) | (end["mean_high"] < -LEAST) if has_spread else size > LEAST
    rows_shown: pd.DataFrame = end.assign(size=size)[is_clear & (size >= 0.1 * size.max())]
    return rows_shown.sort_values("size", ascending=False, kind="stable").head(MAX_LINES)


def _who(results: Results, kind: str, state: str, toward: str) -> str:
    return results.arrow(state, toward) if kind == "affinity" else f"{results.label(state)} with {toward}"


def draw_expectations(results: Results) -> Figure | None:
    """Draw each expectation with the share of replicas in which it holds; none where nothing is expected."""
    rows = list(zip(results.manifest["expectations"], results.scenario.expect, strict=True))[
        :MAX_EXPECTATIONS
    ]
    if not rows:
        return None
    texts = [_statement(results, row, expectation) for row, expectation in rows]
    heights = [max(2, len(statement) + len(why)) * LINE + 0.2 for statement, why in texts]
    what = "What was expected, and what the run says"
    page = Page(results, what, _verdict_notes(results), TIME_WIDTH, sum(heights) + 0.8)
    axes = _dots_axes(page, sum(heights))
    stops = [
        DOTS_LEFT + DOTS_WIDTH + x for x in (0.2, 1.15, 1.8, TIME_WIDTH - DOTS_LEFT - DOTS_WIDTH - MARGIN)
    ]
    _print_cells(page, 0.16, ("verdict", "share", "required", DIFFERENCE), stops, QUIET)
    y = 0.0
    for (row, _), (statement, why), tall in zip(rows, texts, heights, strict=True):
        _draw_verdict(page, axes, row, y + tall / 2, stops)
        above = y + 0.3 + (tall - (len(statement) + len(why)) * LINE) / 2
        for k, line in enumerate([*statement, *why]):
            page.write(MARGIN, above + k * LINE, line, color=INK if k < len(statement) else QUIET)
        y += tall
        axes.axhline(y, color="#E3E3E3", linewidth=0.6, zorder=0.5)
    return page.figure


def _dots_axes(page: Page, tall: float) -> Axes:
    axes = page.axes(DOTS_LEFT, 0.3, DOTS_WIDTH, tall)
    axes.set(ylim=(tall, 0), xlim=(-0.02, 1.02), yticks=[], xlabel="share of replicas in which it holds")
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.grid(axis="x", color="#E3E3E3", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    return axes


def _verdict_notes(results: Results) -> list[str]:
    n = len(results.scenario.expect)
    notes = [
        "Dot: share of replicas in which the statement holds; line: the error of that share (95\u00a0%), which more "
        "replicas would narrow. Upright stroke: the share the author required; open: the error reaches over it; moot: "
        "the act to be left out is off, or later, so there is nothing to leave out. Difference: the quantity minus "
        "what it is compared with, and the range of the middle 90\u00a0% of replicas; of blocs, the probability of "
        "standing in one."
    ]
    return [*notes, *([f"The first {MAX_EXPECTATIONS} of {n} expectations."] if n > MAX_EXPECTATIONS else [])]


def _print_cells(page: Page, y: float, cells: Sequence[str], stops: Sequence[float], first: str) -> None:
    for k, (cell, stop) in enumerate(zip(cells, stops, strict=True)):
        colour = first if not k or first == QUIET else INK
        page.write(stop, y, cell, ha="right" if k else "left", va="center_baseline", color=colour)


def _draw_verdict(page: Page, axes: Axes, row: dict[str, Any], y: float, stops: Sequence[float]) -> None:
    mark, colour = VERDICTS[row["verdict"]]
    if row["verdict"] == "moot":
        cells = (f"{mark} moot", "", _percent(row["required"]), "nothing to leave out")
        _print_cells(page, 0.3 + y, cells, stops, darker(colour))
        return
    axes.plot([row["probability_low"], row["probability_high"]], [y, y], color=colour, linewidth=2.2)
    axes.plot([row["probability"]], [y], "o", color=colour, markersize=7, clip_on=False)
    axes.plot([row["required"]] * 2, [y - 0.13, y + 0.13], color=INK, linewidth=1.8)
    mean, low, high = (signed(row[key], 3 if abs(row["difference"]) >= 0.0095 else 4) for key in SPAN)
    span = f"{mean} ({low} to {high})"
    if row["quantity"] == "same_bloc":
        span = f"{row['value']:.0%} against {row['reference']:.0%}"
    cells = (f"{mark} {row['verdict']}", _percent(row["probability"]), _percent(row["required"]), span)
    _print_cells(page, 0.3 + y, cells, stops, darker(colour))


def _percent(share: float) -> str:
    """Print a share so that only 0 and 1 read as 0 % and 100 %."""
    text = f"{share:.0%}"
    return f"{share:.1%}" if text in ("0%", "100%") and share not in (0.0, 1.0) else text


def _statement(
    results: Results, row: dict[str, Any], expectation: Expectation
) -> tuple[list[str], list[str]]:
    """Put an expectation in words, and the author's reason, as lines."""
    text = _statement_text(results, row, expectation)
    why = shown(expectation.why or "")
    return wrapped(text, STATEMENT_WIDTH), wrapped(why, STATEMENT_WIDTH, lines=2)


def _statement_text(results: Results, row: dict[str, Any], e: Expectation) -> str:
    day = f"on {plain_day(results.scenario.date_of(int(row['step'])))}"
    first, second = results.name(e.who[0]), results.name(e.who[1])
    is_start = e.against == "start"
    other = "at the start" if e.against == "start" else f"without “{e.against.without}”"
    if e.quantity == "same_bloc":
        were = ("were", "were not") if is_start else ("would be", "would not be")
        tail = {
            "same": f"are in one bloc, or apart, {day} as {other}",
            "higher": f"are in one bloc {day}, and {were[1]} {other}",
            "lower": f"are not in one bloc {day}, but {were[0]} {other}",
        }
        return f"{first} and {second} {tail[e.direction]}."
    what = (
        f"Affinity of {first} toward {second}"
        if e.quantity == "affinity"
        else f"Alignment of {first} with {e.who[1]}"
    )
    if e.direction == "same":
        return f"{what} is within {e.margin:g} {day} of what it {'was' if is_start else 'is'} {other}."
    by = f" by more than {e.margin:g}" if e.margin else ""
    return f"{what} is {e.direction}{by} {day} than {other}."
