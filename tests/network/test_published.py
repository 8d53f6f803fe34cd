"""The numbers in print that a correct build reproduces, from the public data beside the project."""

import json
import time

import numpy as np
import pytest
from scipy.sparse import csr_array

from sim.network.proof.certificate import two_blocs
from sim.network.proof.clustering import free_blocs
from sim.network.solvers.landscape import landscape
from sim.network.solvers.large import leading_signs
from sim.outcomes.blocs.local import canonical
from sim.outcomes.measures import balanced_triangles, frustration, violated_weight, walk_balance
from tests.outcomes.signed_matrices import DATA, needs_data, rows_of, same_partition, signed_graph

LANDSCAPES = DATA / "axelrod_bennett_1993"

# windows ending by 1987, from the model note
COW = [17, 18, 20, 15, 15, 17, 21, 27, 33, 35, 34, 26, 30, 36, 39, 37, 36, 29, 24, 23, 28, 27, 28, 33]
COW += [26, 28, 29, 35, 46, 48, 50, 45, 39, 43]


@pytest.fixture
def published():
    return json.loads((LANDSCAPES / "published_numbers.json").read_text(encoding="utf-8"))


@pytest.fixture
def nations():
    rows = rows_of(LANDSCAPES / "europe1936_table1.csv")
    return {row["nation"]: float(row["size_pct_world_capability_1936"]) for row in rows}


@needs_data
def test_unix_alliances(published):
    rows = rows_of(LANDSCAPES / "unix1988_table2.csv")
    kind = np.array([row["type_S_specialist_G_generalist"] for row in rows])
    found = landscape(-(kind[:, None] == kind).astype(float), np.array([float(row["size"]) for row in rows]))
    unix = published["unix"]
    assert found.n_splits == unix["n_configurations"]
    assert found.n_minima == unix["local_minima"]
    assert found.energy == pytest.approx([unix["energy_each_minimum"]] * 2)
    assert found.gap == pytest.approx(0.0, abs=1e-9)
    assert found.basin.tolist() == unix["basins"]
    for column in ("config1_side", "config2_side"):
        side = np.array([int(row[column]) for row in rows])
        assert sum(same_partition(side, sides) for sides in found.sides) == 1


@needs_data
def test_five_great_powers_have_four_minima_and_none_is_the_real_one(published, nations):
    names = published["great_powers_all_minus1"]["nations"]
    found = landscape(-np.ones((5, 5)), np.array([nations[name] for name in names]))
    with_britain = [
        {name for name, side in zip(names, sides, strict=True) if side == sides[names.index("Britain")]}
        for sides in found.sides
    ]
    assert sorted(map(sorted, with_britain)) == [
        ["Britain", "France", "Germany"],
        ["Britain", "France", "Italy"],
        ["Britain", "Germany", "Italy"],
        ["Britain", "Soviet Union"],
    ]


@needs_data
def test_seventeen_nations_have_as_many_minima_as_published_within_rounding(published, nations):
    sizes = np.array(list(nations.values()))
    hostile = -np.ones((17, 17))
    assert 198 <= landscape(hostile, sizes, basins="none").n_minima <= 226
    rng = np.random.default_rng(0)
    counts = [
        landscape(hostile, sizes + rng.uniform(-0.005, 0.005, 17), basins="none").n_minima for _ in range(60)
    ]
    assert min(counts) >= 198
    assert max(counts) <= 226
    assert min(counts) <= published["realist_17_all_minus1"]["local_minima_published"] <= max(counts)


@needs_data
def test_highland_tribes():
    W, names = signed_graph(rows_of(DATA / "tribes" / "tribes_edges.csv"))
    assert len(names) == 16
    found = two_blocs(W)
    assert found.is_optimal
    assert found.n_optimal == 1
    assert found.frustration_index == 7.0
    assert balanced_triangles(W) == pytest.approx(0.8676471, abs=5e-8)
    assert frustration(W, found.blocs) == pytest.approx(0.7586207, abs=5e-8)
    assert walk_balance(W) == pytest.approx(0.3575761, abs=5e-8)
    free = free_blocs(W)
    assert free.is_optimal
    assert free.frustration_index == 2.0
    assert free.n_blocs == 3


def cow_windows() -> dict[str, np.ndarray]:
    windows: dict[str, list[dict[str, str]]] = {}
    for row in rows_of(DATA / "cow_signed" / "edges.csv.gz"):
        windows.setdefault(row["window"], []).append(row)
    return {window: signed_graph(edges)[0] for window, edges in windows.items()}


@needs_data
def test_cow_windows_are_proven_and_match_in_less_than_a_minute():
    windows = cow_windows()
    began = time.perf_counter()
    found = {window: two_blocs(W) for window, W in windows.items()}
    assert time.perf_counter() - began < 60
    assert all(one.is_optimal and one.gap == 0.0 for one in found.values())
    assert [one.frustration_index for one in found.values()][: len(COW)] == COW
    for window, one in found.items():
        assert violated_weight(windows[window], one.blocs) == one.frustration_index


@needs_data
@pytest.mark.slow
def test_cow_windows_in_any_number_of_blocs_violate_no_more_than_in_two():
    for W in list(cow_windows().values())[::6]:
        free = free_blocs(W, time_limit=60)
        assert free.bound <= free.objective == free.frustration_index
        assert free.frustration_index <= two_blocs(W).frustration_index


def test_karate_club_factions_are_the_signs_of_the_leading_eigenvector():
    networkx = pytest.importorskip("networkx")
    graph = networkx.karate_club_graph()
    W = networkx.to_numpy_array(graph, weight=None)
    start = W - W.mean()  # dX/dt = X² from here ends in these factions (Marvel et al. 2011)
    side = (leading_signs(csr_array(start)) > 0).astype(np.int64)
    club = np.array([graph.nodes[i]["club"] == "Officer" for i in graph]).astype(np.int64)
    right = (side == club).sum()
    assert max(right, 34 - right) == 33
    assert canonical(side)[0] == 0
