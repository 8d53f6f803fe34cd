"""dX/dt = X², which the law contains by its coefficients alone, against its closed form.

With a = θ, no bound in reach, a diagonal that evolves, equal capabilities and the X² form of balance, phase 4
reads ΔX = Δ β X²/N: with t = β Δ steps / N this is Kułakowski's model, solved by Marvel et al. (2011):
X(t) = X₀ (I − X₀ t)⁻¹, which blows up at t* = 1/λ₁ in the direction of the leading eigenvector. All coefficients
lie within the bounds that a scenario may set.
"""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from scipy.linalg import eigh

from sim.dynamics.params import Params
from sim.dynamics.step import kernel_params
from sim.dynamics.world import blank_world, refresh_affinity
from sim.outcomes.blocs.local import blocs
from tests.dynamics.law_worlds import NOBODY_CHOOSES, Case, Run, law_balance, policies


def pure_balance(start: np.ndarray, step_size: float) -> Case:
    """The law as dX/dt = X², one step of which is `step_size` in t."""
    n = start.shape[0]
    params = Params(
        friendship_decay=0,
        hostility_decay=0,
        reciprocity=0,
        balance=n * step_size,
        noise=0,
        occasion_bound=0,
        theta_max=1e12,
        squash="linear",
        balance_form="X2",
        self_affinity=True,
    )
    assert params.balance <= 1.0  # a scenario may say so
    world = blank_world(n, NOBODY_CHOOSES.half_life.size)
    world.theta[:] = start
    refresh_affinity(world, kernel_params(params))
    return Case(world, params, policies(n), NOBODY_CHOOSES, step_days=1.0)


def symmetric_normal(n: int, mean: float, rng_seed: int) -> np.ndarray:
    """Symmetric start with N(mean, 1) entries, diagonal too."""
    full = np.random.default_rng(rng_seed).normal(mean, 1.0, (n, n))
    return np.triu(full) + np.triu(full, 1).T


def leading(matrix: np.ndarray) -> tuple[float, np.ndarray]:
    """Largest eigenvalue of a symmetric matrix, and its eigenvector."""
    last = matrix.shape[0] - 1
    values, vectors = eigh(matrix, subset_by_index=[last, last])
    return float(values[0]), vectors[:, 0]


def solution(start: np.ndarray, t: float) -> np.ndarray:
    return start @ np.linalg.inv(np.eye(start.shape[0]) - start * t)


def simulated(start: np.ndarray, t: float, n_steps: int) -> np.ndarray:
    return Run(pure_balance(start, t / n_steps)).go(n_steps, keep=False).world.affinity


def blown_up(start: np.ndarray, n_steps: int, size: float = 1e9) -> tuple[np.ndarray, float]:
    """Run until some |θ| passes `size`: the affinities then, and t, with `n_steps` to the expected blow-up."""
    step_size = 1.0 / leading(start)[0] / n_steps
    run = Run(pure_balance(start, step_size))
    while np.abs(run.world.theta).max() < size:
        run.go(1, keep=False)
    return run.world.affinity, len(run.acts) * step_size


def test_the_solution_is_reached_at_first_order_in_the_step() -> None:
    start = symmetric_normal(30, 0.2, 1)
    t = 0.6 / leading(start)[0]
    exact = solution(start, t)
    errors = [np.abs(simulated(start, t, n) - exact).max() for n in (400, 800, 1600, 3200)]
    ratios = np.array(errors[:-1]) / errors[1:]
    np.testing.assert_allclose(ratios, 2.0, rtol=0.02)
    extrapolated = 2.0 * simulated(start, t, 3200) - simulated(start, t, 1600)  # Richardson
    np.testing.assert_allclose(extrapolated, exact, atol=1e-4 * np.abs(exact).max())


