"""Pictures of a signed network of one's own: its blocs, and the minima of its landscape."""

from __future__ import annotations

from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from scipy.sparse import csr_array

from sim.network.answer import Answer
from sim.shapes import Float, Int
from sim.views.drawing.pictures import Pictures, write_pictures
from sim.views.drawing.sheet import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    MARGIN,
    ORANGE,
    PURPLE,
    QUIET,
    SKY,
    VERMILLION,
    Sheet,
)
from sim.views.drawing.words import SMALL, clipped, shown, widest
from sim.views.terminal.network import headline

MOST_IN_A_RING = 60  # states; more become a matrix
RING = 2.5  # inches: radius
MATRIX = 6.0  # inches
MOST_CELLS = 600  # rows of a matrix picture; more states share a row
MOST_COLUMNS = 24  # minima shown
COLUMN, ROW, STAIRS = 0.34, 0.19, 1.7  # inches of the landscape's grid and of the panel above it
WIDTH = 6.2  # inches: least width of a landscape
MOST_NAME = 1.3  # inches
BLOC_COLOURS = (GREEN, PURPLE, SKY, ORANGE)  # not those of friends and enemies


def draw_answer(answer: Answer, out: Path, name: str) -> list[Path]:
    """Draw a network's blocs, and its landscape where the minima were listed, as PNG and SVG.

    Parameters
    ----------
    answer
        What ``sim blocs`` found.
    out
        Folder for ``network`` and ``landscape``; the same answer gives the same bytes.
    name
        Title of the pictures.

    Raises
    ------
    InputError
        Where the pictures cannot be written.
    """
    pictures: Pictures[Answer] = {
        "network": partial(draw_network, name=name),
        "landscape": partial(draw_landscape, name=name),
    }
    return write_pictures(pictures, answer, out, title=name, about=name, identity=name)


def _source(answer: Answer) -> str:
    result = answer.result
    of = abs(answer.coupling).sum() / 2
    balance = "" if np.isnan(answer.balance) else f"  ·  balanced triangles {answer.balance:.1%}"
    index = f"frustration index {result.frustration_index:g} of {of:g}  ·  energy {result.energy:g}"
    return index + balance + _weighed(answer)


def _weighed(answer: Answer) -> str:
    return "" if answer.sizes is None else "  ·  edges weighed by sizes"


def _by_bloc(answer: Answer) -> Int[np.ndarray, "N"]:
    """States by bloc, the largest bloc first."""
    labels = answer.result.blocs
    size = np.bincount(labels, minlength=labels.size)[labels]
    return np.lexsort((labels, -size))


def _colours(answer: Answer) -> list[str]:
    """Colour of each state's bloc; grey for those alone."""
    labels = answer.result.blocs
    order = list(dict.fromkeys(labels[_by_bloc(answer)].tolist()))
    alone = np.bincount(labels, minlength=labels.size) == 1
    return [QUIET if alone[b] else BLOC_COLOURS[order.index(b) % len(BLOC_COLOURS)] for b in labels.tolist()]


def draw_network(answer: Answer, name: str) -> Figure:
    """Draw the states in a ring, bloc by bloc, with the edges at odds with the blocs standing out; many as a matrix."""
    n = len(answer.network.names)
    return _draw_ring(answer, name) if n <= MOST_IN_A_RING else _draw_matrix(answer, name)


def _draw_ring(answer: Answer, name: str) -> Figure:
    names = [clipped(shown(state), MOST_NAME, SMALL) for state in answer.network.names]
    side = 2 * (RING + 0.25 + max(widest(names, SMALL), 0.3))
    notes = [
        "Blue: friends; vermillion, dashed: enemies. Bold: at odds with the blocs, friends in different blocs or "
        "enemies in one. A state's colour is its bloc, grey if it stands alone."
    ]
    sheet = Sheet(name, headline(answer), notes, _source(answer), side, side)
    axes = sheet.axes(0.0, 0.0, side, side)
    axes.set(xlim=(-side / 2, side / 2), ylim=(-side / 2, side / 2))
    axes.set_axis_off()
    place, angle = _ring(answer)
    _draw_edges(axes, answer, place)
    size = np.ones(len(place)) if answer.sizes is None else answer.sizes / max(answer.sizes.max(), 1e-12)
    axes.scatter(
        place[:, 0], place[:, 1], s=25 + 135 * size, c=_colours(answer), zorder=4, edgecolors="white"
    )
    for state, (x, y), turn in zip(names, place * (1 + 0.16 / RING), angle, strict=True):
        is_left = np.cos(turn) < 0
        axes.text(
            x, y, state, size=SMALL, color=INK, rotation_mode="anchor",
            rotation=float(np.degrees(turn)) - 180 * is_left, ha="right" if is_left else "left", va="center",
        )  # fmt: skip
    return sheet.figure


