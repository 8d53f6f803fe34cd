"""One step of the law, composed of its phases, in this order.

1. **Scheduled** (`sim.dynamics.scheduled`): memories are brought up to date when it is time; the scenario's shocks of
   this step edit the world; its dated acts are listed.
2. **Choose** (`sim.dynamics.choose`): states that find an occasion choose an act, or nothing, all at once.
3. **Respond** (`sim.dynamics.respond`): each act, scheduled ones first, moves target, observers, public line and tie.
4. **Drift** (`sim.dynamics.drift`): return to the long-run level, reciprocity, structural balance.
5. **Noise**: what nobody can explain; done with the drift in one pass over the dyads.

What an act or a day does to one dyad stands in `sim.dynamics.rules`, which belief applies too. Both faces of the law
call these functions: compiled runs through `advance`, the Mesa model phase by phase.
"""

from __future__ import annotations

from collections import namedtuple
from dataclasses import fields
from typing import Any

from sim.compiled.kernels import njit
from sim.dynamics.chance import Chance
from sim.dynamics.choose import choice_items, choose
from sim.dynamics.drift import drift, weigh
from sim.dynamics.memory import fading, forget
from sim.dynamics.params import Params
from sim.dynamics.respond import respond
from sim.dynamics.scheduled import apply_shocks, gather
from sim.dynamics.world import Acts, ActTypes, Policies, Shocks, Tables, World

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
