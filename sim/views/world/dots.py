"""States as dots in the colour of their bloc, lines between them, and their names where there is room."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from sim.shapes import Bool, Float, Int
from sim.views.drawing.sheet import INK, LINE, PAPER, QUIET, Sheet, counted
from sim.views.drawing.words import POINTS_PER_INCH, SMALL, clipped, width
from sim.views.world.atlas import BLOC_COLOURS, Atlas

TALL = 0.11  # inches of a line of small words
Box = tuple[float, float, float, float]  # left, low, right, high


def draw_dots(
    axes: Axes, atlas: Atlas, place: Float[np.ndarray, "M 2"], who: Int[np.ndarray, "M"], radius: float
) -> str:
    """Draw some states at places [inches], hollow where they stand alone, and name as many as there is room for.

    Returns
    -------
    str
        What there was no room for, or nothing.
    """
    colours, is_alone = [atlas.colours[i] for i in who], (atlas.size[who] == 1).tolist()
    inside, around = (
        [hollow if alone else full for full, alone in zip(fulls, is_alone, strict=True)]
        for hollow, fulls in ((PAPER, colours), (QUIET, [PAPER] * len(colours)))
    )
    size = (2 * radius * POINTS_PER_INCH) ** 2
    axes.scatter(place[:, 0], place[:, 1], s=size, c=inside, edgecolors=around, linewidths=0.6, zorder=4)
    salience = np.abs(atlas.mutual).sum(axis=1)[who]
    names = [atlas.label(atlas.states[i]) for i in who]
    boxes = placed(names, place, np.argsort(-salience, kind="stable"), radius)
    for name, box in zip(names, boxes, strict=True):
        if box:
            axes.text(
                box[0], (box[1] + box[3]) / 2, name, size=SMALL, va="center_baseline", color=INK, zorder=5,
                bbox={"facecolor": PAPER, "alpha": 0.6, "linewidth": 0, "pad": 0.4},
            )  # fmt: skip
    n_without = sum(box is None for box in boxes)
    return f"Not named for want of room: {counted(n_without, 'state')}." if n_without else ""


def placed(
    names: Sequence[str], place: Float[np.ndarray, "M 2"], order: Int[np.ndarray, "M"], radius: float
) -> list[Box | None]:
    """Find room for names around their dots, one after the other, over no other dot or name; or none."""
    taken = np.concatenate([place - radius, place + radius], axis=1)
    found: list[Box | None] = [None] * len(names)
    for k in order:
        x, y = place[k]
        wide, gap = width(names[k], SMALL), radius + 0.02
        columns = (x + gap, x - gap - wide, x - wide / 2)
        rows = (y - TALL / 2, y + gap, y - gap - TALL)
        for left, low in [(c, r) for r in rows for c in columns if (c, r) != (columns[2], rows[0])]:
            box = (left, low, left + wide, low + TALL)
            if not _touches(taken, box, int(k)).any():
                taken = np.concatenate([taken, [box]])
                found[k] = box
                break
    return found


def _touches(taken: Float[np.ndarray, "T 4"], box: Box, own: int) -> Bool[np.ndarray, "T"]:
    touches: Bool[np.ndarray, "T"] = (
        (taken[:, 0] < box[2]) & (taken[:, 2] > box[0]) & (taken[:, 1] < box[3]) & (taken[:, 3] > box[1])
    )
    touches[own] = False
    return touches


def draw_lines(
    axes: Axes, lines: Sequence[Float[np.ndarray, "2 2"]], colour: str, dashes: str = "-", wide: float = 0.8
) -> None:
    """Draw lines under the dots."""
    axes.add_collection(
        LineCollection(list(lines), colors=colour, linewidths=wide, linestyles=dashes, alpha=0.55, zorder=2)
    )


def draw_key(sheet: Sheet, atlas: Atlas, left: float, top: float, room: float) -> None:
    """List the blocs that have a colour by their firmest members, and say how many more there are."""
    blocs = atlas.members()
    sheet.write(left, top, "Blocs, the firmest members first", weight="bold")
    for k, (bloc, colour) in enumerate(zip(blocs, BLOC_COLOURS, strict=False), 1):
        y = top + 0.06 + k * LINE
        sheet.write(left, y, "●", color=colour, size=SMALL)
        names = ", ".join(map(atlas.label, bloc))
        sheet.write(left + 0.15, y, clipped(f"{len(bloc)}: {names}", room - 0.15, SMALL), size=SMALL)
    rest = [len(bloc) for bloc in blocs[len(BLOC_COLOURS) :]]
    if rest:
        y = top + 0.06 + (len(BLOC_COLOURS) + 1) * LINE
        sheet.write(left, y, "●", color=QUIET, size=SMALL)
        sheet.write(left + 0.15, y, f"{len(rest)} smaller blocs, {sum(rest)} states", size=SMALL)


def key_height(atlas: Atlas) -> float:
    """Inches that the list of blocs needs."""
    return LINE * (min(len(atlas.members()), len(BLOC_COLOURS) + 1) + 1) + 0.2
