"""Phase 2, choose: who finds an occasion to act in this step, and what they do with it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.compiled.arithmetic import exp
from sim.compiled.borrowed import borrowed
from sim.compiled.kernels import njit
from sim.dynamics.chance import GOLDEN, Chance, Word, draw_key, scatter, uniform
from sim.dynamics.memory import recall
from sim.dynamics.rules import is_feasible
from sim.dynamics.world import ActTypes, Policies, Square, World
from sim.shapes import Float, Int, UInt64

IMPOSSIBLE = -1e300
LANES = 8  # the choosable types are filled up to a multiple of what a processor takes at a time


@njit(cache=True, error_model="numpy", inline="always")
def draw_candidates(
    dyad: UInt64[np.ndarray, "N N"], bound: float, rng: np.random.Generator
) -> tuple[int, Int[np.ndarray, "N*N"], Int[np.ndarray, "N*N"], UInt64[np.ndarray, "N*N"]]:
    """Find the dyads that may have an occasion in this step: those whose first uniform is below the bound.

    What a dyad draws depends on its own key and on nothing else: scenarios that differ by an act, by a state or by
    the order of the states share all other chance.

    Parameters
    ----------
    dyad
        From `sim.dynamics.chance.dyad_keys`.
    bound
        Λ Δ, the most occasions that a dyad can expect.
    rng
        The replica's stream for occasions: one key a step.

    Returns
    -------
    n
        Number of candidates: the first n of the arrays below hold them, sender by sender.
    senders, targets
        Their indices.
    words
        What each draws from in this step.
    """
    step, n_states = draw_key(rng), dyad.shape[0]
    size, n = n_states * n_states, 0
    senders, targets, words = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, Word)
    first = np.empty(n_states)
    for i in range(n_states):
        for j in range(n_states):
            first[j] = uniform(scatter(step + dyad[i, j]))
        first[i], row = np.inf, n  # nobody acts toward itself
        for j in range(n_states):
            targets[Word(n)] = j  # what has no sign is not looked at for one
            n += first[j] < bound
        for c in range(row, n):
            senders[c], words[c] = i, scatter(step + dyad[i, Word(targets[c])])
    return n, senders, targets, words


@njit(cache=True, error_model="numpy", inline="always")
def n_arrivals(word: Word, expected: float) -> int:
    """Number of arrivals after gaps of -ln(1 - u), Poisson with this mean: u of the word, then of its even sequels."""
    n, elapsed = 0, -math.log(1.0 - uniform(word))
    while elapsed < expected:
        n += 1
        elapsed -= math.log(1.0 - uniform(scatter(word + Word(2 * n) * GOLDEN)))
    return n


@njit(cache=True, error_model="numpy", inline="always")
def draw_occasions(
    world: World, step_days: float, policies: Policies, params: Any, chance: Chance
) -> tuple[int, Int[np.ndarray, "C"], Int[np.ndarray, "C"], Float[np.ndarray, "C"]]:
    """Draw who finds an occasion to act toward whom in this step, a Poisson number for each dyad.

    They come at the rate min(Λ, exp(α_i + γ_j + δ|θ_ij|)) per day, and never where one of the two has ended: its
    capability is 0.

    Returns
    -------
    n
        Number of occasions.
    senders, targets
        Indices of the dyads, sender by sender.
    uniforms
        One uniform on [0, 1) for each, to choose with.
    """
    highest, slope = params.occasion_bound, params.activity_slope
    theta, activity, attraction = world.theta, policies.activity, policies.attraction
    capability = world.capability
    n, senders, targets, words = draw_candidates(chance.keys.dyad, highest * step_days, chance.occasions)
    expected, count, total = np.empty(n), np.zeros(n, np.int64), 0
    for c in range(n):
        i, j = Word(senders[c]), Word(targets[c])  # what has no sign is not looked at for one
        expected[c] = activity[i] + attraction[j] + slope * abs(theta[i, j])
    for c in range(n):
        expected[c] = min(highest, exp(expected[c])) * step_days
    for c in range(n):
        if uniform(words[c]) < expected[c] and capability[senders[c]] > 0.0 and capability[targets[c]] > 0.0:
            count[c] = n_arrivals(words[c], expected[c])
            total += count[c]
    dyads = np.empty((2, total), np.int64)
    uniforms, o = np.empty(total), 0
    for c in range(n):
        for nth in range(1, count[c] + 1):
            dyads[0, o], dyads[1, o] = senders[c], targets[c]
            uniforms[o] = uniform(scatter(words[c] + Word(2 * nth + 1) * GOLDEN))
            o += 1
    return total, dyads[0], dyads[1], uniforms


@njit(cache=True, error_model="numpy", fastmath={"contract", "reassoc"})
def friends_opinion(weighted: Square, affinity: Square, i: int, j: int) -> float:
    """What i's friends think of j: Σ_l c_l a_il a_lj / Σ c, in [-1, 1]."""
    total = 0.0
    for friend in range(weighted.shape[0]):
        total += weighted[i, friend] * affinity[friend, j]
    return total


