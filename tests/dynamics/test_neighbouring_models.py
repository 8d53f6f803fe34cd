"""Two published models next door, on top of the law's balance term and the landscape's energy."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from math import comb
from pathlib import Path

import numpy as np
import pytest

from sim.network.solvers.landscape import couple, landscape
from sim.outcomes.measures import balanced_triangles
from sim.studies.published.triads import (
    cliques,
    count_jammed,
    flip,
    is_settled,
    random_ties,
    settle,
    triangle_field,
)
from tests.outcomes.signed_matrices import split_energy, switch_cost

LANDSCAPE_DATA = Path(__file__).parents[3] / "shared" / "data" / "axelrod_bennett_1993"
needs_figures = pytest.mark.skipif(
    not LANDSCAPE_DATA.is_dir(), reason="Axelrod & Bennett's figures (../shared/data) are not here"
)

# Constrained triad dynamics


def unbalanced(signs: np.ndarray) -> int:
    triangles = comb(signs.shape[0], 3)
    return round(triangles * (1.0 - balanced_triangles(signs)))


def test_the_balance_term_says_what_a_flip_does_to_the_triangles() -> None:
    rng = np.random.default_rng(1)
    for n in (3, 4, 9, 20):
        signs = random_ties(n, 0.4, rng)
        field = triangle_field(signs)
        for _ in range(20):
            i, j = (int(x) for x in rng.permutation(n)[:2])
            before, expected = unbalanced(signs), signs[i, j] * field[i, j]
            flip(signs, field, i, j)
            assert unbalanced(signs) - before == expected
            np.testing.assert_array_equal(field, triangle_field(signs))


def test_the_quick_form_walks_the_path_of_the_law_itself() -> None:
    start = random_ties(24, 0.5, np.random.default_rng(2))
    quick, slow = start.copy(), start.copy()
    field = settle(quick, np.random.default_rng(3), False)
    settle(slow, np.random.default_rng(3), True)
    np.testing.assert_array_equal(quick, slow)
    np.testing.assert_array_equal(field, triangle_field(quick))
    assert balanced_triangles(quick) > balanced_triangles(start)


def clique_difference(signs: np.ndarray) -> float | None:
    """δ, the difference of the two cliques' sizes over N; none where the end is jammed."""
    if balanced_triangles(signs) < 1.0:
        return None
    return float(2.0 * (signs[0] >= 0).mean() - 1.0)


def mean_square_difference(n: int, friendly: float, n_runs: int) -> tuple[float, int]:
    """⟨δ²⟩ over runs from random starts, and how many ended jammed."""
    result = []
    for run in range(n_runs):
        rng = np.random.default_rng([int(100 * friendly), run])
        signs = random_ties(n, friendly, rng)
        settle(signs, rng, False)
        result.append(clique_difference(signs))
    balanced = [d for d in result if d is not None]
    return float(np.mean(np.square(balanced))), n_runs - len(balanced)


@pytest.mark.parametrize(("friendly", "published", "error"), [(0.5, 0.01, 0.004), (0.65, 0.99, 0.006)])
def test_128_states_cross_over_from_two_camps_to_one(friendly: float, published: float, error: float) -> None:
    result, n_jammed = mean_square_difference(128, friendly, 100)
    assert result == pytest.approx(published, abs=error)
    assert n_jammed <= 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("friendly", "published", "error"), [(0.5, 0.01, 0.0035), (0.65, 0.99, 0.005), (0.8, 1.0, 1e-9)]
)
def test_the_crossover_over_a_thousand_runs(friendly: float, published: float, error: float) -> None:
    result, n_jammed = mean_square_difference(128, friendly, 1000)
    assert result == pytest.approx(published, abs=error)
    assert n_jammed <= 20


def partitions(total: int, most: int) -> Iterator[tuple[int, ...]]:
    """Ways to write a number as a sum of parts of at most `most`, largest first."""
    if total == 0:
        yield ()
    for part in range(min(total, most), 0, -1):
        for rest in partitions(total - part, part):
            yield (part, *rest)


@cache
def jammed_cliques(n: int) -> tuple[tuple[int, ...], ...]:
    """Sizes of hostile cliques, three or more, that no flip betters or leaves level."""
    result = []
    for sizes in partitions(n, n):
        signs = cliques(*sizes)
        if len(sizes) > 2 and is_settled(signs, triangle_field(signs)):
            result.append(sizes)
    return tuple(result)


