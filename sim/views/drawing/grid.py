"""Matrices of states on a sheet: rows feel, columns are felt about; cells that rest on little are marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from sim.shapes import Bool, Float, Int
from sim.views.drawing.sheet import INK, MARGIN, PAPER, QUIET, Sheet
from sim.views.drawing.words import SMALL, widest

LEAST_WIDTH = 2.8  # inches for a matrix, its heading and its scale
NUMBER_SIZE = 7.0  # points
CELL_FOR_NUMBER = 0.3  # inches
ROW_OF_WORDS = 0.11  # inches that a row of small words needs
SCALE = 0.62  # inches below a matrix for its colour scale
BLANK = "#EDEDED"
MAX_DRAWN = 30  # states whose cells are drawn one by one, with gaps; more become an image
ALONE, UNKNOWN = "////", "xxxxxx"  # hatching of cells that rest on the background alone, and on nothing
FAINTLY: dict[str, Any] = {
    "style": "italic",
    "alpha": 0.75,
}  # how a number is printed that rests on the background alone


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
    is_alone, is_unknown
        Cells that rest on the background alone, and on nothing: hatched, and these without a number.
    """

    title: str
    values: Float[np.ndarray, "N N"]
    colours: str
    low: float
    high: float
    say: Callable[[float], str]
    scale: str
    is_alone: Bool[np.ndarray, "N N"] | None = None
    is_unknown: Bool[np.ndarray, "N N"] | None = None


class Grid:
    """Matrices of states on one sheet, side by side, their states in an order that shows the blocs.

    Parameters
    ----------
    codes, labels
        Of the states, in the order of the layers' axes; a label may be the code itself.
    order
        Place of each row's state among them; their number decides the size of the cells.
    columns
        How many matrices stand side by side, 1 or 2.
    """

    def __init__(
        self, codes: Sequence[str], labels: Sequence[str], order: Int[np.ndarray, "N"], columns: int = 2
    ) -> None:
        self.order = order
        n = len(order)
        self.cell = 0.6 if n <= 6 else 0.36 if n <= 16 else min(0.24, 7.5 / n)
        self.side = self.cell * n
        self.every = ceil(ROW_OF_WORDS / self.cell)
        self.codes = [codes[i] for i in order]
        self.names = [
            code if labels[i] == code else f"{labels[i]}  {code}"
            for i, code in zip(order, self.codes, strict=True)
        ]
        self.is_upright = widest(self.codes, SMALL) > 0.92 * self.cell
        self.head = 0.3 + (widest(self.codes, SMALL) if self.is_upright else 0.12)
        self.left = MARGIN + widest(self.names, SMALL) + 0.1
        wide = max(self.side, LEAST_WIDTH)
        self.second = self.left + wide + 0.45 + widest(self.codes, SMALL)
        self.width = max((self.left, self.second)[columns - 1] + wide + MARGIN, 9.0)
        self.row_height = self.head + self.side + SCALE + 0.15

    @property
    def size_notes(self) -> list[str]:
        """Say what the size of the cells leaves out."""
        notes = ["The cells are too small for their numbers."] if self.cell < CELL_FOR_NUMBER else []
        return [*notes, f"One state in {self.every} is named."] if self.every > 1 else notes

    def draw(self, page: Sheet, layer: Layer, column: int, top: float) -> Axes:
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
        unknown, alone = (self._ordered(cells) for cells in (layer.is_unknown, layer.is_alone))
        _hatch(axes, alone, ALONE)
        _hatch(axes, unknown, UNKNOWN)
        if self.cell >= CELL_FOR_NUMBER:
            _print_numbers(axes, np.ma.masked_where(unknown, values), layer, alone)
        self._name_sides(axes, self.codes if column else self.names)
        _draw_scale(page, layer, left, top + self.side + 0.1)
        return axes

    def _ordered(self, cells: Bool[np.ndarray, "N N"] | None) -> Bool[np.ndarray, "N N"]:
        n = len(self.order)
        return np.zeros((n, n), bool) if cells is None else cells[np.ix_(self.order, self.order)]

    def _name_sides(self, axes: Axes, names: Sequence[str]) -> None:
        named = slice(None, None, self.every)
        places = np.arange(len(names)) + 0.5
        axes.set_yticks(places[named], names[named], size=SMALL, color=INK)
        axes.set_xticks(places[named], self.codes[named], size=SMALL, color=INK)
        axes.tick_params(length=0, labelbottom=False, labeltop=True, pad=3)
        axes.tick_params(axis="x", labelrotation=90 if self.is_upright else 0)


def _hatch(axes: Axes, cells: Bool[np.ndarray, "N N"], pattern: str) -> None:
    """Lay a hatching over some cells, those side by side in one rectangle."""
    edges = np.diff(np.pad(cells, ((0, 0), (1, 1))).astype(int), axis=1)
    starts, ends = np.argwhere(edges == 1), np.argwhere(edges == -1)
    boxes = [
        Path([(x, y), (end, y), (end, y + 1), (x, y + 1), (x, y)])
        for (y, x), (_, end) in zip(starts, ends, strict=True)
    ]
    if boxes:
        patch = PathPatch(Path.make_compound_path(*boxes), hatch=pattern, fill=False, linewidth=0, alpha=0.45)
        patch.set(edgecolor=QUIET, hatch_linewidth=0.4, rasterized=len(cells) > MAX_DRAWN)
        axes.add_patch(patch)


def _print_numbers(
    axes: Axes, values: np.ma.MaskedArray, layer: Layer, alone: Bool[np.ndarray, "N N"]
) -> None:
    """Print what each cell holds, lighter and in italics where it rests on the background alone."""
    colours, scale = colormaps[layer.colours], Normalize(layer.low, layer.high, clip=True)
    for (i, j), value in np.ndenumerate(values):
        if values.mask is not np.ma.nomask and values.mask[i, j]:
            continue
        red, green, blue, _ = (part**2.2 for part in colours(scale(value)))
        is_dark = 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.2  # by luminance, as WCAG reckons it
        axes.text(
            j + 0.5, i + 0.5, layer.say(value), size=NUMBER_SIZE, ha="center", va="center_baseline",
            color=PAPER if is_dark else INK, **(FAINTLY if alone[i, j] else {}),
        )  # fmt: skip


def _draw_scale(page: Sheet, layer: Layer, left: float, top: float) -> None:
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
