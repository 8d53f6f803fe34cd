"""Memory: the warmth of a sender's past acts to a target, of which less is left from day to day.

Types of acts that are forgotten equally fast share a class. To write to no dyad in most steps, memories stand in the
world as they were when all were last brought up to date, and a table says what is left of each class by now.
"""

from __future__ import annotations

import numpy as np

from sim.compiled.kernels import njit
from sim.dynamics.world import World
from sim.shapes import Float

SPAN = 64  # steps


def share_after(days: np.ndarray, half_life: np.ndarray) -> np.ndarray:
    """What is left of an act's warmth after some days, 2^(-t/h)."""
    return np.exp2(-days / half_life)


def fading(step_days: float, half_life: Float[np.ndarray, "H"]) -> Float[np.ndarray, "F H"]:
    """Share of each class that a memory keeps of what it was when last brought up to date, `share_after`.

    Row k holds for the k-th step since. `forget` brings memories up to date where the rows end: after `SPAN` steps,
    or after every step where steps are so long that little would be left.
    """
    n = SPAN if SPAN * step_days < 500.0 * half_life.min(initial=np.inf) else 1
    return share_after(step_days * np.arange(n + 1)[:, None], half_life)


@njit(cache=True, inline="always")
def share_left(fading: Float[np.ndarray, "F H"], step: int) -> Float[np.ndarray, "H"]:
    """What is left, at the end of a step, of memories as they stand, by half-life class."""
    return fading[step % (fading.shape[0] - 1)]


@njit(cache=True, error_model="numpy", inline="always")
def forget(world: World, step: int, fading: Float[np.ndarray, "F H"]) -> Float[np.ndarray, "H"]:
    """Bring all memories up to date when it is time; return the share that is left of them at this step.

    Parameters
    ----------
    fading
        From `fading`.
    """
    last = fading.shape[0] - 1
    if step % last == 0:
        memory = world.memory.reshape(-1, fading.shape[1])
        for dyad in range(memory.shape[0]):
            for h in range(fading.shape[1]):
                memory[dyad, h] *= fading[last, h]
    return share_left(fading, step)


@njit(cache=True, error_model="numpy", inline="always")
def remember(memory: Float[np.ndarray, "H"], share: Float[np.ndarray, "H"], h: int, warmth: float) -> None:
    """Add an act of this step and of class h to what is remembered of a dyad, w̄_ij += w."""
    memory[h] += warmth / share[h]


@njit(cache=True, error_model="numpy", inline="always")
def recall(memory: Float[np.ndarray, "H"], share: Float[np.ndarray, "H"]) -> float:
    """Memory w̄ of a dyad: the warmth of past acts, by half-life class, of which a share is left."""
    total = 0.0
    for h in range(share.shape[0]):
        total += memory[h] * share[h]
    return total
