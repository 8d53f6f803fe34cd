"""The numbers behind noise and occasions: the formulas, the distribution, and independence in every direction."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from numba import njit
from scipy import special, stats

from sim.compiled.arithmetic import cos, log, sin
from sim.dynamics.chance import (
    GOLDEN,
    Purpose,
    Word,
    draw_normals,
    draw_uniforms,
    dyad_keys,
    scatter,
    stream,
)

SIGNIFICANT = 1e-4
MANY = 10_000_000
N_STEPS, STEP = 2_000, 2_450  # steps of one replica and normals in each, as fifty states draw them


@njit
def _each(x: np.ndarray, what: int) -> np.ndarray:
    y = np.empty_like(x)
    for k in range(x.size):
        y[k] = log(x[k]) if what == 0 else sin(x[k]) if what == 1 else cos(x[k])
    return y


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return normals(stream(1, 0, Purpose.NOISE), MANY)


@pytest.fixture(scope="module")
def steps() -> np.ndarray:
    """Normals of one replica, step by step."""
    rng = stream(2, 0, Purpose.NOISE)
    return np.array([normals(rng, STEP) for _ in range(N_STEPS)])


def is_likely(z: float | np.ndarray) -> bool:
    """Whether standard normal scores, all together, are what chance gives."""
    z = np.atleast_1d(z)
    share = stats.chi2.sf((z**2).sum(), z.size)
    return bool(SIGNIFICANT < share < 1 - SIGNIFICANT)


def correlation_score(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.corrcoef(x, y)[0, 1] * math.sqrt(x.size))


def test_the_formulas_keep_their_stated_errors() -> None:
    rng = np.random.default_rng(0)
    u = np.concatenate(
        [rng.random(10**6), 2.0 ** -rng.uniform(1, 32, 10**5), 1 - 2.0 ** -rng.uniform(2, 24, 10**5)]
    ).astype(np.float32)
    angle = rng.uniform(-np.pi / 2, np.pi / 2, 10**6).astype(np.float32)
    for x, formula, exact, relative, absolute in (
        (u[u < 1.0], 0, np.log, 3e-7, 0.0),
        (angle, 1, np.sin, 0.0, 3e-7),
        (angle, 2, np.cos, 0.0, 3e-7),
    ):
        y = _each(x, formula)
        assert y.dtype == np.float32
        np.testing.assert_allclose(y, exact(x.astype(float)), rtol=relative, atol=absolute)


def keys(n: int) -> np.ndarray:
    """Keys of which the words become the SplitMix64 sequence."""
    return np.arange(n, dtype=np.uint64) * GOLDEN


def normals(rng: np.random.Generator, n: int) -> np.ndarray:
    """An even number of normals: all of a step but the 0 that stands behind them."""
    return draw_normals(rng, keys(n // 2))[:-1].astype(float)


def words(rng: np.random.Generator, n: int) -> np.ndarray:
    """The SplitMix64 words of a step, in Python's own integers."""
    mask = 2**64 - 1

    def scattered(word: int) -> int:
        word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 & mask
        word = (word ^ (word >> 27)) * 0x94D049BB133111EB & mask
        return word ^ (word >> 31)

    key = scattered(int(rng.random() * 2**53))
    return np.array([scattered((key + place * int(GOLDEN)) & mask) for place in range(n)], np.uint64)


def test_words_are_those_of_splitmix64() -> None:
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    for place, word in enumerate(published, 1):
        assert int(scatter(Word((1234567 + place * int(GOLDEN)) % 2**64))) % 2**64 == word


def test_draws_are_the_documented_functions_of_the_key() -> None:
    word = words(stream(3, 1, Purpose.NOISE), 1000)
    u, turn = ((word >> 33) + 0.5) * 2.0**-31, word.astype(np.int32) * 2.0**-32
    angle = np.pi * turn + np.pi * (word >> 32 & 1)
    radius = np.sqrt(-2 * np.log(u))
    expected = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])
    drawn = draw_normals(stream(3, 1, Purpose.NOISE), keys(1000))
    np.testing.assert_allclose(drawn, [*expected, 0.0], rtol=0, atol=1e-6)
    plain = (words(stream(3, 1, Purpose.NOISE), 50) >> 12) * 2.0**-52
    np.testing.assert_array_equal(draw_uniforms(stream(3, 1, Purpose.NOISE), keys(50)), plain)


