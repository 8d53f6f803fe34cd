"""Network of the background: states the nearer the warmer they are to each other, with the lines that stand out."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from sim.shapes import Float
from sim.views.drawing.sheet import BLUE, MARGIN, VERMILLION, Sheet, signed
from sim.views.drawing.words import SMALL
from sim.views.world.atlas import RESOLUTION, Atlas, coldest
from sim.views.world.dots import draw_dots, draw_key, draw_lines, key_height

COLD, MOST_COLD = -0.2, 60  # mutual affinity below which a pair is drawn, and how many
WARMEST = 2  # warmest partners of each state to which it has a line
LEAST = 7.0  # inches: width
EDGE = np.array([0.7, 0.2])  # inches left free around the dots, for names
STEPS = 300  # of stress majorisation


def draw_network(atlas: Atlas) -> Figure | None:
    """Draw the states by their distances 1 − mutual affinity; none of fewer than three."""
    n = len(atlas.states)
    if n < 3:
        return None
    side = 4.5 if n <= 16 else 7.0 if n <= 60 else 10.0
    key, wide, cold = key_height(atlas), max(side, LEAST), coldest(atlas, MOST_COLD, COLD)
    notes = [
        "The nearer, the warmer: distances come as close to 1 − mutual affinity as two dimensions allow. Blue: each "
        f"state's {WARMEST} warmest partners, mutual affinity above {RESOLUTION}. Vermillion, dashed: the {len(cold)} "
        f"coldest pairs, below {signed(COLD, 1)}. A state's colour is its bloc, hollow if it stands alone.",
    ]
    sheet = Sheet(
        atlas.title, "Who is near to whom", notes, atlas.footer, wide + 2 * MARGIN, side + key + 0.3
    )
    axes = sheet.axes(MARGIN, 0.0, wide, side)
    axes.set(xlim=(0, wide), ylim=(0, side))
    axes.set_axis_off()
    place, room = layout(1.0 - atlas.mutual), np.array([wide, side]) / 2
    place = room + place * ((room - EDGE) / np.abs(place).max(axis=0)).min()
    draw_lines(axes, [place[list(pair)] for pair in _warmest(atlas)], BLUE)
    draw_lines(axes, [place[list(pair)] for pair in cold], VERMILLION, "--")
    rest = draw_dots(axes, atlas, place, np.arange(n), 0.04 if n > 60 else 0.06)
    sheet.write(MARGIN, side + 0.06, rest, size=SMALL)
    draw_key(sheet, atlas, MARGIN, side + 0.25, wide)
    return sheet.figure


def _warmest(atlas: Atlas) -> list[tuple[int, int]]:
    """Each state with its warmest partners above the blocs' bound."""
    mutual = np.where(np.eye(len(atlas.states), dtype=bool), -2.0, atlas.mutual)
    near = np.argsort(-mutual, axis=1, kind="stable")[:, :WARMEST]
    pairs = {
        (min(i, j), max(i, j))
        for i, row in enumerate(near.tolist())
        for j in row
        if mutual[i, j] > RESOLUTION
    }
    return sorted(pairs)


def layout(distance: Float[np.ndarray, "N N"]) -> Float[np.ndarray, "N 2"]:
    """Places in a plane whose distances come close to those wanted: stress majorisation from principal coordinates.

        minimise Σ_{i<j} (|x_i − x_j| − d_ij)²

    The same distances give the same places; the first state of the largest coordinate lies to the right and above.

    References
    ----------
    Gower (1966); de Leeuw (1977).
    """
    n = len(distance)
    squared = distance**2
    centred = -0.5 * (squared - squared.mean(axis=0) - squared.mean(axis=1)[:, None] + squared.mean())
    values, vectors = np.linalg.eigh(centred)
    x = vectors[:, ::-1][:, :2] * np.sqrt(np.maximum(values[::-1][:2], 1e-9))
    for _ in range(STEPS):
        apart = np.sqrt(((x[:, None] - x[None]) ** 2).sum(axis=2))
        pull = -np.divide(distance, apart, out=np.zeros((n, n)), where=apart > 1e-12)
        np.fill_diagonal(pull, 0.0)
        np.fill_diagonal(pull, -pull.sum(axis=1))
        x = pull @ x / n
    x = x - x.mean(axis=0)
    return x * np.sign(x[np.abs(x).argmax(axis=0), [0, 1]])
