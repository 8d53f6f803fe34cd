"""Randomness keyed, not consumed in order: one stream for each replica and purpose, one key for each step.

Every stream is a PCG64 seeded by ``SeedSequence(rng_seed, spawn_key=(replica, purpose))``, so what
one replica draws depends on no other replica, on no worker count, and not on what is recorded.
Two scenarios with the same rng_seed meet the same chance: *common random numbers*.

Where a step needs many numbers, one number of the stream is the key from which they are all
computed, each from its place alone. So they are drawn side by side, several in one instruction, and
how much of the stream a step uses does not depend on how many they are.

References
----------
Steele, Lea & Flood (2014), Fast splittable pseudorandom number generators (SplitMix64); Box & Muller
(1958); Salmon et al. (2011), Parallel random numbers: as easy as 1, 2, 3, on numbers by their place.
"""

from __future__ import annotations

import math
from enum import IntEnum

import numpy as np
from numba import njit

from sim.shapes import Float

Word = np.uint64

GOLDEN = Word(0x9E3779B97F4A7C15)  # 2⁶⁴ over the golden ratio: steps of the SplitMix64 sequence
EXPONENT = Word(0x3FF0000000000000)  # of the doubles in [1, 2)
ROOT_HALF = np.int64(0x3FE6A09E667F3BCD)  # √½ as bits
LN_2 = math.log(2.0)
CONTRACT = {"contract"}  # let a product and a sum be rounded once


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


@njit(cache=True, inline="always")
def draw_key(rng: np.random.Generator) -> Word:
    """Take the key of a step from its stream: one of 2⁵³."""
    return mixed(Word(rng.random() * 2.0**53))


@njit(cache=True, inline="always")
def mixed(word: Word) -> Word:
    """Scatter the bits of a word, one to one; the words key + n·GOLDEN become the SplitMix64 sequence."""
    word = (word ^ (word >> Word(30))) * Word(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> Word(27))) * Word(0x94D049BB133111EB)
    return word ^ (word >> Word(31))


@njit(cache=True, inline="always")
def from_one_to_two(word: Word) -> float:
    """Make the upper 52 bits of a word a number on [1, 2), evenly spaced."""
    return Word((word >> Word(12)) | EXPONENT).view(np.float64)


@njit(cache=True, inline="always", error_model="numpy")
def logarithm(x: float) -> float:
    """Natural logarithm of x > 0, in a form that compilers vectorise; relative error below 1e-12.

    Range reduction to [√½, √2) and ln m = 2 artanh((m - 1) / (m + 1)) by its series.
    """
    bits = np.float64(x).view(np.int64)
    exponent = (bits - ROOT_HALF) >> np.int64(52)
    m = np.int64(bits - (exponent << np.int64(52))).view(np.float64)
    s = (m - 1.0) / (m + 1.0)
    y = s * s
    p = 1 / 7 + y * (1 / 9 + y * (1 / 11 + y * (1 / 13 + y * (1 / 15 + y / 17))))
    p = 1.0 + y * (1 / 3 + y * (1 / 5 + y * p))
    return exponent * LN_2 + 2.0 * s * p


@njit(cache=True, inline="always")
def sine(x: float) -> float:
    """Sine of |x| ≤ π/2 by its series; absolute error below 1e-11."""
    y = x * x
    p = 1 / 362880 + y * (-1 / 39916800 + y * (1 / 6227020800 - y / 1307674368000))
    return x * (1.0 + y * (-1 / 6 + y * (1 / 120 + y * (-1 / 5040 + y * p))))


@njit(cache=True, inline="always")
def cosine(x: float) -> float:
    """Cosine of |x| ≤ π/2 by its series; absolute error below 1e-12."""
    y = x * x
    p = -1 / 3628800 + y * (1 / 479001600 + y * (-1 / 87178291200 + y / 20922789888000))
    return 1.0 + y * (-0.5 + y * (1 / 24 + y * (-1 / 720 + y * (1 / 40320 + y * p))))


@njit(cache=True)
def draw_uniforms(rng: np.random.Generator, n: int) -> Float[np.ndarray, "n"]:
    """Draw n uniforms on [0, 1), multiples of 2⁻⁵², by one key; the first are the same for every n."""
    key = draw_key(rng)
    drawn = np.empty(n)
    for place in range(n):
        drawn[place] = from_one_to_two(mixed(key + Word(place) * GOLDEN)) - 1.0
    return drawn


@njit(cache=True, error_model="numpy", fastmath=CONTRACT)
def draw_normals(rng: np.random.Generator, n: int) -> Float[np.ndarray, "n"]:
    """Draw n standard normals, of size at most 8.6, by one key.

    Number p of the first half and number p of the second are √(-2 ln u) cos φ and √(-2 ln u) sin φ
    (Box & Muller 1958), with u on (0, 1) by the key and the angle φ by its complement, its sign by a bit.
    The error of the formulas is below 1e-10.
    """
    key, half = draw_key(rng), (n + 1) // 2
    drawn = np.empty(2 * half)
    for place in range(half):
        u = from_one_to_two(mixed(key + Word(place) * GOLDEN)) - (1.0 - 2.0**-53)
        turn = mixed(~key + Word(place) * GOLDEN)
        angle = math.pi * (from_one_to_two(turn) - 1.5)
        radius = math.sqrt(-2.0 * logarithm(u))
        signed = Word(np.float64(radius).view(Word) ^ (turn << Word(63))).view(np.float64)
        drawn[place] = signed * cosine(angle)
        drawn[half + place] = signed * sine(angle)
    return drawn[:n]
