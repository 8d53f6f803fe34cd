"""Phase 2, choose: who finds an occasion to act in this step, and what they do with it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int
from numba import njit

from sim.dynamics.world import LN_2, ActTypes, Policies, Square, Vector, World, exponential

IMPOSSIBLE = -1e300


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


@njit(cache=True, inline="always")
def acceptance(theta: float, activity: float, attraction: float, slope: float, bound: float) -> float:
    """Probability that a candidate becomes an occasion: min(1, exp(α_i + γ_j + δ|θ_ij|) / Λ)."""
    return min(1.0, exponential(activity + attraction + slope * abs(theta)) / bound)


@njit(cache=True, error_model="numpy", inline="always")
def friends_opinion(weighted: Square, affinity: Square, i: int, j: int) -> float:
    """What i's friends think of j: Σ_l c_l a_il a_lj / Σ c, in [-1, 1]."""
    return np.dot(weighted[i], affinity[:, j])


@njit(cache=True, error_model="numpy", inline="always")
def recalled(world: World, i: int, j: int, step: int, step_days: float, half_life: Vector) -> float:
    """Memory w̄_ij: warmth of i's past acts toward j, each decayed by its type's half-life."""
    days = (step - world.touched[i, j]) * step_days
    total = 0.0
    for h in range(half_life.shape[0]):
        if world.memory[i, j, h] != 0.0:
            total += world.memory[i, j, h] * exponential(-LN_2 * days / half_life[h])
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
) -> Float[np.ndarray, "C"]:
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
    """
    utility = np.empty(items.shape[1])
    for c in range(items.shape[1]):
        gap = items[4, c] - line
        value = items[0, c] * theta + items[1, c] + items[2, c] * social
        value -= audience_cost * items[3, c] * gap * gap
        is_feasible = (items[5, c] <= tie) & (tie <= items[6, c])
        utility[c] = value if is_feasible else IMPOSSIBLE
    return utility


@njit(cache=True, error_model="numpy", inline="always")
def pick(utility: Float[np.ndarray, "C"], temperature: float, uniform: float) -> int:
    """Choose by multinomial logit: P(c) ∝ exp(U_c / τ), P(nothing) ∝ 1; returns -1 for nothing."""
    highest = 0.0
    for c in range(utility.shape[0]):
        highest = max(highest, utility[c])
    weight = np.empty(utility.shape[0])
    for c in range(utility.shape[0]):
        weight[c] = exponential((utility[c] - highest) / temperature)
    nothing = exponential(-highest / temperature)
    left = uniform * (nothing + weight.sum()) - nothing
    if left < 0.0:
        return -1
    for c in range(utility.shape[0]):
        left -= weight[c]
        if left < 0.0 and utility[c] > IMPOSSIBLE:
            return c
    return -1


@njit(cache=True, error_model="numpy", inline="always")
def choose_type(
    world: World,
    weighted: Square,
    items: Float[np.ndarray, "7 C"],
    i: int,
    j: int,
    uniform: float,
    step: int,
    step_days: float,
    types: ActTypes,
    policies: Policies,
) -> int:
    """Let i choose its act toward j on an occasion: the index of a type, or -1 for nothing."""
    social = policies.friends_opinion[i] * friends_opinion(weighted, world.affinity, i, j)
    social += policies.reply[i] * recalled(world, j, i, step, step_days, types.half_life)
    utility = utilities(
        items, world.theta[i, j], social, world.commitment[i, j], world.tie[i, j], policies.audience_cost[i]
    )
    chosen = pick(utility, policies.temperature[i], uniform)
    return types.choosable[chosen] if chosen >= 0 else -1
