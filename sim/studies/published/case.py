"""One published number beside the one obtained, as a row of the table."""

from __future__ import annotations

from sim.studies.result import Score


def exactly(name: str, published: float, obtained: float, digits: int = 9) -> Score:
    """A number that leaves no room but the last digit printed."""
    return within(name, published, round(obtained, digits), published, published)


def about(name: str, published: float, obtained: float, error: float) -> Score:
    """A number that chance or rounding moves by up to `error`."""
    return within(name, published, obtained, published - error, published + error)


def within(name: str, published: float, obtained: float, low: float, high: float) -> Score:
    """A number that is as published from `low` to `high`: the room that the print's rounding, or chance, leaves."""
    aim = "as published" if low == high else f"within {low:g} … {high:g}"
    return Score(name, obtained, {"published": published}, aim=aim, is_met=low <= obtained <= high)
