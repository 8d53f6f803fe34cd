"""One published number beside the one obtained."""

from __future__ import annotations

from dataclasses import dataclass

from sim.studies.result import Score


@dataclass(frozen=True)
class Case:
    """A published number, the one obtained, and how far apart the two may be.

    Parameters
    ----------
    name
        What is counted or measured.
    published, obtained
        The two numbers.
    low, high
        Between these the obtained number is as published: both the number itself where it is exact, or the
        room that the print's rounding, or chance over the starts, leaves.
    """

    name: str
    published: float
    obtained: float
    low: float
    high: float

    def score(self) -> Score:
        """The row of the table."""
        aim = "as published" if self.low == self.high else f"within {self.low:g} … {self.high:g}"
        is_met = self.low <= self.obtained <= self.high
        return Score(self.name, self.obtained, {"published": self.published}, aim=aim, is_met=is_met)


def exactly(name: str, published: float, obtained: float, digits: int = 9) -> Case:
    """A number that leaves no room but the last digit printed."""
    value = round(obtained, digits)
    return Case(name, published, value, published, published)


def about(name: str, published: float, obtained: float, error: float) -> Case:
    """A number that chance or rounding moves by up to `error`."""
    return Case(name, published, obtained, published - error, published + error)
