"""The state of one replica's world, and the fixed records that the law reads beside it.

Axes are always sender, target. Square arrays are stored by target (Fortran order): an act moves
what many senders feel for one target, and those numbers lie side by side. Units and ranges,
defined here and nowhere else:

==============  ===============  =======================================================
array           shape, type      meaning, unit, range
==============  ===============  =======================================================
theta           (N, N) float64   θ, real-valued feeling of sender for target; |θ| ≤ theta_max
affinity        (N, N) float64   a = tanh θ in (-1, 1); always in step with `theta`; zero diagonal
level           (N, N) float64   m, the long-run level that θ returns to
capability      (N,) float64     c ≥ 0, Σ c = 1; 0: not there yet, or ended
tie             (N, N) int64     ℓ: 0 none, 1 recognised, 2 relations, 3 resident embassy
commitment      (N, N) float64   C, what sender has publicly stood for toward target, θ scale
memory          (N, N, H) float  warmth of sender's past acts to target, by half-life class, as of the
                                 last step brought up to date: see `sim.dynamics.memory`
==============  ===============  =======================================================
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.compiled.arithmetic import CONTRACT
from sim.compiled.kernels import njit
from sim.dynamics.rules import affinity_of, bounded
from sim.shapes import Float, Int

Square = Float[np.ndarray, "N N"]
Vector = Float[np.ndarray, "N"]


class World(NamedTuple):
    """One replica's world; its arrays are changed in place by the phases of the law."""

    theta: Square
    affinity: Square
    level: Square
    capability: Vector
    tie: Int[np.ndarray, "N N"]
    commitment: Square
    memory: Float[np.ndarray, "N N H"]

    def copy(self) -> World:
        """Copy every array, so that a run leaves the original untouched."""
        return World(*(array.copy(order="K") for array in self))


class ActTypes(NamedTuple):
    """The codebook as arrays over the K act types, as the law reads it."""

    warmth: Float[np.ndarray, "K"]  # μ, θ
    difficulty: Float[np.ndarray, "K"]  # b, θ
    discrimination: Float[np.ndarray, "K"]  # λ, 1/θ
    publicity: Float[np.ndarray, "K"]  # p in [0, 1]
    cost: Float[np.ndarray, "K"]  # utility ≥ 0
    family: Int[np.ndarray, "K"]  # 0 gesture, 1 denial, 2 recognition
    choosable: Int[np.ndarray, "C"]  # indices of the types that states choose among
    tie_lowest: Int[np.ndarray, "K"]  # feasible from this rung …
    tie_highest: Int[np.ndarray, "K"]  # … to this one
    tie_to: Int[np.ndarray, "K"]  # the rung it leads to, or -1 for no change
    half_life_class: Int[np.ndarray, "K"]  # index into half_life
    half_life: Float[np.ndarray, "H"]  # days


class Policies(NamedTuple):
    """`sim.dynamics.params.Policy` of each state, as arrays over the N states."""

    temperature: Vector
    friends_opinion: Vector
    audience_cost: Vector
    reply: Vector
    activity: Vector
    attraction: Vector
    susceptibility: Vector
    vigilance: Vector


class Tables(NamedTuple):
    """What the codebook comes to in steps of one length: worked out once for a run."""

    items: Float[np.ndarray, "7 L"]  # from `sim.dynamics.choose.choice_items`
    fading: Float[np.ndarray, "F H"]  # from `sim.dynamics.memory.fading`


class Acts(NamedTuple):
    """Acts of one step, or of a whole schedule (then `step` differs from row to row)."""

    step: Int[np.ndarray, "A"]
    sender: Int[np.ndarray, "A"]
    target: Int[np.ndarray, "A"]
    third: Int[np.ndarray, "A"]  # -1 for none
    type: Int[np.ndarray, "A"]
    strength: Float[np.ndarray, "A"]  # product of the modifiers
    id: Int[np.ndarray, "A"]  # row of the scenario's list, or -1 when chosen by the sender


class Shocks(NamedTuple):
    """Exogenous dated changes; `kind` 0 affinity (θ), 1 level, 2 capability, 3 tie."""

    step: Int[np.ndarray, "S"]
    kind: Int[np.ndarray, "S"]
    sender: Int[np.ndarray, "S"]
    target: Int[np.ndarray, "S"]  # -1 for capability
    is_shift: Int[np.ndarray, "S"]  # 1: add value; 0: set to value
    value: Float[np.ndarray, "S"]


@njit(cache=True, inline="always")
def in_line(square: Square) -> Float[np.ndarray, "N*N"]:
    """Dyads of a square array one after the other, target by target: a view, in which a loop runs fastest."""
    return square.T.ravel()


@njit(cache=True, error_model="numpy", fastmath=CONTRACT)
def refresh_affinity(world: World, params: Any) -> None:
    """Hold every θ within its bound and bring the affinities in step; the diagonal is 0 without self-affinity."""
    theta, affinity = in_line(world.theta), in_line(world.affinity)
    if not params.has_self:
        for j in range(world.theta.shape[0]):
            world.theta[j, j] = 0.0
    for dyad in range(theta.size):
        theta[dyad] = bounded(theta[dyad], params)
        affinity[dyad] = affinity_of(theta[dyad], params)


def blank_world(n_states: int, n_half_lives: int) -> World:
    """Build the indifferent world: every θ, level, tie, commitment and memory 0, capability equal."""
    square = (n_states, n_states)
    return World(
        theta=np.zeros(square, order="F"),
        affinity=np.zeros(square, order="F"),
        level=np.zeros(square, order="F"),
        capability=np.full(n_states, 1.0 / n_states),
        tie=np.zeros(square, np.int64, order="F"),
        commitment=np.zeros(square, order="F"),
        memory=np.zeros((*square, n_half_lives)),
    )


def no_acts() -> Acts:
    """Build a schedule in which nobody does anything."""
    whole = np.zeros(0, np.int64)
    return Acts(whole, whole, whole, whole, whole, np.zeros(0), whole)


def no_shocks() -> Shocks:
    """Build a schedule without shocks."""
    whole = np.zeros(0, np.int64)
    return Shocks(whole, whole, whole, whole, whole, np.zeros(0))