def test_one_step_is_exactly_euler() -> None:
    start = symmetric_normal(25, -0.5, 2)
    after = simulated(start, 0.01, 1)
    np.testing.assert_allclose(after, start + 0.01 * start @ start, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("n_states", [25, 100, 101, 170])
def test_both_forms_of_balance_are_one_where_feelings_are_mutual(n_states: int) -> None:
    start = symmetric_normal(n_states, 0.0, 3)
    capability = np.random.default_rng(3).dirichlet(np.ones(n_states))
    capability[0] = 0.0
    capability /= capability.sum()
    directed = law_balance(start, capability, False)
    np.testing.assert_allclose(directed, law_balance(start, capability, True), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(directed, start @ np.diag(capability) @ start, rtol=1e-12, atol=1e-12)
    skewed = np.triu(start)
    np.testing.assert_allclose(
        law_balance(skewed, capability, False),
        np.einsum("il,l,jl->ij", skewed, capability, skewed),
        atol=1e-12,
    )
    np.testing.assert_allclose(
        law_balance(skewed, capability, True),
        np.einsum("il,l,lj->ij", skewed, capability, skewed),
        atol=1e-12,
    )


@pytest.mark.parametrize("mean", [-1.0, 0.0, 0.5])
def test_it_blows_up_when_the_leading_eigenvalue_says(mean: float) -> None:
    """1/λ₁(X(t)) = t* − t: read off during the run, t* is 1/λ₁(X₀), the closer the finer the step."""
    start = symmetric_normal(60, mean, 4)
    expected = 1.0 / leading(start)[0]
    t = 0.9 * expected
    errors = [
        abs(t + 1.0 / leading(simulated(start, t, n))[0] - expected) / expected for n in (250, 500, 1000)
    ]
    np.testing.assert_allclose(np.array(errors[:-1]) / errors[1:], 2.0, rtol=0.05)
    assert errors[-1] < 0.003
    assert blown_up(start, 2000)[1] == pytest.approx(expected, rel=0.01)


def test_the_limit_is_of_rank_one_along_the_leading_eigenvector() -> None:
    start = symmetric_normal(60, -0.3, 5)
    end, _ = blown_up(start, 1000)
    vector = leading(start)[1]
    shape = end / np.linalg.norm(end)
    np.testing.assert_allclose(shape, np.outer(vector, vector), atol=1e-5)
    values = np.linalg.svd(shape, compute_uv=False)
    assert values[1] < 1e-5 * values[0]


def minority_share(vector: np.ndarray) -> float:
    share = float((vector > 0).mean())
    return min(share, 1.0 - share)


def factions(end: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Sides of the final world, checked to be the signs of the eigenvector, each side all friends."""
    sides = end[np.argmax(np.abs(vector))] > 0
    np.testing.assert_array_equal(end > 0, sides[:, None] == sides[None, :])
    expected = vector > 0
    np.testing.assert_array_equal(sides, expected if sides[0] == expected[0] else ~expected)
    return sides


@pytest.mark.parametrize("rng_seed", range(2))
def test_200_states_on_bad_terms_split_in_two_near_equal_factions(rng_seed: int) -> None:
    start = symmetric_normal(200, -1.0, rng_seed)
    value, vector = leading(start)
    end, t = blown_up(start, 300)
    sides = factions(end, vector)
    assert minority_share(sides.astype(float)) > 0.42
    assert t == pytest.approx(1.0 / value, rel=0.05)
    assert np.unique(blocs(np.sign(end) - np.eye(200), 0.0)).size == 2


def test_the_published_share_and_time_of_the_split() -> None:
    """Averaged over starts: minority .48, t* .035; the runs above tie eigenvectors to the law."""
    drawn = [leading(symmetric_normal(200, -1.0, rng_seed)) for rng_seed in range(60)]
    assert np.mean([minority_share(vector) for _, vector in drawn]) == pytest.approx(0.48, abs=0.006)
    assert np.mean([1.0 / value for value, _ in drawn]) == pytest.approx(0.035, abs=0.0015)


@pytest.mark.parametrize("rng_seed", range(2))
def test_200_states_on_good_terms_become_one(rng_seed: int) -> None:
    start = symmetric_normal(200, 0.5, rng_seed)
    end, t = blown_up(start, 300)
    assert factions(end, leading(start)[1]).all()
    assert t == pytest.approx(1.0 / leading(start)[0], rel=0.05)


def test_the_karate_club_splits_as_it_did_save_one() -> None:
    graph = nx.karate_club_graph()
    adjacency = nx.to_numpy_array(graph, weight=None)
    end, _ = blown_up(adjacency - adjacency.mean(), 400)
    went_with_the_officer = np.array([graph.nodes[member]["club"] == "Officer" for member in graph])
    sides = end[33] > 0
    assert (sides == went_with_the_officer).sum() == 33
    assert np.flatnonzero(sides != went_with_the_officer).tolist() == [8]  # the ninth, as in the literature
