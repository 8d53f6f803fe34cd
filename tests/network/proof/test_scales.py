"""The same proof at any scale, and where one network holds many: against exact arithmetic over all partitions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from sim.network.proof import certificate, clustering
from sim.network.proof.certificate import certify, flip_costs, two_blocs
from sim.network.proof.clustering import free_blocs
from sim.network.proof.excess import restored, trimmed
from sim.network.proof.parts import Proof, judge
from sim.network.proof.program import split_by_program
from sim.network.proof.splitting import split_by_branching
from sim.network.solvers.landscape import landscape, near_optimal
from sim.outcomes.measures import mutual_affinity, violated_weight
from tests.outcomes.signed_matrices import affinities, all_partitions, all_splits, random_ties, switch_cost

CLOSE = Fraction(1, 10**9)
UNPROVEN = {"two: integer program": "_branch", "two: branch and bound": "_program"}


def exactly_violated(W, labels):
    """Violated weight without any rounding."""
    n = len(W)
    return sum(
        (Fraction(abs(W[i, j])) for i in range(n) for j in range(i) if (W[i, j] > 0) != (labels[i] == labels[j])),
        Fraction(0),
    )  # fmt: skip


def random_network(rng):
    """Two to seven states, and edges that are signs, decimals, of many orders, or times sizes of many orders."""
    n = int(rng.integers(2, 8))
    W = np.sign(rng.normal(size=(n, n))) * (rng.random((n, n)) < rng.choice([0.4, 0.7, 1.0]))
    kind = rng.integers(4)
    if kind == 1:
        W *= np.round(rng.random((n, n)), 3)
    if kind == 2:
        W *= 10.0 ** rng.uniform(-6, 6, (n, n))
    if kind == 3:
        sizes = 10.0 ** rng.uniform(5, 14, n)
        W *= np.outer(sizes, sizes)
    return (np.triu(W, 1) + np.triu(W, 1).T) * 10.0 ** int(rng.integers(-12, 13))


def solver(way, monkeypatch):
    """Two camps or any number of blocs, by one method only; and all partitions of so many states."""
    if way.startswith("two"):
        if way != "two: enumeration":
            monkeypatch.setattr(certificate, "ENUMERATED", 0)
            nothing = Proof(np.zeros(1, np.int64), False, -1.0, frozenset())
            monkeypatch.setattr(certificate, UNPROVEN[way], lambda *_: nothing)
        return two_blocs, all_splits
    if way == "free: cutting planes":
        monkeypatch.setattr(clustering, "_branch", lambda *_: None)
    return free_blocs, all_partitions


def check_against_all_partitions(way, monkeypatch, rng_seed, n_networks):
    solve, every = solver(way, monkeypatch)
    rng = np.random.default_rng(rng_seed)
    n_proven = 0
    for _ in range(n_networks):
        W = random_network(rng)
        found = solve(W)
        least = min(exactly_violated(W, labels) for labels in every(len(W)))
        violated = exactly_violated(W, found.blocs)
        assert abs(Fraction(found.frustration_index) - violated) <= CLOSE * violated
        assert Fraction(found.bound) <= least * (1 + CLOSE)
        assert not found.is_optimal or violated <= least * (1 + CLOSE)
        n_proven += found.is_optimal
    return n_proven / n_networks


WAYS = ["two: enumeration", "two: branch and bound", "free: branch and bound"]
COARSE_WAYS = ["two: integer program", "free: cutting planes"]  # prove what their tolerances can tell


@pytest.mark.parametrize("way", WAYS)
def test_networks_of_any_scale_are_proven_and_right(way, monkeypatch):
    assert check_against_all_partitions(way, monkeypatch, 1, 25) == 1.0


@pytest.mark.parametrize("way", COARSE_WAYS)
def test_solvers_with_tolerances_claim_nothing_wrong_at_any_scale(way, monkeypatch):
    assert check_against_all_partitions(way, monkeypatch, 1, 15) > 0.6


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_many_networks_of_any_scale_are_proven_and_right(way, monkeypatch):
    assert check_against_all_partitions(way, monkeypatch, 2, 500) == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("way", COARSE_WAYS)
def test_solvers_with_tolerances_claim_nothing_wrong_of_many_networks(way, monkeypatch):
    assert check_against_all_partitions(way, monkeypatch, 2, 150) > 0.6


@pytest.mark.parametrize("scale", [1e-12, 1e-7, 1e12])
def test_forty_states_have_the_same_blocs_at_any_scale(scale):
    W = np.round(random_ties(np.random.default_rng(3), 40, density=0.1), 2)
    unit = csr_array(W)
    split, bound = split_by_program(W * scale, 20.0)
    assert violated_weight(W, split) * scale == pytest.approx(bound, rel=1e-6)
    for solve in (two_blocs, free_blocs):
        known, found = solve(W), solve(W * scale)
        assert known.is_optimal
        assert found.is_optimal
        assert found.objective == pytest.approx(known.objective * scale, rel=1e-9)
        gamma = None if solve is two_blocs else 0.0
        assert (flip_costs(unit, found.blocs, gamma) >= -1e-9).all()


@pytest.mark.parametrize("weight", [1e9, 1e15])
def test_one_tie_of_a_billion_hides_nothing_among_more_than_twenty_states(weight):
    rng = np.random.default_rng(5)
    W = np.sign(random_ties(rng, 22, density=0.5))
    W[0, 1] = W[1, 0] = weight
    found = two_blocs(W)
    least = violated_weight(W, near_optimal(W, keep=1)[0][0].astype(np.int64))
    assert found.is_optimal
    assert found.objective == least
    assert free_blocs(W).is_optimal


def test_heavy_ties_at_odds_among_themselves_hide_nothing():
    """Five great powers, all hostile, beside sixteen states with edges a billion times lighter."""
    rng = np.random.default_rng(6)
    W = np.sign(random_ties(rng, 21, density=0.3))
    W[:5, :5] = -1e9 * (1 - np.eye(5))
    found = two_blocs(W)
    light, split = W.copy(), found.blocs == found.blocs[0]
    light[:5, :5] = 0.0
    assert found.is_optimal
    assert "branch and bound" in found.method
    best = min(  # with the great powers two against three, in any way
        float(violated_weight(fixed, near_optimal(fixed, keep=1)[0][0].astype(np.int64)))
        for side in all_splits(5)
        if side.sum() in (2, 3)
        for fixed in [np.block([[1e3 * (1 - 2.0 * (side[:, None] != side)) - 1e3 * np.eye(5), light[:5, 5:]],
                                [light[5:, :5], light[5:, 5:]]])]
    )  # fmt: skip
    assert violated_weight(light, split.astype(np.int64)) == best


def test_parts_that_no_tie_connects_are_judged_apart():
    """Four great powers and four micro-states by size: TKL stands against its neighbours though they weigh little."""
    signs = np.zeros((8, 8))
    for i, j, sign in [(0, 1, -1), (0, 2, 1), (1, 3, 1), (0, 3, -1), (2, 1, -1)]:
        signs[i, j] = signs[j, i] = sign
    for i, j, sign in [(4, 5, -1), (5, 6, 1), (4, 6, 1), (4, 7, -1), (6, 7, -1)]:
        signs[i, j] = signs[j, i] = sign
    sizes = np.array([2.8e13, 1.8e13, 4.2e12, 2.0e12, 6.0e7, 2.7e7, 1.5e8, 8.0e6])
    W = signs * np.outer(sizes, sizes)
    found = two_blocs(W)
    assert found.is_optimal
    assert found.frustration_index == pytest.approx(1.62e15, rel=1e-12)
    assert found.n_optimal == 2
    assert found.blocs.tolist() == [0, 1, 0, 1, 0, 0, 0, 1]
    minima = landscape(signs, sizes)
    assert minima.n_minima == 2
    for sides in minima.sides:
        assert (switch_cost(W, sides) > 0.0).all()
    searched = two_blocs(W, method="heuristic")
    assert searched.frustration_index == pytest.approx(1.62e15, rel=1e-12)
    assert not searched.is_optimal


def test_ways_to_be_equally_good_multiply_over_parts():
    quarrel = -(1.0 - np.eye(3))
    W = np.kron(np.diag([1.0, 1e-9, 1e9, 1.0, 1.0, 1.0, 1.0, 1.0]), quarrel)
    found = two_blocs(W)
    assert found.method == "enumeration"
    assert found.n_optimal == 3**8 * 2**7


@given(affinities(max_states=6), st.booleans())
@settings(max_examples=50)
def test_a_best_partition_of_trimmed_ties_is_restored_to_a_best_one(affinity, in_two):
    W = mutual_affinity(affinity * 10.0 ** np.arange(len(affinity)))
    light, ends = trimmed(W, in_two=in_two)
    assert (np.abs(light) <= np.abs(W)).all()
    every = list((all_splits if in_two else all_partitions)(len(W)))
    best = min(every, key=lambda labels: exactly_violated(light, labels))
    least = min(exactly_violated(W, labels) for labels in every)
    found = exactly_violated(W, restored(W, ends, best, in_two=in_two))
    assert found <= least * (1 + CLOSE)


def test_branch_and_bound_out_of_steps_keeps_the_start_and_a_bound():
    W = random_ties(np.random.default_rng(8), 70)
    start = np.arange(70) % 2
    side, bound = split_by_branching(W, start, 10_000_000)
    assert np.array_equal(side, start)
    assert 0.0 < bound < violated_weight(W, side)


def test_a_certificate_that_the_ties_contradict_is_refused():
    W = np.array([[0.0, 1.0, 1e-9], [1.0, 0.0, 1e-9], [1e-9, 1e-9, 0.0]])
    apart, together = np.array([0, 0, 2]), np.array([0, 0, 0])
    claimed = frozenset(["enumeration"])
    for gamma in (None, 0.0):
        flipped = certify(csr_array(W), gamma, Proof(apart, True, 2e-9, claimed, 1))
        assert not flipped.is_optimal
        assert flipped.n_optimal is None
        assert 0.0 < flipped.gap < 1.0
        assert certify(csr_array(W), gamma, Proof(together, True, 0.0, claimed, 1)).is_optimal
    assert not certify(csr_array(W), None, Proof(apart, True, 1e-9, claimed)).is_optimal
    assert not judge(W, apart, 2e-9, "integer program", 1e-8).is_proven  # hides where the third state belongs
    assert judge(W, apart, 1.0, "integer program", 1e-10).bound == 0.0  # a bound above what is violated
