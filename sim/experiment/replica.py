"""One replica from start to end inside a single compiled call, measured on the way."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.compiled.borrowed import borrowed
from sim.compiled.kernels import njit
from sim.dynamics.chance import Chance
from sim.dynamics.step import advance
from sim.dynamics.world import Acts, ActTypes, Policies, Shocks, Square, Tables, World
from sim.outcomes.blocs.exact import likely_best_blocs
from sim.outcomes.blocs.local import carried_on
from sim.outcomes.measures import (
    alignment,
    balanced_triangles,
    frustration,
    modularity,
    pair_measures,
    symmetric_ties,
)
from sim.shapes import Bool, Float, Int, Int32

STEP_METRICS = ("mean_affinity", "asymmetry", "polarisation", "gestures", "denials", "recognitions")
SAVED_METRICS = ("n_blocs", "frustration", "balanced_triangles", "modularity")


class Record(NamedTuple):
    """What is recorded of R replicas; step 0 is the start.

    Attributes
    ----------
    metrics
        `STEP_METRICS` at every step.
    saved
        `SAVED_METRICS` at the saved steps.
    bloc
        Bloc of each state at the saved steps: the smallest index among its members.
    is_proven
        Whether the blocs of the start and those of the end are proven best.
    alignment, affinity
        Alignment of each state with each pole, and every affinity, at the saved steps.
    """

    metrics: Float[np.ndarray, "R T 6"]
    saved: Float[np.ndarray, "R S 4"]
    bloc: Int[np.ndarray, "R S N"]
    is_proven: Bool[np.ndarray, "R 2"]
    alignment: Float[np.ndarray, "R S P N"]
    affinity: Float[np.ndarray, "R S N N"]


def blank_record(n_replicas: int, n_steps: int, n_saved: int, n_poles: int, n_states: int) -> Record:
    """Make room for what is recorded of some replicas."""
    return Record(
        metrics=np.zeros((n_replicas, n_steps + 1, len(STEP_METRICS))),
        saved=np.zeros((n_replicas, n_saved, len(SAVED_METRICS))),
        bloc=np.zeros((n_replicas, n_saved, n_states), np.int64),
        is_proven=np.zeros((n_replicas, 2), np.bool_),
        alignment=np.zeros((n_replicas, n_saved, n_poles, n_states)),
        affinity=np.zeros((n_replicas, n_saved, n_states, n_states)),
    )


@njit(cache=True)
def save(
    affinity: Square, ties: Square, labels: Int[np.ndarray, "N"], r: int, saved: int,
    poles: Bool[np.ndarray, "P N"], record: Record,
) -> None:  # fmt: skip
    """Write what is kept of a saved step into its row of the record."""
    for i in range(labels.size):
        record.bloc[r, saved, i] = labels[i]
        record.saved[r, saved, 0] += labels[i] == i
        for j in range(labels.size):
            record.affinity[r, saved, i, j] = affinity[i, j]
    record.saved[r, saved, 1] = frustration(ties, labels)
    record.saved[r, saved, 2] = balanced_triangles(ties)
    record.saved[r, saved, 3] = modularity(ties, labels)
    for p in range(poles.shape[0]):
        close = alignment(affinity, poles[p])
        for i in range(close.size):
            record.alignment[r, saved, p, i] = close[i]


def prove(
    affinity: Square, r: int, saved: int, poles: Bool[np.ndarray, "P N"], resolution: float, record: Record
) -> None:
    """Write the start (row 0 of the saved steps) or the end (the last) into the record, blocs by proof if to be had."""
    ties = symmetric_ties(affinity)
    labels, record.is_proven[r, min(saved, 1)] = likely_best_blocs(ties, resolution)
    save(affinity, ties, labels, r, saved, poles, record)


@njit(cache=True, inline="always")
def measure(
    world: World, r: int, step: int, saved: int, poles: Bool[np.ndarray, "P N"], resolution: float,
    record: Record,
) -> None:  # fmt: skip
    """Write the measures of a step into the record; `saved` is its row among the saved steps, or -1.

    Blocs are carried on from the saved step before. Those of the start and the end are left to `prove`.
    """
    mean, apart, sorted_out = pair_measures(world.affinity)
    metrics = record.metrics
    metrics[r, step, 0], metrics[r, step, 1], metrics[r, step, 2] = mean, apart, sorted_out
    if 0 < saved < record.bloc.shape[1] - 1:
        ties = symmetric_ties(world.affinity)
        labels = carried_on(ties, resolution, record.bloc[r, saved - 1])
        save(world.affinity, ties, labels, r, saved, poles, record)


@njit(cache=True, inline="always")
def _log(
    log: Int32[np.ndarray, "L 6"], warmth: Float[np.ndarray, "L"], n: int, acts: Acts, types: ActTypes
) -> Any:
    """Append the acts of a step to the log, making it longer as needed."""
    n_new = acts.sender.size
    if n + n_new > log.shape[0]:
        longer, more_warmth = np.empty((2 * (n + n_new), log.shape[1]), np.int32), np.empty(2 * (n + n_new))
        for row in range(n):
            more_warmth[row] = warmth[row]
            for column in range(log.shape[1]):
                longer[row, column] = log[row, column]
        log, warmth = longer, more_warmth
    for row in range(n_new):
        log[n + row, 0] = acts.step[row]
        log[n + row, 1] = acts.sender[row]
        log[n + row, 2] = acts.target[row]
        log[n + row, 3] = acts.third[row]
        log[n + row, 4] = acts.type[row]
        log[n + row, 5] = acts.id[row]
        warmth[n + row] = types.warmth[acts.type[row]] * acts.strength[row]
    return log, warmth, n + n_new


@njit(cache=True, nogil=True, error_model="numpy")
def simulate_replica(
    world: World, schedule: Acts, shocks: Shocks, types: ActTypes, tables: Tables, policies: Policies,
    params: Any, step_days: float, saved_row: Int[np.ndarray, "T"], poles: Bool[np.ndarray, "P N"],
    resolution: float, chance: Chance, r: int, record: Record,
) -> tuple[Int32[np.ndarray, "A 6"], Float[np.ndarray, "A"]]:  # fmt: skip
    """Run one replica to its horizon and record it in row r, where `prove` has written its start.

    Parameters
    ----------
    world … chance
        As for `sim.dynamics.step.advance`.
    saved_row
        For step 0 and every later one, its row among the saved steps, or -1.

    Returns
    -------
    log, warmth
        Every act: step, sender, target, third, type, schedule row; and its warmth.
    """
    given = borrowed((world, schedule, shocks, types, tables, policies))
    world, schedule, shocks, types, tables, policies = given
    saved_row, poles, chance, record = borrowed((saved_row, poles, chance, record))
    log, warmth, n = np.empty((64, 6), np.int32), np.empty(64), 0
    for step in range(saved_row.size):
        if step > 0:
            acts = advance(world, step, step_days, schedule, shocks, types, tables, policies, params, chance)
            for row in range(acts.type.size):
                record.metrics[r, step, 3 + types.family[acts.type[row]]] += 1.0
            log, warmth, n = _log(log, warmth, n, acts, types)
        measure(world, r, step, saved_row[step], poles, resolution, record)
    return log[:n], warmth[:n]
