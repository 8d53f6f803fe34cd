"""Phases 1 and 3: shocks edit the world; acts move their target, the public line and all who look on.

Within a step everyone sees the affinities as they stood after the shocks: phase 3 changes θ alone,
and phase 5 brings the affinities up to date, so that the order of a step's acts does not matter to
who feels what.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.compiled.kernels import njit
from sim.dynamics.world import Acts, ActTypes, Policies, Shocks, Vector, World, share_left
from sim.shapes import Float, Int


@njit(cache=True, inline="always")
def apply_shock(world: World, shocks: Shocks, row: int) -> None:
    """Edit θ, m, c or ℓ as an exogenous shock demands; capability is scaled to sum 1 again.

    A shock that would leave nobody any capability changes nothing.
    """
    i, j, value = shocks.sender[row], shocks.target[row], shocks.value[row]
    is_shift = shocks.is_shift[row] == 1
    if shocks.kind[row] == 0:
        world.theta[i, j] = world.theta[i, j] + value if is_shift else value
    elif shocks.kind[row] == 1:
        world.level[i, j] = world.level[i, j] + value if is_shift else value
    elif shocks.kind[row] == 2:
        weight = world.capability[i] + value if is_shift else value
        others = world.capability.sum() - world.capability[i]
        if others + max(0.0, weight) > 0.0:
            world.capability[i] = max(0.0, weight)
            total = world.capability.sum()
            for state in range(world.capability.size):
                world.capability[state] /= total
    else:
        set_tie(world.tie, i, j, int(value))


@njit(cache=True, inline="always")
def set_tie(tie: Int[np.ndarray, "N N"], i: int, j: int, rung: int) -> None:
    """Set ℓ_ij. Relations (2) are mutual; recognition (1) and an embassy (3) are one-sided."""
    tie[i, j] = rung
    if rung >= 2:
        tie[j, i] = max(tie[j, i], 2)
    else:
        tie[j, i] = min(tie[j, i], 1)


@njit(cache=True, error_model="numpy", inline="always")
def forget(world: World, step: int, fading: Float[np.ndarray, "F H"]) -> Vector:
    """Bring all memories up to date when it is time; return the share that is left of them at this step.

    Parameters
    ----------
    fading
        From `sim.dynamics.world.fading`.
    """
    last = fading.shape[0] - 1
    if step % last == 0:
        memory = world.memory.reshape(-1, fading.shape[1])
        for dyad in range(memory.shape[0]):
            for h in range(fading.shape[1]):
                memory[dyad, h] *= fading[last, h]
    return share_left(fading, step)


@njit(cache=True, error_model="numpy", inline="always")
def respond(
    world: World, acts: Acts, share: Vector, types: ActTypes, policies: Policies, params: Any
) -> None:
    """Let the acts of one step have their effects, one after the other.

    An act i→j of warmth w = μ·strength and publicity p moves its target, θ_ji += η_j w; its
    sender's public line, C_ij += p ψ (w - C_ij), and memory, w̄_ij += w; and every observer
    o ≠ i, j, θ_oi += ω_o p w a_oj, so that praise for my enemy cools me and a slight to my enemy
    warms me. The tie changes if the type has a tie effect and the present rung allows it. An act
    of strength 0 did not happen.

    Parameters
    ----------
    share
        What is left of memories at this step, from `forget`.
    """
    theta, affinity, line, tie = world.theta, world.affinity, world.commitment, world.tie
    memory, susceptibility, vigilance = world.memory, policies.susceptibility, policies.vigilance
    for a in range(acts.sender.shape[0]):
        if acts.strength[a] == 0.0:
            continue
        i, j, k = acts.sender[a], acts.target[a], acts.type[a]
        warmth = types.warmth[k] * acts.strength[a]
        publicity = types.publicity[k]
        push = publicity * warmth
        own, moved = theta[i, i], theta[j, i] + susceptibility[j] * warmth
        for o in range(theta.shape[0]):
            theta[o, i] += vigilance[o] * push * affinity[o, j]
        theta[i, i], theta[j, i] = own, moved
        line[i, j] += publicity * params.commitment * (warmth - line[i, j])
        memory[i, j, types.half_life_class[k]] += warmth / share[types.half_life_class[k]]
        is_feasible = types.tie_lowest[k] <= tie[i, j] <= types.tie_highest[k]
        if types.tie_to[k] >= 0 and is_feasible:
            set_tie(tie, i, j, types.tie_to[k])
