"""Randomness keyed, not consumed in order: one stream for each replica and purpose.

Every stream is a PCG64 seeded by ``SeedSequence(rng_seed, spawn_key=(replica, purpose))``, so what
one replica draws depends on no other replica, on no worker count, and not on what is recorded.
Two scenarios with the same rng_seed meet the same chance: *common random numbers*.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What a stream of random numbers is for; the number is part of its key."""

    OCCASIONS = 0
    NOISE = 1
    BELIEF = 2
    WEIGHTS = 3
    AGENTS = 4


def stream(rng_seed: int, replica: int, purpose: Purpose) -> np.random.Generator:
    """Open the stream of one replica for one purpose.

    Parameters
    ----------
    rng_seed
        The root of all randomness, ≥ 0.
    replica
        Index of the stochastic copy, ≥ 0.
    purpose
        What the numbers are for.
    """
    key = np.random.SeedSequence(rng_seed, spawn_key=(replica, int(purpose)))
    return np.random.Generator(np.random.PCG64(key))
