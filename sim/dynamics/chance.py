"""Randomness keyed, not consumed in order: one stream for each replica and purpose, one key for each step.

Every stream is a PCG64 seeded by ``SeedSequence(rng_seed, spawn_key=(replica, purpose))``, so what
one replica draws depends on no other replica, on no worker count, and not on what is recorded.
Two scenarios with the same rng_seed meet the same chance: *common random numbers*.

A step takes one number of a stream, its key. What a dyad draws in the step is computed from that key and from
the codes of its two states, and from nothing else: a state that is added, left out or moved to another place
leaves the chance of every other dyad as it was. And all dyads are drawn side by side, several in one
instruction.

References
----------
Steele, Lea & Flood (2014), Fast splittable pseudorandom number generators (SplitMix64); Box & Muller
(1958); Salmon et al. (2011), Parallel random numbers: as easy as 1, 2, 3, on numbers by their place.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np

from sim.compiled.arithmetic import CONTRACT, Single, cos, log, sin
from sim.compiled.kernels import njit
from sim.shapes import Float, Float32, Int32, UInt64

Word = np.uint64

GOLDEN = Word(0x9E3779B97F4A7C15)  # 2⁶⁴ over the golden ratio: steps of the SplitMix64 sequence
EXPONENT = Word(0x3FF0000000000000)  # of the doubles in [1, 2)
SIGN = np.uint32(1 << 31)  # bit of a single


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
    return scatter(Word(rng.random() * 2.0**53))


@njit(cache=True, inline="always")
def scatter(word: Word) -> Word:
    """Scatter the bits of a word, one to one: the words key + n·GOLDEN become the SplitMix64 sequence."""
    word = (word ^ (word >> Word(30))) * Word(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> Word(27))) * Word(0x94D049BB133111EB)
    return word ^ (word >> Word(31))


@njit(cache=True, inline="always")
def uniform(word: Word) -> float:
    """Make the upper 52 bits of a word a number on [0, 1), evenly spaced."""
    return Word((word >> Word(12)) | EXPONENT).view(np.float64) - 1.0


class DyadKeys(NamedTuple):
    """What a dyad's chance is computed from beside the key of the step: words computed from the codes of its states."""

    dyad: UInt64[np.ndarray, "N N"]  # of sender and target, in this order; the diagonal is not used
    pair: UInt64[np.ndarray, "P"]  # of every two states, the same from both sides; P = N (N - 1) / 2
    normal: Int32[np.ndarray, "N*N"]  # place of each dyad, target by target, among what `draw_normals` gives


class Chance(NamedTuple):
    """All that one replica's law draws from: its streams, and the keys of its dyads."""

    occasions: np.random.Generator
    noise: np.random.Generator
    keys: DyadKeys


def dyad_keys(codes: Sequence[str]) -> DyadKeys:
    """Make the keys of all dyads from the codes of the states.

    Of the two normals of a pair, the first is the dyad's whose sender has the smaller hash, wherever the two stand.
    """
    hashes = [hashlib.blake2b(code.encode(), digest_size=8).digest() for code in codes]
    state = np.array([int.from_bytes(h, "little") for h in hashes], np.uint64)
    of_arrays: Any = getattr(scatter, "py_func", scatter)  # uncompiled, whole arrays at a time
    dyad: np.ndarray = of_arrays(of_arrays(state)[:, None] + state[None, :])
    one, other = np.triu_indices(state.size, 1)
    is_first = state[one] < state[other]
    first, second = np.where(is_first, one, other), np.where(is_first, other, one)
    normal = np.full(dyad.shape, 2 * first.size, np.int32)
    normal[second, first] = np.arange(first.size)  # by target, then sender
    normal[first, second] = np.arange(first.size) + first.size
    return DyadKeys(dyad, dyad[first, second], normal.ravel())


@njit(cache=True)
def draw_uniforms(rng: np.random.Generator, keys: UInt64[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
    """Draw a uniform on [0, 1), a multiple of 2⁻⁵², for each of some keys."""
    step = draw_key(rng)
    uniforms = np.empty(keys.size)
    for k in range(keys.size):
        uniforms[k] = uniform(scatter(step + keys[k]))
    return uniforms


@njit(cache=True, error_model="numpy", fastmath=CONTRACT)
def draw_normals(rng: np.random.Generator, pairs: UInt64[np.ndarray, "P"]) -> Float32[np.ndarray, "2*P+1"]:
    """Draw two standard normals, of size at most 6.7, for each of some pairs; behind them stands one 0.

    Number p of the first half and number p of the second are √(-2 ln u) cos φ and √(-2 ln u) sin φ
    (Box & Muller 1958). The upper 31 bits of a word give u on (0, 1), the lower 32 the angle φ on
    [-π/2, π/2), and the bit between them the sign. In single precision, twice as fast as in double: the
    error is below 1e-6, a millionth of the noise.
    """
    step, half = draw_key(rng), pairs.size
    normals = np.empty(2 * half + 1, Single)
    normals[2 * half] = 0.0
    for place in range(half):
        word = scatter(step + pairs[place])
        u = (Single(np.int32(word >> Word(33))) + Single(0.5)) * Single(2.0**-31)
        angle = Single(np.int32(np.uint32(word))) * Single(math.pi * 2.0**-32)
        radius = math.sqrt(Single(-2.0) * log(u))
        sign = np.uint32(word >> Word(1)) & SIGN
        signed = np.uint32(Single(radius).view(np.uint32) ^ sign).view(Single)
        normals[place] = signed * cos(angle)
        normals[half + place] = signed * sin(angle)
    return normals
