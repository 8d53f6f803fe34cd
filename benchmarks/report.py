"""docs/performance.md from what `benchmarks.run` measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

LIBRARIES = ("numpy", "numba", "scipy", "mesa", "agentpy")
GOALS = {
    "speedup_vs_mesa_batch_run": (
        "times faster than idiomatic Mesa, `mesa.batch_run`, 2 processes",
        {"20": 300, "50": 500},
    ),
    "speedup_vs_vectorised_mesa": ("times faster than vectorised Mesa, 2 processes", {}),
    "speedup_vs_agentpy": ("times faster than agentpy, 2 processes reckoned from one", {}),
    "fraction_of_floor": ("share of the machine's floor, a replica-step", {"20": 0.70, "50": 0.75, "200": 0.85}),
    "fraction_of_floor_whole_run": ("the same of a whole run, proofs of blocs and set-up included", {}),
}  # fmt: skip
SINGLE = {
    "threads_scaling": ("two threads over one", "at least 1.8"),
    "peak_memory_mb": ("peak memory of a run of N = 50 × 500 steps, MiB", "at most 400"),
    "compile_s": ("cold compile, by two processes, seconds", "under 15"),
    "warm_start_ratio": (
        "warm `sim run`, N = 20 × 500 steps × 256 replicas, over `import mesa`",
        "under 1.5",
    ),
}
INTRODUCTION = """# Performance

`make bench-report` wrote this page. Each figure is a ratio of two things timed side by side in one run, with one BLAS
thread; seconds are given where there is nothing to compare with. What is not reached is shown as measured.

The *floor* of a replica-step is N(N − 1) normals drawn one by one from a NumPy Generator in compiled code, one float64
product of size N and one pass of `np.tanh`. A replica-step of ours has all phases, ties and memory, measures every
step and blocs every tenth; its time is what the steps after the tenth add to a run of 500, the mean of 40 replicas at
N = 20, 6 at 50 and 2 at 200, of each the shortest of thirty rounds in which floor and runs take turns. A whole run has
in addition its set-up and the blocs of start and end, up to 24 states with proof. The peers run the same law and record
the same course of affinity, acts and blocs; the search for blocs is ours in all of them, and all are timed by what
steps add.
States start from the prior, and beyond twenty of them mind what is done to others less in proportion (`docs/odd.md`).
"""


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _versions() -> Iterator[str]:
    yield f"Python {platform.python_version()}"
    for name in LIBRARIES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            continue


def _table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return [*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows), ""]


def _goals(found: dict[str, Any]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for key, (meaning, goals) in GOALS.items():
        for n, value in found.get(key, {}).items():
            rows.append((meaning, n, f"at least {goals[n]:g}" if n in goals else "", value))
    rows += [(meaning, "", goal, found.get(key, "")) for key, (meaning, goal) in SINGLE.items()]
    return rows


def _world(world: dict[str, Any]) -> list[str]:
    growth = [(n, cost) for n, cost in world["nanoseconds_per_dyad_step"].items()]
    lines = ["## World scale", ""]
    if "skipped" in world:
        lines += [f"Skipped: {world['skipped']}.", ""]
    else:
        lines += [
            f"{world['states']} states with the capabilities of the Correlates of War data and {world['pacts']}",
            f"directed defence pacts of ATOP as belief, {world['steps']} weekly steps × {world['replicas']} replicas:",
            f"{world['seconds']} s, peak memory {world['peak_memory_mb']} MiB.",
            "That is the replicas alone, saved at every tenth step. The tables of a run add 16 bytes and one for each",
            "replica (at most 400) for every affinity at every saved step: 0.4 GB here where every fourth is saved.",
            "",
        ]
    lines += [
        "Growth with N: nanoseconds of a replica-step over N². A constant would be growth as N²; the product of size N",
        "adds a part that grows as N³.",
        "",
    ]
    return lines + _table(("N", "ns per dyad and step"), growth)


def write_report(found: dict[str, Any], path: Path) -> None:
    """Write the page."""
    sizes, costs = ("20", "50", "200"), found["breakdown_us"]
    pieces = [(name, *(cost[n] for n in sizes)) for name, cost in costs.items()]
    if costs:
        pieces.append(("together", *(round(sum(cost[n] for cost in costs.values()), 2) for n in sizes)))
    lines = [
        INTRODUCTION,
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}; {', '.join(_versions())}.",
        "",
        *_table(("what", "N", "goal", "measured"), _goals(found)),
        f"The memory is that of {found['peak_memory_replicas']} replicas.",
        "",
        "## A step, in microseconds",
        "",
        *_table(("phase, timed alone", *(f"N = {n}" for n in sizes)), pieces),
        *_world(found["world_scale"]),
    ]
    path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
