"""Blocs of a file: the numbers in print, the certificate, what would flip, and the words for it."""

import json
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from sim.errors import InputError
from sim.network import answer as answers
from sim.network.answer import find_blocs
from sim.network.proof.certificate import flip_costs, two_blocs
from sim.network.proof.clustering import free_blocs
from sim.network.solvers.landscape import landscape
from sim.outcomes.measures import mutual_affinity, violated_weight
from sim.views.terminal.network import headline, network_lines
from tests.outcomes.signed_matrices import DATA, affinities, needs_data, rows_of

KEYS = ["method", "is_optimal", "gap", "blocs", "frustration_index", "energy", "balance", "minima"]


def write_matrix(folder, matrix, name="network.csv"):
    names = [f"n{i}" for i in range(len(matrix))]
    rows = [
        ["", *names],
        *([n, *(f"{x!r}" for x in row)] for n, row in zip(names, matrix.tolist(), strict=True)),
    ]
    (folder / name).write_text("\n".join(",".join(row) for row in rows) + "\n")
    return folder / name


@needs_data
def test_highland_tribes_as_published():
    found = find_blocs(DATA / "tribes" / "tribes_edges.csv", with_landscape=True)
    summary = found.summary()
    assert list(summary) == KEYS
    assert summary["is_optimal"]
    assert summary["gap"] == 0.0
    assert summary["frustration_index"] == 7.0
    assert summary["balance"] == pytest.approx(0.8676471, abs=5e-8)
    assert sorted(map(len, summary["blocs"])) == [4, 12]
    assert summary["minima"][0]["blocs"] == summary["blocs"]
    assert summary["minima"][0]["energy"] == summary["energy"] == -44.0
    assert sum(one["basin"] for one in summary["minima"]) == 2**15
    free = find_blocs(DATA / "tribes" / "tribes_edges.csv", resolution=0.0).summary()
    assert free["frustration_index"] == 2.0
    assert len(free["blocs"]) == 3


@needs_data
def test_unix_firms_as_published(tmp_path):
    rows = rows_of(DATA / "axelrod_bennett_1993" / "unix1988_table2.csv")
    firms = [row["firm"] for row in rows]
    kind = np.array([row["type_S_specialist_G_generalist"] for row in rows])
    lines = [",".join(["firm", *firms])]
    lines += [
        f"{firm}," + ",".join(str(-int(k == own)) for k in kind)
        for firm, own in zip(firms, kind, strict=True)
    ]
    (tmp_path / "unix.csv").write_text("\n".join(lines))
    sizes = "".join(f"{row['firm']},{row['size']}\n" for row in rows)
    (tmp_path / "sizes.csv").write_text("name,size\n" + sizes)
    found = find_blocs(tmp_path / "unix.csv", sizes=tmp_path / "sizes.csv").summary()
    first, second = found["minima"]
    assert first["energy"] == pytest.approx(second["energy"]) == pytest.approx(found["energy"])
    assert first["basin"] + second["basin"] == 256


@given(affinities(max_states=7))
def test_a_file_gives_what_its_matrix_gives(tmp_path_factory, affinity):
    assume(bool(np.triu(affinity).any()) == bool(np.tril(affinity).any()))  # half a matrix is refused
    file = write_matrix(tmp_path_factory.mktemp("file"), affinity)
    two, free = find_blocs(file), find_blocs(file, resolution=0.1)
    assert two.result.frustration_index == pytest.approx(two_blocs(affinity).frustration_index, abs=1e-12)
    assert free.result.objective == pytest.approx(free_blocs(affinity, 0.1).objective, abs=1e-12)
    whole = landscape(affinity)
    assert two.minima.energy == pytest.approx(whole.energy, abs=1e-12)
    assert two.minima.sides.tolist() == whole.sides.tolist()
    assert two.summary()["energy"] == pytest.approx(whole.energy[0], abs=1e-9)
    named = sorted(name for bloc in two.blocs for name in bloc)
    assert named == sorted(two.network.names)
    searched = find_blocs(file, method="heuristic").result
    assert searched.frustration_index >= two.result.frustration_index - 1e-12


@given(affinities(max_states=7))
def test_flipping_a_state_costs_what_is_said(affinity):
    W = mutual_affinity(affinity)
    result = two_blocs(W)
    cost = flip_costs(csr_array(W), result.blocs, None)
    for i in range(len(W)):
        if not W[i].any():
            assert cost[i] == math.inf
            continue
        side = (result.blocs == result.blocs[np.flatnonzero(W.any(axis=1))[0]]).astype(np.int64)
        side[i] = 1 - side[i]
        assert violated_weight(W, side) - result.frustration_index == pytest.approx(cost[i], abs=1e-9)


