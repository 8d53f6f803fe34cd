"""Shapes of arrays as annotations, `Float[np.ndarray, "N N"]`: jaxtyping's own where shapes are checked.

A run checks none, and importing jaxtyping would take it longer than importing NumPy. So shapes are jaxtyping's for
type checkers and for whoever has imported it first, as the tests do; otherwise they stand for any array.
"""

import sys
from typing import TYPE_CHECKING, Annotated

if TYPE_CHECKING or "jaxtyping" in sys.modules:
    from jaxtyping import Bool, Float, Float32, Int, Int32, UInt64
else:
    Bool = Float = Float32 = Int = Int32 = UInt64 = Annotated

__all__ = ["Bool", "Float", "Float32", "Int", "Int32", "UInt64"]
