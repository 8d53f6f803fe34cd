"""Phase 3, respond: acts move their target, the public line and all who look on.

Within a step everyone sees the affinities as they stood after the shocks: this phase changes θ alone,
and phase 5 brings the affinities up to date, so that the order of a step's acts does not matter to
who feels what.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.compiled.kernels import njit
from sim.dynamics.memory import remember
from sim.dynamics.rules import change_tie, observer_shift, public_line, target_shift
from sim.dynamics.world import Acts, ActTypes, Policies, World
from sim.shapes import Float


@njit(cache=True, error_model="numpy", inline="always")
def respond(
    world: World, acts: Acts, share: Float[np.ndarray, "H"], types: ActTypes, policies: Policies, params: Any
) -> None:
    """Let the acts of one step have their effects, one after the other.

    An act i→j of warmth w = μ·strength and publicity p moves its target, θ_ji += η_j w; its
    sender's public line, C_ij += p ψ (w - C_ij), and memory, w̄_ij += w; and every observer
    o ≠ i, j, θ_oi += ω_o p w a_oj. The tie changes if the type has a tie effect and the present
    rung allows it. An act of strength 0 did not happen.

    Parameters
    ----------
    share
        What is left of memories at this step, from `sim.dynamics.memory.forget`.
    """
    theta, affinity, line, tie = world.theta, world.affinity, world.commitment, world.tie
    memory, susceptibility, vigilance = world.memory, policies.susceptibility, policies.vigilance
    for a in range(acts.sender.shape[0]):
        if acts.strength[a] == 0.0:
            continue
        i, j, k = acts.sender[a], acts.target[a], acts.type[a]
        warmth, publicity = types.warmth[k] * acts.strength[a], types.publicity[k]
        own, moved = theta[i, i], theta[j, i] + target_shift(susceptibility[j], warmth)
        for o in range(theta.shape[0]):
            theta[o, i] += observer_shift(vigilance[o], publicity, warmth, affinity[o, j])
        theta[i, i], theta[j, i] = own, moved
        line[i, j] = public_line(line[i, j], publicity, warmth, params)
        remember(memory[i, j], share, types.half_life_class[k], warmth)
        change_tie(tie, i, j, types.tie_to[k], types.tie_lowest[k], types.tie_highest[k])