def choice_items(types: ActTypes) -> Float[np.ndarray, "7 L"]:
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
    items: Float[np.ndarray, "7 L"],
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
        utility[c] = value if is_feasible(tie, items[5, c], items[6, c]) else IMPOSSIBLE


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
        weight = exp((utility[c] - highest) * sharpness)
        utility[c] = weight if utility[c] > IMPOSSIBLE else 0.0
    total = nothing = exp(-highest * sharpness)
    for c in range(utility.shape[0]):
        total += utility[c]
        utility[c] = total
    mark = uniform * total
    choice = -1 if mark < nothing else 0
    for c in range(utility.shape[0]):
        choice += utility[c] <= mark
    return choice if choice < utility.shape[0] else -1


@njit(cache=True, error_model="numpy", inline="always")
def choose_types(
    world: World,
    weighted: Square,
    n: int,
    senders: Int[np.ndarray, "C"],
    targets: Int[np.ndarray, "C"],
    uniforms: Float[np.ndarray, "C"],
    share: Float[np.ndarray, "H"],
    choosable: Int[np.ndarray, "C"],
    items: Float[np.ndarray, "7 L"],
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
        What is left of memories at this step, from `sim.dynamics.memory.forget`.
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
        social += reply[i] * recall(memory[j, i], share)
        utilities(items, theta[i, j], social, line[i, j], tie[i, j], audience[i], utility)
        choice = pick(utility, temperature[i], uniforms[o])
        kinds[o] = choosable[choice] if choice >= 0 else -1
    return kinds


@njit(cache=True, error_model="numpy")
def choose(
    world: World, weighted: Square, share: Float[np.ndarray, "H"], step_days: float, choosable: Int[np.ndarray, "C"],
    items: Float[np.ndarray, "7 L"], policies: Policies, params: Any, chance: Chance,
) -> tuple[int, Int[np.ndarray, "C"], Int[np.ndarray, "C"], Int[np.ndarray, "C"]]:  # fmt: skip
    """Let every state that finds an occasion choose; returns how many act, and their senders, targets and types.

    All choose on the world as it stands, before anyone's act of this step has had its effect.
    """
    world, policies, chance = borrowed((world, policies, chance))
    weighted, share, choosable, items = borrowed((weighted, share, choosable, items))
    occasions, senders, targets, uniforms = draw_occasions(world, step_days, policies, params, chance)
    kinds = choose_types(
        world, weighted, occasions, senders, targets, uniforms, share, choosable, items, policies
    )
    n = 0
    for o in range(occasions):
        if kinds[o] >= 0:
            senders[n], targets[n], kinds[n] = senders[o], targets[o], kinds[o]
            n += 1
    return n, senders, targets, kinds
