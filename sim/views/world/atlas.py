"""What the pictures of the background draw: mutual affinities, the blocs they make, names and places of states."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from sim.background.names import common_name
from sim.calibration.background import BackgroundAffinity
from sim.outcomes.blocs.local import blocs
from sim.outcomes.measures import mutual_affinity
from sim.shapes import Float, Int
from sim.views.drawing.sheet import GREEN, ORANGE, PURPLE, QUIET, SKY, plain_day
from sim.views.drawing.words import shown, width

RESOLUTION = 0.1  # mutual affinity from which two states are worth joining, as in scenarios
BLOC_COLOURS = (
    GREEN,
    PURPLE,
    SKY,
    ORANGE,
    "#8C510A",
    "#4B0082",
    "#808000",
    "#F0C808",
)  # none of friend or enemy
MAX_NAMED = 16  # states that are called by their names; of more by their codes
MAX_NAME = 1.5  # inches
PLACES_FILE = Path(__file__).with_name("places.csv")


@dataclass(frozen=True)
class Atlas:
    """The background of some states, ready to be drawn.

    Attributes
    ----------
    background
        Affinity of every ordered pair.
    source
        What it was made from: public, levels, none or the name of a table.
    """

    background: BackgroundAffinity
    source: str

    @property
    def states(self) -> tuple[str, ...]:
        """Codes in the order of every array's axes."""
        return self.background.states

    @cached_property
    def mutual(self) -> Float[np.ndarray, "N N"]:
        """Mean of the affinities of both directions."""
        mutual: Float[np.ndarray, "N N"] = mutual_affinity(self.background.mean)
        return mutual

    @cached_property
    def blocs(self) -> Int[np.ndarray, "N"]:
        """Bloc of each state at `RESOLUTION`, by its smallest index."""
        return blocs(self.mutual, RESOLUTION)

    @cached_property
    def size(self) -> Int[np.ndarray, "N"]:
        """Members of each state's bloc."""
        size: Int[np.ndarray, "N"] = np.bincount(self.blocs, minlength=len(self.states))[self.blocs]
        return size

    @cached_property
    def order(self) -> Int[np.ndarray, "N"]:
        """States by bloc, the largest bloc first and in each the firmest members first."""
        together = self.blocs[:, None] == self.blocs[None, :]
        firm = (self.mutual * together).sum(axis=1) / np.maximum(self.size - 1, 1)
        return np.lexsort((-firm, self.blocs, -self.size))

    def members(self) -> list[list[str]]:
        """Codes of each bloc of two or more, in the order of the pictures."""
        found: dict[int, list[str]] = {}
        for i in self.order:
            if self.size[i] > 1:
                found.setdefault(int(self.blocs[i]), []).append(self.states[i])
        return list(found.values())

    @cached_property
    def colours(self) -> list[str]:
        """Colour of each state's bloc; grey in those beyond the largest, and alone."""
        colour = dict(zip((bloc[0] for bloc in self.members()), BLOC_COLOURS, strict=False))
        first = {int(self.blocs[self.states.index(code)]): hue for code, hue in colour.items()}
        return [first.get(int(bloc), QUIET) for bloc in self.blocs]

    def label(self, code: str) -> str:
        """Name of a state where there are few and it is short, else its code."""
        name = shown(common_name(code))
        return name if len(self.states) <= MAX_NAMED and width(name) <= MAX_NAME else code

    @property
    def title(self) -> str:
        """What the pictures are of."""
        return f"What {len(self.states)} states are to each other on {plain_day(self.background.as_of)}"

    @property
    def footer(self) -> str:
        """Where the numbers come from."""
        known = self.background.prior.is_known.sum() / max(len(self.states) * (len(self.states) - 1), 1)
        return (
            f"background {shown(self.source)}  ·  as of {self.background.as_of}  ·  {len(self.states)} states  ·  "
            f"something is known of {known:.0%} of the ordered pairs"
        )


def coldest(atlas: Atlas, at_most: int, below: float) -> list[tuple[int, int]]:
    """Pairs of the lowest mutual affinity, the coldest first, all of them below a bound."""
    first, second = np.triu_indices(len(atlas.states), 1)
    value = atlas.mutual[first, second]
    ranked = np.argsort(value, kind="stable")[:at_most]
    return [(int(first[k]), int(second[k])) for k in ranked if value[k] < below]


def places(codes: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Longitude and latitude [degrees] of the seats of government of those states that the table has."""
    with PLACES_FILE.open(encoding="utf-8", newline="") as stream:
        rows = {
            row["code"]: (float(row["longitude"]), float(row["latitude"])) for row in csv.DictReader(stream)
        }
    return {code: rows[code] for code in codes if code in rows}
