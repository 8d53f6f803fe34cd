"""Phases 1 and 3: shocks edit the world; acts move their target, the public line and all who look on.

Within a step everyone sees the affinities as they stood after the shocks: phase 3 changes θ alone,
and phase 5 brings the affinities up to date, so that the order of a step's acts does not matter to
who feels what.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from sim.dynamics.world import LN_2, Acts, ActTypes, Policies, Shocks, World, exponential


@njit(cache=True)
def apply_shock(world: World, shocks: Shocks, row: int) -> None:
    """Edit θ, m, c or ℓ as an exogenous shock demands; capability is scaled to sum 1 again."""
    i, j, value = shocks.sender[row], shocks.target[row], shocks.value[row]
    is_shift = shocks.is_shift[row] == 1
    if shocks.kind[row] == 0:
        world.theta[i, j] = world.theta[i, j] + value if is_shift else value
    elif shocks.kind[row] == 1:
        world.level[i, j] = world.level[i, j] + value if is_shift else value
    elif shocks.kind[row] == 2:
        weight = world.capability[i] + value if is_shift else value
        world.capability[i] = max(0.0, weight)
        world.capability[:] = world.capability / world.capability.sum()
    else:
        set_tie(world, i, j, int(value))


@njit(cache=True, error_model="numpy", inline="always")
def set_tie(world: World, i: int, j: int, rung: int) -> None:
    """Set ℓ_ij. Relations (2) are mutual; recognition (1) and an embassy (3) are one-sided."""
    world.tie[i, j] = rung
    if rung >= 2:
        world.tie[j, i] = max(world.tie[j, i], 2)
    else:
        world.tie[j, i] = min(world.tie[j, i], 1)


@njit(cache=True, error_model="numpy", inline="always")
def remember(
    world: World, i: int, j: int, warmth: float, half_life_class: int, step: int, step_days: float,
    half_life: np.ndarray,
) -> None:  # fmt: skip
    """Add an act's warmth to the memory of i's acts toward j, after decaying what was there."""
    days = (step - world.touched[i, j]) * step_days
    for h in range(half_life.shape[0]):
        if world.memory[i, j, h] != 0.0:
            world.memory[i, j, h] *= exponential(-LN_2 * days / half_life[h])
    world.memory[i, j, half_life_class] += warmth
    world.touched[i, j] = step


@njit(cache=True, error_model="numpy", inline="always")
def respond(
    world: World, acts: Acts, row: int, step: int, step_days: float, types: ActTypes, policies: Policies,
    params: Any,
) -> None:  # fmt: skip
    """Let one act i→j of warmth w = μ·strength and publicity p have its effects.

    Target θ_ji += η_j w; commitment C_ij += p ψ (w - C_ij), memory w̄_ij += w; every observer
    o ≠ i, j: θ_oi += ω_o p w a_oj, so praise for my enemy cools me and a slight to my enemy warms
    me; the tie changes if the type has a tie effect and the present rung allows it. An act of
    strength 0 did not happen.
    """
    if acts.strength[row] == 0.0:
        return
    i, j, k = acts.sender[row], acts.target[row], acts.type[row]
    warmth = types.warmth[k] * acts.strength[row]
    publicity = types.publicity[k]
    world.theta[j, i] += policies.susceptibility[j] * warmth
    own, targets = world.theta[i, i], world.theta[j, i]
    for o in range(world.theta.shape[0]):
        world.theta[o, i] += policies.vigilance[o] * publicity * warmth * world.affinity[o, j]
    world.theta[i, i], world.theta[j, i] = own, targets
    world.commitment[i, j] += publicity * params.commitment * (warmth - world.commitment[i, j])
    remember(world, i, j, warmth, types.half_life_class[k], step, step_days, types.half_life)
    is_feasible = types.tie_lowest[k] <= world.tie[i, j] <= types.tie_highest[k]
    if types.tie_to[k] >= 0 and is_feasible:
        set_tie(world, i, j, types.tie_to[k])
