"""What a run says of blocs: it adds up with the run's own tables, and no worker or chunk changes it."""

import json
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from sim.experiment import ensemble, partitions
from sim.experiment.ensemble import plan, simulate_chunk
from sim.experiment.partitions import MomentSummary
from sim.experiment.replica import blank_record
from sim.experiment.run import run
from sim.outcomes.blocs.exact import best_blocs
from sim.outcomes.blocs.local import agreement, exit_costs
from sim.outcomes.consensus import co_assignment, company, consensus, membership_entropy
from sim.outcomes.measures import mutual_affinity
from sim.scenario.load import load_scenario
from sim.scenario.setup import resolve
from sim.views.terminal.run import bloc_lines

N = 24
MOMENTS = {"start": 0, "end": 52}


@pytest.fixture(scope="module")
def havana(root, tmp_path_factory):
    return run(root / "scenarios/havana.yaml", replicas=N, out=tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def setup(root):
    return resolve(load_scenario(root / "scenarios/havana.yaml", [f"replicas={N}"]))


@pytest.fixture(scope="module")
def record(setup):
    return simulate_chunk(setup, plan(52, 2, set()), 0, N).record


@pytest.fixture(scope="module")
def labels(havana, setup):
    """Blocs of every replica at start and end, from the table of states."""
    states = havana.table("states")

    def at(step):
        rows = states[states.step == step].sort_values(["replica"], kind="stable")
        return rows.bloc.map(setup.place).to_numpy(dtype=np.int64).reshape(N, -1)

    return {moment: at(step) for moment, step in MOMENTS.items()}


def named(blocs, names):
    """Labels of a manifest's list of blocs."""
    label = {name: k for k, bloc in enumerate(blocs) for name in bloc}
    return np.array([label[name] for name in names])


def test_start_and_end_are_solved_exactly(havana, record, setup):
    for moment, row in (("start", 0), ("end", -1)):
        assert havana.manifest["blocs"][moment]["is_exact"]
        assert havana.manifest["blocs"][moment]["proven_share"] == 1.0
        for affinity, found in zip(record.affinity[:, row], record.bloc[:, row], strict=True):
            W = mutual_affinity(affinity)
            best, is_best = best_blocs(W, setup.scenario.resolution, 100_000_000)
            assert is_best
            worth, most = (agreement(W, one, setup.scenario.resolution) for one in (found, best))
            assert worth == pytest.approx(most, abs=1e-12)


def test_the_table_is_the_share_of_replicas_in_one_bloc(havana, labels, setup):
    table = havana.table("co_assignment")
    n = len(setup.states)
    assert len(table) == 2 * n * (n - 1)
    assert set(table.step) == set(MOMENTS.values())
    assert (table.state.astype(str) != table.other.astype(str)).all()
    for moment, step in MOMENTS.items():
        rows = table[table.step == step]
        share = np.eye(n)
        share[rows.state.map(setup.place).astype(int), rows.other.map(setup.place).astype(int)] = rows[
            "share"
        ]
        np.testing.assert_allclose(share, co_assignment(labels[moment]), atol=1e-6)


def test_the_manifest_adds_up_with_the_states(havana, labels, setup):
    for moment, step in MOMENTS.items():
        entry, replicas = havana.manifest["blocs"][moment], labels[moment]
        assert entry["step"] == step
        partitions = Counter(map(tuple, replicas.tolist()))  # blocs are named by their first members
        share = max(partitions.values()) / len(replicas)
        assert entry["share"] == pytest.approx(share)
        assert entry["low"] <= share <= entry["high"]
        modal = named(entry["modal"], setup.states)
        likeliest = min(p for p, n in partitions.items() if n / len(replicas) == share)
        assert np.array_equal(modal[:, None] == modal, np.equal.outer(likeliest, likeliest))
        assert entry["n_partitions"] == len({tuple(row) for row in replicas.tolist()})
        co = co_assignment(replicas)
        agreed = consensus(co)
        assert {frozenset(bloc) for bloc in entry["consensus"]} == {
            frozenset(np.array(setup.states)[agreed == label]) for label in agreed
        }
        bloc, sure = company(agreed, co)
        for i, code in enumerate(setup.states):
            state = entry["states"][code]
            assert state["bloc"] == (setup.states[bloc[i]] if bloc[i] >= 0 else None)
            assert state["probability"] == pytest.approx(sure[i])
            assert state["entropy"] == pytest.approx(membership_entropy(co)[i])
            assert state["is_member"] == ((agreed == agreed[i]).sum() > 1)


def test_near_ties_are_partitions_whose_share_could_be_the_modal_one(havana, labels, setup):
    entry = havana.manifest["blocs"]["end"]
    shares = [one["share"] for one in entry["near_ties"]]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == min(entry["n_near_ties"], partitions.MOST_NEAR_TIES)
    assert entry["n_near_ties"] < entry["n_partitions"]
    counts = pd.Series(map(tuple, labels["end"].tolist())).value_counts()
    for one in entry["near_ties"]:
        assert one["share"] <= entry["share"]
        found = named(one["blocs"], setup.states)
        assert sum(
            count
            for rival, count in counts.items()
            if np.array_equal(np.array(rival)[:, None] == np.array(rival), found[:, None] == found)
        ) == round(one["share"] * N)


def test_pivotal_states_are_those_whose_flip_costs_least(havana, record, setup):
    entry = havana.manifest["blocs"]["end"]
    costs = np.array(
        [
            exit_costs(mutual_affinity(affinity), bloc, setup.scenario.resolution)[0]
            for affinity, bloc in zip(record.affinity[:, -1], record.bloc[:, -1], strict=True)
        ]
    )
    assert (costs >= -1e-9).all()
    first = costs.argmin(axis=1)
    assert sum(one["share"] for one in entry["pivotal"]) == pytest.approx(1.0)
    for one in entry["pivotal"]:
        i = setup.place[one["state"]]
        assert one["share"] == pytest.approx((first == i).mean())
        assert one["margin"] == pytest.approx(costs[first == i, i].mean())
        assert one["to"] != one["state"]
    for i, code in enumerate(setup.states):
        assert entry["states"][code]["margin"] == pytest.approx(costs[:, i].mean())


def test_changed_without_is_the_share_that_ends_in_other_blocs(havana, record, setup):
    for act, share in havana.manifest["blocs"]["changed_without"].items():
        other = simulate_chunk(setup.without(act), plan(52, 2, set()), 0, N).record
        assert share == pytest.approx((record.bloc[:, -1] != other.bloc[:, -1]).any(axis=1).mean())


@pytest.mark.parametrize(("workers", "chunk"), [(1, 8), (2, 5), (2, 1)])
def test_no_worker_and_no_chunk_changes_it(root, havana, tmp_path, monkeypatch, workers, chunk):
    monkeypatch.setattr(ensemble, "CHUNK", chunk)
    other = run(root / "scenarios/havana.yaml", replicas=N, out=tmp_path, workers=workers)
    assert other.manifest["blocs"] == havana.manifest["blocs"]
    table = "co_assignment.parquet"
    assert other.manifest["tables"][table] == havana.manifest["tables"][table]


def test_the_manifest_on_disk_says_the_same(havana):
    on_disk = json.loads((havana.path / "manifest.json").read_text())["blocs"]
    assert on_disk == json.loads(json.dumps(havana.manifest["blocs"]))


def test_one_replica_is_certain_of_what_it_found(root, tmp_path):
    entry = run(root / "scenarios/havana.yaml", replicas=1, out=tmp_path).manifest["blocs"]["end"]
    assert entry["share"] == 1.0
    assert entry["n_partitions"] == 1
    assert entry["near_ties"] == []
    assert entry["consensus"] == entry["modal"]
    assert all(state["entropy"] == 0.0 for state in entry["states"].values())


def made_up(bloc):
    """A record of replicas that end in these blocs, and begin and end without affinities."""
    record = blank_record(len(bloc), 1, 2, 0, bloc.shape[1])
    record.bloc[:] = bloc[:, None]
    return record


def test_memory_stays_flat_however_many_partitions_there_are(monkeypatch):
    monkeypatch.setattr(partitions, "MOST_PARTITIONS", 10)
    rng = np.random.default_rng(0)
    summary = MomentSummary(tuple("abcdefgh"), 0.05)
    for _ in range(5):
        bloc = np.minimum(rng.integers(0, 8, (40, 8)), np.arange(8))
        bloc[::4] = 0
        summary.add(made_up(bloc), -1, 1)
    entry = summary.entry()
    assert entry["n_partitions"] == 10
    assert summary.n == 200
    assert entry["modal"] == [list("abcdefgh")]
    assert entry["share"] == pytest.approx(0.25, abs=0.02)
    assert not entry["is_exact"]


def test_between_equally_frequent_partitions_the_first_in_label_order_is_modal():
    for order in ([0, 1], [1, 0]):
        bloc = np.array([[0, 0, 2], [0, 1, 1]])[order]
        summary = MomentSummary(("a", "b", "c"), 0.05)
        summary.add(made_up(bloc), -1, 1)
        entry = summary.entry()
        assert entry["modal"] == [["a", "b"], ["c"]]
        assert entry["near_ties"] == [{"blocs": [["b", "c"], ["a"]], "share": 0.5}]


def test_words_name_blocs_rivals_and_who_would_flip(havana):
    text = "\n".join(bloc_lines(havana.manifest["blocs"]))
    assert "proven best in every replica" in text
    assert "Would flip first: " in text
    assert "Without recognition: other blocs in" in text
    for code in havana.manifest["blocs"]["end"]["states"]:
        assert code in text


def test_more_than_two_dozen_states_are_searched_and_said_to_be():
    rng = np.random.default_rng(1)
    summary = MomentSummary(tuple(f"s{i}" for i in range(30)), 0.05)
    record = made_up(np.zeros((3, 30), np.int64))
    record.affinity[:] = rng.uniform(0.1, 0.9, record.affinity.shape)
    summary.add(record, -1, 1)
    entry = summary.entry()
    assert entry["proven_share"] == 0.0
    assert entry["consensus"] == [[f"s{i}" for i in range(30)]]
    end = {"end": entry | {"date": "2025-01-01"}, "changed_without": {}}
    assert next(bloc_lines(end)).startswith("Blocs at the end, 2025-01-01 (proven in 0% of replicas)")
