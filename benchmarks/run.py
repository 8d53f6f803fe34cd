"""``python -m benchmarks.run [--quick] [--report]``: ratios side by side, and benchmarks/latest.json."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mesa
import numpy as np

from benchmarks.case import ROOT, synthetic
from benchmarks.floor import fraction_of_floor, open_ended
from benchmarks.peers import PlainMesa, VectorMesa, run_agentpy
from benchmarks.pieces import breakdown
from benchmarks.report import write_report
from sim.experiment.ensemble import simulate_ensemble

LATEST = ROOT / "benchmarks" / "latest.json"


def law_rate(n: int, steps: int, replicas: int, workers: int = 2) -> float:
    """Replica-steps per second of the ensemble."""

    def run(steps: int) -> None:
        for _ in simulate_ensemble([synthetic(n, steps)], open_ended(steps), replicas, workers):
            pass

    return rate(run, steps, replicas)


def rate(run: Callable[[int], object], steps: int, replicas: int = 2) -> float:
    """Replica-steps per second of something that runs some replicas, by the difference of a long and a short run.

    What comes before the first step and after the last is then not held against it: processes, imports, the model
    of the peers; the proof of blocs of the law. Median of three differences.
    """
    short = max(1, steps // 10)
    run(1)  # what is compiled is then at hand
    took = sorted(_seconds(run, steps) - _seconds(run, short) for _ in range(3))
    return replicas * (steps - short) / max(1e-9, took[1])


def _seconds(run: Callable[[int], object], steps: int) -> float:
    begun = time.perf_counter()
    run(steps)
    return time.perf_counter() - begun


def mesa_rate(model: type[mesa.Model], n: int, steps: int) -> float:
    """Replica-steps per second of a peer under `mesa.batch_run` with two processes."""

    def run(steps: int) -> object:
        return mesa.batch_run(
            model, {"n_states": n}, number_processes=2, rng=[1, 2], max_steps=steps,
            data_collection_period=1, display_progress=False,
        )  # fmt: skip

    return rate(run, steps)


def agentpy_rate(n: int, steps: int) -> float:
    """Replica-steps per second of agentpy on one process, times two."""
    return rate(lambda steps: run_agentpy(n, steps), steps)


def speedups(quick: bool) -> dict[str, dict[str, float]]:
    """How many times faster the ensemble is than each peer, by N, on two cores."""
    found: dict[str, dict[str, float]] = {"mesa_batch_run": {}, "vectorised_mesa": {}, "agentpy": {}}
    has_agentpy = importlib.util.find_spec("agentpy") is not None
    for n, plain_steps, vector_steps in ((20, 600, 6000), (50, 60, 3000))[: 1 if quick else 2]:
        share = 0.2 if quick else 1.0
        few, many = max(4, int(share * plain_steps)), int(share * vector_steps)
        before = law_rate(n, 500, 64 if quick else 256)
        rates = [mesa_rate(PlainMesa, n, few), mesa_rate(VectorMesa, n, many)]
        rates += [agentpy_rate(n, few)] if has_agentpy else []
        ours = (before + law_rate(n, 500, 64 if quick else 256)) / 2
        for name, rate in zip(found, rates, strict=False):
            found[name][str(n)] = round(ours / rate, 1)
    return found


def threads_scaling(quick: bool) -> float:
    """Throughput of two threads over one."""
    replicas = 16 if quick else 100
    pairs = [(law_rate(50, 200, replicas, 2), law_rate(50, 200, replicas, 1)) for _ in range(3)]
    return round(sorted(two / one for two, one in pairs)[1], 3)


def _run_scenario(text: str, *options: str, environment: dict[str, str] | None = None) -> tuple[float, float]:
    """Wall seconds and peak MiB of a whole `sim run` process."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "scenarios").mkdir()
        shutil.copytree(ROOT / "seeds", home / "seeds")
        file = home / "scenarios" / "bench.yaml"
        file.write_text(text)
        code = "import sys\nfrom sim.cli import main\ntry:\n    main()\nfinally:\n"
        code += (
            "    from benchmarks.case import peak_mebibytes\n    print(peak_mebibytes(), file=sys.stderr)\n"
        )
        command = [sys.executable, "-c", code, "run", str(file), "--out", str(home / "out"), *options]
        begun = time.perf_counter()
        done = subprocess.run(
            command,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, **(environment or {})},
        )
        return time.perf_counter() - begun, float(done.stderr.splitlines()[-1])


def scenario_text(n: int, steps: int, replicas: int) -> str:
    """A scenario file of N unnamed states."""
    states = [f"S{i:03d}" for i in range(n)]
    names = "\n".join(f"  {code}: state {code}" for code in states)
    return (
        f"question: how fast?\nstart: 2024-01-01\nsteps: {steps}\nreplicas: {replicas}\ncodebook: ../seeds\n"
        f"states: [{', '.join(states)}]\nnames:\n{names}\nrecord: {{every: 10, acts: false}}\n"
    )


def whole_processes(quick: bool) -> dict[str, float]:
    """Cold compile, warm start against importing Mesa, and the peak memory of a long ensemble."""
    text = scenario_text(20, 500, 256)
    _run_scenario(text)
    pairs = [
        (_run_scenario(text, "--set", f"rng_seed={k}")[0], _timed([sys.executable, "-c", "import mesa"]))
        for k in range(2 if quick else 15)
    ]
    warm = float(np.median([ours for ours, _ in pairs]))
    replicas = 200 if quick else 10_000
    found = {
        "warm_start_ratio": round(float(np.median([ours / theirs for ours, theirs in pairs])), 2),
        "peak_memory_mb": _run_scenario(scenario_text(50, 500, replicas))[1],
        "peak_memory_replicas": replicas,
    }
    if not quick:
        with tempfile.TemporaryDirectory() as cache:
            cold = _run_scenario(text, environment={"NUMBA_CACHE_DIR": cache})[0]
        found["compile_s"] = round(cold - warm, 1)
    return found


def _timed(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - begun


def world(quick: bool) -> dict[str, Any]:
    """`benchmarks.world` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.world", *(["--quick"] if quick else [])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def measured(quick: bool) -> dict[str, Any]:
    """Everything, as it goes into latest.json."""
    found: dict[str, Any] = {"quick": quick}
    whole, step = fraction_of_floor((20, 50, 200), *((100, 1) if quick else (500, 30)))
    found |= {"fraction_of_floor": step, "fraction_of_floor_whole_run": whole}
    found["breakdown_us"] = {} if quick else breakdown((20, 50, 200))  # a minute of compiling
    found |= {f"speedup_vs_{name}": figures for name, figures in speedups(quick).items()}
    found["threads_scaling"] = threads_scaling(quick)
    found |= whole_processes(quick)
    found["world_scale"] = world(quick)
    return found


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="end within a minute")
    parser.add_argument("--report", action="store_true", help="write docs/performance.md")
    options = parser.parse_args()
    found = measured(options.quick)
    LATEST.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))
    if not found["speedup_vs_agentpy"]:
        print("agentpy is not installed: pip install '.[bench]'", file=sys.stderr)
    if options.report:
        write_report(found, ROOT / "docs" / "performance.md")


if __name__ == "__main__":
    main()
