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
from sim.outcomes.catalogue import CATALOGUE, Moment, SavedMoment, filler, of_kind
from sim.outcomes.measures import mutual_affinity
from sim.shapes import Bool, Float, Int, Int32
from sim.signals.codebook import FAMILIES

_fill_steps, _fill_saved = filler(of_kind("steps")), filler(of_kind("saved"))
_fill_states, _fill_poles = filler(of_kind("states")), filler(of_kind("poles"))


class Record(NamedTuple):
    """What is recorded of R replicas; step 0 is the start.

    Attributes
    ----------
    steps, saved, states, poles
        Measures of the catalogue, by kind: numbers of the world at every step and at the saved steps, and at these
        also numbers of each state, and of each state toward each pole. `of` finds one by its name.
    bloc
        Bloc of each state at the saved steps: the smallest index among its members.
    is_proven
        Whether the blocs of the start and those of the end are proven best.
    affinity
        Every affinity at the saved steps.
    families, courtship
        While a replica runs: its acts of the step by family, and the warmth that each state has received by warm acts.
    """

    steps: Float[np.ndarray, "R T K"]
    saved: Float[np.ndarray, "R S K"]
    states: Float[np.ndarray, "R S K N"]
    poles: Float[np.ndarray, "R S K P N"]
    bloc: Int[np.ndarray, "R S N"]
    is_proven: Bool[np.ndarray, "R 2"]
    affinity: Float[np.ndarray, "R S N N"]
    families: Int[np.ndarray, "R 3"]
    courtship: Float[np.ndarray, "R N"]

    def of(self, name: str) -> Float[np.ndarray, "R S ..."]:
        """Values of a measure: replicas first, then the steps at which it is measured, then pole and state."""
        [kind] = [measure.kind for measure in CATALOGUE if measure.name == name]
        place = [measure.name for measure in of_kind(kind)].index(name)
        values: Float[np.ndarray, "R S ..."] = getattr(self, kind)[:, :, place]
        return values


def blank_record(n_replicas: int, n_steps: int, n_saved: int, n_poles: int, n_states: int) -> Record:
    """Make room for what is recorded of some replicas."""
    saved = (n_replicas, n_saved)
    return Record(
        steps=np.zeros((n_replicas, n_steps + 1, len(of_kind("steps")))),
        saved=np.zeros((*saved, len(of_kind("saved")))),
        states=np.zeros((*saved, len(of_kind("states")), n_states)),
        poles=np.zeros((*saved, len(of_kind("poles")), n_poles, n_states)),
        bloc=np.zeros((*saved, n_states), np.int64),
        is_proven=np.zeros((n_replicas, 2), np.bool_),
        affinity=np.zeros((*saved, n_states, n_states)),
        families=np.zeros((n_replicas, len(FAMILIES)), np.int64),
        courtship=np.zeros((n_replicas, n_states)),
    )


@njit(cache=True)
def save(
    affinity: Square, W: Square, labels: Int[np.ndarray, "N"], r: int, saved: int,
    poles: Bool[np.ndarray, "P N"], record: Record,
) -> None:  # fmt: skip
    """Write a saved step into its row of the record."""
    for i in range(labels.size):
        record.bloc[r, saved, i] = labels[i]
        for j in range(labels.size):
            record.affinity[r, saved, i, j] = affinity[i, j]
    now = SavedMoment(affinity, W, labels, record.courtship[r], poles)
    _fill_saved(now, record.saved[r, saved])
    _fill_states(now, record.states[r, saved])
    _fill_poles(now, record.poles[r, saved])


def prove(
    affinity: Square, r: int, saved: int, poles: Bool[np.ndarray, "P N"], resolution: float, record: Record
) -> None:
    """Write the start (row 0 of the saved steps) or the end (the last) into the record, blocs by proof if to be had."""
    W = mutual_affinity(affinity)
    labels, record.is_proven[r, min(saved, 1)] = likely_best_blocs(W, resolution)
    save(affinity, W, labels, r, saved, poles, record)


@njit(cache=True, inline="always")
def count(acts: Acts, types: ActTypes, r: int, record: Record) -> None:
    """Count a step's acts in the record: by family, and as courtship of those whom they warm."""
    for family in range(record.families.shape[1]):
        record.families[r, family] = 0
    for row in range(acts.type.size):
        kind = acts.type[row]
        record.families[r, types.family[kind]] += 1
        record.courtship[r, acts.target[row]] += max(types.warmth[kind] * acts.strength[row], 0.0)


@njit(cache=True, inline="always")
def measure(
    world: World, r: int, step: int, saved: int, poles: Bool[np.ndarray, "P N"], resolution: float,
    record: Record,
) -> None:  # fmt: skip
    """Write the measures of a step into the record; `saved` is its row among the saved steps, or -1.

    Blocs are carried on from the saved step before. Those of the start and the end are left to `prove`.
    """
    _fill_steps(Moment(world.affinity, record.families[r]), record.steps[r, step])
    if 0 < saved < record.bloc.shape[1] - 1:
        W = mutual_affinity(world.affinity)
        labels = carried_on(W, resolution, record.bloc[r, saved - 1])
        save(world.affinity, W, labels, r, saved, poles, record)


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
    world, schedule, shocks, types, tables, policies = borrowed(
        (world, schedule, shocks, types, tables, policies)
    )
    saved_row, poles, chance, record = borrowed((saved_row, poles, chance, record))
    log, warmth, n = np.empty((64, 6), np.int32), np.empty(64), 0
    for step in range(saved_row.size):
        if step > 0:
            acts = advance(world, step, step_days, schedule, shocks, types, tables, policies, params, chance)
            count(acts, types, r, record)
            log, warmth, n = _log(log, warmth, n, acts, types)
        measure(world, r, step, saved_row[step], poles, resolution, record)
    return log[:n], warmth[:n]
