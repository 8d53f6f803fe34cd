"""Pledges and their age: what pairs of states have promised each other, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sim.shapes import Float

Matrix = Float[np.ndarray, "N N"]


@dataclass(frozen=True)
class Pledges:
    """Directed pledges of N states, year by year.

    Attributes
    ----------
    table
        sender, target (places among the states), year, defense (0 or 1); a row is a pledge of any kind.
    n_states
        N.
    """

    table: pd.DataFrame
    n_states: int

    def age(self, year: int, is_defence: bool) -> Matrix:
        """Years for which a pair has been bound without a break; infinite where it is not bound.

        Parameters
        ----------
        year
            What held in it counts; after the last year with pledges, what held in that one.
        is_defence
            Whether only pledges to defend each other count, or all.
        """
        began = self._began[is_defence]
        year = min(year, max(began))
        start = began.get(year)
        return np.full((self.n_states,) * 2, np.inf) if start is None else year - start

    @cached_property
    def _began(self) -> dict[bool, dict[int, Matrix]]:
        """By kind and year, the year in which each present pledge began; -∞ where there is none."""
        return {True: self._spells(self.table[self.table.defense == 1]), False: self._spells(self.table)}

    def _spells(self, rows: pd.DataFrame) -> dict[int, Matrix]:
        before = np.full((self.n_states,) * 2, -np.inf)
        result = {}
        for year in range(int(rows.year.min()), int(rows.year.max()) + 1):
            now = rows[rows.year == year]
            bound = np.zeros(before.shape, bool)
            bound[now.sender, now.target] = bound[now.target, now.sender] = True  # what either has pledged
            before = np.where(bound, np.where(np.isfinite(before), before, year), -np.inf)
            result[year] = before
        return result
