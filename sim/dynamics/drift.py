"""Phases 4 and 5, drift and noise: what happens to feelings when nobody does anything."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.compiled.arithmetic import CONTRACT
from sim.compiled.blas import load_blas
from sim.compiled.borrowed import borrowed
from sim.compiled.kernels import njit
from sim.dynamics.chance import Chance, draw_normals
from sim.dynamics.rules import affinity_of, bounded, coupling, drift_rate
from sim.dynamics.world import Square, Vector, World, in_line

MANY = 100  # states, beyond which half a symmetric product and its mirror image take less time than the whole
UPPER, PLAIN = np.array([ord("U")], np.uint8), np.array([ord("N")], np.uint8)
ONE, NONE = np.ones(1), np.zeros(1)
dsyrk = load_blas()  # before callers limit its threads


@njit(cache=True, inline="always")
def weigh(affinity: Square, capability: Vector) -> Square:
    """Affinities weighted by the capability of their target, c_l a_il / Σ c, stored by sender."""
    n = affinity.shape[0]
    share = capability / capability.sum()
    weighted = np.empty((n, n))
    for i in range(n):
        for other in range(n):
            weighted[i, other] = share[other] * affinity[i, other]
    return weighted


@njit(cache=True, error_model="numpy")
def symmetric_product(affinity: Square, capability: Vector) -> Square:
    """Product X Xᵀ with X = a √(c / Σ c): one triangle by BLAS's `dsyrk`, the other its mirror image."""
    n, total = affinity.shape[0], capability.sum()
    rows, product, size = np.empty((n, n)).T, np.empty((n, n)).T, np.full(1, n, np.int32).ctypes
    for other in range(n):
        root = np.sqrt(capability[other] / total)
        for i in range(n):
            rows[i, other] = root * affinity[i, other]
    dsyrk(
        UPPER.ctypes, PLAIN.ctypes, size, size, ONE.ctypes, rows.ctypes, size, NONE.ctypes, product.ctypes, size
    )  # fmt: skip
    for j in range(n):
        for i in range(j):
            product[j, i] = product[i, j]
    return product


@njit(cache=True, inline="always")
def balance_pull(weighted: Square, affinity: Square, capability: Vector, is_squared: bool) -> Square:
    """Pull of structural balance: those who see third parties alike draw together.

        pull[i, j] = Σ_l c[l] · a[i, l] · a[j, l] / Σ_l c[l]      (X Xᵀ, the directed form)
        pull[i, j] = Σ_l c[l] · a[i, l] · a[l, j] / Σ_l c[l]      (X², with `is_squared`)

    Parameters
    ----------
    weighted, affinity, capability
        c_l a_il / Σ c from `weigh`, and a and c themselves.

    Returns
    -------
    pull
        Dimensionless, in [-1, 1] when |a| < 1; the diagonal is computed too.

    References
    ----------
    Heider (1946); Marvel, Kleinberg, Kleinberg & Strogatz (2011) for X²; Traag, Van Dooren & De
    Leenheer (2013) for X Xᵀ.
    """
    if is_squared:
        return np.dot(affinity.T, weighted.T).T
    if affinity.shape[0] > MANY:
        return symmetric_product(affinity, capability)
    return np.dot(affinity, weighted.T).T


@njit(cache=True, inline="always")
def couplings(theta: Square, affinity: Square, weighted: Square, capability: Vector, params: Any) -> Square:
    """Where others draw each feeling, β B_ij + ρ θ_ji per day, stored by target."""
    n = theta.shape[0]
    if params.balance == 0.0:
        pulls = np.zeros((n, n)).T
    else:
        pulls = balance_pull(weighted, affinity, capability, params.is_squared)
    for i in range(n):
        for j in range(n):
            pulls[j, i] = coupling(pulls[j, i], theta[i, j], params)
    return pulls


@njit(cache=True, error_model="numpy", fastmath=CONTRACT)
def drift(world: World, weighted: Square, days: float, params: Any, chance: Chance) -> None:
    """Let every feeling drift and waver for `days`, hold it within its bound and recompute the affinities.

    θ_ij += Δ [κ_s (m_ij - θ_ij) + ρ (θ_ji - θ_ij) + β B_ij] + σ √Δ ε_ij, κ_s by the sign of θ_ij; then
    |θ| ≤ theta_max and a = tanh θ. There is no noise on the diagonal, which is 0 without self-affinity.

    Parameters
    ----------
    weighted
        From `weigh`, as the affinities stood after this step's shocks.
    chance
        The replica's: one key a step from its stream for noise, and from it a standard normal for each dyad.
    """
    world, weighted, chance = borrowed((world, weighted, chance))
    n, place = world.theta.shape[0], chance.keys.normal
    independent = draw_normals(chance.noise, chance.keys.pair)
    normals = np.empty(place.size, independent.dtype)
    for dyad in range(place.size):
        normals[dyad] = independent[place[dyad]]
    theta, affinity, level = in_line(world.theta), in_line(world.affinity), in_line(world.level)
    pulls = in_line(couplings(world.theta, world.affinity, weighted, world.capability, params))
    size = params.noise * np.sqrt(days)
    for dyad in range(theta.size):
        now = theta[dyad]
        rate = drift_rate(now, level[dyad], pulls[dyad], params)
        theta[dyad] = felt = bounded(now + days * rate + size * normals[dyad], params)
        affinity[dyad] = affinity_of(felt, params)
    if not params.has_self:
        for j in range(n):
            world.theta[j, j] = world.affinity[j, j] = 0.0
