"""What our compiled room relies on inside Numba and llvmlite, which they may move without notice.

Where one of these fails with a new version, adapt the file that it names, or lower the ceiling in `pyproject.toml`.
"""

from __future__ import annotations

import inspect

import numba
import numpy as np
import pytest
from llvmlite import binding, ir
from numba import njit, types
from numba.core import caching, compiler, config, serialize
from numba.core.registry import cpu_target
from numba.extending import get_cython_function_address

from sim.compiled.borrowed import borrowed
from sim.compiled.cache import SETTINGS, KernelCache
from sim.isolation import READING


def moved(what: str, file: str) -> str:
    return f"Numba {numba.__version__} has moved {what}: adapt sim/{file}, or lower the ceiling in pyproject.toml"


def test_a_cache_is_asked_for_what_ours_answers():
    abstract = {"cache_path", "load_overload", "save_overload", "enable", "disable", "flush"}
    assert caching._Cache.__abstractmethods__ == abstract, moved(
        "the methods of a cache", "compiled/cache.py"
    )
    for method in ("load_overload", "save_overload"):
        theirs, ours = (
            inspect.signature(getattr(c, method)).parameters for c in (caching._Cache, KernelCache)
        )
        assert list(theirs) == list(ours), moved(f"arguments of {method}", "compiled/cache.py")


def test_a_function_asks_the_cache_that_it_is_given():
    calls = []

    class Listing(caching.NullCache):
        def load_overload(self, sig, target_context):
            calls.append("load")

        def save_overload(self, sig, cres):
            calls.append("save")

    kernel = njit(lambda number: 2 * number)
    kernel._cache = Listing()
    kernel(21)
    assert calls == ["load", "save"], moved("the cache of a function", "compiled/kernels.py")
    assert set(kernel.stats._fields) >= {"cache_hits", "cache_misses"}, moved("counts", "compiled/kernels.py")


def test_compiled_code_is_reduced_to_bytes_and_rebuilt():
    kernel = njit(lambda number: 2 * number)
    kernel(21)
    [result] = kernel.overloads.values()
    where = "compiled/cache.py"
    assert isinstance(result, compiler.CompileResult), moved("what is compiled", where)
    assert isinstance(serialize.dumps(result._reduce()), bytes), moved("how code becomes bytes", where)
    rebuilt = compiler.CompileResult._rebuild(cpu_target.target_context, *result._reduce())
    assert rebuilt.signature == result.signature, moved("how code is rebuilt", where)
    assert result.library.has_dynamic_globals is False, moved("the mark of code with addresses", where)
    machine = result.library.codegen.magic_tuple()
    assert len(machine) == 3, moved("what tells one machine's code from another's", where)
    assert all(isinstance(part, str) for part in machine), moved("what tells one machine's code", where)


def test_settings_have_their_names():
    for name in (*SETTINGS, "DISABLE_JIT"):
        assert name in vars(config), moved(f"the setting {name}", "compiled/cache.py")
    assert READING[config.__name__] in vars(config), moved("the name of its file of settings", "isolation.py")


@pytest.mark.parametrize("kind", [types.Array(types.float64, 2, "C"), types.NumPyRandomGeneratorType("rng")])
def test_an_argument_is_counted_by_its_meminfo(kind):
    context = cpu_target.target_context
    place = context.data_model_manager[kind].get_field_position("meminfo")
    field = context.get_value_type(kind).elements[place]
    assert isinstance(field, ir.PointerType), moved("where arguments are counted", "compiled/borrowed.py")


def swapped(pair):
    return pair[1], pair[0]


def swapped_uncounted(pair):
    pair = borrowed(pair)
    return pair[1], pair[0]  # never called: who gets them would count on being counted


@pytest.mark.parametrize(("function", "counts"), [(swapped, 2), (swapped_uncounted, 0)])
def test_what_is_borrowed_is_not_counted(function, counts):
    kernel = njit(function)
    kernel.compile((numba.typeof((np.ones(2), np.ones(2))),))
    [code] = kernel.inspect_llvm().values()
    assert code.count("call void @NRT_incref") == counts, moved("how it counts", "compiled/borrowed.py")


def test_blas_is_where_its_address_is_looked_up():
    assert get_cython_function_address("scipy.linalg.cython_blas", "dsyrk") > 0
    assert callable(binding.add_symbol), moved("symbols", "compiled/blas.py")
    external = types.ExternalFunction("blas_dsyrk", types.void(types.voidptr))
    assert external.symbol == "blas_dsyrk", moved("external functions", "compiled/blas.py")
