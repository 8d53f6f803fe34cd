"""The pictures of a sweep, with its id inside."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from sim.views.drawing.pictures import Picture, write_pictures
from sim.views.sweeps.response import draw_curves, draw_heat
from sim.views.sweeps.spread import draw_effects, draw_shares
from sim.views.sweeps.study import Study, read_study

PICTURES: dict[str, Callable[[Study], Figure | None]] = {
    "shares": draw_shares,
    "effects": draw_effects,
    "curves": draw_curves,
    "blocs": draw_heat,
}


def draw_sweep(folder: Path, out: Path | None = None) -> list[Path]:
    """Draw every picture that a finished sweep has something to show in, as PNG and as SVG.

    Parameters
    ----------
    folder
        Folder of the sweep.
    out
        Where the pictures go; by default the folder `pictures` inside the sweep.

    Raises
    ------
    InputError
        Where the folder is no finished sweep, or the pictures cannot be written.
    """
    study = read_study(folder)
    facts = study.result.facts
    identity, question = str(facts["sweep_id"]), str(facts["question"])
    pictures = [
        Picture(name, partial(draw, study), question, f"{name} of sweep {identity}", identity, True)
        for name, draw in PICTURES.items()
    ]
    return write_pictures(pictures, out if out is not None else folder / "pictures")
