"""Many replicas on threads, handed on in order and in bounded memory, each beside its counterfactuals."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from sim.dynamics.world import World
from sim.experiment.replica import Record, blank_record, prove, simulate_replica
from sim.scenario.setup import Setup
from sim.shapes import Float, Int, Int32

CHUNK = 8  # replicas at most; changes speed and memory, never a number
CHUNK_BYTES = 2**21  # of affinities, unless one replica has more


@dataclass(frozen=True)
class Plan:
    """Which steps of a run are saved in full.

    Attributes
    ----------
    saved
        The saved steps, in order; 0 and the last are always among them.
    row
        For every step from 0, its place in `saved`, or -1.
    """

    saved: Int[np.ndarray, "S"]
    row: Int[np.ndarray, "T"]


def plan(n_steps: int, every: int, also: set[int]) -> Plan:
    """Lay out the saved steps: one in `every`, the last, and those that someone asks about."""
    saved = np.array(sorted({*range(0, n_steps + 1, every), n_steps, *also}), np.int64)
    row = np.full(n_steps + 1, -1, np.int64)
    row[saved] = np.arange(saved.size)
    return Plan(saved, row)


@dataclass(frozen=True)
class Chunk:
    """Consecutive replicas: what was recorded, and every act with its replica first."""

    first: int
    record: Record
    acts: Int32[np.ndarray, "A 7"]
    warmth: Float[np.ndarray, "A"]


Log = tuple[Int[np.ndarray, "A 6"], Float[np.ndarray, "A"]]

Face = Callable[..., Log]
"""A way to run the law, with the arguments of `compiled`; gives the acts and their warmth."""


def compiled(setup: Setup, layout: Plan, replica: int, row: int, record: Record, copied: int = 0) -> Log:
    """Run one replica, or a further stochastic copy of its draw, all steps inside a single compiled call."""
    world, resolution = setup.initial_world(replica), setup.scenario.resolution
    prove(world.affinity, row, 0, setup.poles, resolution, record)
    log = simulate(setup, world, layout.row, replica, row, record, copied)
    if layout.row[-1] == layout.saved.size - 1:
        prove(world.affinity, row, layout.row[-1], setup.poles, resolution, record)
    return log


def simulate(
    setup: Setup, world: World, saved_row: Int[np.ndarray, "T"], replica: int, row: int, record: Record,
    copied: int = 0,
) -> Log:  # fmt: skip
    """Call the law for one replica's world, which changes in place."""
    return simulate_replica(
        world, setup.schedule(replica), setup.shocks, setup.types(replica), setup.tables(replica),
        setup.policies, setup.params, float(setup.scenario.step_days), saved_row, setup.poles,
        setup.scenario.resolution, setup.chance(replica, copied), row, record,
    )  # fmt: skip


def simulate_chunk(setup: Setup, layout: Plan, first: int, n_replicas: int, face: Face = compiled) -> Chunk:
    """Run consecutive replicas one after the other."""
    scenario = setup.scenario
    record = blank_record(
        n_replicas, scenario.steps, layout.saved.size, setup.poles.shape[0], len(setup.states)
    )
    logs, warmths = [], []
    for r in range(n_replicas):
        log, warmth = face(setup, layout, first + r, r, record)
        logs.append(_of_replica(first + r, log))
        warmths.append(warmth)
    return Chunk(first, record, np.concatenate(logs), np.concatenate(warmths))


def _of_replica(replica: int, log: Int[np.ndarray, "A 6"]) -> Int32[np.ndarray, "A 7"]:
    """Write the replica before each act, all in half the memory."""
    return np.concatenate([np.full((len(log), 1), replica), log], axis=1, dtype=np.int32, casting="same_kind")


def simulate_ensemble(
    setups: list[Setup], layout: Plan, n_replicas: int, n_workers: int | None = None
) -> Iterator[list[Chunk]]:
    """Run every replica of several setups that share their chance; yields chunks in replica order.

    Only a few chunks are in memory at a time, however many replicas there are.

    Parameters
    ----------
    setups
        The scenario and its counterfactuals.
    layout
        The saved steps.
    n_replicas
        R; the scenario's own number is not looked at.
    n_workers
        Threads; as many as processors by default. No number depends on it.

    Yields
    ------
    chunks
        For the next replicas, one chunk for each setup.
    """
    n_workers = n_workers or os.cpu_count() or 1

    def run(first: int, n: int) -> list[Chunk]:
        return [simulate_chunk(setup, layout, first, n) for setup in setups]

    with threadpool_limits(1), ThreadPoolExecutor(n_workers) as pool:
        yield from in_order(pool, run, pieces(setups[0], layout, len(setups), n_replicas), n_workers)


def pieces(setup: Setup, layout: Plan, n_setups: int, n_replicas: int) -> Iterator[tuple[int, int]]:
    """Cut an ensemble into chunks: the first replica of each, and how many there are."""
    each = n_setups * layout.saved.size * len(setup.states) ** 2 * 8
    size = min(CHUNK, max(1, CHUNK_BYTES // each))
    for first in range(0, n_replicas, size):
        yield first, min(size, n_replicas - first)


def in_order(
    pool: Executor, run: Callable[[int, int], list[Chunk]], chunks: Iterable[tuple[int, int]], n_workers: int
) -> Iterator[list[Chunk]]:
    """Let a pool run chunks of replicas, a few ahead at a time, and hand them on in order."""
    waiting: deque[Future[list[Chunk]]] = deque()
    try:
        for first, n in chunks:
            waiting.append(pool.submit(run, first, n))
            if len(waiting) > 2 * n_workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for left in waiting:
            left.cancel()
