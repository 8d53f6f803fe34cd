"""Phase 1, scheduled: what the scenario lets happen in this step, be it a shock or an act of a state."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.compiled.borrowed import borrowed
from sim.compiled.kernels import njit
from sim.dynamics.rules import set_tie
from sim.dynamics.world import Acts, Shocks, Vector, World, refresh_affinity
from sim.shapes import Int

SHOCK_KINDS = ("affinity", "level", "capability", "tie")
AFFINITY, LEVEL, CAPABILITY, TIE = range(4)


@njit(cache=True)
def apply_shocks(world: World, step: int, shocks: Shocks, params: Any) -> None:
    """Apply this step's shocks in file order, and bring the affinities in step."""
    world, shocks = borrowed((world, shocks))
    n_applied = 0
    for row in range(shocks.step.shape[0]):
        if shocks.step[row] == step:
            apply_shock(world, shocks, row)
            n_applied += 1
    if n_applied > 0:
        refresh_affinity(world, params)


@njit(cache=True, inline="always")
def apply_shock(world: World, shocks: Shocks, row: int) -> None:
    """Edit θ, m, c or ℓ as an exogenous shock demands."""
    i, j, value = shocks.sender[row], shocks.target[row], shocks.value[row]
    is_shift = shocks.is_shift[row] == 1
    if shocks.kind[row] == AFFINITY:
        world.theta[i, j] = world.theta[i, j] + value if is_shift else value
    elif shocks.kind[row] == LEVEL:
        world.level[i, j] = world.level[i, j] + value if is_shift else value
    elif shocks.kind[row] == CAPABILITY:
        set_capability(world.capability, i, world.capability[i] + value if is_shift else value)
    else:
        set_tie(world.tie, i, j, int(value))


@njit(cache=True, inline="always")
def set_capability(capability: Vector, i: int, weight: float) -> None:
    """Give a state this weight beside the present shares of the others, and scale all to sum 1 again.

    What would leave nobody any capability changes nothing.
    """
    others = capability.sum() - capability[i]
    if others + max(0.0, weight) > 0.0:
        capability[i] = max(0.0, weight)
        total = capability.sum()
        for state in range(capability.size):
            capability[state] /= total


@njit(cache=True, inline="always")
def gather(
    step: int,
    schedule: Acts,
    n_chosen: int,
    senders: Int[np.ndarray, "A"],
    targets: Int[np.ndarray, "A"],
    kinds: Int[np.ndarray, "A"],
) -> Acts:
    """List this step's acts: the scheduled ones in file order, then the chosen ones."""
    n_scheduled = 0
    for row in range(schedule.step.shape[0]):
        n_scheduled += schedule.step[row] == step
    n = n_scheduled + n_chosen
    whole, strength = np.empty((6, n), np.int64), np.empty(n)
    acts = Acts(whole[0], whole[1], whole[2], whole[3], whole[4], strength, whole[5])
    a = 0
    for row in range(schedule.step.shape[0]):
        if schedule.step[row] == step:
            acts.step[a], acts.sender[a], acts.target[a] = step, schedule.sender[row], schedule.target[row]
            acts.third[a], acts.type[a] = schedule.third[row], schedule.type[row]
            acts.strength[a], acts.id[a] = schedule.strength[row], schedule.id[row]
            a += 1
    for c in range(n_chosen):
        acts.step[a], acts.sender[a], acts.target[a] = step, senders[c], targets[c]
        acts.third[a], acts.type[a], acts.strength[a], acts.id[a] = -1, kinds[c], 1.0, -1
        a += 1
    return acts
