"""One step of the law, composed of its phases, in this order.

1. **Scheduled**: the scenario's shocks of this step edit the world; its dated acts are listed.
2. **Choose**: states that find an occasion choose an act, or nothing, all at once.
3. **Respond**: each act, scheduled ones first, moves target, observers, public line and tie.
4. **Drift**: return to the long-run level, reciprocity, structural balance.
5. **Noise**: what nobody can explain.

Both faces of the law call these functions: compiled runs through `advance`, the Mesa model phase
by phase.
"""

from __future__ import annotations

from collections import namedtuple
from dataclasses import fields
from typing import Any

import numpy as np
from jaxtyping import Int
from numba import njit

from sim.dynamics.choose import acceptance, choice_items, choose_type, draw_candidates
from sim.dynamics.drift import add_noise, drift, weigh
from sim.dynamics.params import Params
from sim.dynamics.respond import apply_shock, respond
from sim.dynamics.world import Acts, ActTypes, Policies, Shocks, Square, World, refresh_affinity

_NUMBERS = [f.name for f in fields(Params) if "low" in f.metadata]
KernelParams = namedtuple("KernelParams", [*_NUMBERS, "is_linear", "is_squared", "has_self"])  # type: ignore[misc]


def kernel_params(params: Params) -> Any:
    """Turn the coefficients into the tuple of numbers and flags that compiled code reads."""
    numbers = [float(getattr(params, name)) for name in _NUMBERS]
    flags = (params.squash == "linear", params.balance_form == "X2", params.self_affinity)
    return KernelParams._make((*numbers, *flags))


@njit(cache=True)
def apply_shocks(world: World, step: int, shocks: Shocks, params: Any) -> None:
    """Apply this step's shocks in file order, and bring the affinities in step."""
    n_applied = 0
    for row in range(shocks.step.shape[0]):
        if shocks.step[row] == step:
            apply_shock(world, shocks, row)
            n_applied += 1
    if n_applied > 0:
        refresh_affinity(world, params)


@njit(cache=True)
def choose(
    world: World, weighted: Square, step: int, step_days: float, types: ActTypes, policies: Policies,
    params: Any, rng: np.random.Generator,
) -> tuple[Int[np.ndarray, "A"], Int[np.ndarray, "A"], Int[np.ndarray, "A"]]:  # fmt: skip
    """Let every state that finds an occasion choose; returns sender, target and type of each act.

    All choose on the world as it stands, before anyone's act of this step has had its effect.
    """
    n_states = world.theta.shape[0]
    expected = params.occasion_bound * step_days * n_states * (n_states - 1)
    senders, targets, uniforms = draw_candidates(n_states, expected, rng)
    items = choice_items(types)
    kinds = np.empty(senders.shape[0], np.int64)
    n = 0
    for c in range(senders.shape[0]):
        i, j = senders[c], targets[c]
        chance = acceptance(
            world.theta[i, j], policies.activity[i], policies.attraction[j], params.activity_slope,
            params.occasion_bound,
        )  # fmt: skip
        if uniforms[c] < chance:
            uniform = uniforms[c] / chance
            k = choose_type(world, weighted, items, i, j, uniform, step, step_days, types, policies)
            if k >= 0:
                senders[n], targets[n], kinds[n] = i, j, k
                n += 1
    return senders[:n], targets[:n], kinds[:n]


@njit(cache=True)
def gather(
    step: int,
    schedule: Acts,
    senders: Int[np.ndarray, "A"],
    targets: Int[np.ndarray, "A"],
    kinds: Int[np.ndarray, "A"],
) -> Acts:
    """List this step's acts: the scheduled ones in file order, then the chosen ones."""
    rows = np.flatnonzero(schedule.step == step)
    n = rows.shape[0] + senders.shape[0]
    split = rows.shape[0]
    acts = Acts(
        np.full(n, step),
        np.empty(n, np.int64),
        np.empty(n, np.int64),
        np.full(n, -1),
        np.empty(n, np.int64),
        np.ones(n),
        np.full(n, -1),
    )
    acts.sender[:split], acts.sender[split:] = schedule.sender[rows], senders
    acts.target[:split], acts.target[split:] = schedule.target[rows], targets
    acts.type[:split], acts.type[split:] = schedule.type[rows], kinds
    acts.third[:split] = schedule.third[rows]
    acts.strength[:split] = schedule.strength[rows]
    acts.id[:split] = schedule.id[rows]
    return acts


@njit(cache=True)
def respond_all(
    world: World, acts: Acts, step: int, step_days: float, types: ActTypes, policies: Policies, params: Any
) -> None:
    """Let the acts of one step have their effects, one after the other."""
    for row in range(acts.sender.shape[0]):
        respond(world, acts, row, step, step_days, types, policies, params)


@njit(cache=True)
def advance(
    world: World,
    step: int,
    step_days: float,
    schedule: Acts,
    shocks: Shocks,
    types: ActTypes,
    policies: Policies,
    params: Any,
    occasions: np.random.Generator,
    noise: np.random.Generator,
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
    types, policies, params
        The codebook, the states' policies, and the coefficients from `kernel_params`.
    occasions, noise
        The replica's streams of chance.
    """
    apply_shocks(world, step, shocks, params)
    weighted = weigh(world.affinity, world.capability)
    senders, targets, kinds = choose(world, weighted, step, step_days, types, policies, params, occasions)
    acts = gather(step, schedule, senders, targets, kinds)
    respond_all(world, acts, step, step_days, types, policies, params)
    drift(world, weighted, step_days, params)
    add_noise(world, step_days, params, noise)
    return acts
