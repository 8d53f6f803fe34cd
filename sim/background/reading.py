"""Read the background: mean and spread of the long-run level of every ordered pair, as known at a date."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from sim.background.table import PARTS, TABLE_FILE, UNTOLD, Year, is_spoken, read_year
from sim.shapes import Bool, Float, Int


@dataclass(frozen=True)
class Background:
    """What public data say of some states at a date, before any signal.

    Attributes
    ----------
    codes
        The states; those that the table does not know in that year stand at 0 with the spread of strangers.
    year
        The year whose end the levels describe.
    mean, sd
        Long-run level of θ of the sender toward the target, its mean and spread; 0 on the diagonal.
    parts
        What each of `PARTS` adds to the mean.
    spoken
        Whether each of `PARTS` says anything of the pair: nothing at all means that nothing is known.
    ties
        Rung of the formal ladder where public data tell it, else `UNTOLD`.
    is_known
        Whether the table has the state in that year.
    """

    codes: tuple[str, ...]
    year: int
    mean: Float[np.ndarray, "N N"]
    sd: Float[np.ndarray, "N N"]
    parts: Float[np.ndarray, "G N N"]
    spoken: Bool[np.ndarray, "G N N"]
    ties: Int[np.ndarray, "N N"]
    is_known: Bool[np.ndarray, "N"]

    def explain(self, sender: str, target: str) -> dict[str, float]:
        """Give what each record that speaks of a pair adds to its mean level; empty where nothing is known."""
        i, j = self.codes.index(sender), self.codes.index(target)
        return {name: float(self.parts[g, i, j]) for g, name in enumerate(PARTS) if self.spoken[g, i, j]}


def load_background(as_of: date, states: Sequence[str] | None = None, file: Path = TABLE_FILE) -> Background:
    """Load the levels known at a date: those of the last year that had ended by then.

    Parameters
    ----------
    as_of
        The date. Before the table's first year its first counts, after its last its last.
    states
        Codes in the order wanted; default: every state that was in being in that year.
    file
        A table that ``sim fit background`` wrote; default: the one that ships with the package.

    Raises
    ------
    InputError
        Naming the file, where it is no such table.
    """
    codes, year, found = read_year(file, as_of.year - 1)
    here = [codes[place] for place in found.states]
    wanted = tuple(here if states is None else states)
    row = {code: n for n, code in enumerate(here)}
    place = np.array([row.get(code, -1) for code in wanted], int)
    return _arranged(wanted, year, found, place, float(about_background(file)["sd_of_strangers"]))


@cache
def about_background(file: Path = TABLE_FILE) -> dict[str, Any]:
    """Give what the table is: spans, files with their hashes, coefficients with their spread, scores."""
    found: dict[str, Any] = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    return found


def _arranged(
    codes: tuple[str, ...], year: int, found: Year, place: np.ndarray, strangers: float
) -> Background:
    is_known = place >= 0
    both = is_known[:, None] & is_known[None, :] & ~np.eye(len(codes), dtype=bool)
    box = np.ix_(place, place)
    parts = np.where(both, found.parts[(slice(None), *box)], np.nan)
    sd = np.where(both, found.sd[box], strangers)
    np.fill_diagonal(sd, 0.0)
    spoken = is_spoken(parts)
    parts = np.nan_to_num(parts)
    ties = np.where(both, found.ties[box], UNTOLD)
    return Background(codes, year, parts.sum(axis=0), sd, parts, spoken, ties, is_known)
