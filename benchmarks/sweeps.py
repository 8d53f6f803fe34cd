"""What a sweep costs beside its bare runs: throughput by executor, size and time on disk, memory.

    python -m benchmarks.sweeps throughput|storage|memory [--quick]

Not a test: it reports. Other work on the machine disturbs it, so alternatives run side by side, several
times, and the least time of each counts.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from sim.experiment.ensemble import compiled
from sim.experiment.replica import blank_record
from sim.sweeps.plan import Request, plan_sweep
from sim.sweeps.quantities import saved_steps
from sim.sweeps.sweep import run_sweep

SCENARIO = Path(__file__).parent.parent / "scenarios" / "havana.yaml"
RANGES = {"params.balance": "0:1e-4", "params.noise": "0.006:0.02"}
WORKERS = 2


Cost = tuple[float, float]  # seconds a run: by the clock, and of all processors together


def bare(request: Request) -> Cost:
    """Cost of a run on bare threads: the same compiled calls, nothing kept."""
    job = plan_sweep(SCENARIO, request).job
    shape = job.shape

    def some(first: int) -> None:
        last = -1
        for run in range(first, min(first + 200, shape.n_runs)):
            point, draw, replica = (int(k) for k in shape.keys(run))
            if point != last:
                setup, last = job.points.setup(point), point
                layout = saved_steps(setup.scenario, job.quantities, shape.has_paths)
            size = layout.saved.size, setup.poles.shape[0], len(setup.states)
            compiled(setup, layout, draw, 0, blank_record(1, setup.scenario.steps, *size), replica)

    some(0)
    begun, used = time.perf_counter(), _processor_seconds()
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(some, range(0, shape.n_runs, 200)))
    n = shape.n_runs
    return (time.perf_counter() - begun) / n, (_processor_seconds() - used) / n


def swept(request: Request, executor: str) -> Cost:
    """Cost of a run in a sweep, from the first chunks that came back to the last one kept."""
    seen: list[tuple[float, float, int]] = []
    with tempfile.TemporaryDirectory() as out:
        run_sweep(
            SCENARIO, request, out=out, executor=executor, workers=WORKERS,
            progress=lambda done, *_: seen.append((time.perf_counter(), _processor_seconds(), done)),
        )  # fmt: skip
    first, last = seen[min(2 * WORKERS, len(seen) // 4)], seen[-1]
    n = last[2] - first[2]
    return (last[0] - first[0]) / n, (last[1] - first[1]) / n


def _processor_seconds() -> float:
    """Seconds of processor that this process and all that descend from it have used."""
    parent, used = {}, {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        parent[int(file.parent.name)] = int(fields[1])
        used[int(file.parent.name)] = int(fields[11]) + int(fields[12])
    ours = {os.getpid()}
    while more := {pid for pid, above in parent.items() if above in ours} - ours:
        ours |= more
    return sum(used[pid] for pid in ours) / os.sysconf("SC_CLK_TCK")


def throughput(is_quick: bool) -> None:
    """Compare executors with bare threads."""
    request = Request(RANGES, points=60 if is_quick else 250, draws=8, replicas=4)
    ways = {"bare": lambda: bare(request)} | {
        name: lambda name=name: swept(request, name) for name in ("threads", "processes", "dask")
    }
    least = {name: np.full(2, np.inf) for name in ways}
    for _ in range(2 if is_quick else 4):
        for name, measure in ways.items():
            least[name] = np.minimum(least[name], measure())
    for name, (clock, processor) in least.items():
        by_clock, by_processor = least["bare"]
        print(
            f"{name:10} by the clock {1e6 * clock:6.0f} µs a run, {clock / by_clock:.2f} of bare; "
            f"of processor {1e6 * processor:6.0f} µs, {processor / by_processor:.2f} of bare"
        )


def storage(is_quick: bool) -> None:
    """Compare a sweep's parts with CSV: runs of 500 steps, every measure at every step."""
    import pandas as pd
    import pyarrow.csv as pc

    from sim.sweeps.storage.folder import SweepFolder
    from sim.sweeps.workers.chunks import ChunkSize, cut_into_chunks, simulate_runs

    points = 20 if is_quick else 200
    overrides = ["steps=500", "states=[PRK,RUS,CHN,CUB,KOR]", "record.every=1", "acts=[]", "expect=[]",
                 "poles={}", "capability={}", "record.dyads=[]"]  # fmt: skip
    job = plan_sweep(
        SCENARIO, Request(RANGES, points=points, draws=10, replicas=5, paths=True, overrides=overrides)
    ).job
    chunks = list(
        cut_into_chunks(np.arange(job.shape.n_runs), job.shape.part_size, ChunkSize(fixed=250), lambda: False)
    )
    least, sizes = {"parts": np.inf, "pandas": np.inf, "arrow": np.inf}, {}
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(WORKERS) as pool:
        out = Path(name)
        rows = list(pool.map(lambda chunk: simulate_runs(job, chunk), chunks))
        n_runs = sum(len(r.runs) for r in rows)
        for k in range(3):
            begun = time.process_time()
            with SweepFolder(out / f"sweep{k}", job.shape) as folder:
                for chunk in rows:
                    folder.save(chunk)
            least["parts"] = min(least["parts"], time.process_time() - begun)
        sizes["parts"] = sum(f.stat().st_size for f in (out / "sweep0").rglob("*.parquet"))
        frames = [_long(job, chunk) for chunk in rows]
        for how, write in (("arrow", pc.write_csv), ("pandas", None)):
            begun = time.process_time()
            for k, table in enumerate(frames):
                file = out / f"{how}{k}.csv"
                if write is None:
                    pd.DataFrame(table.to_pandas()).to_csv(file, index=False)
                else:
                    write(table, file)
            least[how] = time.process_time() - begun
            sizes[how] = sum(f.stat().st_size for f in out.glob(f"{how}*.csv"))
    print(f"{n_runs} runs x 500 steps x {len(MEASURES)} measures; parts of {job.shape.part_size} runs")
    for how, seconds in least.items():
        print(
            f"{how:7} {seconds:7.1f} s of processor {sizes[how] / 1e6:6.0f} MB; parts take "
            f"{least['parts'] / seconds:.3f} of its time, {sizes['parts'] / sizes[how]:.3f} of its size"
        )


