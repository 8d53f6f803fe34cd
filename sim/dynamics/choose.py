"""Phase 2, choose: who finds an occasion to act in this step, and what they do with it."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numba import njit

from sim.dynamics.world import LN_2, ActTypes, Policies, Square, Vector, World, exponential

IMPOSSIBLE = -1e300


@njit(cache=True, error_model="numpy")
def draw_candidates(
    n_states: int, expected: float, rng: np.random.Generator
) -> tuple[Int[np.ndarray, "C"], Int[np.ndarray, "C"], Float[np.ndarray, "C"]]:
    """Draw this step's candidate occasions at the constant upper rate.

    How many random numbers are used depends on `expected` alone, never on the world, so that
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
        What is left of the one uniform drawn for each: uniform on [0, 1), to thin and to choose.
    """
    n = rng.poisson(expected) if expected > 0.0 else 0
    senders = np.empty(n, np.int64)
    targets = np.empty(n, np.int64)
    uniforms = np.empty(n)
    for c in range(n):
        uniforms[c] = rng.random()
    for c in range(n):
        sender = uniforms[c] * n_states
        i = int(sender)
        target = (sender - i) * (n_states - 1)
        j = int(target)
        senders[c] = i
        targets[c] = j + 1 if j >= i else j
        uniforms[c] = target - j
    return senders, targets, uniforms


@njit(cache=True, error_model="numpy")
def draw_occasions(
    world: World, step_days: float, policies: Policies, params: Any, rng: np.random.Generator
) -> tuple[Int[np.ndarray, "O"], Int[np.ndarray, "O"], Float[np.ndarray, "O"]]:
    """Draw who finds an occasion to act toward whom in this step.

    A candidate becomes an occasion with probability min(1, exp(α_i + γ_j + δ|θ_ij|) / Λ).

    Returns
    -------
    senders, targets
        Indices of the dyads.
    uniforms
        One uniform on [0, 1) for each, to choose with.
    """
    n_states = world.theta.shape[0]
    expected = params.occasion_bound * step_days * n_states * (n_states - 1)
    senders, targets, uniforms = draw_candidates(n_states, expected, rng)
    chance = np.empty(senders.shape[0])
    for c in range(senders.shape[0]):
        i, j = senders[c], targets[c]
        strength = params.activity_slope * abs(world.theta[i, j])
        chance[c] = policies.activity[i] + policies.attraction[j] + strength
    for c in range(senders.shape[0]):
        chance[c] = min(1.0, exponential(chance[c]) / params.occasion_bound)
    n = 0
    for c in range(senders.shape[0]):
        if uniforms[c] < chance[c]:
            senders[n], targets[n], uniforms[n] = senders[c], targets[c], uniforms[c] / chance[c]
            n += 1
    return senders[:n], targets[:n], uniforms[:n]


@njit(cache=True, error_model="numpy", inline="always")
def friends_opinion(weighted: Square, affinity: Square, i: int, j: int) -> float:
    """What i's friends think of j: Σ_l c_l a_il a_lj / Σ c, in [-1, 1]."""
    return np.dot(weighted[i], affinity[:, j])


@njit(cache=True, error_model="numpy", inline="always")
def recalled(memory: Vector, days: float, half_life: Vector) -> float:
    """Memory w̄: warmth of past acts, by half-life class, after `days` more of decay."""
    total = 0.0
    for h in range(half_life.shape[0]):
        if memory[h] != 0.0:
            total += memory[h] * exponential(-LN_2 * days / half_life[h])
    return total


@njit(cache=True, error_model="numpy")
def choice_items(types: ActTypes) -> Float[np.ndarray, "7 C"]:
    """The choosable types as the rows that `utilities` reads.

    Rows: slope s λ, constant -s λ b - cost, sign s, publicity p, warmth μ, lowest and highest
    feasible rung.
    """
    items = np.empty((7, types.choosable.shape[0]))
    for c in range(types.choosable.shape[0]):
        k = types.choosable[c]
        sign = 1.0 if types.warmth[k] > 0.0 else -1.0
        items[0, c] = sign * types.discrimination[k]
        items[1, c] = -sign * types.discrimination[k] * types.difficulty[k] - types.cost[k]
        items[2, c] = sign
        items[3, c] = types.publicity[k]
        items[4, c] = types.warmth[k]
        items[5, c] = types.tie_lowest[k]
        items[6, c] = types.tie_highest[k]
    return items


