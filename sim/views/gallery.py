"""Which pictures there are of a finished run, of a finished sweep and of the background, in order, and where they go.

What draws them is imported when it is asked for: the pictures of a run need nothing of sweeps.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.experiment.manifest import is_file
from sim.views.drawing.pictures import Pictures, write_pictures

if TYPE_CHECKING:
    from sim.views.run.results import Results
    from sim.views.sweeps.study import Study
    from sim.views.world.atlas import Atlas


def draw(folder: Path, out: Path | None = None) -> list[Path]:
    """Draw the pictures of what a folder holds: a finished run or a finished sweep.

    Raises
    ------
    InputError
        As `draw_run` and `draw_sweep` do.
    """
    return draw_sweep(folder, out) if is_file(folder / "sweep.json") else draw_run(folder, out)


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
        The files, in the order of `pictures_of_runs`. The same run gives the same bytes.

    Raises
    ------
    InputError
        Where the folder is not a finished run, or the pictures cannot be written.
    """
    from sim.views.run.results import read_results

    results = read_results(Path(folder))
    return write_pictures(
        pictures_of_runs(), results, Path(out) if out is not None else Path(folder) / "pictures",
        title=results.scenario.question, about=f"run {results.run_id}, scenario {results.scenario.name}",
        identity=results.run_id, is_named=True,
    )  # fmt: skip


def draw_sweep(folder: Path, out: Path | None = None) -> list[Path]:
    """Draw every picture that a finished sweep has something to show in, as `draw_run` does.

    Raises
    ------
    InputError
        Where the folder is no finished sweep, or the pictures cannot be written.
    """
    from sim.views.sweeps.study import read_study

    study = read_study(folder)
    identity = str(study.result.facts["sweep_id"])
    return write_pictures(
        pictures_of_sweeps(), study, out if out is not None else folder / "pictures",
        title=str(study.result.facts["question"]), about=f"sweep {identity}", identity=identity, is_named=True,
    )  # fmt: skip


def draw_world(atlas: Atlas, out: Path) -> list[Path]:
    """Draw the background of some states, as PNG and as SVG; the same background gives the same bytes.

    Raises
    ------
    InputError
        Where the pictures cannot be written.
    """
    about = f"{len(atlas.states)} states as of {atlas.background.as_of}"
    return write_pictures(
        pictures_of_worlds(), atlas, out, title=atlas.title, about=about, identity=atlas.footer
    )  # fmt: skip


def pictures_of_runs() -> Pictures[Results]:
    """What draws each picture of a run, by the picture's name."""
    from sim.views.run.blocs import draw_blocs
    from sim.views.run.lines import draw_acts, draw_alignment, draw_dyads
    from sim.views.run.matrices import draw_affinity
    from sim.views.run.measures import draw_measures
    from sim.views.run.verdicts import draw_contrasts, draw_expectations

    return {
        "alignment": draw_alignment,
        "affinity": draw_affinity,
        "dyads": draw_dyads,
        "blocs": draw_blocs,
        "acts": draw_acts,
        "measures": draw_measures,
        "contrasts": draw_contrasts,
        "expectations": draw_expectations,
    }


def pictures_of_sweeps() -> Pictures[Study]:
    """What draws each picture of a sweep, by the picture's name."""
    from sim.views.sweeps.response import draw_curves, draw_heat
    from sim.views.sweeps.spread import draw_effects, draw_shares

    return {"shares": draw_shares, "effects": draw_effects, "curves": draw_curves, "blocs": draw_heat}


def pictures_of_worlds() -> Pictures[Atlas]:
    """What draws each picture of the background, by the picture's name."""
    from sim.views.world.map import draw_map
    from sim.views.world.matrix import draw_matrix
    from sim.views.world.network import draw_network

    return {"matrix": draw_matrix, "map": draw_map, "network": draw_network}