def test_a_step_uses_one_number_of_the_stream_however_many_it_needs() -> None:
    streams = [stream(4, 0, Purpose.NOISE) for _ in range(4)]
    few, many = draw_uniforms(streams[0], keys(3)), draw_uniforms(streams[1], keys(3000))
    draw_normals(streams[2], keys(5))
    streams[3].random()
    assert few.tobytes() == many[:3].tobytes()
    assert all(s.bit_generator.state == streams[0].bit_generator.state for s in streams)


def test_normals_are_normal(noise: np.ndarray) -> None:
    assert stats.kstest(noise, special.ndtr).pvalue > SIGNIFICANT
    for power, mean, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96), (6, 15, 10170)):
        assert is_likely(((noise**power).mean() - mean) * math.sqrt(MANY / variance)), power


def test_normals_by_anderson_and_darling(steps: np.ndarray) -> None:
    """A² against the fully known normal; 8.5 is exceeded once in ten thousand."""
    x = np.sort(steps.ravel())
    k = np.arange(1, x.size + 1)
    squared = -x.size - ((2 * k - 1) * (special.log_ndtr(x) + special.log_ndtr(-x[::-1]))).mean()
    assert squared < 8.5


def test_tails_are_full(noise: np.ndarray) -> None:
    for bound in (3.0, 3.5, 4.0, 4.5, 5.0):
        for tail in (noise > bound, noise < -bound):
            mean = MANY * special.ndtr(-bound)
            assert (
                2 * min(stats.poisson.cdf(tail.sum(), mean), stats.poisson.sf(tail.sum() - 1, mean))
                > SIGNIFICANT
            )


def cells(x: np.ndarray, n: int = 16) -> np.ndarray:
    return (special.ndtr(x) * n).astype(np.int64)


def assert_independent(x: np.ndarray, y: np.ndarray) -> None:
    """Chi-square over 16 × 16 equally likely cells; correlations of values, sizes and signs."""
    count = np.bincount(16 * cells(x) + cells(y), minlength=256)
    assert SIGNIFICANT < stats.chisquare(count).pvalue < 1 - SIGNIFICANT
    for f in (np.asarray, np.abs, np.sign):
        assert is_likely(correlation_score(f(x), f(y)))


def test_the_two_of_a_pair_are_independent(noise: np.ndarray) -> None:
    half = noise.size // 2
    assert_independent(noise[:half], noise[half:])


@pytest.mark.parametrize("lag", [1, 2, 4, 8, 16, 49, 50])
def test_neighbours_are_independent(noise: np.ndarray, lag: int) -> None:
    assert_independent(noise[:-lag], noise[lag:])


