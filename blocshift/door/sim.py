"""The one module that this folder adds to the path: it puts Blocshift's package `sim` in its own place."""

import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path

spec = PathFinder.find_spec("sim", [str(Path(__file__).parents[2])])
if spec is None or spec.loader is None:
    raise ImportError("the package sim is not beside blocshift: install Blocshift anew")
sys.modules["sim"] = module_from_spec(spec)
spec.loader.exec_module(sys.modules["sim"])
