"""All that is asked of Numba: its decorator with a cache of our own, reference counting left out, and BLAS.

Numba takes settings from environment variables and from a `.numba_config.yaml` in the working directory, when it is
imported and again whenever it compiles. In a user's process that is the user's to say. Commands and the processes that
we start, which begin with Python's option for paths that are not safe, read no such file: that folder may be anybody's.
"""

import sys

from sim.isolation import import_elsewhere

if sys.flags.safe_path:
    import_elsewhere()
