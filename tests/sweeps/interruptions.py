"""Sweeps cut off on purpose, for tests."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.sweeps.plan import Request, plan_sweep
from sim.sweeps.sweep import run_sweep
from tests.conftest import ROOT


def unfinished(out: Path) -> Path:
    [folder] = out.glob("*/sweep-*")
    return folder


class Stop:
    """A progress callback that ends the sweep, as a power failure would, after some chunks."""

    def __init__(self, chunks):
        self.left = chunks

    def __call__(self, done, total, failed):
        self.left -= 1
        if self.left == 0:
            raise RuntimeError("power failure")


def cut_off(small, out, chunks=5, request=None, **how):
    with pytest.raises(RuntimeError, match="power failure"):
        run_sweep(small, request or Request(), out=out, chunk=3, progress=Stop(chunks), **how)
    return unfinished(out)


def start(small, out, *more):
    line = [sys.executable, "-c", "from sim.cli import main; main()", "sweep", str(small), "--out", str(out)]
    return subprocess.Popen(
        [*line, "--points", "300", "--chunk", "5", *more], cwd=ROOT, text=True, stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )  # fmt: skip


def wait_for_chunks(out, process, n=3):
    for _ in range(1200):
        if len(list(out.glob("small/sweep-*/chunks/*.parquet"))) >= n or process.poll() is not None:
            return
        time.sleep(0.02)


def shape_of(small, request=None):
    """How the runs of a sweep are numbered."""
    return plan_sweep(small, request or Request()).job.shape
