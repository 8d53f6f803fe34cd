"""The pictures of a run: drawn, and written whole or not at all, PNG and SVG with the run id inside."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from matplotlib import style as styles
from matplotlib.figure import Figure

from sim.errors import complain
from sim.views.blocs import draw_blocs
from sim.views.lines import draw_acts, draw_alignment, draw_dyads
from sim.views.matrices import draw_affinity
from sim.views.page import style
from sim.views.results import Results, read_results
from sim.views.verdicts import draw_contrasts, draw_expectations

PICTURES: dict[str, Callable[[Results], Figure | None]] = {
    "alignment": draw_alignment,
    "affinity": draw_affinity,
    "dyads": draw_dyads,
    "blocs": draw_blocs,
    "acts": draw_acts,
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
    target = Path(out) if out is not None else Path(folder) / "pictures"
    try:
        target.mkdir(parents=True, exist_ok=True)
        with styles.context(["default", style(results.run_id)]):
            return [file for name in PICTURES for file in _draw(results, name, target)]
    except OSError as error:
        raise complain(f"cannot write pictures: {error.strerror or error}", file=target) from error


def _draw(results: Results, name: str, target: Path) -> list[Path]:
    figure = PICTURES[name](results)
    if figure is None:
        return []
    about = {
        "Title": results.scenario.question,
        "Description": f"{name} of run {results.run_id}, scenario {results.scenario.name}",
        "Identifier": results.run_id,
    }
    return write_picture(figure, target / name, about)


def write_picture(figure: Figure, place: Path, about: dict[str, str]) -> list[Path]:
    """Write a figure as PNG and as SVG, with what it is about inside; `place` has no suffix."""
    return [
        _write(figure, place.with_name(f"{place.name}.png"), about | {"Software": None}),
        _write(figure, place.with_name(f"{place.name}.svg"), about | {"Date": None, "Creator": None}),
    ]


def _write(figure: Figure, file: Path, about: dict[str, str | None]) -> Path:
    """Write beside the place and move there, so that a reader never sees half a picture."""
    waiting = file.with_name(f".{file.name}-{os.getpid()}")
    try:
        figure.savefig(waiting, format=file.suffix[1:], metadata=about)
        waiting.replace(file)
    finally:
        waiting.unlink(missing_ok=True)
    return file