def test_jammed_cliques_exist_at_9_11_and_from_12_on_only() -> None:
    assert [n for n in range(3, 26) if jammed_cliques(n)] == [9, 11, *range(12, 26)]
    assert jammed_cliques(9) == ((3, 3, 3),)
    assert jammed_cliques(11) == ((4, 4, 3),)
    for n in range(9, 26):
        for sizes in jammed_cliques(n):
            assert len(sizes) == 3
            assert unbalanced(cliques(*sizes)) == np.prod(sizes)


@pytest.mark.parametrize("n", [3, 4, 5, 6, 7])
def test_no_state_at_all_is_jammed_among_fewer_than_9(n: int) -> None:
    assert count_jammed(n) == 0


@pytest.mark.slow
def test_no_state_at_all_is_jammed_among_8() -> None:
    assert count_jammed(8) == 0


@pytest.mark.parametrize(("n", "can_jam"), [(8, False), (9, True), (10, False), (11, True)])
def test_runs_jam_only_where_jammed_states_exist(n: int, can_jam: bool) -> None:
    n_jammed = mean_square_difference(n, 0.5, 2000)[1]
    assert (n_jammed > 0) == can_jam


# Descent on the static landscape


def descend(coupling: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """Slide down: the switch that lowers the energy most, until none does; every step is checked."""
    sides = sides.copy()
    while True:
        cost = switch_cost(coupling, sides)
        who = int(np.argmin(cost))
        if cost[who] >= -1e-9:
            return sides ^ sides[0]
        before = split_energy(coupling, sides)
        sides[who] ^= 1
        assert split_energy(coupling, sides) - before == pytest.approx(cost[who])


def ends(coupling: np.ndarray) -> dict[tuple[int, ...], int]:
    """Where descent from every split ends, and from how many."""
    n = coupling.shape[0]
    reached: dict[tuple[int, ...], int] = {}
    for split in range(1 << (n - 1)):
        sides = np.array([0, *((split >> b) & 1 for b in range(n - 1))], np.int8)
        end = tuple(int(s) for s in descend(coupling, sides))
        reached[end] = reached.get(end, 0) + 1
    return reached


def table(name: str) -> list[dict[str, str]]:
    with (LANDSCAPE_DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def hostile(n: int) -> np.ndarray:
    return np.eye(n) - np.ones((n, n))


@needs_figures
def test_unix_firms_form_one_of_two_equal_alliances() -> None:
    rows = table("unix1988_table2.csv")
    size = np.array([float(row["size"]) for row in rows])
    kind = np.array([row["type_S_specialist_G_generalist"] for row in rows])
    propensity = np.where(kind[:, None] == kind[None, :], -1.0, 0.0)
    result = landscape(propensity, size)
    np.testing.assert_allclose(result.energy, [-3828.90, -3828.90], atol=0.005)
    assert result.basin.tolist() == [128, 128]
    published = {
        tuple(int(row[name] != rows[0][name]) for row in rows) for name in ("config1_side", "config2_side")
    }
    assert {tuple(int(s) for s in sides) for sides in result.sides} == published
    assert ends(couple(propensity, size)) == dict.fromkeys(published, 128)


POWERS = ("Britain", "France", "Germany", "Italy", "Soviet Union")


@needs_figures
def test_five_hostile_powers_have_four_minima_and_the_real_alliance_is_none() -> None:
    sizes = {
        row["nation"]: float(row["size_pct_world_capability_1936"]) for row in table("europe1936_table1.csv")
    }
    coupling = couple(hostile(5), np.array([sizes[p] for p in POWERS]))
    expected = {(0, 0, 0, 1, 1), (0, 0, 1, 0, 1), (0, 1, 0, 0, 1), (0, 1, 1, 1, 0)}
    assert {tuple(int(s) for s in sides) for sides in landscape(coupling).sides} == expected
    reached = ends(coupling)
    assert set(reached) == expected
    assert sum(reached.values()) == 16


@needs_figures
def test_seventeen_hostile_nations_have_some_two_hundred_minima() -> None:
    size = np.array([float(row["size_pct_world_capability_1936"]) for row in table("europe1936_table1.csv")])
    result = landscape(hostile(17), size)
    assert 198 <= result.n_minima <= 226
    assert result.basin.sum() == 2**16
    rng = np.random.default_rng(6)
    minima = {tuple(int(s) for s in sides) for sides in result.sides}
    for _ in range(100):
        start = rng.integers(0, 2, 17).astype(np.int8)
        assert tuple(int(s) for s in descend(result.coupling, start)) in minima
