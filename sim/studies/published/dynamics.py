"""Published dynamics that the law contains as limit cases: dX/dt = X², and constrained triads."""

from __future__ import annotations

import networkx as nx
import numpy as np
from scipy.linalg import eigh

from sim.dynamics.chance import Chance, Purpose, dyad_keys, stream
from sim.dynamics.drift import drift, weigh
from sim.dynamics.params import Params
from sim.dynamics.step import kernel_params
from sim.dynamics.world import blank_world, refresh_affinity
from sim.outcomes.measures import balanced_triangles
from sim.shapes import Float
from sim.studies.published.case import about, exactly
from sim.studies.published.triads import (
    cliques,
    count_jammed,
    is_settled,
    random_ties,
    settle,
    triangle_field,
)
from sim.studies.result import Score

N_STATES, N_STARTS, N_STEPS = 200, 20, 300
TRIAD_STATES, TRIAD_RUNS = 128, 60
LARGEST_ENUMERATED = 7
HUGE = 1e9
Matrix = Float[np.ndarray, "N N"]


def blown_up(start: Matrix, n_steps: int) -> tuple[Matrix, float]:
    """Run the law as dX/dt = X² until some |θ| is huge: the affinities then, and t.

    One step is 1/λ₁/`n_steps` in t, so that the published blow-up time takes `n_steps`.
    """
    n, step = start.shape[0], 1.0 / leading(start)[0] / n_steps
    law = Params(
        friendship_decay=0.0, hostility_decay=0.0, reciprocity=0.0, noise=0.0, balance=n * step,
        theta_max=1e12, squash="linear", balance_form="X2", self_affinity=True,
    )  # fmt: skip
    params, world, t = kernel_params(law), blank_world(n, 1), 0.0
    world.theta[:] = start
    refresh_affinity(world, params)
    rng = stream(0, 0, Purpose.NOISE)
    no_chance = Chance(rng, rng, dyad_keys([str(i) for i in range(n)]))
    while np.abs(world.theta).max() < HUGE:
        drift(world, weigh(world.affinity, world.capability), 1.0, params, no_chance)
        t += step
    return world.affinity, t


def leading(matrix: Matrix) -> tuple[float, np.ndarray]:
    """Largest eigenvalue of a symmetric matrix, and its eigenvector."""
    last = matrix.shape[0] - 1
    values, vectors = eigh(matrix, subset_by_index=[last, last])
    return float(values[0]), vectors[:, 0]


def balance_cases() -> list[Score]:
    """dX/dt = X² among 200 states on bad and on good terms, and in the karate club."""
    bad = [_split(-1.0, seed) for seed in range(N_STARTS)]
    good = [_split(0.5, seed)[0] for seed in range(5)]
    share, time, error = (float(np.mean(column)) for column in zip(*bad, strict=True))
    name = f"dX/dt = X², {N_STATES} states,"
    return [
        about(f"{name} μ = −1: share of the minority (mean of {N_STARTS} starts)", 0.48, share, 0.01),
        about(f"{name} μ = −1: time of the split", 0.035, time, 0.002),
        about(f"{name} μ = −1: that time against 1/λ₁, relative error", 0.0, error, 0.01),
        exactly(f"{name} μ = ½: share of the minority", 0.0, float(np.mean(good))),
        exactly("karate club under dX/dt = X²: members on the right side", 33, _karate()),
    ]


def _split(mean: float, seed: int) -> tuple[float, float, float]:
    """Share of the smaller faction, the time of the split, and its error against 1/λ₁.

    The law's steps are Euler's, late by an error of first order: two step sizes take it out.
    """
    full = np.random.default_rng(seed).normal(mean, 1.0, (N_STATES, N_STATES))
    start = np.triu(full) + np.triu(full, 1).T
    end, fine = blown_up(start, N_STEPS)
    t = 2.0 * fine - blown_up(start, N_STEPS // 2)[1]
    first = float((end[0] > 0).mean())
    return min(first, 1 - first), t, abs(t * leading(start)[0] - 1.0)


def _karate() -> int:
    graph = nx.karate_club_graph()
    edges = nx.to_numpy_array(graph, weight="none")  # every edge counts 1
    end, _ = blown_up(edges - edges.mean(), N_STEPS)
    side = end[0] > 0
    officer = np.array([graph.nodes[member]["club"] == "Officer" for member in graph])
    right = int((side == officer).sum())
    return max(right, officer.size - right)


def triad_cases() -> list[Score]:
    """Constrained triad dynamics: the crossover from two camps to one, and where states can jam."""
    cases = []
    for friendly, published, error in ((0.5, 0.01, 0.005), (0.65, 0.99, 0.008)):
        text = f"triads, {TRIAD_STATES} states, ρ₀ = {friendly:g}: ⟨δ²⟩ of {TRIAD_RUNS} runs"
        cases.append(about(text, published, _mean_square(friendly), error))
    jammed = [n for n in range(3, 26) if _can_jam(n)]
    expected = [9, 11, *range(12, 26)]
    agree = sum((n in jammed) == (n in expected) for n in range(3, 26))
    none = sum(count_jammed(n) for n in range(3, LARGEST_ENUMERATED + 1))
    return [
        *cases,
        exactly("triads, 3-25 states: sizes rightly told to jam in hostile cliques or not", 23, agree),
        exactly(f"triads, 3-{LARGEST_ENUMERATED} states, all enumerated: jammed states", 0, none),
    ]


def _mean_square(friendly: float) -> float:
    """⟨δ²⟩, δ the difference of the two camps' sizes over N; runs that jam are left out."""
    result = []
    for run in range(TRIAD_RUNS):
        rng = np.random.default_rng([int(100 * friendly), run])
        edges = random_ties(TRIAD_STATES, friendly, rng)
        settle(edges, rng, False)
        if balanced_triangles(edges) == 1.0:
            result.append((2.0 * (edges[0] >= 0).mean() - 1.0) ** 2)
    return float(np.mean(result))


def _can_jam(n: int) -> bool:
    """Whether some three hostile cliques of n states are jammed."""
    for large in range(n - 2, 0, -1):
        for middle in range(min(large, n - large - 1), 0, -1):
            small = n - large - middle
            if 0 < small <= middle:
                edges = cliques(large, middle, small)
                if is_settled(edges, triangle_field(edges)):
                    return True
    return False