@njit(cache=True, error_model="numpy", inline="always")
def utilities(
    items: Float[np.ndarray, "7 C"],
    theta: float,
    social: float,
    line: float,
    tie: float,
    audience_cost: float,
    utility: Float[np.ndarray, "C"],
) -> None:
    """Utility of each choosable type toward one target, against 0 for doing nothing.

    U_k = s_k λ_k (θ_ij - b_k) + s_k (χ_i Σ_l c_l a_il a_lj + φ_i w̄_ji) - cost_k - aud_i p_k (μ_k - C_ij)²
    with s_k = sgn μ_k; below -1e300 where the tie makes the type impossible. Audience cost after
    Fearon (1997); each type against "nothing" is a two-parameter logistic item in θ.

    Parameters
    ----------
    items
        From `choice_items`.
    theta, social, line, tie
        θ_ij, the bracket above, the public line C_ij and the rung ℓ_ij.
    audience_cost
        aud_i.
    utility
        Written to.
    """
    for c in range(items.shape[1]):
        gap = items[4, c] - line
        value = items[0, c] * theta + items[1, c] + items[2, c] * social
        value -= audience_cost * items[3, c] * gap * gap
        is_feasible = (items[5, c] <= tie) & (tie <= items[6, c])
        utility[c] = value if is_feasible else IMPOSSIBLE


@njit(cache=True, error_model="numpy", inline="always")
def pick(utility: Float[np.ndarray, "C"], temperature: float, uniform: float) -> int:
    """Choose by multinomial logit: P(c) ∝ exp(U_c / τ), P(nothing) ∝ 1; returns -1 for nothing.

    The utilities are overwritten by the weights exp((U_c - max U) / τ).
    """
    highest = 0.0
    for c in range(utility.shape[0]):
        highest = max(highest, utility[c])
    for c in range(utility.shape[0]):
        weight = exponential((utility[c] - highest) / temperature)
        utility[c] = weight if utility[c] > IMPOSSIBLE else 0.0
    total = nothing = exponential(-highest / temperature)
    for c in range(utility.shape[0]):
        total += utility[c]
    left = uniform * total - nothing
    chosen = -1
    for c in range(utility.shape[0]):
        if left < 0.0:
            break
        left -= utility[c]
        chosen = c
    return chosen if left < 0.0 else -1


@njit(cache=True, error_model="numpy")
def choose_types(
    world: World,
    weighted: Square,
    senders: Int[np.ndarray, "O"],
    targets: Int[np.ndarray, "O"],
    uniforms: Float[np.ndarray, "O"],
    step: int,
    step_days: float,
    types: ActTypes,
    policies: Policies,
) -> Int[np.ndarray, "O"]:
    """Let the sender of each occasion choose: the index of a type, or -1 for nothing.

    Parameters
    ----------
    weighted
        From `sim.dynamics.drift.weigh`.
    senders, targets, uniforms
        From `draw_occasions`.
    """
    theta, affinity, line, tie = world.theta, world.affinity, world.commitment, world.tie
    memory, touched, half_life = world.memory, world.touched, types.half_life
    friends, reply, audience = policies.friends_opinion, policies.reply, policies.audience_cost
    temperature, choosable, items = policies.temperature, types.choosable, choice_items(types)
    utility = np.empty(items.shape[1])
    kinds = np.empty(senders.shape[0], np.int64)
    for o in range(senders.shape[0]):
        i, j = senders[o], targets[o]
        social = friends[i] * friends_opinion(weighted, affinity, i, j)
        social += reply[i] * recalled(memory[j, i], (step - touched[j, i]) * step_days, half_life)
        utilities(items, theta[i, j], social, line[i, j], tie[i, j], audience[i], utility)
        chosen = pick(utility, temperature[i], uniforms[o])
        kinds[o] = choosable[chosen] if chosen >= 0 else -1
    return kinds
