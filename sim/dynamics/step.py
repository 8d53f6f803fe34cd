"""One step of the law, composed of its phases, in this order.

1. **Scheduled**: memories are brought up to date when it is time; the scenario's shocks of this step
   edit the world; its dated acts are listed.
2. **Choose**: states that find an occasion choose an act, or nothing, all at once.
3. **Respond**: each act, scheduled ones first, moves target, observers, public line and tie.
4. **Drift**: return to the long-run level, reciprocity, structural balance.
5. **Noise**: what nobody can explain; done with the drift in one pass over the dyads.

Both faces of the law call these functions: compiled runs through `advance`, the Mesa model phase
by phase.
"""

from __future__ import annotations

from collections import namedtuple
from dataclasses import fields
from typing import Any

import numpy as np

from sim.compiled.borrowed import borrowed
from sim.compiled.kernels import njit
from sim.dynamics.chance import Chance
from sim.dynamics.choose import choice_items, choose_types, draw_occasions
from sim.dynamics.drift import drift, weigh
from sim.dynamics.params import Params
from sim.dynamics.respond import apply_shock, forget, respond
from sim.dynamics.world import (
    Acts,
    ActTypes,
    Policies,
    Shocks,
    Square,
    Tables,
    Vector,
    World,
    fading,
    refresh_affinity,
)
from sim.shapes import Float, Int

_NUMBERS = [f.name for f in fields(Params) if "low" in f.metadata]
KernelParams = namedtuple("KernelParams", [*_NUMBERS, "is_linear", "is_squared", "has_self"])  # type: ignore[misc]


def kernel_params(params: Params) -> Any:
    """Turn the coefficients into the tuple of numbers and flags that compiled code reads."""
    numbers = [float(getattr(params, name)) for name in _NUMBERS]
    flags = (params.squash == "linear", params.balance_form == "X2", params.self_affinity)
    return KernelParams._make((*numbers, *flags))


def law_tables(types: ActTypes, step_days: float) -> Tables:
    """Work out what the codebook comes to in steps of this length, in days."""
    return Tables(choice_items(types), fading(step_days, types.half_life))


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


@njit(cache=True, error_model="numpy")
def choose(
    world: World, weighted: Square, share: Vector, step_days: float, choosable: Int[np.ndarray, "C"],
    items: Float[np.ndarray, "7 C"], policies: Policies, params: Any, chance: Chance,
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


@njit(cache=True, error_model="numpy", inline="always")
def advance(
    world: World,
    step: int,
    step_days: float,
    schedule: Acts,
    shocks: Shocks,
    types: ActTypes,
    tables: Tables,
    policies: Policies,
    params: Any,
    chance: Chance,
) -> Acts:
    """Advance one world by one step, in place, and return the acts of the step.

    Parameters
    ----------
    world
        Changed in place.
    step
        Number of this step, from 1.
    step_days
        Δ, days.
    schedule, shocks
        All of the run's dated acts and shocks; those of this step are taken.
    types, tables, policies, params
        The codebook and what `law_tables` makes of it, the states' policies, and the coefficients from
        `kernel_params`.
    chance
        The replica's streams, and the keys of its dyads.
    """
    share = forget(world, step, tables.fading)
    if shocks.step.size > 0:
        apply_shocks(world, step, shocks, params)
    weighted = weigh(world.affinity, world.capability)
    n, senders, targets, kinds = choose(
        world, weighted, share, step_days, types.choosable, tables.items, policies, params, chance
    )
    acts = gather(step, schedule, n, senders, targets, kinds)
    respond(world, acts, share, types, policies, params)
    drift(world, weighted, step_days, params, chance)
    return acts
