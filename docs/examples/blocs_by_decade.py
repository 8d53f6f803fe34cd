"""Blocs of the whole world by decade, from the background alone, and its rank correlation with published measures.

    python docs/examples/blocs_by_decade.py [--data DIR] > tables.md

prints the tables of `docs/blocs-by-decade.md`; the correlations need the folder of public data.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from sim.background.prior import PairPrior, pair_prior
from sim.background.reading import load_background
from sim.history.dyads import read_agreement, read_alliances, read_net_agreement, read_signed
from sim.outcomes.blocs.local import blocs

YEARS = (1950, 1960, 1970, 1980, 1990, 2000, 2010, 2020, 2025)
RESOLUTIONS = (0.0, 0.2)  # how warm two states have to be for it to draw them together
LEAST, SHOWN = 3, 12  # smallest bloc listed, members named


def world(year: int) -> PairPrior:
    """The background of all states on New Year's Day."""
    day = date(year, 1, 1)
    return pair_prior("public", load_background(day).codes, day)


def print_blocs(year: int, resolution: float) -> None:
    """One row for each bloc of three or more, the members nearest to its others first."""
    prior = world(year)
    affinity = np.tanh(prior.mean)
    mutual = (affinity + affinity.T) / 2
    labels = blocs(mutual, resolution)
    sizes = np.bincount(labels)
    for label in np.argsort(-sizes, kind="stable"):
        if sizes[label] >= LEAST:
            members = np.flatnonzero(labels == label)
            close = mutual[np.ix_(members, members)].sum(axis=1)
            names = " ".join(prior.states[members[k]] for k in np.argsort(-close, kind="stable")[:SHOWN])
            print(f"| {year} | {sizes[label]} | {close.mean() / (sizes[label] - 1):+.2f} | {names} |")
    print(f"| {year} | {(sizes[sizes < LEAST]).sum()} | | alone or in pairs |")


def correlation(table: pd.DataFrame, value: str, year: int) -> str:
    """Rank correlation of a measure's pairs with the mean level of both directions at the end of the year."""
    levels = load_background(date(year + 1, 1, 1))
    place = {code: n for n, code in enumerate(levels.codes)}
    rows = table[table.a.isin(place) & table.b.isin(place)]
    i, j = rows.a.map(place).to_numpy(), rows.b.map(place).to_numpy()
    mutual = (levels.mean[i, j] + levels.mean[j, i]) / 2
    return ranked(mutual, rows[value])


def ranked(one: Sequence[float], other: Sequence[float]) -> str:
    """Rank correlation, and of how many pairs."""
    return f"{spearmanr(one, other)[0]:+.2f} ({len(one)})"


def print_correlations(data: Path) -> None:
    """One row for each measure and year."""
    votes, net = read_agreement(data), read_net_agreement(data)
    signed = read_signed(data).rename(columns={"window_end": "year"})
    votes["s"] = votes.agree - votes.opposed
    pacts = read_alliances(data).rename(columns={"sender": "a", "target": "b"})
    print("\n| measure | year | rank correlation (pairs) |\n|---|---|---|")
    measures = [
        ("agreement less opposition in the Assembly", votes, "s", (1950, 1965, 1980, 1995, 2010, 2019)),
        ("net agreement in the Assembly", net, "net", (2015, 2021)),
        ("defence pact, among pairs with any pact", pacts, "defense", (1950, 1965, 1980, 1995, 2010, 2018)),
        ("signed tie, Correlates of War", signed, "sign", (1950, 1960, 1970, 1980, 1987)),
    ]
    for name, table, value, years in measures:
        for year in years:
            print(f"| {name} | {year} | {correlation(table[table.year == year], value, year)} |")
    for year in (1950, 1960, 1970, 1980, 1987):
        both = signed[signed.year == year].merge(votes, on=["a", "b", "year"])
        print(f"| for comparison: signed tie with the votes alone | {year} | {ranked(both.s, both.sign)} |")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    data = parser.parse_args().data
    for resolution in RESOLUTIONS:
        print(f"\nResolution {resolution}:\n\n| year | states | mean affinity | members |\n|---|---|---|---|")
        for year in YEARS:
            print_blocs(year, resolution)
    if data is not None:
        print_correlations(data)


if __name__ == "__main__":
    main()
