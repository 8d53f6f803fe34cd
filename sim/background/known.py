"""Of which pairs anything at all is known, told without working the prior out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from sim.background.reading import load_background
from sim.background.record import facts_in_force
from sim.shapes import Bool


def known_pairs(
    source: str,
    states: Sequence[str],
    as_of: date,
    *,
    file: Path | None = None,
    reading: str | Mapping[str, str] = "main",
) -> Bool[np.ndarray, "N N"]:
    """Whether any indicator or fact of a background speaks of each ordered pair: `PairPrior.is_known`.

    Raises
    ------
    InputError
        Where the table of further facts is wrong.
    """
    if source == "none":
        return np.zeros((len(states), len(states)), bool)
    known: Bool[np.ndarray, "N N"] = load_background(as_of, states).spoken.any(axis=0)
    place = {code: i for i, code in enumerate(states)}
    for fact in facts_in_force(source, as_of, file, reading):
        if fact.sender in place and fact.target in place:
            known[place[fact.sender], place[fact.target]] = True
    return known
