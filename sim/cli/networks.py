"""VERB of networks: blocs of a signed network of one's own."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from sim.cli.options import Json
from sim.errors import complain

BlocMethod = Literal["auto", "exact", "heuristic"]


def blocs(
    file: Annotated[
        Path, typer.Argument(help="Matrix, edge list (a,b,sign or weight), GraphML, GML, Pajek, KONECT.")
    ],
    method: Annotated[
        BlocMethod, typer.Option(help="How to search; beyond 1000 states only heuristic.")
    ] = "auto",
    is_free: Annotated[bool, typer.Option("--free/--two", help="Any number of blocs, or two camps.")] = False,
    resolution: Annotated[
        float | None,
        typer.Option(help="With --free: the edge from which two states are worth joining; 0 if left out."),
    ] = None,
    landscape: Annotated[bool, typer.Option(help="List the local minima of the two-camp landscape.")] = False,
    sizes: Annotated[
        Path | None, typer.Option(help="CSV of name,size: edges count as much as the states that hold them.")
    ] = None,
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds for the proof.")] = 60.0,
    out: Annotated[Path | None, typer.Option(help="Folder for pictures, PNG and SVG.")] = None,
    as_json: Json = False,
) -> None:
    """Partition a signed network of your own into blocs, with a certificate.

    Frustration index: weight of the edges at odds with the blocs. Energy: sum of the edges between
    different blocs, each pair counted both ways, as Axelrod and Bennett have it.
    """
    from sim.network.answer import find_blocs
    from sim.views.terminal.network import network_lines

    if resolution is not None and not is_free:
        raise complain("counts only with --free", key="--resolution")
    gamma = (resolution or 0.0) if is_free else None
    answer = find_blocs(
        file, method=method, resolution=gamma, time_limit=time_limit, sizes=sizes, with_landscape=landscape
    )
    for note in answer.network.notes:
        print(note, file=sys.stderr)
    pictures = []
    if out is not None:
        from sim.views.network import draw_answer

        pictures = draw_answer(answer, out, file.stem)
    if as_json:
        print(json.dumps(answer.summary()))
        return
    for line in network_lines(answer, landscape):
        print(line)
    for path in pictures:
        print(path)
