"""How much a sweep would take, reckoned before anything is laid out or written."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from sim.errors import complain
from sim.limits import memory
from sim.scenario.schema.models import Sweep
from sim.sweeps.quantities import MEASURES

PER_RUN = 24  # bytes of memory: which runs are done, and an outcome while it is analysed
PER_CELL = 24  # bytes of memory for each key of each point: position, value, and both as they are written
COMPRESSED = 0.4  # of the size in memory, as measured (docs/sweeps.md)
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


@dataclass(frozen=True)
class Size:
    """What a sweep would take.

    Attributes
    ----------
    runs
        Number of runs.
    memory, disk
        Estimates [bytes].
    """

    runs: int
    memory: int
    disk: int

    def __str__(self) -> str:
        """Read as ``10,000 runs, some 2.0 MiB of memory and 1.1 MiB on disk``."""
        return (
            f"{self.runs:,} runs, some {_readable(self.memory)} of memory and {_readable(self.disk)} on disk"
        )

    def refuse_beyond_memory(self) -> None:
        """Refuse a sweep whose points and runs this machine cannot hold.

        Raises
        ------
        InputError
            With the estimate.
        """
        there = memory()
        if self.memory > there:
            reason = f"is too large: {self}; this machine has {_readable(there)} of memory"
            raise complain(f"{reason}. Ask for fewer points, draws or replicas", key="sweep")

    def refuse_beyond_disk(self, folder: Path) -> None:
        """Refuse a sweep whose results the disk of a folder, which need not be there yet, cannot take.

        Raises
        ------
        InputError
            With the estimate.
        """
        place = next((p for p in (folder, *folder.absolute().parents) if p.is_dir()), Path())
        try:
            disk = shutil.disk_usage(place)
        except OSError:
            return  # whatever is wrong with the place is said when it is written to
        if self.disk > disk.free and disk.total:  # no disk at all has a size of 0
            reason = f"is too large: {self}, where {_readable(disk.free)} are free"
            raise complain(
                f"{reason}. Ask for fewer points, draws, replicas or paths", file=folder, key="sweep"
            )


def estimate(n_points: int, n_keys: int, sweep: Sweep, n_columns: int, n_steps: int) -> Size:
    """Estimate the size of a sweep from its points, draws and replicas, and what it keeps of each run."""
    runs = n_points * sweep.draws * sweep.replicas
    numbers = 4 + n_columns + (len(MEASURES) * (n_steps + 1) if sweep.paths else 0)
    return Size(runs, PER_RUN * runs + PER_CELL * n_points * n_keys, int(COMPRESSED * 4 * numbers * runs))


def _readable(size: float) -> str:
    for unit in _UNITS:
        if size < 1024 or unit == _UNITS[-1]:
            break
        size /= 1024
    return f"{size:.3g} {unit}"
