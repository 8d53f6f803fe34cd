"""How the pictures of a run mark dyads that rest on the background alone, and on nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sim.calibration.basis import BACKGROUND, NOTHING
from sim.views.run.results import Results

HATCHINGS = {
    BACKGROUND: "Hatched, in italics: rests on the background alone, no signal or fact of the seeds.",
    NOTHING: "Cross-hatched, without a number: rests on nothing.",
}
STROKES = {
    BACKGROUND: ("--", "Broken line: rests on the background alone, no signal or fact of the seeds."),
    NOTHING: (":", "Dotted line: rests on nothing."),
}


def hatching_note(results: Results) -> list[str]:
    """Say what the hatching of cells means, where there is any; one paragraph, or none."""
    said = [text for basis, text in HATCHINGS.items() if results.rests_on(basis).any()]
    return [" ".join(said)] if said else []


def stroke(results: Results, pair: tuple[str, str]) -> str:
    """Give the line of a dyad: broken where it rests on the background alone, dotted where on nothing."""
    place = results.place[pair[0]], results.place[pair[1]]
    return next((line for basis, (line, _) in STROKES.items() if results.rests_on(basis)[place]), "-")


def strokes_note(results: Results, panels: Sequence[Sequence[tuple[str, str]]]) -> list[str]:
    """Say what the lines of some dyads mean that are not drawn through; one paragraph, or none."""
    drawn = {stroke(results, pair) for dyads in panels for pair in dyads}
    said = [text for line, text in STROKES.values() if line in drawn]
    return [" ".join(said)] if said else []
