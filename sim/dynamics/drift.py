"""Phases 4 and 5, drift and noise: what happens to feelings when nobody does anything."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from sim.dynamics.chance import CONTRACT, draw_normals
from sim.dynamics.world import Square, Vector, World, in_line, squash
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


@njit(cache=True, error_model="numpy", fastmath=CONTRACT)
def drift(world: World, weighted: Square, days: float, params: Any, rng: np.random.Generator) -> None:
    """Let every feeling drift and waver for `days`, hold it within its bound and recompute the affinities.

    θ_ij += Δ [κ_s (m_ij - θ_ij) + ρ (θ_ji - θ_ij) + β B_ij] + σ √Δ ε_ij, κ_s by the sign of θ_ij; then
    |θ| ≤ theta_max and a = tanh θ. There is no noise on the diagonal, which is 0 without self-affinity.

    Parameters
    ----------
    weighted
        From `weigh`, as the affinities stood after this step's shocks.
    rng
        The replica's stream for noise: one key a step whatever the world, and from it N² standard
        normals, target by target; those of the diagonal are left.
    """
    n, drawn, returns = world.theta.shape[0], draw_normals(rng, world.theta.size), returned(world.theta)
    pull = returns
    if params.balance != 0.0:
        pull = balance_pull(weighted, world.affinity, params.is_squared)
    warm, cold, bound = days * params.friendship_decay, days * params.hostility_decay, params.theta_max
    mutual, balance, size = days * params.reciprocity, days * params.balance, params.noise * np.sqrt(days)
    theta, affinity, level = in_line(world.theta), in_line(world.affinity), in_line(world.level)
    back, towards = in_line(returns), in_line(pull)
    for j in range(n):
        drawn[j * (n + 1)] = 0.0
    for dyad in range(theta.size):
        now = theta[dyad]
        decay = warm if now > 0.0 else cold
        moved = decay * (level[dyad] - now) + mutual * (back[dyad] - now) + balance * towards[dyad]
        felt = min(bound, max(-bound, now + moved + size * drawn[dyad]))
        theta[dyad] = felt
        affinity[dyad] = felt if params.is_linear else squash(felt)
    if not params.has_self:
        for j in range(n):
            world.theta[j, j] = world.affinity[j, j] = 0.0
