"""Phases 4 and 5, drift and noise: what happens to feelings when nobody does anything."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from sim.dynamics.chance import draw_normals
from sim.dynamics.world import Square, Vector, World, in_line, refresh_affinity
from sim.kernels import load_blas

load_blas()  # before callers limit its threads


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


@njit(cache=True, inline="always")
def balance_pull(weighted: Square, affinity: Square, is_squared: bool) -> Square:
    """Pull of structural balance: those who see third parties alike draw together.

        pull[i, j] = Σ_l c[l] · a[i, l] · a[j, l] / Σ_l c[l]      (X Xᵀ, the directed form)
        pull[i, j] = Σ_l c[l] · a[i, l] · a[l, j] / Σ_l c[l]      (X², with `is_squared`)

    Parameters
    ----------
    weighted, affinity
        c_l a_il / Σ c from `weigh`, and a itself.

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
    return np.dot(affinity, weighted.T).T


@njit(cache=True, inline="always")
def returned(theta: Square) -> Square:
    """What each state gets back, θ_ji, stored as θ is: by target."""
    n = theta.shape[0]
    back = np.empty((n, n)).T
    for i in range(n):
        for j in range(n):
            back[j, i] = theta[i, j]
    return back


@njit(cache=True, error_model="numpy", inline="always")
def drift(world: World, weighted: Square, days: float, params: Any) -> None:
    """Let every feeling drift for `days`.

    θ_ij += Δ [κ_s (m_ij - θ_ij) + ρ (θ_ji - θ_ij) + β B_ij], κ_s by the sign of θ_ij. Affinities
    are left as they were; `add_noise` brings them up to date.

    Parameters
    ----------
    weighted
        From `weigh`, as the affinities stood after this step's shocks.
    """
    returns = returned(world.theta)
    pull = returns
    if params.balance != 0.0:
        pull = balance_pull(weighted, world.affinity, params.is_squared)
    warm, cold = days * params.friendship_decay, days * params.hostility_decay
    mutual, balance = days * params.reciprocity, days * params.balance
    theta, level, back, towards = in_line(world.theta), in_line(world.level), in_line(returns), in_line(pull)
    for dyad in range(theta.size):
        now = theta[dyad]
        decay = warm if now > 0.0 else cold
        moved = decay * (level[dyad] - now) + mutual * (back[dyad] - now)
        theta[dyad] = now + (moved + balance * towards[dyad])


@njit(cache=True, inline="always")
def add_noise(world: World, days: float, params: Any, rng: np.random.Generator) -> None:
    """Add θ_ij += σ √Δ ε_ij, keep |θ| within its bound and recompute the affinities.

    One key a step whatever the world, and from it N² standard normals, target by target; those of the
    diagonal are left.
    """
    n = world.theta.shape[0]
    size = params.noise * np.sqrt(days)
    drawn = draw_normals(rng, n * n)
    theta = in_line(world.theta)
    for j in range(n):
        drawn[j * (n + 1)] = 0.0
    for dyad in range(theta.size):
        theta[dyad] += size * drawn[dyad]
    refresh_affinity(world, params)