def test_words_say_what_is_proven(tmp_path):
    rng = np.random.default_rng(1)
    small = np.sign(mutual_affinity(rng.normal(size=(9, 9))))
    text = "\n".join(network_lines(find_blocs(write_matrix(tmp_path, small)), with_landscape=True))
    assert "proven best by enumeration" in text
    assert "local minim" in text
    assert "flips at least cost" in text
    found = find_blocs(write_matrix(tmp_path, rng.normal(size=(70, 70))), time_limit=0.3)
    assert "of the objective could be saved" in "\n".join(network_lines(found))
    assert found.summary()["minima"] is None
    assert 0.0 < found.summary()["gap"] < 1.0
    searched = find_blocs(write_matrix(tmp_path, rng.normal(size=(40, 40))), method="heuristic")
    assert "nothing is proven" in "\n".join(network_lines(searched))
    assert "directions of a pair differ" in next(network_lines(searched))


def test_long_answers_are_shortened_in_words_and_whole_in_json(tmp_path):
    everyone = write_matrix(tmp_path, np.ones((30, 30)))
    found = find_blocs(everyone, resolution=0.0)
    assert found.blocs == [[f"n{i}" for i in range(30)]]
    assert "and 15 more" in "\n".join(network_lines(found))
    nobody = find_blocs(write_matrix(tmp_path, -np.ones((30, 30))), resolution=0.0)
    assert len(nobody.summary()["blocs"]) == 30
    assert "and 10 more" in "\n".join(network_lines(nobody))


def test_no_triangles_no_share_of_them(tmp_path):
    (tmp_path / "pair.csv").write_text("a,b,sign\nx,y,-1\n")
    summary = find_blocs(tmp_path / "pair.csv").summary()
    assert summary["balance"] is None
    assert summary["blocs"] == [["x"], ["y"]]
    assert (
        summary["minima"] == [{"blocs": [["x"], ["y"]], "energy": -2.0, "basin": 1}]
        or summary["energy"] == -2.0
    )


def test_a_size_of_nothing_takes_a_state_out(tmp_path):
    (tmp_path / "network.csv").write_text("a,b,sign\nx,y,-1\ny,z,-1\nx,z,-1\n")
    (tmp_path / "sizes.csv").write_text("name,size\nx,2\ny,3\nz,0\n")
    found = find_blocs(tmp_path / "network.csv", sizes=tmp_path / "sizes.csv")
    assert found.summary()["energy"] == -12.0
    assert found.result.frustration_index == 0.0
    assert found.blocs == [["x"], ["y"], ["z"]]
    assert found.flip_cost[2] == math.inf


@pytest.mark.parametrize("resolution", [-0.1, math.nan, math.inf])
def test_impossible_resolutions_are_refused(tmp_path, resolution):
    with pytest.raises(InputError, match="--resolution"):
        find_blocs(tmp_path / "never read.csv", resolution=resolution)


def test_landscapes_of_too_many_are_refused(tmp_path):
    with pytest.raises(InputError, match="too many to list"):
        find_blocs(write_matrix(tmp_path, -np.ones((40, 40))), with_landscape=True)


def test_large_networks_count_triangles_by_rows(tmp_path, monkeypatch):
    file = write_matrix(tmp_path, np.random.default_rng(3).normal(size=(30, 30)))
    plain = find_blocs(file, method="heuristic").balance
    monkeypatch.setattr(answers, "MOST_DENSE", 10)
    assert find_blocs(file, method="heuristic").balance == pytest.approx(plain, abs=1e-12)


def test_a_network_without_ties_has_everyone_alone(tmp_path):
    found = find_blocs(write_matrix(tmp_path, np.zeros((3, 3))), with_landscape=True)
    assert found.blocs == [["n0"], ["n1"], ["n2"]]
    assert found.summary()["minima"] == [{"blocs": found.blocs, "energy": 0.0, "basin": 1}]
    assert list(network_lines(found, with_landscape=True))


MICROSTATES = """a,b,sign
USA,CHN,-1\nUSA,JPN,1\nCHN,RUS,1\nUSA,RUS,-1\nJPN,CHN,-1
TUV,NIU,-1\nNIU,NRU,1\nTUV,NRU,1\nTUV,TKL,-1\nNRU,TKL,-1
"""
DOLLARS = """name,size
USA,2.8e13\nCHN,1.8e13\nJPN,4.2e12\nRUS,2.0e12\nTUV,6.0e7\nNIU,2.7e7\nNRU,1.5e8\nTKL,8.0e6
"""


