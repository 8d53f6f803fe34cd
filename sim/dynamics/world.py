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
capability      (N,) float64     c ≥ 0, Σ c = 1
tie             (N, N) int64     ℓ: 0 none, 1 recognised, 2 relations, 3 resident embassy
commitment      (N, N) float64   C, what sender has publicly stood for toward target, θ scale
memory          (N, N, H) float  warmth of sender's recent acts to target, by half-life class,
                                 as it stood at step `touched`
touched         (N, N) int64     step of the last change of `memory`
==============  ===============  =======================================================
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from numba import njit

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
    touched: Int[np.ndarray, "N N"]

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


LOG2_E = 1.4426950408889634
LN_2 = 0.6931471805599453


@njit(cache=True, error_model="numpy", inline="always")
def exponential(x: float) -> float:
    """Exponential of x, in a form that compilers vectorise; x is held to [-700, 700].

    Range reduction by powers of two and a polynomial of degree 13 on |r| ≤ ln 2 / 2; the relative
    error is below 4e-16.
    """
    scaled = min(700.0, max(-700.0, x)) * LOG2_E
    whole = np.floor(scaled + 0.5)
    r = (scaled - whole) * LN_2
    p = 1 / 39916800 + r * (1 / 479001600 + r / 6227020800)
    p = 1 / 40320 + r * (1 / 362880 + r * (1 / 3628800 + r * p))
    p = 1 / 120 + r * (1 / 720 + r * (1 / 5040 + r * p))
    p = 1.0 + r * (1.0 + r * (0.5 + r * (1 / 6 + r * (1 / 24 + r * p))))
    return p * np.int64((np.int64(whole) + 1023) << 52).view(np.float64)


@njit(cache=True, error_model="numpy", inline="always")
def squash(theta: float) -> float:
    """Affinity of a feeling, a = tanh θ, in a form that compilers vectorise.

    tanh θ = sgn θ (1 - e) / (1 + e) with e = exp(-2|θ|); odd, |a| ≤ 1, absolute error below 4e-16.
    """
    e = exponential(-2.0 * abs(theta))
    return math.copysign((1.0 - e) / (1.0 + e), theta)


@njit(cache=True, error_model="numpy")
def refresh_affinity(world: World, params: Any) -> None:
    """Hold every θ within its bound and bring the affinities in step; the diagonal is 0 without self-affinity."""
    n = world.theta.shape[0]
    for j in range(n):
        for i in range(n):
            theta = min(params.theta_max, max(-params.theta_max, world.theta[i, j]))
            world.theta[i, j] = theta
            world.affinity[i, j] = theta
        if not params.is_linear:
            for i in range(n):
                world.affinity[i, j] = squash(world.theta[i, j])
        if not params.has_self:
            world.theta[j, j] = 0.0
            world.affinity[j, j] = 0.0


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
        touched=np.zeros(square, np.int64, order="F"),
    )


def no_acts() -> Acts:
    """Build a schedule in which nobody does anything."""
    whole = np.zeros(0, np.int64)
    return Acts(whole, whole, whole, whole, whole, np.zeros(0), whole)


def no_shocks() -> Shocks:
    """Build a schedule without shocks."""
    whole = np.zeros(0, np.int64)
    return Shocks(whole, whole, whole, whole, whole, np.zeros(0))
