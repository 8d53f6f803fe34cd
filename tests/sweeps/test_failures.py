"""Runs that fail, or kill their process, are rows; the others are run, and those that failed can be retried."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest

from sim.sweeps.plan import Request
from sim.sweeps.sweep import run_sweep
from tests.sweeps.interruptions import Stop

BAD_POINTS = Request(
    ranges={"steps": [2, 6], "acts.visit.date": ["2024-01-05", "2024-02-01"]}, design="grid",
    overrides=["sweep.vary=null"],
)  # fmt: skip


def test_a_bad_point_is_a_row_and_the_others_are_run(small, tmp_path):
    """Two steps end before the act of 1 February: that point fails, the three others do not."""
    found = run_sweep(small, BAD_POINTS, out=tmp_path, chunk=4)
    assert found.manifest["failed"] == 6
    assert found.manifest["done"] == 18
    failures = found.table("failures")
    assert set(failures["point"]) == {1}
    assert sorted(zip(failures["draw"], failures["replica"], strict=True)) == [
        (d, r) for d in range(3) for r in range(2)
    ]
    assert set(failures["rng_seed"]) == {7}
    assert failures["error"].str.contains("outside the horizon").all()
    assert failures["error"].str.startswith("Traceback").all()
    y = found.outcome("mean_affinity")
    assert np.isnan(y[1]).all()
    assert np.isfinite(y[[0, 2, 3]]).all()


def test_retry_failed_runs_those_alone(small, tmp_path, monkeypatch):
    from sim.sweeps.workers import chunks

    whole = run_sweep(small, Request(), out=tmp_path / "whole")
    real, seen = chunks.compiled, []

    def fails_sometimes(setup, layout, replica, row, record, copied=0):
        if replica == 1 and copied == 1:
            raise ZeroDivisionError("a bad day")
        return real(setup, layout, replica, row, record, copied)

    def watched(*arguments):
        seen.append(arguments)
        return real(*arguments)

    monkeypatch.setattr(chunks, "compiled", fails_sometimes)
    bad = run_sweep(small, Request(), out=tmp_path / "bad", chunk=4)
    assert bad.manifest["failed"] == 6
    assert bad.first_failure() == "point 0, draw 1: ZeroDivisionError: a bad day"
    monkeypatch.setattr(chunks, "compiled", watched)
    assert run_sweep(small, Request(), out=tmp_path / "bad", is_resumed=True).manifest["failed"] == 6
    assert not seen
    good = run_sweep(small, Request(), out=tmp_path / "bad", is_retried=True)
    assert len(seen) == 6
    assert good.manifest["failed"] == 0
    assert good.manifest["content_hash"] == whole.manifest["content_hash"]


def test_a_measure_that_fails_is_a_row_too(small, tmp_path, monkeypatch):
    def broken(*_):
        raise ValueError("no measure")

    monkeypatch.setattr("sim.sweeps.workers.chunks.outcomes", broken)
    found = run_sweep(small, Request(), out=tmp_path)
    assert (found.manifest["failed"], found.manifest["done"]) == (36, 0)
    assert found.first_failure().endswith("ValueError: no measure")


@pytest.mark.parametrize(
    ("workers", "noise", "how"),
    [
        pytest.param(1, 0.011, "SIGSEGV", id="one", marks=pytest.mark.slow),
        pytest.param(2, 0.012, "exit code 7", id="two"),
    ],
)
def test_a_point_that_kills_its_process_is_a_row_too(small, tmp_path, deadly, workers, noise, how):
    request = deadly(noise, 0.013)
    found = run_sweep(small, request, out=tmp_path, executor="processes", workers=workers, chunk=2 // workers)
    assert found.manifest["failed"] == 1
    assert found.first_failure() == f"point 0, draw 0: WorkerDied: the run ended its process ({how})"
    assert list(np.isfinite(found.outcome("mean_affinity")[:, 0, 0])) == [False, True]
    assert run_sweep(small, request, out=tmp_path, is_resumed=True).is_cached


def test_an_innocent_run_whose_process_the_system_kills_is_tried_once_more(small, tmp_path):
    own, killed = tmp_path / "own.py", tmp_path / "killed"
    own.write_text(KILLED_ONCE.format(killed=str(killed)))
    request = Request(points=2, draws=1, replicas=1, strategies=own)
    found = run_sweep(small, request, out=tmp_path, executor="processes", workers=1, chunk=1)
    assert killed.exists()
    assert found.manifest["failed"] == 0


KILLED_ONCE = """import os, pathlib, signal
from sim import StateAgent

class Innocent(StateAgent):
    def __init__(self, model, index):
        super().__init__(model, index)
        if not os.path.exists({killed!r}):
            pathlib.Path({killed!r}).touch()
            os.kill(os.getpid(), signal.SIGKILL)

    def decide(self, target, uniform):
        return None

strategies = {{"PRK": Innocent}}
"""


@pytest.mark.slow
def test_points_that_kill_are_the_same_rows_however_they_are_run(small, tmp_path, deadly):
    """Half of the points kill; the sweep is cut off and resumed, retried, and run by others."""
    request = deadly(0.01, 0.011, 0.012, 0.013, 0.014, 0.011)
    whole = run_sweep(small, request, out=tmp_path / "whole", workers=2, chunk=1)
    assert whole.manifest["failed"] == 3
    with pytest.raises(RuntimeError, match="power failure"):
        run_sweep(small, request, out=tmp_path / "cut", workers=1, chunk=3, progress=Stop(2))
    done = run_sweep(small, request, out=tmp_path / "cut", workers=1, is_resumed=True)
    assert done.manifest["content_hash"] == whole.manifest["content_hash"]
    again = run_sweep(small, request, out=tmp_path / "cut", workers=2, is_retried=True)
    assert not again.is_cached
    assert again.manifest["content_hash"] == whole.manifest["content_hash"]


@pytest.mark.slow
def test_a_killed_worker_process_costs_its_chunks_alone(small, swept, tmp_path):
    """Worker processes are killed once; the sweep starts others and gives out again what they had."""
    killed = []

    def kill(done, total, failed):
        if not killed:
            mine = subprocess.run(
                ["pgrep", "-P", str(os.getpid()), "-f", "loky"], capture_output=True, text=True
            )
            for pid in mine.stdout.split():
                command_line = Path(f"/proc/{pid}/cmdline").read_bytes()
                if b"popen_loky" in command_line:
                    os.kill(int(pid), signal.SIGKILL)
                    killed.append(pid)

    request = Request(points=60)
    done = run_sweep(
        small, request, out=tmp_path / "killed", executor="processes", workers=2, chunk=4, progress=kill
    )
    assert killed
    whole = run_sweep(small, request, out=tmp_path / "whole")
    assert done.manifest["failed"] == 0
    assert done.manifest["content_hash"] == whole.manifest["content_hash"]
