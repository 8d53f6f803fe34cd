"""Blocshift by its own name: all that `import sim` offers, also where a `sim.py` of yours comes first on the path.

``blocshift.run is sim.run``, and so is every public name. The code inside calls itself `sim`, so importing `blocshift`
takes that name: a later ``import sim`` is Blocshift too, here and in worker processes. A script of yours may be called
`sim.py` and import `blocshift`; a module of that name cannot be imported beside it.

Raises
------
ImportError
    Where another `sim` is imported already.
"""

import sys
from importlib import import_module
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim import *  # noqa: F403

HERE = Path(__file__).parent
SIM = HERE.parent / "sim" / "__init__.py"  # a wheel and the repository hold both packages side by side


def _own_sim() -> ModuleType:
    """Import the `sim` beside this package; if the path would lead to another, a door to it comes first on the path.

    Worker processes are given the path, and so come through the same door.
    """
    if "sim" not in sys.modules:
        spec = PathFinder.find_spec("sim")
        if spec is None or spec.origin != str(SIM):
            sys.path.insert(0, str(HERE / "door"))
    package = import_module("sim")
    file = getattr(package, "__file__", None)
    if file is None or not SIM.samefile(file):
        raise ImportError(
            f"another sim is imported already ({file}): import blocshift before it, or rename it"
        )
    return package


_sim = _own_sim()
__all__ = list(_sim.__all__)


def __getattr__(name: str) -> Any:
    """Take a public name from `sim`, which imports it when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_sim, name)


def __dir__() -> list[str]:
    """Name what this package offers, for those who ask a prompt."""
    return sorted(__all__)
