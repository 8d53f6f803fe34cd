"""Arrays lent to compiled code, which then keeps no count of who holds them.

Numba counts the holders of each array: one more when a function is given it, one fewer when the function is done with
it. For a tuple of twelve arrays that is twelve locked additions and as many subtractions; in a step of twenty states
they came to a tenth of its time. Who calls a kernel holds its arguments until it returns anyway.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from sim.compiled.kernels import IS_COMPILED, intrinsic, types


def _lend(_: Any, given: Any) -> Any:
    """Give back an array, generator or tuple of them uncounted: a kernel's arguments, never to be returned or kept."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _uncounted(context, builder, signature.args[0], arguments[0])

    return given(given), generate


def _same(given: Any) -> Any:
    """Give back an argument as it is: plain Python counts it anyway."""
    return given


borrowed: Any = intrinsic(_lend) if IS_COMPILED else _same


def _uncounted(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """Set to null what the counts are found by, in a value or in each member of a tuple."""
    if isinstance(kind, types.BaseTuple):
        members: Any = kind
        for place, member in enumerate(members):
            lent = _uncounted(context, builder, member, builder.extract_value(value, place))
            value = builder.insert_value(value, lent, place)
    elif isinstance(kind, types.Array | types.NumPyRandomGeneratorType):
        place = context.data_model_manager[kind].get_field_position("meminfo")
        value = builder.insert_value(value, ir.Constant(value.type.elements[place], None), place)
    return value
