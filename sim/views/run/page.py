"""A page about a run: its question as the title, time axes with the acts marked on them, labels at the ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from math import floor, log10
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.shapes import Float
from sim.views.drawing.sheet import (
    FAINT,
    INK,
    LINE,
    MARGIN,
    PALETTE,
    QUIET,
    Sheet,
    counted,
    darker,
    plain_day,
    signed,
)
from sim.views.drawing.words import SMALL, clipped, spread, widest, width
from sim.views.run.results import EPOCH, Mark, Results, day_number

PLOT_LEFT, PLOT_WIDTH, GUTTER = 0.85, 6.1, 4.6
TIME_WIDTH = PLOT_LEFT + PLOT_WIDTH + GUTTER + MARGIN
CELLS_LEFT = 0.36  # inches from a panel to the words that belong to its lines
GAP = 0.5  # inches between two panels
MAX_MARKS = 12
HELD = "Each saved step is drawn until the next, so that nothing begins before its cause."


class Page(Sheet):
    """A sheet about a run, whose question is the title."""

    def __init__(
        self, results: Results, what: str, notes: Sequence[str], width: float, height: float
    ) -> None:
        super().__init__(results.scenario.question, what, notes, _source(results), width, height)


def _source(results: Results) -> str:
    scenario, n = results.scenario, results.n_replicas
    span = f"{plain_day(scenario.start)} to {plain_day(scenario.end)}"
    steps = f"{counted(scenario.steps, 'step')} of {counted(scenario.step_days, 'day')}"
    return (
        f"run {results.run_id}  ·  scenario {scenario.name}  ·  {counted(n, 'replica')}  ·  {span}, {steps}"
    )


def time_axis(axes: Axes, results: Results, is_last: bool = True) -> None:
    """Give a panel the run's horizon as its axis, with dates that carry their year."""
    start, end = results.scenario.start, results.scenario.end
    days = (end - start).days
    axes.set_xlim(day_number(start), day_number(end))
    locator = AutoDateLocator(minticks=min(days, 3), maxticks=7)  # type: ignore[no-untyped-call]  # it ships no types
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _tick(date.fromordinal(EPOCH + int(x)), days)))
    axes.tick_params(labelbottom=is_last)


def _tick(day: date, span: int) -> str:
    return f"{day:%Y}" if span > 3000 else f"{day:%b %Y}" if span > 150 else plain_day(day)


def held_line(axes: Axes, x: Sequence[float], y: Float[np.ndarray, "S"], **how: Any) -> None:
    """Draw a line through saved steps, each held until the next: what came between is seen when it is known."""
    axes.plot(x, y, drawstyle="steps-post", **how)


def held_band(
    axes: Axes, x: Sequence[float], low: Float[np.ndarray, "S"], high: Float[np.ndarray, "S"], **how: Any
) -> None:
    """Shade between two lines that are drawn as `held_line` draws them."""
    axes.fill_between(x, low, high, step="post", **how)


def number_axis(axes: Axes, label: str) -> None:
    """Give a panel a y axis of signed numbers, as many digits as they need, with a line at 0."""
    axes.set_ylabel(label)
    axes.yaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: signed(y, _digits(axes)) if y else "0"))
    axes.axhline(0.0, color=QUIET, linewidth=0.6, zorder=0.5)


def _digits(axes: Axes) -> int:
    ticks = axes.get_yticks()
    return max(1, -floor(log10(ticks[1] - ticks[0]) + 1e-9)) if len(ticks) > 1 else 2


@dataclass(frozen=True)
class EndLabel:
    """Words that belong to the end of a line: where it ends, its colour, the cells to print."""

    y: float
    cells: tuple[str, ...]
    colour: str = QUIET
    is_bold: bool = False


Panel = tuple[Axes, Sequence[EndLabel]]


def end_tables(page: Page, panels: Sequence[Panel], header: Sequence[str]) -> None:
    """Print a small table beside each panel, every row led to the end of its line, none over another.

    The first cell is set flush left, the others flush right under their header; all the panels'
    tables share their columns.
    """
    stops = _stops([label.cells for _, labels in panels for label in labels], header)
    for axes, labels in panels:
        left, top, wide, tall = page.place(axes)
        low, high = axes.get_ylim()
        unit = (high - low) / tall
        edge = 0.05 * abs(unit)
        rows = spread(
            [label.y for label in labels], LINE * abs(unit), min(low, high) + edge, max(low, high) - edge
        )
        for label, row in zip(labels, rows, strict=True):
            _leader(axes, wide, label, row)
            colour = darker(label.colour) if label.colour in PALETTE else label.colour
            depth = top + (high - row) / unit
            _print_row(page, left + wide, depth, label.cells, stops, colour, label.is_bold)
        _print_row(page, left + wide, top - 0.06, header, stops, QUIET, False, va="bottom")


