"""Borrowed references: arguments of a kernel without Numba's reference counting.

A function that takes an array counts one reference more, and one fewer when it is done. For a tuple of twelve arrays
that is twelve locked additions and as many subtractions; in a step of twenty states they came to a tenth of its time.
Who calls a kernel holds its arguments until it returns anyway.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from sim.compiled.kernels import IS_COMPILED, intrinsic, types


def _borrow(_: Any, kind: Any) -> Any:
    """Borrow an array, generator or tuple of them: a kernel's arguments, never to be returned or stored."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _without_count(context, builder, signature.args[0], arguments[0])

    return kind(kind), generate


def _same(argument: Any) -> Any:
    """Give back an argument as it is: plain Python counts references anyway."""
    return argument


borrowed: Any = intrinsic(_borrow) if IS_COMPILED else _same


def _without_count(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """Set to null the address of the reference count, in a value or in each member of a tuple."""
    if isinstance(kind, types.BaseTuple):
        members: Any = kind
        for place, member in enumerate(members):
            part = _without_count(context, builder, member, builder.extract_value(value, place))
            value = builder.insert_value(value, part, place)
    elif isinstance(kind, types.Array | types.NumPyRandomGeneratorType):
        place = context.data_model_manager[kind].get_field_position("meminfo")
        value = builder.insert_value(value, ir.Constant(value.type.elements[place], None), place)
    return value