def _ring(answer: Answer) -> tuple[Float[np.ndarray, "N 2"], Float[np.ndarray, "N"]]:
    """Place of each state [inches from the centre] and its angle; a gap of one place between blocs."""
    order = _by_bloc(answer)
    labels = answer.result.blocs[order]
    slot = np.arange(len(order)) + np.cumsum(np.concatenate([[0], labels[1:] != labels[:-1]]))
    angle = np.empty(len(order))
    angle[order] = np.pi / 2 - 2 * np.pi * (slot + 1) / (slot[-1] + 2)
    return RING * np.column_stack([np.cos(angle), np.sin(angle)]), angle


def _draw_edges(axes: Axes, answer: Answer, place: Float[np.ndarray, "N 2"]) -> None:
    pair = answer.coupling.tocoo()
    once = pair.row < pair.col
    i, j, edge = pair.row[once], pair.col[once], pair.data[once]
    is_apart = answer.result.blocs[i] != answer.result.blocs[j]
    weight = np.abs(edge) / np.abs(edge).max(initial=1e-12)
    faint = float(np.clip(12 / np.sqrt(len(edge) + 1), 0.25, 0.7))
    for is_friend, colour, dash in ((True, BLUE, "solid"), (False, VERMILLION, (0, (4, 2)))):
        for is_odd in (False, True):
            rows = np.flatnonzero(((edge > 0) == is_friend) & ((is_apart == is_friend) == is_odd))
            width = (0.4 + 1.4 * is_odd) * (0.35 + 0.65 * weight[rows])
            lines = LineCollection(
                list(np.stack([place[i[rows]], place[j[rows]]], 1)), colors=colour, linestyles=[dash],
                linewidths=width, alpha=1.0 if is_odd else faint, zorder=3 if is_odd else 2,
            )  # fmt: skip
            axes.add_collection(lines)


def _draw_matrix(answer: Answer, name: str) -> Figure:
    n, order = len(answer.network.names), _by_bloc(answer)
    shared = f" Each cell is the mean over {n / MOST_CELLS:.1f} states in a row." if n > MOST_CELLS else ""
    notes = [
        "Rows and columns: the states, bloc by bloc, the largest first. Blue: friends; red: enemies; outlined: the "
        f"blocs.{shared}"
    ]
    side = MATRIX + 2 * MARGIN
    sheet = Sheet(name, headline(answer), notes, _source(answer), side, MATRIX + MARGIN)
    axes = sheet.axes(MARGIN, 0.0, MATRIX, MATRIX)
    values = binned(answer.network.edges, order, min(n, MOST_CELLS))
    limit = max(float(np.quantile(np.abs(values[values != 0]), 0.95)) if values.any() else 1.0, 1e-12)
    axes.imshow(
        values, cmap=colormaps["RdBu"], vmin=-limit, vmax=limit, extent=(0, n, n, 0), interpolation="nearest"
    )
    axes.set_axis_off()
    labels = answer.result.blocs[order]
    edges = np.concatenate([[0], np.flatnonzero(labels[1:] != labels[:-1]) + 1, [n]])
    for low, high in pairwise(edges):
        if high - low > max(1, n / 100):
            axes.plot([low, high, high, low, low], [low, low, high, high, low], color=INK, linewidth=0.8)
    return sheet.figure


