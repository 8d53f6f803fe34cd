"""Phase 2, choose: who finds an occasion to act in this step, and what they do with it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int
from numba import njit

from sim.dynamics.world import ActTypes, Policies, World


@njit(cache=True)
def draw_candidates(
    n_states: int, expected: float, rng: np.random.Generator
) -> tuple[Int[np.ndarray, "C"], Int[np.ndarray, "C"], Float[np.ndarray, "C"]]:
    """Draw this step's candidate occasions at the constant upper rate.

    The number of random numbers used depends on `expected` alone, never on the world, so that
    scenarios that differ by an act share all chance.

    Parameters
    ----------
    n_states
        N.
    expected
        Expected number of candidates over all dyads, Λ Δ N (N - 1).
    rng
        The replica's stream for occasions.

    Returns
    -------
    senders, targets
        Indices of the candidate dyads.
    uniforms
        One uniform on [0, 1) for each, used to thin it and then to choose.
    """
    n = rng.poisson(expected) if expected > 0.0 else 0
    senders = np.empty(n, np.int64)
    targets = np.empty(n, np.int64)
    uniforms = np.empty(n)
    n_dyads = n_states * (n_states - 1)
    for c in range(n):
        scaled = rng.random() * n_dyads
        dyad = int(scaled)
        i = dyad // (n_states - 1)
        j = dyad % (n_states - 1)
        senders[c] = i
        targets[c] = j + 1 if j >= i else j
        uniforms[c] = scaled - dyad
    return senders, targets, uniforms


@njit(cache=True)
def acceptance(theta: float, activity: float, attraction: float, slope: float, bound: float) -> float:
    """Probability that a candidate becomes an occasion: min(1, exp(α_i + γ_j + δ|θ_ij|) / Λ)."""
    return min(1.0, np.exp(activity + attraction + slope * abs(theta)) / bound)


@njit(cache=True)
def friends_opinion(world: World, i: int, j: int) -> float:
    """What i's friends think of j: Σ_l c_l a_il a_lj, in [-1, 1]."""
    opinion = 0.0
    for other in range(world.capability.shape[0]):
        opinion += world.capability[other] * world.affinity[i, other] * world.affinity[other, j]
    return opinion


@njit(cache=True)
def recalled(world: World, i: int, j: int, step: int, step_days: float, half_life: np.ndarray) -> float:
    """Memory w̄_ij: warmth of i's past acts toward j, each decayed by its type's half-life."""
    days = (step - world.touched[i, j]) * step_days
    total = 0.0
    for h in range(half_life.shape[0]):
        total += world.memory[i, j, h] * 2.0 ** (-days / half_life[h])
    return total


@njit(cache=True)
def utilities(
    world: World, i: int, j: int, step: int, step_days: float, types: ActTypes, policies: Policies
) -> Float[np.ndarray, "C"]:
    """Utility of each choosable type for i toward j, against 0 for doing nothing.

    U_k = s_k λ_k (θ_ij - b_k) + χ_i s_k Σ_l c_l a_il a_lj - cost_k - aud_i p_k (μ_k - C_ij)²
    + φ_i s_k w̄_ji with s_k = sgn μ_k; -∞ where the tie makes the type impossible. Audience cost
    after Fearon (1997); each type against "nothing" is a two-parameter logistic item in θ.
    """
    social = policies.friends_opinion[i] * friends_opinion(world, i, j)
    social += policies.reply[i] * recalled(world, j, i, step, step_days, types.half_life)
    utility = np.empty(types.choosable.shape[0])
    for c in range(types.choosable.shape[0]):
        k = types.choosable[c]
        sign = 1.0 if types.warmth[k] > 0.0 else -1.0
        is_feasible = types.tie_lowest[k] <= world.tie[i, j] <= types.tie_highest[k]
        own = sign * types.discrimination[k] * (world.theta[i, j] - types.difficulty[k])
        contradiction = types.warmth[k] - world.commitment[i, j]
        audience = policies.audience_cost[i] * types.publicity[k] * contradiction * contradiction
        utility[c] = own + sign * social - types.cost[k] - audience if is_feasible else -np.inf
    return utility


@njit(cache=True)
def pick(utility: Float[np.ndarray, "C"], temperature: float, uniform: float) -> int:
    """Choose by multinomial logit: P(c) ∝ exp(U_c / τ), P(nothing) ∝ 1; returns -1 for nothing."""
    highest = max(0.0, utility.max()) if utility.size else 0.0
    total = np.exp(-highest / temperature)
    for value in utility:
        total += np.exp((value - highest) / temperature)
    left = uniform * total - np.exp(-highest / temperature)
    if left < 0.0:
        return -1
    for c in range(utility.shape[0]):
        left -= np.exp((utility[c] - highest) / temperature)
        if left < 0.0:
            return c
    return -1


@njit(cache=True)
def choose_type(
    world: World,
    i: int,
    j: int,
    uniform: float,
    step: int,
    step_days: float,
    types: ActTypes,
    policies: Policies,
) -> int:
    """Let i choose its act toward j on an occasion: the index of a type, or -1 for nothing."""
    utility = utilities(world, i, j, step, step_days, types, policies)
    chosen = pick(utility, policies.temperature[i], uniform)
    return types.choosable[chosen] if chosen >= 0 else -1
