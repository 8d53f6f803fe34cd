"""Pictures in rows and columns of states: who feels what toward whom, and how surely."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

import numpy as np
from matplotlib.figure import Figure

from sim.calibration.basis import BACKGROUND, NOTHING
from sim.views.drawing.grid import Grid, Layer
from sim.views.drawing.sheet import plain_day, signed
from sim.views.run.basis import hatching_note
from sim.views.run.page import GAP, Page
from sim.views.run.results import Results


def grid_of(results: Results) -> Grid:
    """Lay out the matrices of a run."""
    return Grid(results.states, [results.label(code) for code in results.states], results.order)


def grid_notes(results: Results, grid: Grid) -> list[str]:
    """Say how the states stand, and what the size of the cells leaves out."""
    stand = "States stand by bloc at the end of the run, the firmest members first."
    return [" ".join([stand, *grid.size_notes]), *results.key]


def draw_affinity(results: Results) -> Figure:
    """Draw affinity at the start and end, its change and, with more than one replica, its spread."""
    sizes, layers = grid_of(results), _affinity_layers(results)
    mean = f"mean of {results.n_replicas} replicas" if results.n_replicas > 1 else "the one replica"
    notes = [
        "Rows feel, columns are felt about. Affinity: −1\u00a0hostile (red), 0\u00a0indifferent (white), "
        f"+1\u00a0warm (blue); {mean}.",
        *hatching_note(results),
        *grid_notes(results, sizes),
    ]
    height = ceil(len(layers) / 2) * sizes.row_height + GAP / 4
    page = Page(results, "Affinity of each state toward each other", notes, sizes.width, height)
    for k, layer in enumerate(layers):
        sizes.draw(page, layer, k % 2, (k // 2) * sizes.row_height)
    return page.figure


def _affinity_layers(results: Results) -> list[Layer]:
    mean = results.dyad("mean")
    change, spread = mean[-1] - mean[0], results.dyad("sd")[-1]
    most = max(0.05, ceil(20 * float(np.nanmax(np.abs(change)))) / 20)
    scenario, affinity = results.scenario, "mean affinity"
    marks = {"is_alone": results.rests_on(BACKGROUND), "is_unknown": results.rests_on(NOTHING)}
    layers = [
        Layer(f"Start, {plain_day(scenario.start)}", mean[0], "RdBu", -1, 1, signed, affinity, **marks),
        Layer(f"End, {plain_day(scenario.end)}", mean[-1], "RdBu", -1, 1, signed, affinity, **marks),
        Layer(
            "Change from start to end",
            change,
            "PuOr",
            -most,
            most,
            signed,
            "change of mean affinity",
            **marks,
        ),
    ]
    if results.n_replicas > 1:
        say: Callable[[float], str] = "{:.2f}".format
        layers.append(
            Layer(
                "How uncertain the end is",
                spread,
                "Greys",
                0,
                1,
                say,
                "standard deviation over replicas",
                **marks,
            )
        )
    return layers
