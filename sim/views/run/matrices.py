"""Pictures in rows and columns of states: who feels what toward whom, and how surely."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from sim.shapes import Float, Int
from sim.views.drawing.sheet import INK, MARGIN, PAPER, QUIET, plain_day, signed
from sim.views.drawing.words import SMALL, widest
from sim.views.run.page import GAP, Page
from sim.views.run.results import Results

LEAST_WIDTH = 2.8  # inches for a matrix, its heading and its scale
NUMBER_SIZE = 7.0  # points
CELL_FOR_NUMBER = 0.3  # inches
ROW_OF_WORDS = 0.11  # inches that a row of small words needs
SCALE = 0.62  # inches below a matrix for its colour scale
BLANK = "#EDEDED"
MAX_DRAWN = 30  # states whose cells are drawn one by one, with gaps; more become an image


@dataclass(frozen=True)
class Layer:
    """What one matrix shows.

    Attributes
    ----------
    title, values
        Its heading, and a number for each sender (row) and target (column).
    colours, low, high
        Name of a colour map and the values at its ends.
    say
        How a number is printed.
    scale
        What the numbers are, for the colour scale.
    """

    title: str
    values: Float[np.ndarray, "N N"]
    colours: str
    low: float
    high: float
    say: Callable[[float], str]
    scale: str


class Grid:
    """Matrices of a run on one page, in two columns, their states in the order that shows the blocs.

    Parameters
    ----------
    results
        The run; the number of its states decides the size of the cells.
    """

    def __init__(self, results: Results) -> None:
        self.results, self.order = results, results.order
        n = len(self.order)
        self.cell = 0.6 if n <= 6 else 0.36 if n <= 16 else min(0.24, 7.5 / n)
        self.side = self.cell * n
        self.every = ceil(ROW_OF_WORDS / self.cell)
        self.names = [_both_names(results, results.states[i]) for i in self.order]
        self.codes = [results.states[i] for i in self.order]
        self.is_upright = widest(self.codes, SMALL) > 0.92 * self.cell
        self.head = 0.3 + (widest(self.codes, SMALL) if self.is_upright else 0.12)
        self.left = MARGIN + widest(self.names, SMALL) + 0.1
        self.second = self.left + max(self.side, LEAST_WIDTH) + 0.45 + widest(self.codes, SMALL)
        self.width = max(self.second + max(self.side, LEAST_WIDTH) + MARGIN, 9.0)
        self.row_height = self.head + self.side + SCALE + 0.15

    @property
    def notes(self) -> list[str]:
        """Say how the states stand, and what the size of the cells leaves out."""
        found = ["States stand by bloc at the end of the run, the firmest members first."]
        if self.cell < CELL_FOR_NUMBER:
            found.append("The cells are too small for their numbers.")
        if self.every > 1:
            found.append(f"One state in {self.every} is named.")
        return [" ".join(found), *self.results.key]

    def draw(self, page: Page, layer: Layer, column: int, top: float) -> Axes:
        """Draw a matrix with its heading above, its row names left and its colour scale below."""
        left, top = (self.left, self.second)[column], top + self.head
        axes = page.axes(left, top, self.side, self.side)
        page.write(left, top - self.head + 0.02, layer.title, weight="bold")
        n = len(self.order)
        values = np.ma.masked_invalid(layer.values[np.ix_(self.order, self.order)])
        mesh = axes.pcolormesh(
            values, cmap=layer.colours, vmin=layer.low, vmax=layer.high, rasterized=n > MAX_DRAWN
        )
        if n <= MAX_DRAWN:
            mesh.set(edgecolor=PAPER, linewidth=0.5)
        axes.set(xlim=(0, n), ylim=(n, 0), facecolor=BLANK)
        axes.spines[:].set_visible(False)
        if self.cell >= CELL_FOR_NUMBER:
            _print_numbers(axes, values, layer)
        self._name_sides(axes, self.codes if column else self.names)
        _draw_scale(page, layer, left, top + self.side + 0.1)
        return axes

    def _name_sides(self, axes: Axes, names: Sequence[str]) -> None:
        named = slice(None, None, self.every)
        places = np.arange(len(names)) + 0.5
        axes.set_yticks(places[named], names[named], size=SMALL, color=INK)
        axes.set_xticks(places[named], self.codes[named], size=SMALL, color=INK)
        axes.tick_params(length=0, labelbottom=False, labeltop=True, pad=3)
        axes.tick_params(axis="x", labelrotation=90 if self.is_upright else 0)


def _both_names(results: Results, code: str) -> str:
    label = results.label(code)
    return code if label == code else f"{label}  {code}"


def _print_numbers(axes: Axes, values: np.ma.MaskedArray, layer: Layer) -> None:
    colours, scale = colormaps[layer.colours], Normalize(layer.low, layer.high, clip=True)
    for (i, j), value in np.ndenumerate(values):
        if values.mask is not np.ma.nomask and values.mask[i, j]:
            continue
        red, green, blue, _ = (part**2.2 for part in colours(scale(value)))
        is_dark = 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.2  # by luminance, as WCAG reckons it
        axes.text(
            j + 0.5, i + 0.5, layer.say(value), size=NUMBER_SIZE, ha="center", va="center_baseline",
            color=PAPER if is_dark else INK,
        )  # fmt: skip


def _draw_scale(page: Page, layer: Layer, left: float, top: float) -> None:
    wide = 2.4
    axes = page.axes(left, top, wide, 0.09)
    axes.pcolormesh(
        np.linspace(layer.low, layer.high, 65), [0, 1], np.linspace(layer.low, layer.high, 64)[None, :],
        cmap=layer.colours, rasterized=True,
    )  # fmt: skip
    middle = (layer.low + layer.high) / 2
    ticks = [layer.low, middle, layer.high]
    axes.set_xticks(ticks, [layer.say(tick) for tick in ticks], size=SMALL)
    axes.set(yticks=[], xlim=(layer.low, layer.high))
    axes.spines[:].set_visible(False)
    page.write(left, top + 0.3, layer.scale, size=SMALL, color=QUIET)


def outline(axes: Axes, labels: Int[np.ndarray, "N"]) -> None:
    """Draw a line around the cells of a matrix whose row and column belong to one bloc of two or more."""
    together = labels[:, None] == labels[None, :]
    same = np.pad(together & (together.sum(axis=0) > 1), 1)
    lines = []
    for i, j in zip(*np.nonzero(same[1:] != same[:-1]), strict=True):
        lines.append([(j - 1, i), (j, i)])
    for i, j in zip(*np.nonzero(same[:, 1:] != same[:, :-1]), strict=True):
        lines.append([(j, i - 1), (j, i)])
    axes.add_collection(LineCollection(lines, colors=INK, linewidths=1.3, clip_on=False))


def draw_affinity(results: Results) -> Figure:
    """Draw affinity at the start and end, its change and, with more than one replica, its spread."""
    sizes, layers = Grid(results), _affinity_layers(results)
    mean = f"mean of {results.n_replicas} replicas" if results.n_replicas > 1 else "the one replica"
    notes = [
        "Rows feel, columns are felt about. Affinity: −1\u00a0hostile (red), 0\u00a0indifferent (white), "
        f"+1\u00a0warm (blue); {mean}.",
        *sizes.notes,
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
    layers = [
        Layer(f"Start, {plain_day(scenario.start)}", mean[0], "RdBu", -1, 1, signed, affinity),
        Layer(f"End, {plain_day(scenario.end)}", mean[-1], "RdBu", -1, 1, signed, affinity),
        Layer("Change from start to end", change, "PuOr", -most, most, signed, "change of mean affinity"),
    ]
    if results.n_replicas > 1:
        say: Callable[[float], str] = "{:.2f}".format
        layers.append(
            Layer("How uncertain the end is", spread, "Greys", 0, 1, say, "standard deviation over replicas")
        )
    return layers
