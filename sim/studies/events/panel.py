"""Acts of every year between chosen states as arrays, and how likely a year's cold share is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import betaln, gammaln

from sim.errors import complain
from sim.history.events import DYAD_YEARS_FILE, read_dyad_years
from sim.shapes import Float, Int

Counts = Int[np.ndarray, "Y N N"]


@dataclass(frozen=True)
class Panel:
    """Acts of some states toward each other.

    Attributes
    ----------
    codes
        The states.
    first_year
        Year of the first row; the others follow.
    acts, cold
        Number of acts, and of cold ones among them, by year, sender and target.
    """

    codes: tuple[str, ...]
    first_year: int
    acts: Counts
    cold: Counts

    @property
    def last_year(self) -> int:
        """Year of the last row."""
        return self.first_year + len(self.acts) - 1

    def row(self, year: int) -> int:
        """Place of a year."""
        return year - self.first_year

    def busiest(self, n_states: int, until: int) -> Panel:
        """Keep the states that sent and received most by a year, of which alone the choice depends."""
        known = self.acts[: self.row(until) + 1].sum(axis=0)
        order = np.argsort(-(known.sum(0) + known.sum(1)), kind="stable")[:n_states]
        place = np.sort(order)
        box = np.ix_(np.arange(len(self.acts)), place, place)
        return Panel(tuple(self.codes[i] for i in place), self.first_year, self.acts[box], self.cold[box])


def read_panel(data: Path) -> Panel:
    """Read the acts of all states.

    Raises
    ------
    InputError
        Where the file is absent or wrong, or skips a year.
    """
    table = read_dyad_years(data)
    years = np.unique(table.year.to_numpy())
    if years.size != years[-1] - years[0] + 1:
        raise complain("a year between the first and the last is missing", file=data / DYAD_YEARS_FILE)
    codes = tuple(sorted({*table.sender, *table.target}))
    place = {code: i for i, code in enumerate(codes)}
    where = (
        table.year.to_numpy() - years[0],
        table.sender.map(place).to_numpy(),
        table.target.map(place).to_numpy(),
    )
    acts, cold = np.zeros((2, years.size, len(codes), len(codes)), np.int64)
    np.add.at(cold, where, table.cold.to_numpy())
    np.add.at(acts, where, (table.warm + table.cold).to_numpy())
    return Panel(codes, int(years[0]), acts, cold)


def log_likelihood(
    cold: Float[np.ndarray, "..."], acts: Float[np.ndarray, "..."], share: Float[np.ndarray, "..."],
    concentration: float,
) -> Float[np.ndarray, "..."]:  # fmt: skip
    """Log probability of so many cold acts, beta-binomial.

        ln C(n, k) + ln B(k + sp, n - k + s(1 - p)) - ln B(sp, s(1 - p))

    However many acts a year holds, it says no more of p than about s independent ones: news of one quarrel is many
    acts.

    Parameters
    ----------
    cold, acts
        k and n.
    share
        p, the expected share, in (0, 1).
    concentration
        s > 0.
    """
    a, b = concentration * share, concentration * (1.0 - share)
    ways = gammaln(acts + 1) - gammaln(cold + 1) - gammaln(acts - cold + 1)
    return ways + betaln(cold + a, acts - cold + b) - betaln(a, b)
