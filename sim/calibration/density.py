"""Densities of θ on a grid: what is read off them."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from sim.compiled.kernels import njit
from sim.dynamics.world import Square
from sim.shapes import Float

N_GRID = 161

Grid = Float[np.ndarray, "G"]
Density = Float[np.ndarray, "N N G"]


def theta_grid(theta_max: float) -> Grid:
    """Grid of θ on which densities live: `N_GRID` equal steps over [-theta_max, theta_max]."""
    return np.linspace(-theta_max, theta_max, N_GRID)


def normal(grid: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Normal density of each mean and sd, (…, G), scaled to sum 1 on the grid.

    One so narrow, or so far off the grid, that nothing is left of it there lies at the nearest point.
    """
    exponent = -(((grid - mean[..., None]) / sd[..., None]) ** 2) / 2
    density = np.exp(exponent)
    is_empty = density.sum(axis=-1) == 0.0
    density[is_empty] = np.exp(exponent[is_empty] - exponent[is_empty].max(axis=-1, keepdims=True))
    return density / density.sum(axis=-1, keepdims=True)


def normal_quantiles(share: Float[np.ndarray, "X"]) -> Float[np.ndarray, "X"]:
    """Standard normal quantiles; those of shares drawn uniformly on [0, 1) are standard normal."""
    inside = np.maximum(share, 2.0**-54)  # 0 has no quantile
    return np.fromiter(map(NormalDist().inv_cdf, inside.tolist()), float, share.size)


def cumulate(density: np.ndarray) -> np.ndarray:
    """Probability below the lower edge of each grid cell, and 1: (…, G + 1)."""
    below = np.zeros((*density.shape[:-1], density.shape[-1] + 1))
    np.cumsum(density, axis=-1, out=below[..., 1:])
    below /= below[..., -1:].copy()  # in place: of two hundred states it takes gigabytes
    return below


@njit(cache=True)
def inverse_cdf(
    cumulative: Float[np.ndarray, "*dyads G1"],
    grid: Float[np.ndarray, "G"],
    share: Float[np.ndarray, "*dyads"],
) -> Float[np.ndarray, "*dyads"]:
    """θ of every dyad below which `share` of its density lies.

    Each grid point's mass is spread evenly over its cell; shares drawn uniformly give draws from
    the posterior, dyads independent given the weights.
    """
    h = grid[1] - grid[0]
    theta = np.empty_like(share)
    for i in range(share.shape[0]):
        for j in range(share.shape[1]):
            below = cumulative[i, j]
            g = min(max(np.searchsorted(below, share[i, j], side="right") - 1, 0), grid.size - 1)
            mass = below[g + 1] - below[g]
            part = (share[i, j] - below[g]) / mass if mass > 0.0 else 0.5
            theta[i, j] = min(grid[-1], max(grid[0], grid[g] + h * (part - 0.5)))
    return theta


def affinity_moments(grid: np.ndarray, density: np.ndarray) -> tuple[float, float]:
    """Mean and sd of a = tanh θ."""
    affinity = np.tanh(grid)
    mean = float(density @ affinity)
    return mean, float(np.sqrt(max(density @ affinity**2 - mean**2, 0.0)))


def affinity_quantiles(
    grid: Float[np.ndarray, "G"], density: Float[np.ndarray, "A B G"], shares: Sequence[float]
) -> list[Float[np.ndarray, "A B"]]:
    """Quantiles of a = tanh θ of each dyad."""
    below = cumulate(density)
    return [np.tanh(inverse_cdf(below, grid, np.full(density.shape[:2], share))) for share in shares]


class Means(NamedTuple):
    """Mean of θ and of a = tanh θ of every dyad, and the grids they are the means over."""

    theta: Square
    affinity: Square
    thetas: Grid
    affinities: Grid


@njit(cache=True, nogil=True)
def measure(density: Density, i: int, j: int, means: Means) -> None:
    """Bring a dyad's means up to its density."""
    means.theta[i, j] = np.dot(density[i, j], means.thetas)
    means.affinity[i, j] = np.dot(density[i, j], means.affinities)


@njit(cache=True, nogil=True)
def means_of(density: Density, grid: Grid) -> Means:
    """Measure every dyad."""
    n = density.shape[0]
    means = Means(np.zeros((n, n)).T, np.zeros((n, n)).T, grid, np.tanh(grid))
    for i in range(n):
        for j in range(n):
            if i != j:
                measure(density, i, j, means)
    return means
