"""Words on a picture: what the fonts can draw, how wide a text is, where it stands clear of the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

import numpy as np
from matplotlib.font_manager import FontProperties, findfont, get_font, get_font_names
from matplotlib.textpath import text_to_path
from scipy.optimize import isotonic_regression

from sim.shapes import Float

SIZE = 8.5  # points: what most words are set in
SMALL = 7.5  # points: the smallest that anything is set in, the rows of a crowded matrix apart
MISSING = "□"  # stands for what no font at hand can draw
_MORE_FONTS = ("Noto Sans CJK KR", "Noto Sans KR", "Noto Sans CJK JP", "Malgun Gothic", "Apple SD Gothic Neo")
POINTS_PER_INCH = 72


@cache
def families() -> tuple[str, ...]:
    """Fonts in order of preference: the one that comes with matplotlib, then those here that know Hangul."""
    here = set(get_font_names())
    return ("DejaVu Sans", *(name for name in _MORE_FONTS if name in here))


@cache
def _drawable() -> frozenset[int]:
    known: set[int] = set()
    for family in families():
        normal, bold = (
            set(get_font(findfont(FontProperties(family=[family], weight=weight))).get_charmap())
            for weight in ("normal", "bold")
        )
        known |= normal & bold
    return frozenset(known)


def shown(text: str) -> str:
    """Give a text as it can be drawn, with `MISSING` for each character that no font here has."""
    return "".join(c if ord(c) in _drawable() else MISSING for c in text)


@lru_cache(maxsize=20_000)
def width(text: str, size: float = SIZE, weight: str = "normal") -> float:
    """Width of a line of text [inches], at a font size in points."""
    font = FontProperties(family=list(families()), size=size, weight=weight)
    return text_to_path.get_text_width_height_descent(text, font, False)[0] / POINTS_PER_INCH


def widest(texts: Iterable[str], size: float = SIZE, weight: str = "normal") -> float:
    """Width of the widest of some texts [inches]; 0 of none."""
    return max((width(text, size, weight) for text in texts), default=0.0)


def clipped(text: str, room: float, size: float = SIZE, weight: str = "normal") -> str:
    """Cut a text with an ellipsis so that it fits in so many inches."""
    if width(text, size, weight) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = width(text[:middle].rstrip() + "…", size, weight) <= room
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + "…"


def wrapped(text: str, room: float, size: float = SIZE, weight: str = "normal", lines: int = 3) -> list[str]:
    """Break a text into lines that fit in so many inches; what goes beyond the last line is cut."""
    rows: list[str] = []
    words = text.split(" ") if text else []  # and not at no-break spaces
    while words and len(rows) < lines - 1:
        n = 1
        while n < len(words) and width(" ".join(words[: n + 1]), size, weight) <= room:
            n += 1
        line = " ".join(words[:n])
        if width(line, size, weight) > room:  # one word wider than a line
            head = clipped(line, room, size, weight)[:-1]
            words[0], line = line[len(head) :], head
            n = 0
        rows.append(line)
        words = words[n:]
    return [*rows, clipped(" ".join(words), room, size, weight)] if words else rows


def spread(places: Sequence[float], gap: float, low: float, high: float) -> Float[np.ndarray, "K"]:
    """Move positions apart as little as possible, so that neighbours stand at least `gap` apart.

        min Σ (y_k - place_k)²   subject to   y_(k+1) ≥ y_(k) + gap,   low ≤ y ≤ high

    The order stays; solved as an isotonic regression of place_(k) - k·gap. Where [low, high] has no
    room for all, they run over `high`.
    """
    if not len(places):
        return np.zeros(0)
    values = np.asarray(places, float)
    order = np.argsort(values, kind="stable")
    ladder = gap * np.arange(len(values))
    level = isotonic_regression(values[order] - ladder).x
    placed = np.empty(len(values))
    placed[order] = np.maximum(np.minimum(level, high - ladder[-1]), low) + ladder
    return placed