def test_micro_states_are_placed_beside_great_powers(tmp_path):
    (tmp_path / "edges.csv").write_text(MICROSTATES)
    (tmp_path / "sizes.csv").write_text(DOLLARS)
    found = find_blocs(tmp_path / "edges.csv", sizes=tmp_path / "sizes.csv")
    assert headline(found) == "2 blocs, proven best by enumeration; one of 2 equally good"
    assert found.result.frustration_index == pytest.approx(1.62e15, rel=1e-12)
    against = next(bloc for bloc in found.blocs if "TKL" in bloc)
    assert not {"TUV", "NIU", "NRU"} & set(against)
    assert (found.flip_cost > 0.0).all()
    assert found.minima.n_minima == 2
    free = find_blocs(tmp_path / "edges.csv", sizes=tmp_path / "sizes.csv", resolution=0.0)
    assert free.result.is_optimal
    assert ["TKL"] in free.blocs


TOO_MUCH = {
    "two": (
        "a,b,weight\nA,B,1e308\nC,D,1\n",
        None,
        {},
        "edges.csv:2: the edge of 'A' with 'B' is 1e.308, beyond",
    ),
    "free": (
        "a,b,weight\nA,B,1\nC,D,-1e308\n",
        None,
        {"resolution": 0.0},
        "edges.csv:3: .* is -1e.308, beyond",
    ),
    "matrix": (",A,B\nA,0,1e308\nB,1e308,0\n", None, {"method": "heuristic"}, "beyond 1e.30"),
    "sizes": ("a,b,sign\nA,B,1\n", "name,size\nA,1e200\nB,1e200\n", {}, "sizes.csv:2: .*beyond 1e.30"),
    "tiny": ("a,b,sign\nA,B,1\n", "name,size\nA,1e-200\nB,1e-200\n", {}, "too little to be told"),
    "resolution": ("a,b,sign\nA,B,1\n", None, {"resolution": 1e308}, "--resolution: is 1e.308, too large"),
}


@pytest.mark.parametrize(("edges", "sizes", "options", "words"), TOO_MUCH.values(), ids=TOO_MUCH)
def test_weights_that_cannot_be_added_up_are_refused(tmp_path, edges, sizes, options, words):
    (tmp_path / "edges.csv").write_text(edges)
    if sizes:
        (tmp_path / "sizes.csv").write_text(sizes)
        options = options | {"sizes": tmp_path / "sizes.csv"}
    with pytest.raises(InputError, match=words):
        find_blocs(tmp_path / "edges.csv", **options)


weights = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 1e-7, -1e9, 1e15, 1e300, -1e308, 5e-324, 1e-295]),
    st.floats(-1e3, 1e3),
    st.floats(allow_nan=False, allow_infinity=False),
)


def check_any_network(folder, listed, sizes, options):
    """Every answer is finite, counted from its own partition and not contradicted; else there is one message."""
    edges = {tuple(sorted(pair)): weight for *pair, weight in listed if pair[0] != pair[1]}
    lines = "".join(f"s{a},s{b},{weight!r}\n" for (a, b), weight in edges.items())
    (folder / "edges.csv").write_text("a,b,weight\n" + lines)
    if sizes:
        states = sorted({state for pair in edges for state in pair})
        rows = "".join(f"s{i},{sizes[i % len(sizes)]!r}\n" for i in states)
        (folder / "sizes.csv").write_text("name,size\n" + rows)
        options = options | {"sizes": folder / "sizes.csv"}
    try:
        found = find_blocs(folder / "edges.csv", time_limit=2.0, **options)
    except InputError as error:
        refusal = str(error)
    else:
        refusal = None
    if refusal is not None:
        assert "\n" not in refusal
        return
    json.dumps(found.summary(), allow_nan=False)
    assert list(network_lines(found, with_landscape=True))
    W = found.coupling.toarray()
    index = violated_weight(W, found.result.blocs)
    assert found.result.frustration_index == pytest.approx(index, rel=1e-9, abs=0.0)
    assert 0.0 <= found.result.bound <= found.result.objective
    if found.result.is_optimal:
        gamma = options.get("resolution") or 0.0
        assert (found.flip_cost >= -1e-9 * (np.abs(W).sum(axis=1) + gamma * len(W))).all()


any_network = (
    st.lists(st.tuples(st.integers(0, 24), st.integers(0, 24), weights), min_size=1, max_size=60),
    st.lists(st.one_of(st.sampled_from([0.0, 1.0, 1e200]), st.floats(0.0, 1e14)), max_size=9),
    st.fixed_dictionaries(
        {},
        optional={
            "resolution": st.sampled_from([0.0, 1e-9, 0.1, 1e9]),
            "method": st.sampled_from(["auto", "exact", "heuristic"]),
        },
    ),
)


@given(*any_network)
@settings(max_examples=25)
def test_any_network_has_a_finite_answer_or_one_message(tmp_path_factory, listed, sizes, options):
    check_any_network(tmp_path_factory.mktemp("any"), listed, sizes, options)


@pytest.mark.slow
@given(*any_network)
@settings(max_examples=500)
def test_very_many_networks_have_a_finite_answer_or_one_message(tmp_path_factory, listed, sizes, options):
    check_any_network(tmp_path_factory.mktemp("any"), listed, sizes, options)
