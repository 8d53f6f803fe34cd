"""Pictures of hindcasts: what was forecast of each state beside what came, and errors window by window."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.studies.result import Validation
from sim.views.drawing.sheet import BLUE, FAINT, GREEN, INK, MARGIN, QUIET, VERMILLION, Sheet
from sim.views.drawing.words import SMALL

CLASSES = ("DPRK", "both", "none", "ROK")
COLOURS = {"DPRK": VERMILLION, "both": GREEN, "none": FAINT, "ROK": BLUE}
CELL, SPACE = 0.105, 0.35  # inches: width of a state, gap between groups
TALL, STRIP, CODE = 2.0, 0.16, 0.42  # inches: bars, strip of what came, room for the codes
WIDE, ROWS = 5.2, 2.1  # inches of the windows' panels
MOST_TICKS = 5
Record = Mapping[str, Any]


def draw_contest(result: Validation) -> Figure:
    """Draw the forecast of every state as a bar of probabilities, and below it what came."""
    cases = result.curves["korea-ties"]
    groups = [g for name in CLASSES[::-1] if (g := _group(cases, name))]
    rows = _in_rows(groups, most=90)
    step = TALL + STRIP + CODE + 0.55
    width = 0.75 + max(sum(len(g) * CELL + SPACE for g in row) for row in rows) + MARGIN
    n_right = sum(_likeliest(case) == case["after"] for case in cases)
    notes = [
        "Bars: forecast probability of each class, states grouped by the class that they had at the start. "
        "Strip below: the class that came. Black codes were forecast rightly, grey ones not.",
        f"Rightly forecast: {n_right} of {len(cases)}.",
    ]
    fit, test = result.windows["fit"], result.windows["test"]
    source = f"fit {fit}  ·  test {test}  ·  {len(cases)} states"
    sheet = Sheet(_title(result), f"Forecast of {test}", notes, source, width, len(rows) * step + 0.1)
    _legend(sheet)
    for r, row in enumerate(rows):
        left, top = 0.75, 0.55 + r * step
        for group in row:
            _draw_group(sheet, group, left, top, is_first=group is row[0])
            left += len(group) * CELL + SPACE
    return sheet.figure


def _title(result: Validation) -> str:
    return result.question[0].upper() + result.question[1:]


def _group(cases: Sequence[Record], before: str) -> list[Record]:
    """States of one class at the start, those likeliest to keep it last."""
    return sorted((c for c in cases if c["before"] == before), key=lambda c: c[f"p_{before}"])


def _in_rows(groups: Sequence[list[Record]], most: int) -> list[list[list[Record]]]:
    """Groups side by side, as many in a row as there is room for."""
    rows: list[list[list[Record]]] = [[]]
    for group in groups:
        if rows[-1] and sum(map(len, rows[-1])) + len(group) > most:
            rows.append([])
        rows[-1].append(group)
    return rows


def _likeliest(case: Record) -> str:
    return max(CLASSES, key=lambda name: float(case[f"p_{name}"]))


def _legend(sheet: Sheet) -> None:
    x = 0.75
    for name in CLASSES:
        sheet.write(x, 0.0, "■", color=COLOURS[name])
        sheet.write(x + 0.16, 0.0, name)
        x += 0.8


def _draw_group(sheet: Sheet, group: Sequence[Record], left: float, top: float, is_first: bool) -> None:
    wide = len(group) * CELL
    axes = sheet.axes(left, top, wide, TALL, f"{group[0]['before']} ({len(group)})")
    low = np.zeros(len(group))
    for name in CLASSES:
        share = np.array([c[f"p_{name}"] for c in group])
        axes.bar(range(len(group)), share, 0.86, bottom=low, color=COLOURS[name], linewidth=0)
        low += share
    axes.set(xlim=(-0.5, len(group) - 0.5), ylim=(0, 1), xticks=[], yticks=[0, 0.5, 1] if is_first else [])
    axes.spines["bottom"].set_visible(False)
    axes.spines["left"].set_visible(is_first)
    strip = sheet.axes(left, top + TALL + 0.05, wide, STRIP)
    strip.bar(range(len(group)), np.ones(len(group)), 0.86, color=[COLOURS[c["after"]] for c in group])
    strip.set(xlim=(-0.5, len(group) - 0.5), ylim=(0, 1))
    strip.set_axis_off()
    for i, case in enumerate(group):
        colour = INK if _likeliest(case) == case["after"] else QUIET
        x, y = left + (i + 0.5) * CELL, top + TALL + STRIP + 0.09
        sheet.write(x, y, case["code"], size=SMALL * 0.8, color=colour, rotation=90, ha="center")


def draw_windows(result: Validation) -> Figure:
    """Draw error and agreement of blocs of every window, the model's beside those of the last sessions."""
    windows = result.curves["un"]
    panels = (
        ("RMSE of a pair's agreement, lower is better", "rmse"),
        ("adjusted Rand index of blocs, higher is better", "adjusted_rand"),
    )
    notes = [
        "Full dot: the model. Ring: the last session again. Cross: the mean of the last three. Each window is forecast "
        "from the years before it alone."
    ]
    n = sum(int(w["n"]) for w in windows)
    height = len(panels) * (ROWS + 0.75)
    source = f"{len(windows)} windows  ·  {n} pairs of states"
    sheet = Sheet(
        _title(result), "Windows forecast, beside the last sessions", notes, source, WIDE + 1.4, height
    )
    for k, (title, measure) in enumerate(panels):
        axes = sheet.axes(0.75, 0.3 + k * (ROWS + 0.75), WIDE, ROWS, title)
        _draw_measure(axes, windows, measure)
    return sheet.figure


def _draw_measure(axes: Axes, windows: Sequence[Record], measure: str) -> None:
    x = np.arange(len(windows))
    names = (measure, f"{measure}_persistence", f"{measure}_mean")
    model, rival, mean = ([float(w[name]) for w in windows] for name in names)
    axes.vlines(x, model, rival, color=FAINT, linewidth=1.5, zorder=1)
    axes.plot(x, rival, "o", markersize=7, markerfacecolor="white", markeredgecolor=QUIET, zorder=2)
    axes.plot(x, mean, "x", markersize=6, color=QUIET, zorder=2)
    axes.plot(x, model, "o", markersize=6, color=BLUE, zorder=3)
    every = -(-len(windows) // MOST_TICKS)
    axes.set_xticks(x[::every], [f"{w['origin']}→{w['end']}" for w in windows[::every]])
    axes.set(xlim=(-0.5, len(windows) - 0.5), ylim=(0, 1.15 * max(*model, *rival, *mean)))


HINDCASTS: Mapping[str, Callable[[Validation], Figure]] = {"korea-ties": draw_contest, "un": draw_windows}