def test_dyads_and_steps_are_independent(steps: np.ndarray) -> None:
    """Every place over time: its mean, its spread, and its neighbour in time; lanes of eight alike."""
    assert is_likely(steps.mean(axis=0) * math.sqrt(N_STEPS))
    assert is_likely((steps**2 - 1).mean(axis=0) * math.sqrt(N_STEPS / 2))
    assert is_likely((steps[1:] * steps[:-1]).mean(axis=0) * math.sqrt(N_STEPS - 1))
    assert is_likely((steps[1:] * steps[:-1]).mean(axis=1) * math.sqrt(STEP))
    lanes = steps[:, : STEP // 8 * 8].reshape(-1, 8)
    assert is_likely(np.corrcoef(lanes.T)[np.triu_indices(8, 1)] * math.sqrt(len(lanes)))
    assert_independent(steps[1:].ravel(), steps[:-1].ravel())


def test_replicas_are_independent() -> None:
    streams = [stream(5, replica, Purpose.NOISE) for replica in range(200)]
    first = np.array([normals(rng, 5_000) for rng in streams])
    scores = np.corrcoef(first)[np.triu_indices(200, 1)] * math.sqrt(5_000)
    assert is_likely(scores)
    assert stats.kstest(scores, special.ndtr).pvalue > SIGNIFICANT
    assert_independent(first[1:].ravel(), first[:-1].ravel())


def test_keys_that_differ_little_give_unlike_words() -> None:
    """Flipping any bit of a word flips each bit of its image half of the time."""
    words = np.random.default_rng(6).integers(2**64, size=4000, dtype=np.uint64)
    for bit in range(64):
        changed = np.array([int(scatter(w)) ^ int(scatter(w ^ Word(1 << bit))) for w in words[:400]], object)
        flips = np.array([[(int(c) >> b) & 1 for b in range(64)] for c in changed])
        assert is_likely((flips.mean(axis=0) - 0.5) * 2 * math.sqrt(400))


def test_uniforms_are_uniform_bit_by_bit() -> None:
    u = draw_uniforms(stream(7, 0, Purpose.OCCASIONS), keys(2_000_000))
    assert stats.kstest(u, "uniform").pvalue > SIGNIFICANT
    whole = (u * 2.0**52).astype(np.int64)
    bits = (whole[:, None] >> np.arange(52)) & 1
    scores = (bits.mean(axis=0) - 0.5) * 2 * math.sqrt(u.size)
    assert is_likely(scores)
    pairs = (np.corrcoef(bits[:200_000].T) * math.sqrt(200_000))[np.triu_indices(52, 1)]
    assert is_likely(pairs)
    assert is_likely([correlation_score(bits[1:, b], bits[:-1, b]) for b in range(52)])


CODES = [f"S{i}" for i in range(40)]


def by_code(codes: list[str]) -> dict[tuple[str, str], tuple[float, float]]:
    """What each dyad draws in one step: a uniform and a normal."""
    dyads, n = dyad_keys(codes), len(codes)
    uniform = draw_uniforms(stream(8, 0, Purpose.OCCASIONS), dyads.dyad.ravel()).reshape(n, n)
    normal = draw_normals(stream(8, 0, Purpose.NOISE), dyads.pair)[dyads.normal].reshape(n, n).T
    places = itertools.permutations(range(n), 2)
    return {(codes[i], codes[j]): (float(uniform[i, j]), float(normal[i, j])) for i, j in places}


def test_a_dyad_draws_the_same_whoever_else_is_there_and_wherever_they_stand() -> None:
    whole = by_code(CODES)
    for codes in (CODES[:7], CODES[::-1], ["NEW", *CODES]):
        drawn = by_code(codes)
        shared = drawn.keys() & whole.keys()
        assert len(shared) == min(len(codes), 40) * (min(len(codes), 40) - 1)
        assert {dyad: drawn[dyad] for dyad in shared} == {dyad: whole[dyad] for dyad in shared}


def test_the_diagonal_has_no_noise() -> None:
    dyads = dyad_keys(CODES)
    drawn = draw_normals(stream(8, 0, Purpose.NOISE), dyads.pair)[dyads.normal].reshape(40, 40)
    assert (np.diag(drawn) == 0).all()
    assert np.unique(drawn).size == 40 * 39 + 1


def test_the_two_directions_and_neighbouring_codes_are_independent() -> None:
    """Keys come from hashes of codes and differ by anything: what they give over steps is as independent as before."""
    dyads = dyad_keys(["A", "B", "C", "D"])
    rng, noise = stream(9, 0, Purpose.OCCASIONS), stream(9, 0, Purpose.NOISE)
    off = ~np.eye(4, dtype=bool).ravel()
    u = np.array([draw_uniforms(rng, dyads.dyad.ravel())[off] for _ in range(20_000)])
    z = np.array([draw_normals(noise, dyads.pair)[dyads.normal][off] for _ in range(20_000)], float)
    for x in (special.ndtri(u), z):
        assert is_likely((np.corrcoef(x.T) * math.sqrt(len(x)))[np.triu_indices(12, 1)])
        assert is_likely((np.corrcoef(np.abs(x.T)) * math.sqrt(len(x)))[np.triu_indices(12, 1)])
        assert stats.kstest(x.ravel(), special.ndtr).pvalue > SIGNIFICANT
