"""Shapes and types of arrays are checked in all modules that annotate them and compile nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from beartype import beartype
from jaxtyping import AbstractArray, install_import_hook

SIM = Path(__file__).parents[1] / "sim"


def check_shapes() -> None:
    """Have the arrays that functions take and give checked; has to come before the package is imported."""
    install_import_hook(list(modules_of_arrays()), "tests.shapes.check_arrays")


def modules_of_arrays() -> Iterator[str]:
    """Every module that annotates shapes; Numba cannot compile a checked function."""
    for file in sorted(SIM.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if "from sim.shapes import" in text and "@njit" not in text:
            yield ".".join(file.relative_to(SIM.parent).with_suffix("").parts)


def check_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function check its arrays alone: other types are mypy's to check."""
    hints = function.__annotations__.items()
    function.__annotations__ = {name: hint for name, hint in hints if is_array(hint)}
    return beartype(function)


def is_array(hint: Any) -> bool:
    """Whether an annotation names the shape of one array."""
    return isinstance(hint, type) and issubclass(hint, AbstractArray)
