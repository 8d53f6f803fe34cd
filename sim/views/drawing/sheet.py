"""One picture's sheet: the heading that says the question, and panels placed in inches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.views.drawing.words import SIZE, SMALL, clipped, families, shown, wrapped

# Okabe & Ito (2008): told apart by people who see red and green, or blue and yellow, alike.
BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
PURPLE, ORANGE, SKY = "#CC79A7", "#E69F00", "#56B4E9"
PALETTE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
INK, QUIET, FAINT, PAPER = "#1A1A1A", "#5C5C5C", "#BDBDBD", "#FFFFFF"

MARGIN = 0.25
LINE = 0.165  # inches between two lines of words


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
