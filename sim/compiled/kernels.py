"""The decorator of compiled functions, and what else is used of Numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba import types
from numba.core import config
from numba.extending import intrinsic

from sim.compiled.cache import KernelCache

__all__ = ["IS_COMPILED", "could_be_compiled_beside", "intrinsic", "njit", "types"]

IS_COMPILED: bool = not vars(config)["DISABLE_JIT"]
"""Whether functions are compiled; with ``NUMBA_DISABLE_JIT=1`` all of them are plain Python, for debuggers."""


def njit[F: Callable[..., Any]](*, cache: bool, **options: Any) -> Callable[[F], F]:
    """Compile a function when it is first called, as `numba.njit` does, and keep it in a cache of our own.

    The cache is of this function alone: other functions of the process keep to what Numba is told. Where nothing is
    compiled, arithmetic wraps round and divides by zero as silently as compiled.
    """

    def decorate(function: Any) -> Any:
        if not IS_COMPILED:
            return np.errstate(all="ignore")(function)
        kernel = numba.njit(**options)(function)
        if cache:
            kernel._cache = KernelCache(function)
        return kernel

    return decorate


def could_be_compiled_beside(kernel: Any) -> bool:
    """Whether a kernel is in no cache, but there is one through which another process can hand it over."""
    return IS_COMPILED and kernel._cache.is_empty()
