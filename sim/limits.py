"""What a request may ask of this machine: more is refused with the estimate, before anything is written."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MAX_DAYS = 30  # of computing; whoever needs more cuts the question into several
SMALL = 2**30  # bytes to write, of which the writing itself tells whether there is room
_CONTAINER = Path("/sys/fs/cgroup/memory.max")


def processors() -> int:
    """Processors that a process here may use."""
    return os.cpu_count() or 1


def memory() -> int:
    """Bytes of memory that a process here may have: the machine's, or fewer where a container has a limit."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(total, int(_CONTAINER.read_text()))
    except (OSError, ValueError):  # no container, or "max"
        return total


def free_disk(folder: Path) -> int:
    """Bytes free where a folder is, or would be made."""
    return shutil.disk_usage(
        next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
    ).free


def excess(
    memory_bytes: float = 0, seconds: float = 0, disk_bytes: float = 0, folder: Path = Path()
) -> str | None:
    """Say what of an estimate is more than there is, ready to follow a subject; `None` where there is enough.

    Parameters
    ----------
    memory_bytes, seconds
        Peak memory, and time with all processors at work.
    disk_bytes, folder
        What is written, and where.
    """
    if memory_bytes > memory():
        return f"would take about {_gib(memory_bytes)} of memory, and this machine has {_gib(memory())}"
    if seconds > MAX_DAYS * 86_400:
        days = f"{seconds / 86_400:,.0f} days of {processors()} processors"
        return f"would take about {days}, and {MAX_DAYS} are the most"
    if disk_bytes > SMALL and disk_bytes > free_disk(folder):
        return f"would write about {_gib(disk_bytes)}, and the disk has {_gib(free_disk(folder))} free"
    return None


def _gib(size: float) -> str:
    return f"{size / 2**30:,.0f} GiB" if size >= 2**30 else f"{size / 2**20:,.0f} MiB"
