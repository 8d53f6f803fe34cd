"""VERB of the background: what every pair of states is to each other before any seed speaks."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.options import Background, background_source, read_date, states_known
from sim.errors import complain

if TYPE_CHECKING:
    from sim.calibration.background import BackgroundAffinity


def world(
    as_of: Annotated[
        date | None,
        typer.Option("--as-of", parser=read_date, metavar="DATE", help="The date; default: today."),
    ] = None,
    states: Annotated[
        str | None,
        typer.Option(metavar="A,B,…", help="Codes with commas; default: every state of that year."),
    ] = None,
    background: Background = "public",
    out: Annotated[
        Path | None, typer.Option(help="Folder for the pictures; default: results/world/DATE.")
    ] = None,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print every pair as CSV; draws only where --out is given.")
    ] = False,
) -> None:
    """Print and draw what public data say of every pair of states, before any seed speaks."""
    from sim.background.prior import pair_prior
    from sim.calibration.background import BackgroundAffinity
    from sim.views.terminal.world import print_background

    when = as_of or date.today()
    source, file = background_source(background)
    affinity = BackgroundAffinity(pair_prior(source, _states(states, when), when, file=file), when)
    print_background(affinity, as_csv)
    if not as_csv or out is not None:
        _draw(affinity, background, out or Path("results", "world", when.isoformat()), as_csv)


def _draw(affinity: BackgroundAffinity, source: str, out: Path, is_aside: bool) -> None:
    """Draw and say where; beside a CSV on stderr."""
    from sim.views.gallery import draw_world
    from sim.views.terminal.world import bloc_lines
    from sim.views.world.atlas import RESOLUTION, Atlas

    atlas = Atlas(affinity, source)
    stream = sys.stderr if is_aside else sys.stdout
    for line in bloc_lines(atlas.members(), RESOLUTION, len(atlas.states)):
        print(line, file=stream)
    for path in draw_world(atlas, out):
        print(path, file=stream)


def _states(text: str | None, when: date) -> tuple[str, ...]:
    """Codes that the option names, or every state in being."""
    if text is None:
        from sim.background.reading import load_background

        return load_background(when).codes
    codes = [code.strip() for code in text.split(",") if code.strip()]
    if len(set(codes)) < max(2, len(codes)):
        raise complain("name two or more states, each once", key="--states")
    states_known(codes, key="--states")
    return tuple(codes)
