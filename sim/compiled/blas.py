"""BLAS for compiled products, without the rest of its package."""

from __future__ import annotations

import ctypes
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path
from typing import Any

import scipy
from llvmlite import binding
from numba.extending import get_cython_function_address

from sim.compiled.kernels import IS_COMPILED, types


def load_blas() -> Any:
    """Load the BLAS that compiled products call, and give its `dsyrk`, to be called with ten addresses.

    Numba imports `scipy.linalg.cython_blas` at the first product. That one module loads in 2 ms, while all of
    `scipy.linalg`, of which a run needs nothing else, takes 150.
    """
    name = "scipy.linalg.cython_blas"
    spec = PathFinder.find_spec(name, [str(Path(folder, "linalg")) for folder in scipy.__path__])
    if name not in sys.modules and spec and spec.loader:
        sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    address = get_cython_function_address(name, "dsyrk")
    if not IS_COMPILED:
        return ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 10)(address)
    binding.add_symbol("blas_dsyrk", address)
    return types.ExternalFunction("blas_dsyrk", types.void(*[types.voidptr] * 10))