def _leader(axes: Axes, wide: float, label: EndLabel, row: float) -> None:
    x = [1 + inches / wide for inches in (0.0, 0.06, 0.24, 0.3)]
    axes.plot(
        x, [label.y, label.y, row, row], color=label.colour, linewidth=0.7, clip_on=False,
        transform=axes.get_yaxis_transform(), scalex=False, scaley=False,
    )  # fmt: skip


def _stops(rows: Sequence[Sequence[str]], header: Sequence[str]) -> list[float]:
    """Inches from the panel's right edge: where the first column begins and ends, and where the others end."""
    columns = list(zip(header, *rows, strict=True))
    others = [0.16 + widest(column) for column in columns[1:]]
    first = min(widest(columns[0], weight="bold"), GUTTER - CELLS_LEFT - sum(others))
    return [CELLS_LEFT, *(CELLS_LEFT + edge for edge in accumulate([first, *others]))]


def _print_row(
    page: Page, x: float, y: float, cells: Sequence[str], stops: Sequence[float], colour: str,
    is_bold: bool, va: str = "center_baseline",
) -> None:  # fmt: skip
    how = {"va": va, "color": colour}
    weight = "bold" if is_bold else "normal"
    room = stops[1] - stops[0] + 1e-6  # inches; the difference is rounded
    page.write(x + stops[0], y, clipped(cells[0], room, weight=weight), weight=weight, **how)
    for cell, stop in zip(cells[1:], stops[2:], strict=True):
        page.write(x + stop, y, cell, ha="right", **how)


def share_limits(panels: Sequence[Panel]) -> None:
    """Give panels the same y axis, so that they compare."""
    limits = [axes.get_ylim() for axes, _ in panels]
    for axes, _ in panels:
        axes.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))


def marks_note(results: Results) -> list[str]:
    """Say which scheduled acts are marked but not named, if any."""
    n = len(results.marks)
    return [f"The first {MAX_MARKS} of {n} scheduled acts are named."] if n > MAX_MARKS else []


def strip_height(results: Results) -> float:
    """Inches that the names of the scheduled acts need above the panels."""
    rows = [row for row, _ in _mark_rows(results.marks[:MAX_MARKS], results)]
    return LINE * (max(rows) + 1) + 0.12 if rows else 0.0


def _mark_rows(marks: Sequence[Mark], results: Results) -> list[tuple[int, float]]:
    """For each mark its row, 0 being the lowest, and its distance from the panel's left edge [inches].

    Names run to the right of their mark; an earlier one stands above the later ones it would touch,
    so that no stem crosses a name.
    """
    start, end = results.scenario.start, results.scenario.end
    scale = PLOT_WIDTH / max((end - start) / timedelta(days=1), 1)
    spots: list[tuple[int, float]] = []
    ends: list[tuple[int, float]] = []
    for mark in reversed(marks):
        x = (mark.day - start).days * scale
        reach = x + 0.12 + width(_mark_text(mark), SMALL)
        row = 1 + max((r for r, begin in ends if begin <= reach), default=-1)
        ends.append((row, x))
        spots.append((row, x))
    return spots[::-1]


def mark_strip(page: Page, results: Results) -> None:
    """Name the scheduled acts above the panels, each over its date."""
    named = results.marks[:MAX_MARKS]
    tall = strip_height(results)
    if not named:
        return
    axes = page.axes(PLOT_LEFT, 0.0, PLOT_WIDTH, tall)
    axes.set_axis_off()
    axes.set(xlim=(0, PLOT_WIDTH), ylim=(0, tall))
    for mark, (row, x) in zip(named, _mark_rows(named, results), strict=True):
        y = 0.1 + LINE * (row + 0.5)
        axes.plot([x, x], [0, y], color=QUIET, linewidth=0.7, clip_on=False)
        axes.plot([x], [y], "o", color=QUIET, markersize=2.5, clip_on=False)
        axes.text(x + 0.06, y, _mark_text(mark), size=SMALL, va="center_baseline", color=INK)


def _mark_text(mark: Mark) -> str:
    return clipped(mark.text, GUTTER, SMALL)  # so that even at the end of the axis it stays on the page


def mark_lines(axes: Axes, results: Results, is_own: Callable[[Mark], bool] = lambda _: False) -> None:
    """Draw a dashed line at each scheduled act, a dark one where it is the panel's own."""
    for mark in results.marks:
        own = is_own(mark)
        axes.axvline(
            day_number(mark.day), color=INK if own else FAINT,
            linewidth=0.9 if own else 0.6, linestyle=(0, (4, 2)), zorder=0.7 if own else 0.6,
        )  # fmt: skip
