"""Phases 4 and 5, drift and noise: what happens to feelings when nobody does anything."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from sim.dynamics.world import Square, Vector, World, set_theta


@njit(cache=True)
def balance_pull(affinity: Square, capability: Vector, is_squared: bool) -> Square:
    """Pull of structural balance: those who see third parties alike draw together.

        pull[i, j] = Σ_l c[l] · a[i, l] · a[j, l] / Σ_l c[l]      (X Xᵀ, the directed form)
        pull[i, j] = Σ_l c[l] · a[i, l] · a[l, j] / Σ_l c[l]      (X², with `is_squared`)

    Returns
    -------
    pull
        Dimensionless, in [-1, 1] when |a| < 1; the diagonal is computed too.

    References
    ----------
    Heider (1946); Marvel, Kleinberg, Kleinberg & Strogatz (2011) for X²; Traag, Van Dooren & De
    Leenheer (2013) for X Xᵀ.
    """
    weighted = affinity * (capability / capability.sum())
    if is_squared:
        return np.dot(weighted, affinity)
    return np.dot(weighted, affinity.T)


@njit(cache=True)
def _moved(world: World, i: int, j: int, other: float, pull: float, days: float, params: Any) -> float:
    theta = world.theta[i, j]
    decay = params.friendship_decay if theta > 0.0 else params.hostility_decay
    rate = decay * (world.level[i, j] - theta) + params.reciprocity * (other - theta) + params.balance * pull
    return theta + days * rate


@njit(cache=True)
def drift(world: World, days: float, params: Any) -> None:
    """Let every feeling drift for `days`.

    θ_ij += Δ [κ_s (m_ij - θ_ij) + ρ (θ_ji - θ_ij) + β B_ij], κ_s by the sign of θ_ij. Affinities
    are left as they were; `add_noise` brings them up to date.
    """
    n = world.theta.shape[0]
    pull = (
        balance_pull(world.affinity, world.capability, params.is_squared)
        if params.balance != 0.0
        else np.zeros((n, n))
    )
    for i in range(n):
        for j in range(i):
            forth, back = world.theta[i, j], world.theta[j, i]
            world.theta[i, j] = _moved(world, i, j, back, pull[i, j], days, params)
            world.theta[j, i] = _moved(world, j, i, forth, pull[j, i], days, params)
        if params.has_self:
            world.theta[i, i] = _moved(world, i, i, world.theta[i, i], pull[i, i], days, params)


@njit(cache=True)
def add_noise(world: World, days: float, params: Any, rng: np.random.Generator) -> None:
    """Add θ_ij += σ √Δ ε_ij, keep |θ| within its bound and recompute the affinities.

    N (N - 1) standard normals are drawn in row order whatever the world; none when σ = 0.
    """
    n = world.theta.shape[0]
    size = params.noise * np.sqrt(days)
    for i in range(n):
        for j in range(n):
            if i == j and not params.has_self:
                continue
            shift = size * rng.standard_normal() if size > 0.0 and i != j else 0.0
            set_theta(world, i, j, world.theta[i, j] + shift, params)
