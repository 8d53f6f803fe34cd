"""Every measure of the catalogue over time: one panel each, read down one time axis."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.outcomes.catalogue import WORLD, Measure, of_kind
from sim.shapes import Float
from sim.views.drawing.sheet import BLUE, FAINT, LINE, PALETTE, QUIET
from sim.views.run.lines import LEVELS, bands, bands_note, header
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
    held_line,
    mark_lines,
    mark_strip,
    marks_note,
    strip_height,
    time_axis,
)
from sim.views.run.results import Results

TALL = 1.1  # inches of a panel
ROWS = int(TALL / LINE)  # states that are named beside one


def draw_measures(results: Results) -> Figure:
    """Draw the measures of the whole world with their spread, and of each state with its mean over the replicas."""
    measures, strip = (*WORLD, *of_kind("states")), strip_height(results)
    notes = [
        f"Acts are counted from the start. {bands_note(results)} Of single states the mean alone, with the names of "
        f"the {ROWS} highest at the end. {HELD}",
        *results.key,
        *marks_note(results),
    ]
    page = Page(results, "What is measured", notes, TIME_WIDTH, strip + len(measures) * (TALL + GAP))
    mark_strip(page, results)
    panels: list[Panel] = []
    for k, measure in enumerate(measures):
        title = measure.label.capitalize()
        axes = page.axes(PLOT_LEFT, strip + GAP / 2 + k * (TALL + GAP), PLOT_WIDTH, TALL, title)
        draw = _states if measure.kind == "states" else _world
        panels.append((axes, draw(axes, results, measure)))
        axes.set_ylabel(measure.unit)
        axes.locator_params(axis="y", nbins=4)
        time_axis(axes, results, is_last=measure is measures[-1])
        mark_lines(axes, results)
    end_tables(page, panels, header(results, "", "start", "end"))
    return page.figure


def _world(axes: Axes, results: Results, measure: Measure) -> list[EndLabel]:
    """One line and its spread; what is added up over a run is drawn as added up so far."""
    path = results.measure(measure)
    path = path.cumsum(axis=1) if measure.over_run == "sum" else path
    if not np.isfinite(path[:, [0, -1]]).all():  # of few states there may be no triangle to balance
        return []
    days = results.days_of(measure)
    mean, quantiles = path.mean(axis=0), np.quantile(path, LEVELS, axis=0)
    if results.n_replicas > 1:
        bands(axes, days, quantiles, BLUE)
    held_line(axes, days, mean, color=BLUE, linewidth=1.6, zorder=3)
    return [_end(results, measure.label, path, BLUE)]


def _states(axes: Axes, results: Results, measure: Measure) -> list[EndLabel]:
    path = results.measure(measure)
    mean, days = path.mean(axis=0), results.days_of(measure)
    colours = dict(zip(results.focus, PALETTE, strict=False))
    for i, code in enumerate(results.states):
        held_line(
            axes, days, mean[:, i], color=colours.get(code, FAINT), linewidth=1.4 if code in colours else 0.8
        )
    highest = np.argsort(-mean[-1], kind="stable")[:ROWS]
    return [
        _end(results, results.label(code), path[:, :, i], colours.get(code, QUIET))
        for i, code in ((i, results.states[i]) for i in highest)
    ]


def _end(results: Results, name: str, path: Float[np.ndarray, "R T"], colour: str) -> EndLabel:
    mean, (low, high) = path.mean(axis=0), np.quantile(path[:, -1], (LEVELS[0], LEVELS[-1]))
    cells = [name, f"{mean[0]:.2f}", f"{mean[-1]:.2f}"]
    cells += [f"{low:.2f} to {high:.2f}"] if results.n_replicas > 1 else []
    return EndLabel(mean[-1], tuple(cells), colour, colour in PALETTE)
