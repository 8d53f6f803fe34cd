"""Phase 2, choose: who finds an occasion to act in this step, and what they do with it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.compiled.kernels import njit
from sim.dynamics.chance import Word, draw_uniforms
from sim.dynamics.world import ActTypes, Policies, Square, Vector, World, exponential
from sim.shapes import Float, Int

IMPOSSIBLE = -1e300
LANES = 8  # the choosable types are filled up to a multiple of what a processor takes at a time


@njit(cache=True, error_model="numpy", inline="always")
def draw_candidates(
    n_states: int, expected: float, rng: np.random.Generator
) -> tuple[Int[np.ndarray, "C"], Int[np.ndarray, "C"], Float[np.ndarray, "C"]]:
    """Draw this step's candidate occasions at the constant upper rate.

    How much of the stream is used depends on `expected` alone, never on the world, so that
    scenarios that differ by an act share all chance.

    Parameters
    ----------
    n_states
        N.
    expected
        Expected number of candidates over all dyads, Λ Δ N (N - 1).
    rng
        The replica's stream for occasions: a Poisson number of candidates, then their key.

    Returns
    -------
    senders, targets
        Indices of the candidate dyads.
    left
        What is left of the one uniform drawn for each: uniform on [0, 1), to thin and to choose.
    """
    n = rng.poisson(expected) if expected > 0.0 else 0
    left = draw_uniforms(rng, n)
    senders = np.empty(n, np.int64)
    targets = np.empty(n, np.int64)
    for c in range(n):
        sender = left[c] * n_states
        i = int(sender)
        target = (sender - i) * (n_states - 1)
        j = int(target)
        senders[c] = i
        targets[c] = j + 1 if j >= i else j
        left[c] = target - j
    return senders, targets, left


@njit(cache=True, error_model="numpy", inline="always")
def draw_occasions(
    world: World, step_days: float, policies: Policies, params: Any, rng: np.random.Generator
) -> tuple[int, Int[np.ndarray, "C"], Int[np.ndarray, "C"], Float[np.ndarray, "C"]]:
    """Draw who finds an occasion to act toward whom in this step.

    A candidate becomes an occasion with probability min(1, exp(α_i + γ_j + δ|θ_ij|) / Λ).

    Returns
    -------
    n
        Number of occasions: the first n of the arrays below hold them.
    senders, targets
        Indices of the dyads.
    uniforms
        One uniform on [0, 1) for each, to choose with.
    """
    n_states = world.theta.shape[0]
    expected = params.occasion_bound * step_days * n_states * (n_states - 1)
    senders, targets, left = draw_candidates(n_states, expected, rng)
    chance = np.empty(left.size)
    theta, activity, attraction = world.theta, policies.activity, policies.attraction
    slope, bound = params.activity_slope, params.occasion_bound
    for c in range(left.size):
        i, j = Word(senders[c]), Word(targets[c])  # what has no sign is not looked at for one
        chance[c] = activity[i] + attraction[j] + slope * abs(theta[i, j])
    for c in range(left.size):
        chance[c] = min(1.0, exponential(chance[c]) / bound)
    n = 0
    for c in range(left.size):
        if left[c] < chance[c]:
            senders[n], targets[n], left[n] = senders[c], targets[c], left[c] / chance[c]
            n += 1
    return n, senders, targets, left


@njit(cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def friends_opinion(weighted: Square, affinity: Square, i: int, j: int) -> float:
    """What i's friends think of j: Σ_l c_l a_il a_lj / Σ c, in [-1, 1]."""
    total = 0.0
    for friend in range(weighted.shape[0]):
        total += weighted[i, friend] * affinity[friend, j]
    return total


@njit(cache=True, error_model="numpy", inline="always")
def recalled(memory: Vector, share: Vector) -> float:
    """Memory w̄: warmth of past acts, by half-life class, of which a `share` is left."""
    total = 0.0
    for h in range(share.shape[0]):
        total += memory[h] * share[h]
    return total


def choice_items(types: ActTypes) -> Float[np.ndarray, "7 C"]:
    """The choosable types as the rows that `utilities` reads, and behind them types that nobody can do.

    Rows: slope s λ, constant -s λ b - cost, sign s, publicity p, warmth μ, lowest and highest
    feasible rung.
    """
    k = types.choosable
    items = np.zeros((7, math.ceil(k.size / LANES) * LANES))
    items[6, k.size :] = -1.0
    sign = np.where(types.warmth[k] > 0.0, 1.0, -1.0)
    slope = sign * types.discrimination[k]
    items[:, : k.size] = (
        slope, -slope * types.difficulty[k] - types.cost[k], sign, types.publicity[k], types.warmth[k],
        types.tie_lowest[k], types.tie_highest[k],
    )  # fmt: skip
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
    with s_k = sgn μ_k; -1e300 where the tie makes the type impossible. Audience cost after
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

    The utilities are overwritten by running sums of the weights exp((U_c - max U) / τ).
    """
    highest = 0.0
    for c in range(utility.shape[0]):
        highest = max(highest, utility[c])
    sharpness = 1.0 / temperature
    for c in range(utility.shape[0]):
        weight = exponential((utility[c] - highest) * sharpness)
        utility[c] = weight if utility[c] > IMPOSSIBLE else 0.0
    total = nothing = exponential(-highest * sharpness)
    for c in range(utility.shape[0]):
        total += utility[c]
        utility[c] = total
    mark = uniform * total
    chosen = -1 if mark < nothing else 0
    for c in range(utility.shape[0]):
        chosen += utility[c] <= mark
    return chosen if chosen < utility.shape[0] else -1


@njit(cache=True, error_model="numpy", inline="always")
def choose_types(
    world: World,
    weighted: Square,
    n: int,
    senders: Int[np.ndarray, "C"],
    targets: Int[np.ndarray, "C"],
    uniforms: Float[np.ndarray, "C"],
    share: Vector,
    choosable: Int[np.ndarray, "C"],
    items: Float[np.ndarray, "7 C"],
    policies: Policies,
) -> Int[np.ndarray, "n"]:
    """Let the sender of each occasion choose: the index of a type, or -1 for nothing.

    Parameters
    ----------
    weighted
        From `sim.dynamics.drift.weigh`.
    n, senders, targets, uniforms
        From `draw_occasions`.
    share
        What is left of memories at this step, from `sim.dynamics.respond.forget`.
    choosable, items
        The types that can be chosen, and what `choice_items` makes of them.
    """
    theta, affinity, line, tie = world.theta, world.affinity, world.commitment, world.tie
    memory, temperature = world.memory, policies.temperature
    friends, reply, audience = policies.friends_opinion, policies.reply, policies.audience_cost
    utility, kinds = np.empty(items.shape[1]), np.empty(n, np.int64)
    for o in range(n):
        i, j = senders[o], targets[o]
        social = friends[i] * friends_opinion(weighted, affinity, i, j)
        social += reply[i] * recalled(memory[j, i], share)
        utilities(items, theta[i, j], social, line[i, j], tie[i, j], audience[i], utility)
        chosen = pick(utility, temperature[i], uniforms[o])
        kinds[o] = choosable[chosen] if chosen >= 0 else -1
    return kinds
