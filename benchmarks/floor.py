"""The machine's floor for one replica-step, and the law beside it, in one process."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numba import njit
from threadpoolctl import threadpool_limits

from benchmarks.case import synthetic
from sim.dynamics.chance import Purpose, stream
from sim.experiment.ensemble import Plan, pieces, plan, simulate_chunk
from sim.scenario.setup import Setup


@njit
def _normals(n: int, rng: np.random.Generator) -> float:
    total = 0.0
    for _ in range(n):
        total += rng.standard_normal()
    return total


def best(call: Callable[[], object], repeats: int) -> float:
    """Shortest of several timings, in seconds: the one least disturbed."""
    call()
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return min(times)


def floor_seconds(n: int, repeats: int) -> float:
    """N (N - 1) normals, one float64 product of size N and one tanh pass."""
    rng = stream(0, 0, Purpose.NOISE)
    a = np.random.default_rng(0).standard_normal((n, n))
    out = np.empty_like(a)
    inner = max(1, 20_000 // (n * n))

    def often(call: Callable[[], object]) -> Callable[[], object]:
        return lambda: [call() for _ in range(inner)]

    normals = best(lambda: _normals(inner * n * (n - 1), rng), repeats) / inner
    product = best(often(lambda: np.dot(a, a, out=out)), repeats) / inner
    squashed = best(often(lambda: np.tanh(a, out=out)), repeats) / inner
    return normals + product + squashed


def open_ended(steps: int) -> Plan:
    """Save every tenth step, with room for one more, so that the blocs of the last are not proven as an end's are."""
    layout = plan(steps, 10, set())
    return replace(layout, saved=np.append(layout.saved, steps + 10))


def run_seconds(setup: Setup, layout: Plan, replica: int) -> float:
    """One replica of a recorded run: measures every step, blocs every tenth."""
    begun = time.perf_counter()
    simulate_chunk(setup, layout, replica, 1)
    return time.perf_counter() - begun


def fraction_of_floor(
    sizes: tuple[int, ...], steps: int, n_rounds: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Floor over law, by N: of a whole run, and of a step, by the difference of a run and one of ten steps.

    Floor and law are timed in turn, round by round, with one BLAS thread, after a chunk as an ensemble begins with it,
    which leaves the process's memory as further chunks find it. Of the floor and of each replica the shortest time is
    taken, as other work on the machine only ever adds to it; of the replicas the mean, as some have more blocs to
    look for.
    """
    whole, step = {}, {}
    with threadpool_limits(1):
        for n in sizes:
            layouts = (plan(steps, 10, set()), open_ended(steps), open_ended(10))
            cases = [(synthetic(n, layout.row.size - 1), layout) for layout in layouts]
            simulate_chunk(*cases[0], *next(pieces(*cases[0], 1, steps)))
            replicas, floor, runs = range(max(2, 16_000 // n**2)), [], []
            for _ in range(n_rounds):
                floor.append(floor_seconds(n, 10))
                runs.append([[run_seconds(*case, r) for case in cases] for r in replicas])
            all_of_it, long, short = np.min(runs, axis=0).mean(axis=0)
            whole[str(n)] = round(float(min(floor) * steps / all_of_it), 3)
            step[str(n)] = round(float(min(floor) * (steps - 10) / max(1e-9, long - short)), 3)
    return whole, step
