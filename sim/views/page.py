"""One picture's sheet: the heading that says the question, panels placed in inches, time axes, end labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from math import floor, log10
from typing import Any

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.views.results import EPOCH, Mark, Results, day_number
from sim.views.words import SIZE, SMALL, clipped, families, shown, spread, widest, width, wrapped

# Okabe & Ito (2008): told apart by people who see red and green, or blue and yellow, alike.
BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
PURPLE, ORANGE, SKY = "#CC79A7", "#E69F00", "#56B4E9"
PALETTE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
INK, QUIET, FAINT, PAPER = "#1A1A1A", "#5C5C5C", "#BDBDBD", "#FFFFFF"

MARGIN = 0.25
LINE = 0.165  # inches between two lines of words
PLOT_LEFT, PLOT_WIDTH, GUTTER = 0.85, 6.1, 4.6
TIME_WIDTH = PLOT_LEFT + PLOT_WIDTH + GUTTER + MARGIN
CELLS_LEFT = 0.36  # inches from a panel to the words that belong to its lines
GAP = 0.5  # inches between two panels
MAX_MARKS = 12


def style(run_id: str) -> dict[str, Any]:
    """Give matplotlib's settings: no mathematics in words, the same bytes for the same run."""
    return {
        "text.parse_math": False,
        "text.hinting": "none",
        "svg.hashsalt": run_id,
        "font.family": list(families()),
        "font.size": SIZE,
        "text.color": INK,
        "axes.edgecolor": QUIET,
        "axes.labelcolor": INK,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "xtick.color": QUIET,
        "ytick.color": QUIET,
        "xtick.labelsize": SIZE,
        "ytick.labelsize": SIZE,
        "axes.labelsize": SIZE,
        "lines.solid_capstyle": "round",
        "savefig.dpi": 150,
    }


def darker(colour: str) -> str:
    """Give a colour dark enough for words on white."""
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"#{int(red * 0.72):02X}{int(green * 0.72):02X}{int(blue * 0.72):02X}"


def signed(value: float, digits: int = 2) -> str:
    """Print a number with its sign, as +0.25 or −0.25; what rounds to 0 has none."""
    text = f"{float(value):+.{digits}f}"
    return text.replace("-", "−") if float(text) else text[1:]


def plain_day(day: date) -> str:
    """Print a date as 5 May 2024."""
    return f"{day.day} {day:%b %Y}"


def counted(n: int, what: str) -> str:
    """Print a number of things, as 1 step or 2 steps."""
    return f"{n}\u00a0{what}{'s' * (n != 1)}"


class Sheet:
    """A sheet with its heading; panels are placed below it, in inches from the body's upper left corner.

    Parameters
    ----------
    title, what
        What is asked, and what the picture shows, in a few words.
    notes
        How to read it, and what is left out; one paragraph each.
    source
        Where the numbers come from.
    width, height
        Size of the body [inches].
    """

    def __init__(
        self, title: str, what: str, notes: Sequence[str], source: str, width: float, height: float
    ) -> None:
        room = width - 2 * MARGIN
        lines = [
            *((t, 13.0, "bold", INK, 0.25) for t in wrapped(shown(title), room, 13.0, "bold", lines=4)),
            ("", SIZE, "normal", INK, 0.04),
            *((line, 10.0, "bold", BLUE, 0.21) for line in wrapped(what, room, 10.0, "bold")),
            *((t, SIZE, "normal", QUIET, LINE) for note in notes for t in wrapped(note, room, lines=4)),
        ]
        self.top = MARGIN + sum(line[-1] for line in lines) + 0.12
        self.width, self.height = width, self.top + height + 0.35
        self.figure = Figure(figsize=(self.width, self.height), facecolor=PAPER)
        y = MARGIN
        for text, size, weight, colour, advance in lines:
            self.write(MARGIN, y - self.top, text, size=size, weight=weight, color=colour)
            y += advance
        self.write(MARGIN, height + 0.12, clipped(source, room, SMALL), size=SMALL, color=QUIET)

    def write(self, x: float, y: float, text: str, **how: Any) -> None:
        """Write a text with its upper left corner at a place of the body."""
        how = {"va": "top", "ha": "left"} | how
        self.figure.text(x / self.width, 1 - (self.top + y) / self.height, text, **how)

    def axes(self, left: float, top: float, width: float, height: float, title: str = "") -> Axes:
        """Place a panel; its title stands above its upper left corner."""
        bottom = self.height - self.top - top - height
        box = (left / self.width, bottom / self.height, width / self.width, height / self.height)
        axes = self.figure.add_axes(box)
        axes.tick_params(length=3, width=0.6, pad=3)
        if title:
            self.write(left, top - 0.06, title, va="bottom", weight="bold")
        return axes

    def place(self, axes: Axes) -> tuple[float, float, float, float]:
        """Give a panel's left, top, width and height in the body [inches]."""
        box = axes.get_position()
        top = (1 - box.y1) * self.height - self.top
        return box.x0 * self.width, top, box.width * self.width, box.height * self.height


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
    rows = [row for row, _ in _placed(results.marks[:MAX_MARKS], results)]
    return LINE * (max(rows) + 1) + 0.12 if rows else 0.0


def _placed(found: Sequence[Mark], results: Results) -> list[tuple[int, float]]:
    """For each mark its row, 0 being the lowest, and its distance from the panel's left edge [inches].

    Names run to the right of their mark; an earlier one stands above the later ones it would touch,
    so that no stem crosses a name.
    """
    start, end = results.scenario.start, results.scenario.end
    scale = PLOT_WIDTH / max((end - start) / timedelta(days=1), 1)
    spots: list[tuple[int, float]] = []
    taken: list[tuple[int, float]] = []
    for mark in reversed(found):
        x = (mark.day - start).days * scale
        reach = x + 0.12 + width(_mark_text(mark), SMALL)
        row = 1 + max((r for r, begin in taken if begin <= reach), default=-1)
        taken.append((row, x))
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
    for mark, (row, x) in zip(named, _placed(named, results), strict=True):
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
