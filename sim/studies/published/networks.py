"""Signed networks whose frustration is in print: the Highland tribes, and states from 1946 on."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from sim.history.dyads import read_signed, read_tribes
from sim.network.proof.certificate import two_blocs
from sim.network.proof.clustering import free_blocs
from sim.outcomes.measures import balanced_triangles, frustration, walk_balance
from sim.studies.published.case import about, exactly
from sim.studies.result import Score

WINDOWS = (
    17, 18, 20, 15, 15, 17, 21, 27, 33, 35, 34, 26, 30, 36, 39, 37, 36, 29, 24, 23, 28, 27, 28, 33, 26, 28, 29, 35,
    46, 48, 50, 45, 39, 43,
)  # fmt: skip
"""Exact two-bloc frustration index of the windows from 1946-49 on, as far as printed."""


def signed_matrix(edges: pd.DataFrame) -> np.ndarray:
    """Edges a, b, sign as a symmetric matrix."""
    codes = sorted({*edges.a, *edges.b})
    place = {code: i for i, code in enumerate(codes)}
    matrix = np.zeros((len(codes),) * 2)
    a, b = edges.a.map(place), edges.b.map(place)
    matrix[a, b] = matrix[b, a] = edges.sign
    return matrix


def tribe_cases(data: Path) -> list[Score]:
    """The sixteen tribes: two blocs, triangles, frustration, walk balance, any number of blocs."""
    edges = signed_matrix(read_tribes(data))
    two, free = two_blocs(edges), free_blocs(edges)
    name = "Highland tribes:"
    return [
        exactly(f"{name} two-bloc frustration index", 7, two.frustration_index),
        exactly(f"{name} best two-bloc splits", 1, two.n_optimal or 0),
        exactly(f"{name} share of balanced triangles", 0.8676471, balanced_triangles(edges), 7),
        exactly(f"{name} frustration score", 0.7586207, frustration(edges, two.blocs), 7),
        exactly(f"{name} walk balance", 0.3575761, walk_balance(edges), 7),
        exactly(f"{name} blocs, if free", 3, free.n_blocs),
        exactly(f"{name} edges violated, if free", 2, free.frustration_index),
    ]


def window_cases(data: Path) -> tuple[list[Score], list[dict[str, float | str | bool]]]:
    """The signed relations: how many windows have the printed index, all proven; and the windows one by one."""
    rows: list[dict[str, float | str | bool]] = []
    table = read_signed(data)
    for start, published in zip(sorted(table.window_start.unique()), WINDOWS, strict=False):
        edges = table[table.window_start == start]
        result = two_blocs(signed_matrix(edges))
        rows.append(
            {
                "window": f"{start}-{edges.window_end.iloc[0]}",
                "published": float(published),
                "obtained": float(result.frustration_index),
                "is_proven": bool(result.is_optimal),
            }
        )
    n_same = sum(row["published"] == row["obtained"] for row in rows)
    n_proven = sum(bool(row["is_proven"]) for row in rows)
    name = f"signed relations, {len(rows)} windows:"
    return [
        exactly(f"{name} with the printed two-bloc index", len(rows), n_same),
        exactly(f"{name} proven", len(rows), n_proven),
        *_half_lives(table),
    ], rows


def _half_lives(table: pd.DataFrame) -> list[Score]:
    """How long edges keep their sign, from the share that does over one window."""
    starts = sorted(table.window_start.unique())
    by_window = {start: table[table.window_start == start].set_index(["a", "b"]).sign for start in starts}
    cases = []
    for sign, word, published in ((1, "friendly", 60.0), (-1, "hostile", 4.0)):
        n_before = n_after = 0
        for before, after in pairwise(starts):
            held = by_window[before][by_window[before] == sign]
            n_before, n_after = (
                n_before + len(held),
                n_after + int((by_window[after].reindex(held.index) == sign).sum()),
            )
        years = float(np.log(2) / -np.log(n_after / n_before))
        cases.append(
            about(f"signed relations: half-life of a {word} relation, years", published, years, published / 3)
        )
    return cases