def _long(job, rows):
    """The same rows as a table of one line for each step of each run."""
    import pyarrow as pa

    from sim.sweeps.quantities import MEASURES

    n_steps = int(rows.lengths[0])
    keys = dict(zip(("point", "draw", "replica"), job.shape.keys(np.repeat(rows.runs, n_steps)), strict=True))
    keys["step"] = np.tile(np.arange(n_steps), len(rows.runs))
    return pa.table(keys | {name: rows.paths[:, k] for k, name in enumerate(MEASURES)})


def memory(is_quick: bool) -> None:
    """Peak memory of sweeps of ever more points, each in a process of its own."""
    for points in (1_000, 10_000) if is_quick else (1_000, 10_000, 100_000):
        code = f"from benchmarks.sweeps import one_of_memory; one_of_memory({points})"
        print(
            subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout,
            end="",
        )


def one_of_memory(points: int) -> None:
    """Run one sweep and print the most memory it held."""
    request = Request(RANGES, points=points, draws=2, replicas=1, overrides=["steps=12", "states=[PRK,RUS,CUB,KOR]",
                  "poles={}", "capability={}", "record.dyads=[[PRK,CUB]]", "expect=[]", "acts=[]"])  # fmt: skip
    peak: list[float] = []
    with tempfile.TemporaryDirectory() as out:
        result = run_sweep(
            SCENARIO, request, out=out, workers=WORKERS, progress=lambda *_: peak.append(_resident())
        )
        from sim.sweeps.analysis.answer import make_answers

        make_answers(result)
        files = len(list(result.path.rglob("*.parquet")))
        megabytes = sum(f.stat().st_size for f in result.path.rglob("*") if f.is_file()) / 1e6
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{points:7} points, {result.manifest['replicas']:7} runs: {max(peak):5.0f} MB while running, "
        f"{most:5.0f} MB at most with the answers; {files} files, {megabytes:.1f} MB on disk, "
        f"{result.manifest['wall_seconds']:.0f} s"
    )


def _resident() -> float:
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * resource.getpagesize() / 1e6


def main() -> None:
    """Parse and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    ways = {"throughput": throughput, "storage": storage, "memory": memory}
    parser.add_argument("what", choices=ways, nargs="*", default=list(ways))
    parser.add_argument("--quick", action="store_true", help="smaller, less exact")
    given = parser.parse_args()
    for name in given.what:
        print(f"--- {name}")
        ways[name](given.quick)


if __name__ == "__main__":
    main()
