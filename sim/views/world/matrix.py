"""Picture of the background as a matrix: every state toward every other, bloc by bloc."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from sim.views.drawing.grid import Grid, Layer, outline
from sim.views.drawing.sheet import Sheet, signed
from sim.views.world.atlas import RESOLUTION, Atlas

MAX_BESIDE = 30  # states of which mean and spread stand side by side; of more the one above the other


def draw_matrix(atlas: Atlas) -> Figure:
    """Draw mean and spread of each affinity; cells of which nothing is known are hatched and have no number."""
    n, background = len(atlas.states), atlas.background
    columns = 2 if n <= MAX_BESIDE else 1
    grid = Grid(atlas.states, [atlas.label(code) for code in atlas.states], atlas.order, columns)
    apart = np.eye(n, dtype=bool)
    unknown = ~background.prior.is_known & ~apart
    mean, sd = (np.where(apart, np.nan, values) for values in (background.mean, background.sd))
    layers = [
        Layer("Affinity", mean, "RdBu", -1, 1, signed, "mean affinity; outlined: the blocs", is_unknown=unknown),
        Layer("How uncertain it is", sd, "Greys", 0, 1, "{:.2f}".format, "standard deviation", is_unknown=unknown),
    ]  # fmt: skip
    stand = f"States stand by bloc (mutual affinity above {RESOLUTION}), the firmest first."
    notes = [
        "Rows feel, columns are felt about. Affinity: −1\u00a0hostile (red), 0\u00a0indifferent (white), +1\u00a0warm "
        "(blue). Hatched, without a number: nothing is known of the pair.",
        " ".join([stand, *grid.size_notes]),
    ]
    what, height = "Before any seed speaks: affinity of each toward each", grid.row_height * (3 - columns)
    sheet = Sheet(atlas.title, what, notes, atlas.footer, grid.width, height)
    for k, layer in enumerate(layers):
        column, row = (k, 0) if columns == 2 else (0, k)
        axes = grid.draw(sheet, layer, column, row * grid.row_height)
        outline(axes, atlas.blocs[grid.order])
    return sheet.figure
