"""Picture of the blocs: who stands with whom over time, and with what probability."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from sim.shapes import Float, Int
from sim.views.drawing.grid import ROW_OF_WORDS, Layer, outline
from sim.views.drawing.sheet import FAINT, INK, LINE, PALETTE, QUIET, plain_day, signed
from sim.views.drawing.words import SMALL
from sim.views.run.matrices import grid_notes, grid_of
from sim.views.run.page import (
    GAP,
    HELD,
    PLOT_LEFT,
    PLOT_WIDTH,
    TIME_WIDTH,
    EndLabel,
    Page,
    end_tables,
    held_line,
    mark_lines,
    mark_strip,
    marks_note,
    strip_height,
    time_axis,
)
from sim.views.run.results import Results, day_number

COMPANIONS = 2.4  # inches, height of the panel of one state's companions
MAX_SPANS = 200  # of time drawn in one row


def draw_blocs(results: Results) -> Figure:
    """Draw the consensus blocs over time, one state's companions, and who stands with whom.

    A state's colour is its consensus bloc, its depth the median probability of standing with its members.
    """
    grid, strip, rows = grid_of(results), strip_height(results), _rows_height(results)
    height = strip + rows + COMPANIONS + 2.8 * GAP + grid.row_height
    notes = [*_notes(results), *_left_out(results, rows), *grid_notes(results, grid), *marks_note(results)]
    page = Page(results, "Who stands with whom", notes, max(TIME_WIDTH, grid.width), height)
    mark_strip(page, results)
    _draw_rows(page, results, strip + GAP / 2, rows)
    _draw_companions(page, results, strip + rows + 1.8 * GAP)
    for column, when in enumerate((0, -1)):
        word, day = ("Start", "End")[column], plain_day(results.days[when])
        values = np.where(np.eye(len(results.states), dtype=bool), np.nan, results.together[when])
        layer = Layer(
            f"{word}, {day}", values, "Blues", 0, 1, "{:.0%}".format,
            "share of replicas in one bloc; outlined: the blocs",
        )  # fmt: skip
        axes = grid.draw(page, layer, column, height - grid.row_height)
        outline(axes, results.consensus[when][grid.order])
    return page.figure


def _notes(results: Results) -> list[str]:
    if results.n_replicas == 1:
        return ["One replica: its blocs as they are; no probability can be read from them."]
    return [
        f"Blocs: the partition on which the {results.n_replicas} replicas agree best, pair by pair; a state that goes "
        "now with one, now with another may be in none. Colour: the bloc a state is in or nearest to; the deeper, the "
        f"more often it stands with that bloc's members (median). {HELD}"
    ]


def _left_out(results: Results, rows: float) -> list[str]:
    """Say what the two upper panels have no room for."""
    n_alone = len(_bloc_labels(results)) - int(rows / LINE)
    n_others, n_lines = len(results.states) - 1, int(COMPANIONS / LINE)
    found = [f"{n_alone} states outside all blocs are not named beside the rows."] if n_alone > 0 else []
    if n_others > n_lines:
        found.append(f"Of {n_others} companions {n_lines} are drawn: coloured ones, then the most frequent.")
    return [" ".join(found)] if found else []


def _rows_height(results: Results) -> float:
    n = len(results.states)
    return n * (0.2 if n <= 20 else ROW_OF_WORDS + 0.01) if n <= 60 else 7.2


def bloc_numbers(consensus: Int[np.ndarray, "S N"]) -> Int[np.ndarray, "S N"]:
    """Number the blocs so that a bloc keeps its number while most of it stays together; alone is -1.

    At each step the largest bloc first takes the number that most of its members had last, if it is
    still free, else a new one.
    """
    numbers = np.full(consensus.shape, -1)
    last = np.full(consensus.shape[1], -1)
    for labels, row in zip(consensus, numbers, strict=True):
        found, size = np.unique(labels, return_counts=True)
        free = list(range(last.max(initial=-1) + 1))
        for label in found[np.argsort(-size, kind="stable")][: (size > 1).sum()]:
            members = labels == label
            share = [(last[members] == number).sum() for number in free]
            number = free.pop(int(np.argmax(share))) if any(share) else max(last.max(), row.max()) + 1
            row[members] = number
        last = np.where(row >= 0, row, last)
    return numbers


def _draw_rows(page: Page, results: Results, top: float, tall: float) -> None:
    n, order = len(results.states), results.order
    axes = page.axes(PLOT_LEFT, top, PLOT_WIDTH, tall, "Blocs over time")
    thin = np.unique(np.linspace(0, len(results.steps) - 1, MAX_SPANS).round().astype(int))
    thin = thin if len(results.steps) > MAX_SPANS else np.arange(len(results.steps))
    paint = _paint(_colour_numbers(results)[thin][:, order], results.company[1][thin][:, order])
    days = np.array([results.day_numbers[k] for k in thin])
    edges = np.array([*days[:-1], _last_begins(results, days), days[-1]])
    axes.pcolormesh(
        edges, np.arange(n + 1), paint.swapaxes(0, 1), rasterized=n * len(thin) > 4000, zorder=0.3,
        edgecolors="face", linewidth=0.3,  # without it, viewers of SVG show seams
    )  # fmt: skip
    axes.set(ylim=(n, 0))
    every = max(1, round(ROW_OF_WORDS * n / tall + 0.49))
    axes.set_yticks(np.arange(n)[::every] + 0.5, [results.states[i] for i in order[::every]], size=SMALL)
    axes.hlines(np.arange(1, n), *axes.get_xlim(), color="white", linewidth=0.8 if n <= 20 else 0.3)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.spines[:].set_visible(False)
    time_axis(axes, results)
    mark_lines(axes, results)
    labels = _bloc_labels(results)[: int(tall / LINE)]
    end_tables(page, [(axes, labels)], ("bloc at the end", "states", "probability"))


def _last_begins(results: Results, days: Float[np.ndarray, "S"]) -> float:
    """Where the last saved step begins to be seen: for the length of a step, but not before a cause within that."""
    causes = [day_number(mark.day) for mark in results.marks]
    return max(float(days[-1]) - results.scenario.step_days, float(days[-2]), *causes)


def _colour_numbers(results: Results) -> Int[np.ndarray, "S N"]:
    """Number of the bloc that each state is in or nearest to; -1 where there is none."""
    bloc = results.company[0]
    number = np.take_along_axis(bloc_numbers(results.consensus), np.maximum(bloc, 0), axis=1)
    return np.where(bloc < 0, -1, number)


def _colour(number: int) -> str:
    return PALETTE[number % len(PALETTE)] if number >= 0 else QUIET


def _paint(numbers: Int[np.ndarray, "S N"], sure: Float[np.ndarray, "S N"]) -> Float[np.ndarray, "S N 3"]:
    ink = np.array([[to_rgb(_colour(int(number))) for number in row] for row in numbers])
    depth = np.where(numbers < 0, 0.2, sure)[:, :, None]
    paint: Float[np.ndarray, "S N 3"] = 1 - depth * (1 - ink)
    return paint


def _bloc_labels(results: Results) -> list[EndLabel]:
    """Name each bloc at the end by its firmest member, and each state in none by the bloc it is nearest to."""
    order, bloc, sure = results.order, results.company[0][-1], results.company[1][-1]
    members, numbers = results.has_bloc[-1], _colour_numbers(results)[-1]
    first = {int(bloc[i]): results.label(results.states[i]) for i in order[::-1]}
    found = []
    for label in dict.fromkeys(int(bloc[i]) for i in order):
        rows = np.flatnonzero((bloc[order] == label) & members[order])
        if rows.size:
            name = f"{first[label]} and {rows.size - 1} other{'s' * (rows.size > 2)}"
            colour, firm = _colour(int(numbers[label])), f"{np.median(sure[order[rows]]):.0%}"
            found.append(
                EndLabel(float(rows.mean()) + 0.5, (name, str(rows.size), firm), colour, is_bold=True)
            )
    for row in np.flatnonzero(~members[order]):
        i = order[row]
        near = f", nearest {first[int(bloc[i])]}" if sure[i] > 0 else ""
        cells = (f"{results.label(results.states[i])} in no bloc{near}", "", f"{sure[i]:.0%}" if near else "")
        found.append(EndLabel(float(row) + 0.5, cells))
    return found


def _draw_companions(page: Page, results: Results, top: float) -> None:
    focal, *_ = results.focus
    i = results.place[focal]
    axes = page.axes(PLOT_LEFT, top, PLOT_WIDTH, COMPANIONS, f"In one bloc with {results.name(focal)}")
    share = results.together[:, i]
    days = results.day_numbers
    colours = dict(zip(results.focus, PALETTE, strict=False))
    labels = []
    for j in _companions(results, i, int(COMPANIONS / LINE)):
        code = results.states[j]
        colour, is_focus = colours.get(code, QUIET), code in colours
        held_line(
            axes, days, share[:, j], color=colour if is_focus else FAINT, linewidth=1.8 if is_focus else 0.8,
            zorder=3 if is_focus else 2,
        )  # fmt: skip
        change = signed(100 * (share[-1, j] - share[0, j]), 0)
        labels.append(
            EndLabel(share[-1, j], (results.label(code), f"{share[-1, j]:.0%}", change), colour, is_focus)
        )
    axes.set(ylim=(-0.02, 1.02), ylabel="share of replicas")
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    time_axis(axes, results)
    mark_lines(axes, results)
    end_tables(page, [(axes, labels)], ("", "end", "change in points"))


def _companions(results: Results, i: int, n_rows: int) -> list[int]:
    """Other states to show: those in focus, then those most often in one bloc at the end."""
    focus = [results.place[code] for code in results.focus]
    ranked = np.argsort(-results.together[-1, i], kind="stable")
    return [j for j in dict.fromkeys([*focus, *(int(k) for k in ranked)]) if j != i][:n_rows]
