"""All that Numba asks of us: its decorator with a cache of our own, and BLAS. Numba is imported here first.

Numba takes settings from a `.numba_config.yaml` in the working directory, when it is imported and again whenever it
compiles. That folder may be anybody's, so it is imported in a folder of ours and looks for no such file later.
Environment variables count as ever; who imported Numba before has chosen for the whole process.
"""

import contextlib
import os
import sys
from pathlib import Path

if "numba" not in sys.modules:
    with contextlib.chdir(Path(__file__).parent):
        import numba
    numba.core.config._config_fname = os.devnull  # no regular file, so never read
