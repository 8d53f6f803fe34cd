"""The rules of the law, each stated once: what one act, or one day, does to the numbers of one dyad.

The phases (`sim.dynamics.respond`, `sim.dynamics.drift`) apply them to the θ of a world, the filter of belief
(`sim.calibration.filter`) to each value that θ may have. Whoever changes a rule changes the future and what is
believed of the past alike. Each is a small function of scalars, inlined where it is called. Of a dyad i→j *returned*
is what belongs to j→i; `params` are the coefficients from `sim.dynamics.step.kernel_params`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.compiled.arithmetic import tanh
from sim.compiled.kernels import njit
from sim.shapes import Int


@njit(cache=True, inline="always")
def bounded(theta: float, params: Any) -> float:
    """Hold a feeling to |θ| ≤ theta_max."""
    return min(params.theta_max, max(-params.theta_max, theta))


@njit(cache=True, error_model="numpy", inline="always")
def affinity_of(theta: float, params: Any) -> float:
    """Affinity of a feeling, a = tanh θ; a = θ in the linear form."""
    return theta if params.is_linear else tanh(theta)


@njit(cache=True, inline="always")
def coupling(balance_pull: float, returned: float, params: Any) -> float:
    """Where others draw a feeling, β B_ij + ρ θ_ji per day, whatever it is itself.

    Parameters
    ----------
    balance_pull
        B_ij, from `sim.dynamics.drift.balance_pull`.
    returned
        θ_ji.
    """
    return params.balance * balance_pull + params.reciprocity * returned


@njit(cache=True, inline="always")
def drift_rate(theta: float, level: float, coupling: float, params: Any) -> float:
    """Drift of a feeling per day, κ_s (m_ij - θ_ij) + ρ (θ_ji - θ_ij) + β B_ij, κ_s by the sign of θ_ij.

    Parameters
    ----------
    theta, level
        θ_ij and m_ij.
    coupling
        ρ θ_ji + β B_ij, from `coupling`.
    """
    decay = params.friendship_decay if theta > 0.0 else params.hostility_decay
    return decay * (level - theta) - params.reciprocity * theta + coupling


@njit(cache=True, inline="always")
def target_shift(susceptibility: float, warmth: float) -> float:
    """How far an act moves its target's feeling for the sender, η_j w.

    Parameters
    ----------
    susceptibility
        η of the target.
    warmth
        w = μ · strength of the act, θ.
    """
    return susceptibility * warmth


@njit(cache=True, inline="always")
def observer_shift(vigilance: float, publicity: float, warmth: float, affinity: float) -> float:
    """How far an act i→j moves what an observer o feels for the sender, ω_o p w a_oj.

    Praise for my enemy cools me, and a slight to my enemy warms me.

    Parameters
    ----------
    vigilance
        ω of the observer.
    publicity, warmth
        p and w of the act.
    affinity
        a_oj, of the observer for the target.
    """
    return vigilance * (publicity * warmth) * affinity


@njit(cache=True, inline="always")
def public_line(line: float, publicity: float, warmth: float, params: Any) -> float:
    """Where an act leaves its sender's public line, C_ij + p ψ (w - C_ij)."""
    return line + publicity * params.commitment * (warmth - line)


@njit(cache=True, error_model="numpy", inline="always")
def is_feasible(tie: float, lowest: float, highest: float) -> bool:
    """Whether the formal tie allows an act that is feasible from the lowest rung to the highest."""
    return (lowest <= tie) & (tie <= highest)  # no branch: in a loop over types it is vectorised


@njit(cache=True, inline="always")
def set_tie(tie: Int[np.ndarray, "N N"], i: int, j: int, rung: int) -> None:
    """Set ℓ_ij. Relations (2) are mutual; recognition (1) and an embassy (3) are one-sided."""
    tie[i, j] = rung
    if rung >= 2:
        tie[j, i] = max(tie[j, i], 2)
    else:
        tie[j, i] = min(tie[j, i], 1)


@njit(cache=True, inline="always")
def change_tie(tie: Int[np.ndarray, "N N"], i: int, j: int, to: int, lowest: int, highest: int) -> None:
    """Change ℓ_ij as an act does that leads to a rung (-1: to none), where the present one makes it feasible."""
    if to >= 0 and is_feasible(tie[i, j], lowest, highest):
        set_tie(tie, i, j, to)
