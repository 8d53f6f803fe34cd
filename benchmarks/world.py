"""World scale: two hundred states from the real capability and alliance data, and how cost grows with N.

``python -m benchmarks.world [--quick]`` prints it as JSON; a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.case import ROOT, peak_mebibytes, synthetic
from sim.experiment.ensemble import plan, simulate_ensemble

DATA = ROOT.parent / "shared" / "data"


def real_world(folder: Path, steps: int) -> Any:
    """Every state of the last year of the capability data, its share, and its defence pacts of 1999 as belief."""
    with gzip.open(folder / "states_capability" / "nmc_1816_2022.csv.gz") as file:
        capability = pd.read_csv(file)
    last = capability[capability.year == capability.year.max()]
    codes = {int(c): f"C{int(c):03d}" for c in last.ccode}
    pacts = pd.read_parquet(folder / "atop" / "dyad_year.parquet").query("year == 1999 and atop_defense == 1")
    allied = [
        {"sender": codes[int(a)], "target": codes[int(b)], "mean": 0.6, "sd": 0.4}
        for a, b in zip(pacts.ccode1, pacts.ccode2, strict=True)
        if a in codes and b in codes
    ]
    return synthetic(
        len(codes),
        steps,
        states=list(codes.values()),
        capability={codes[int(c)]: float(s) for c, s in zip(last.ccode, last.cinc, strict=True)},
        beliefs={"affinities": allied},
    )


def seconds(setup: Any, replicas: int) -> float:
    """Wall seconds of an ensemble, warm."""
    steps = setup.scenario.steps
    layout = plan(steps, 10, set())
    begun = time.perf_counter()
    for _ in simulate_ensemble([setup], layout, replicas):
        pass
    return time.perf_counter() - begun


def world_scale(quick: bool) -> dict[str, Any]:
    """200 states × 520 weekly steps × 64 replicas, and the cost of a replica-step over N²."""
    replicas, steps = (2, 52) if quick else (64, 520)
    growth = {}
    for n in (25, 50, 100, 200):
        setup, count = synthetic(n, 100), max(2, 3200 // (n * n // 4))
        seconds(setup, 1)
        growth[str(n)] = round(1e9 * seconds(setup, count) / (count * 100 * n * n), 2)
    found: dict[str, Any] = {"nanoseconds_per_dyad_step": growth}
    if DATA.exists():
        setup = real_world(DATA, steps)
        took = seconds(setup, replicas)
        found |= {
            "states": len(setup.states),
            "pacts": len(setup.scenario.beliefs.affinities),
            "steps": steps,
            "replicas": replicas,
            "seconds": round(took, 1),
            "peak_memory_mb": peak_mebibytes(),
        }
    else:
        found["skipped"] = "the capability and alliance data are not beside the project"
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two replicas of a year")
    print(json.dumps(world_scale(parser.parse_args().quick)))
