"""The pictures of a sweep, written whole or not at all, PNG and SVG with the sweep's id inside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from matplotlib import style as styles
from matplotlib.figure import Figure

from sim.errors import complain
from sim.views.gallery import write_picture
from sim.views.page import style
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
    target = out if out is not None else folder / "pictures"
    identity = str(study.result.facts["sweep_id"])
    found: list[Path] = []
    try:
        target.mkdir(parents=True, exist_ok=True)
        with styles.context(["default", style(identity)]):
            for name, draw in PICTURES.items():
                figure = draw(study)
                about = {
                    "Title": str(study.result.facts["question"]),
                    "Description": f"{name} of sweep {identity}",
                    "Identifier": identity,
                }
                found += write_picture(figure, target / name, about) if figure is not None else []
    except OSError as error:
        raise complain(f"cannot write pictures: {error.strerror or error}", file=target) from error
    return found
