"""The pictures of a run, with the run id inside."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from sim.views.drawing.pictures import Picture, write_pictures
from sim.views.run.blocs import draw_blocs
from sim.views.run.lines import draw_acts, draw_alignment, draw_dyads
from sim.views.run.matrices import draw_affinity
from sim.views.run.measures import draw_measures
from sim.views.run.results import Results, read_results
from sim.views.run.verdicts import draw_contrasts, draw_expectations

PICTURES: dict[str, Callable[[Results], Figure | None]] = {
    "alignment": draw_alignment,
    "affinity": draw_affinity,
    "dyads": draw_dyads,
    "blocs": draw_blocs,
    "acts": draw_acts,
    "measures": draw_measures,
    "contrasts": draw_contrasts,
    "expectations": draw_expectations,
}


def draw_run(folder: Path, out: Path | None = None) -> list[Path]:
    """Draw every picture that a run has something to show in, as PNG and as SVG.

    Parameters
    ----------
    folder
        Folder of a finished run.
    out
        Where the pictures go; by default the folder `pictures` inside the run.

    Returns
    -------
    list of Path
        The files, in the order of `PICTURES`. The same run gives the same bytes.

    Raises
    ------
    InputError
        Where the folder is not a finished run, or the pictures cannot be written.
    """
    results = read_results(Path(folder))
    about = f"run {results.run_id}, scenario {results.scenario.name}"
    pictures = [
        Picture(
            name,
            partial(draw, results),
            results.scenario.question,
            f"{name} of {about}",
            results.run_id,
            True,
        )
        for name, draw in PICTURES.items()
    ]
    return write_pictures(pictures, Path(out) if out is not None else Path(folder) / "pictures")
