"""Map of the background: states at their seats of government, in the colour of their bloc, and the coldest pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.shapes import Float
from sim.views.drawing.sheet import FAINT, MARGIN, VERMILLION, Sheet, signed
from sim.views.drawing.words import SMALL
from sim.views.world.atlas import RESOLUTION, Atlas, coldest, places
from sim.views.world.dots import draw_dots, draw_key, draw_lines, key_height

FEW, NARROW, WIDE, LEAST = (
    60,
    11.5,
    15.0,
    3.0,
)  # states up to which the map is narrow; inches, and its least height
MOST_SCALE = 0.25  # inches a degree
ROUND = 360.0  # degrees
AROUND = 8.0  # degrees left free at the edges
COLD, MOST_COLD = -0.2, 60  # mutual affinity below which a pair is drawn, and how many


def draw_map(atlas: Atlas) -> Figure | None:
    """Draw the states where they lie, no coasts; none where fewer than two have a place."""
    degrees = places(atlas.states)
    who = np.array([i for i, code in enumerate(atlas.states) if code in degrees], int)
    if who.size < 2:
        return None
    spot = np.array([degrees[atlas.states[i]] for i in who])
    origin, (east, north) = spot.min(axis=0) - AROUND, spot.max(axis=0) + AROUND
    wide = NARROW if who.size <= FEW else WIDE
    scale = min(wide / (east - origin[0]), MOST_SCALE)
    tall = max(LEAST, (north - origin[1]) * scale)
    pairs = coldest(atlas, MOST_COLD, COLD)
    key, what = key_height(atlas), "Where the blocs lie, and who is at odds"
    sheet = Sheet(
        atlas.title, what, _notes(atlas, pairs, degrees), atlas.footer, wide + 2 * MARGIN, tall + key + 0.3
    )
    axes = sheet.axes(MARGIN, 0.0, wide, tall)
    axes.set(xlim=(0, wide), ylim=(0, tall), xticks=[], yticks=[], facecolor="#F7F7F7")
    axes.spines[:].set_visible(False)
    _draw_graticule(axes, origin, scale)
    place = (spot - origin) * scale
    _draw_cold(axes, atlas, pairs, dict(zip(who.tolist(), place, strict=True)), ROUND * scale)
    rest = draw_dots(axes, atlas, place, who, 0.035 if who.size > FEW else 0.055)
    sheet.write(MARGIN, tall + 0.06, rest, size=SMALL)
    draw_key(sheet, atlas, MARGIN, tall + 0.25, wide)
    return sheet.figure


def _notes(
    atlas: Atlas, pairs: Sequence[tuple[int, int]], degrees: Mapping[str, tuple[float, float]]
) -> list[str]:
    missing = [code for code in atlas.states if code not in degrees]
    return [
        f"A dot is a state's seat of government, its colour its bloc (mutual affinity above {RESOLUTION}), hollow if "
        f"it stands alone. Lines: the {len(pairs)} coldest pairs, mutual affinity below {signed(COLD, 1)}, the wider "
        "the colder. Plate carrée, without coasts.",
        *([f"Without a place: {', '.join(missing)}."] if missing else []),
    ]


def _draw_graticule(axes: Axes, origin: Float[np.ndarray, "2"], scale: float) -> None:
    for longitude in range(-180, 181, 30):
        axes.axvline((longitude - origin[0]) * scale, color=FAINT, linewidth=0.3, zorder=0.5)
    for latitude in range(-60, 91, 30):
        axes.axhline(
            (latitude - origin[1]) * scale, color=FAINT, linewidth=0.9 if latitude == 0 else 0.3, zorder=0.5
        )


def _draw_cold(
    axes: Axes,
    atlas: Atlas,
    pairs: list[tuple[int, int]],
    place: dict[int, Float[np.ndarray, "2"]],
    around: float,
) -> None:
    """Draw each pair the shorter way around the globe."""
    for i, j in pairs:
        if i in place and j in place:
            first, second = place[i], place[j]
            turn = np.array([around * np.round((second[0] - first[0]) / around), 0.0])
            lines = [np.array([first, second - turn])]
            if turn[0]:
                lines.append(np.array([first + turn, second]))
            draw_lines(axes, lines, VERMILLION, wide=0.4 + 2.2 * abs(float(atlas.mutual[i, j])))