def binned(edges: csr_array, order: Int[np.ndarray, "N"], cells: int) -> Float[np.ndarray, "C C"]:
    """Mean edge of the states that share a row and a column of a picture with fewer rows than states."""
    n = edges.shape[0]
    row = np.empty(n, np.int64)
    row[order] = np.arange(n) * cells // n
    member = csr_array((np.ones(n), (row, np.arange(n))), shape=(cells, n))
    count = np.bincount(row, minlength=cells).astype(float)
    mean: Float[np.ndarray, "C C"] = (member @ edges @ member.T).toarray() / np.outer(count, count)
    return mean


def draw_landscape(answer: Answer, name: str) -> Figure | None:
    """Draw the lowest minima of the two-camp landscape: how deep, how wide, and who stands where; none of no edges."""
    minima = answer.minima
    if minima is None or not (minima.sides >= 0).any():
        return None
    sides = aligned(minima.sides[:MOST_COLUMNS])
    n, k = sides.shape[1], len(sides)
    order = np.lexsort((np.arange(n), sides[0] * np.where(sides[0] < 0, -9, 1)))
    names = [clipped(shown(answer.network.names[i]), MOST_NAME, SMALL) for i in order]
    left = MARGIN + max(widest(names, SMALL), 0.5) + 0.12
    column = max(COLUMN, min((WIDTH - left - MARGIN) / k, 0.8))
    width = max(left + k * column + MARGIN, WIDTH)
    more = f" The lowest {k} of {minima.n_minima} are shown." if minima.n_minima > k else ""
    notes = [
        "Every column is a way to split the states in two that no single switch improves. Height: its energy; area "
        "and percentage: the share of all splits that slide to it. Dots: states on the other side than in the first."
        + more
    ]
    source = f"{minima.n_minima} local minima among {minima.n_splits} splits{_weighed(answer)}"
    what, height = "Local minima of the two-camp landscape", STAIRS + 0.6 + n * ROW
    sheet = Sheet(name, what, notes, source, width, height)
    _draw_stairs(sheet.axes(left, 0.1, k * column, STAIRS), minima.energy[:k], minima.basin_share[:k])
    axes = sheet.axes(left, STAIRS + 0.45, k * column, n * ROW)
    _draw_camps(axes, sides[:, order], names)
    return sheet.figure


def aligned(sides: Int[np.ndarray, "M N"]) -> Int[np.ndarray, "M N"]:
    """Mirror splits so that each agrees with the first as far as it can."""
    agree = ((sides == sides[0]) & (sides >= 0)).sum(axis=1)
    active = (sides >= 0).sum(axis=1)
    return np.where((2 * agree < active)[:, None] & (sides >= 0), 1 - sides, sides).astype(np.int64)


def _draw_stairs(axes: Axes, energy: Float[np.ndarray, "M"], share: Float[np.ndarray, "M"]) -> None:
    at = np.arange(len(energy)) + 0.5
    above = energy - energy[0]
    above[above < 1e-9 * abs(energy[0])] = 0.0
    axes.hlines(above, at - 0.4, at + 0.4, color=FAINT, linewidth=0.8)
    axes.scatter(at, above, s=8 + 260 * share, color=BLUE, alpha=0.8, zorder=3)
    axes.margins(y=0.22)
    axes.set(xlim=(0, len(energy)), ylabel=f"energy above {energy[0]:g}".replace("-", "−"))
    axes.ticklabel_format(axis="y", useOffset=False)
    axes.set_xticks(at, [f"{s:.0%}" if s >= 0.005 else "<1%" for s in share], size=SMALL)
    axes.tick_params(axis="x", length=0)


def _draw_camps(axes: Axes, sides: Int[np.ndarray, "M N"], names: list[str]) -> None:
    k, n = sides.shape
    for side, colour in ((0, GREEN), (1, PURPLE)):
        column, row = np.nonzero(sides == side)
        axes.bar(column + 0.5, 0.86, width=0.9, bottom=row + 0.07, color=colour, alpha=0.75, linewidth=0)
    column, row = np.nonzero((sides != sides[0]) & (sides >= 0))
    axes.scatter(column + 0.5, row + 0.5, s=7, color=INK, zorder=3)
    axes.set(xlim=(0, k), ylim=(n, 0))
    axes.set_yticks(np.arange(n) + 0.5, names, size=SMALL, color=INK)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
