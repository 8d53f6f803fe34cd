"""Elementary functions in forms that compilers vectorise: several numbers in one instruction, inside any loop.

`exp` and `tanh` are of double precision, for affinities and choice; `log`, `sin` and `cos` of single precision, for
noise, where an error of a millionth is nothing.
"""

from __future__ import annotations

import math

import numpy as np

from sim.compiled.kernels import njit

Single = np.float32

LN_2 = math.log(2.0)
LOG2_E = 1.4426950408889634
TO_WHOLE = 1.5 * 2.0**52 + 1023  # what is added becomes whole: the lowest bits of the sum, less 1023
ROOT_HALF = np.int32(0x3F3504F3)  # √½ as the bits of a single
CONTRACT = {"contract"}  # let a product and a sum be rounded once


@njit(cache=True, error_model="numpy", inline="always")
def exp_as_ratio(x: float) -> tuple[float, float]:
    """Numerator and denominator of exp x, not yet divided.

    exp x = 2ᵏ exp r on |r| ≤ ln 2 / 2 and exp r = (R + r) / (R - r), where R = r coth(r/2) by its series. The
    relative error is below 4e-16 per unit of x near 0 and grows to 2e-16 |x|, for |x| ≤ 700. Not for compiled code
    whose sums may be taken in any order: k is found by rounding a sum.
    """
    scaled = x * LOG2_E
    shifted = scaled + TO_WHOLE
    r = (scaled - (shifted - TO_WHOLE)) * LN_2
    y = r * r
    R = 1 / 15120 + y * (-1 / 604800 + y * (1 / 23950080 - y * (691 / 1307674368000)))
    R = 2.0 + y * (1 / 6 + y * (-1 / 360 + y * R))
    return np.int64(np.float64(shifted).view(np.int64) << 52).view(np.float64) * (R + r), R - r


@njit(cache=True, error_model="numpy", inline="always")
def exp(x: float) -> float:
    """Exponential of x, held to [-700, 700]; relative error below 4e-16 + 2e-16 |x|."""
    above, below = exp_as_ratio(min(700.0, max(-700.0, x)))
    return above / below


@njit(cache=True, error_model="numpy", inline="always")
def tanh(x: float) -> float:
    """Hyperbolic tangent, sgn x (1 - e) / (1 + e) with e = exp(-2|x|): odd, |tanh| ≤ 1, absolute error below 4e-16."""
    above, below = exp_as_ratio(max(-700.0, -2.0 * abs(x)))
    return math.copysign((below - above) / (below + above), x)


@njit(cache=True, inline="always", error_model="numpy")
def log(x: Single) -> Single:
    """Natural logarithm of x > 0 in single precision; relative error below 3e-7.

    Range reduction to [√½, √2) and ln m = 2 artanh((m - 1) / (m + 1)) by its series.
    """
    bits = Single(x).view(np.int32)
    exponent = (bits - ROOT_HALF) >> np.int32(23)
    m = np.int32(bits - (exponent << np.int32(23))).view(Single)
    s = (m - Single(1.0)) / (m + Single(1.0))
    y = s * s
    p = Single(1 / 3) + y * (Single(1 / 5) + y * (Single(1 / 7) + y * Single(1 / 9)))
    return Single(exponent) * Single(LN_2) + Single(2.0) * (s + s * y * p)


@njit(cache=True, inline="always")
def sin(x: Single) -> Single:
    """Sine of |x| ≤ π/2 in single precision, by its series; absolute error below 3e-7."""
    y = x * x
    p = Single(-1 / 5040) + y * (Single(1 / 362880) - y * Single(1 / 39916800))
    return x + x * y * (Single(-1 / 6) + y * (Single(1 / 120) + y * p))


@njit(cache=True, inline="always")
def cos(x: Single) -> Single:
    """Cosine of |x| ≤ π/2 in single precision, by its series; absolute error below 3e-7."""
    y = x * x
    p = Single(1 / 40320) + y * (Single(-1 / 3628800) + y * Single(1 / 479001600))
    return Single(1.0) + y * (Single(-0.5) + y * (Single(1 / 24) + y * (Single(-1 / 720) + y * p)))
