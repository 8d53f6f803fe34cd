"""Where the time of a replica-step goes: each phase of the law and each measure timed alone."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from threadpoolctl import threadpool_limits

from benchmarks.case import RESOLUTION, synthetic
from benchmarks.floor import best
from sim.dynamics.choose import choose_types, draw_occasions
from sim.dynamics.drift import drift, weigh
from sim.dynamics.memory import share_left
from sim.dynamics.respond import respond
from sim.dynamics.scheduled import gather
from sim.dynamics.step import advance
from sim.experiment.replica import blank_record, measure, prove

CALLS, WARM_UP = 50, 100


@functools.cache
def _repeated(phase: Callable[..., Any], n_given: int) -> Callable[..., Any]:
    """Compile a phase with a loop around it, so that no call from Python is timed."""
    given = ", ".join(f"a{k}" for k in range(n_given))
    space = {"phase": phase}
    exec(
        f"def often(n, {given}):\n    for _ in range(n):\n        phase({given})", space
    )  # inlining knows no *args
    return njit(error_model="numpy")(space["often"])


def _phases(n: int) -> dict[str, tuple[Callable[..., Any], tuple[Any, ...]]]:
    """Each phase with what it is given, in a world that has lived for a while."""
    setup = synthetic(n, WARM_UP + 1)
    world, types, schedule = setup.initial_world(0), setup.types(0), setup.schedule(0)
    policies, params, days = setup.policies, setup.params, 7.0
    chance = setup.chance(0)
    tables = setup.tables(0)
    share = share_left(tables.fading, WARM_UP)
    for step in range(1, WARM_UP):
        advance(world, step, days, schedule, setup.shocks, types, tables, policies, params, chance)
    weighted = weigh(world.affinity, world.capability)
    found = draw_occasions(world, days, policies, params, chance)
    choosing = (world, weighted, *found, share, types.choosable, tables.items, policies)
    kinds = choose_types(*choosing)
    acting = np.flatnonzero(kinds >= 0)
    acts = gather(WARM_UP, schedule, acting.size, found[1][acting], found[2][acting], kinds[acting])
    record = blank_record(1, 1, 3, setup.poles.shape[0], n)
    prove(world.affinity, 0, 0, setup.poles, RESOLUTION, record)
    return {
        "weigh affinities": (weigh, (world.affinity, world.capability)),
        "draw occasions": (draw_occasions, (world, days, policies, params, chance)),
        "choose": (choose_types, choosing),
        "respond": (respond, (world.copy(), acts, share, types, policies, params)),
        "drift, noise and squashing": (drift, (world.copy(), weighted, days, params, chance)),
        "measures of every step": (measure, (world, 0, 0, -1, setup.poles, RESOLUTION, record)),
        "blocs and what is saved, a tenth": (measure, (world, 0, 0, 1, setup.poles, RESOLUTION, record)),
    }  # fmt: skip


def breakdown(sizes: tuple[int, ...]) -> dict[str, dict[str, float]]:
    """Microseconds of each phase, by N."""
    found: dict[str, dict[str, float]] = {}
    with threadpool_limits(1):
        for n in sizes:
            for name, (phase, given) in _phases(n).items():
                often = _repeated(phase, len(given))
                seconds = best(lambda often=often, given=given: often(CALLS, *given), 10) / CALLS
                share = 0.1 if name.endswith("tenth") else 1.0
                found.setdefault(name, {})[str(n)] = round(1e6 * share * seconds, 2)
    return found
