"""A finished sweep as the pictures need it: its answers, and names to print."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.outcomes.catalogue import WORLD
from sim.sweeps.analysis.answer import axes, make_answers, point_means
from sim.sweeps.analysis.effects import Axis
from sim.sweeps.quantities import MEASURES
from sim.sweeps.storage.result import SweepResult, read_sweep
from sim.views.drawing.sheet import Sheet, counted
from sim.views.drawing.words import clipped, shown, width

if TYPE_CHECKING:
    import pandas as pd

MAX_OUTCOMES, MAX_KEYS = 10, 8  # in one picture
WORTH_A_LOOK = (
    "polarisation",
    "n_blocs",
    "modularity",
    "frustration",
)  # measures that are always worth a look


@dataclass(frozen=True)
class Study:
    """A finished sweep.

    Attributes
    ----------
    result
        What lies on disk.
    """

    result: SweepResult

    @cached_property
    def axes(self) -> list[Axis]:
        """The keys that vary, cut into levels."""
        return axes(self.result)

    @cached_property
    def outcomes(self) -> list[str]:
        """Outcomes worth a picture: those between states, then those of the whole world."""
        own = [name for name in self.result.outcomes if name not in MEASURES]
        return [*own, *WORTH_A_LOOK][:MAX_OUTCOMES]

    @cached_property
    def together(self) -> list[str]:
        """Outcomes that say whether two states stand in one bloc."""
        return [name for name in self.result.outcomes if name.startswith("same_bloc_")]

    def table(self, name: str) -> pd.DataFrame:
        """A table of answers."""
        return self.result.table(name)

    @cached_property
    def strongest(self) -> list[str]:
        """Keys by what they explain of the outcomes on average, the strongest first; at most `MAX_KEYS`."""
        effects = self.table("effects")
        share = effects[effects["outcome"].isin(self.outcomes)].groupby("key")["share"].mean()
        keys = [axis.key for axis in self.axes]
        return sorted(keys, key=lambda key: -np.nan_to_num(share.get(key, 0.0)))[:MAX_KEYS]

    def means(self, outcome: str) -> np.ndarray:
        """Mean of an outcome at each point."""
        return point_means(self.result, outcome)

    def sheet(self, what: str, notes: list[str], width: float, height: float) -> Sheet:
        """A page about this sweep."""
        facts, manifest = self.result.facts, self.result.manifest
        shape = facts["shape"]
        source = (
            f"sweep {facts['sweep_id']}  ·  scenario {facts['scenario']}  ·  {facts['design']}, "
            f"{counted(shape['points'], 'point')} × {counted(shape['draws'], 'draw')} × "
            f"{counted(shape['replicas'], 'replica')}"
        )
        if manifest["failed"]:
            source += f"  ·  {manifest['failed']} runs failed"
        return Sheet(facts["question"], what, notes, source, width, height)


def outcome_name(outcome: str) -> str:
    """Name of an outcome as it is printed."""
    name, _, moment = outcome.partition("_at_")
    when = f", {moment.replace('_', ' ')}" if moment else ""
    for start, joint in (("affinity_", " → "), ("same_bloc_", " with "), ("alignment_", " to ")):
        if name.startswith(start):
            first, _, second = name.removeprefix(start).partition("_")
            what = {"affinity_": "affinity ", "same_bloc_": "one bloc: ", "alignment_": "alignment "}[start]
            return shown(f"{what}{first}{joint}{second}{when}")
    return next(measure.label for measure in WORLD if measure.name == name)


def key_title(key: str, room: float) -> str:
    """Name of a key in so many inches: its first parts give way before its last."""
    parts = key.split(".")
    while len(parts) > 1 and width(".".join(parts), weight="bold") > room:
        parts = parts[1:]
    return clipped(".".join(parts), room, weight="bold")


def read_study(folder: Path) -> Study:
    """Open a finished sweep for drawing.

    Raises
    ------
    InputError
        Where there is none, or it is not finished.
    """
    result = read_sweep(folder)
    assert result is not None
    make_answers(result)
    return Study(result)
