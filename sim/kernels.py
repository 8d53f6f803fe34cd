"""Where compiled code is kept: in a folder named after the sources, so that no change of them is missed.

Numba notices a change in the file of a function, not in the files of what it calls. One folder for
each state of the sources makes a stale kernel impossible.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterable
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path

PACKAGE = Path(__file__).parent
COMPILED_ROOMS = ("dynamics", "outcomes", "calibration", "experiment")


def source_hash(rooms: Iterable[str]) -> str:
    """SHA-256 over the names and contents of the source files of some rooms."""
    digest = hashlib.sha256()
    for file in sorted(f for room in rooms for f in (PACKAGE / room).rglob("*.py")):
        digest.update(file.relative_to(PACKAGE).as_posix().encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def keep_compiled_code() -> None:
    """Point Numba's cache to the folder of the present sources, and drop the folders of older ones.

    An installation that cannot be written, or a NUMBA_CACHE_DIR of the user's, is left to Numba.
    """
    home = PACKAGE / "__pycache__"
    folder = home / f"kernels-{source_hash(COMPILED_ROOMS)[:16]}"
    if "NUMBA_CACHE_DIR" in os.environ or not os.access(PACKAGE, os.W_OK):
        return
    for old in home.glob("kernels-*"):
        if old != folder:
            shutil.rmtree(old, ignore_errors=True)
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    if "numba" in sys.modules:
        sys.modules["numba"].config.reload_config()


def load_blas() -> None:
    """Load the BLAS that compiled products call, without the rest of its package, and name its `dsyrk` for them.

    Numba imports `scipy.linalg.cython_blas` at the first product. That one module loads in 2 ms, while all of
    `scipy.linalg`, of which a run needs nothing else, takes 150.
    """
    import scipy
    from llvmlite import binding
    from numba.extending import get_cython_function_address

    name = "scipy.linalg.cython_blas"
    spec = PathFinder.find_spec(name, [str(Path(folder, "linalg")) for folder in scipy.__path__])
    if name not in sys.modules and spec and spec.loader:
        sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    binding.add_symbol("blas_dsyrk", get_cython_function_address(name, "dsyrk"))
