"""Sweeps on Dask: a cluster of this process's own, and a scheduler with workers of which one is killed."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

import numpy as np
import pytest

from sim.errors import InputError
from sim.sweeps.plan import Request
from sim.sweeps.sweep import run_sweep
from tests.conftest import ROOT

pytest.importorskip("distributed", reason="Dask is an extra: pip install 'blocshift[dask]'")
pytestmark = pytest.mark.filterwarnings("default")  # what Dask's own threads say is not ours


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def scheduler(request):
    """Address of a scheduler with two worker processes on loopback, and those processes.

    With the parameter `--nanny` they are started anew when they die.
    """
    address = f"127.0.0.1:{free_port()}"
    env = os.environ | {"PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "60s"}

    def dask(what, *arguments):
        line = [sys.executable, "-m", "distributed.cli.dask_" + what, *arguments]
        return subprocess.Popen(line, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    host, port = address.split(":")
    started = [dask("scheduler", "--host", host, "--port", port, "--no-dashboard")]
    one = ("--host", host, "--nthreads", "1", getattr(request, "param", "--no-nanny"), "--no-dashboard")
    started += [dask("worker", f"tcp://{address}", *one) for _ in range(2)]
    try:
        yield f"tcp://{address}", started[1:]
    finally:
        for process in started:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()


def test_a_cluster_on_this_machine_gives_the_same_content(small, tmp_path):
    bare = run_sweep(small, Request(), out=tmp_path / "bare")
    dask = run_sweep(small, Request(), out=tmp_path / "dask", executor="dask", workers=1, chunk=6)
    assert dask.manifest["content_hash"] == bare.manifest["content_hash"]


@pytest.mark.slow
def test_a_point_that_kills_its_worker_is_a_row(small, tmp_path, deadly):
    request = deadly(0.01, 0.011, 0.013)
    dask = run_sweep(small, request, out=tmp_path, executor="dask", workers=2, chunk=1)
    assert dask.first_failure() == "point 1, draw 0: WorkerDied: the run ended its process (SIGSEGV)"
    assert list(np.isfinite(dask.outcome("mean_affinity")[:, 0, 0])) == [True, False, True]


@pytest.mark.slow
@pytest.mark.parametrize("scheduler", ["--nanny"], indirect=True)
def test_points_that_kill_every_worker_that_tries_them_are_rows(small, tmp_path, deadly, scheduler):
    """The workers die one after the other, the copies of the job and rows not yet fetched with them."""
    request = deadly(0.01, 0.011, 0.012, 0.013)
    dask = run_sweep(small, request, out=tmp_path / "dask", executor="dask", scheduler=scheduler[0], chunk=1)
    assert dask.manifest["failed"] == 2
    alone = run_sweep(small, request, out=tmp_path / "alone", executor="processes")
    assert dask.manifest["content_hash"] == alone.manifest["content_hash"]


def test_one_of_two_workers_is_killed_midway(small, tmp_path, scheduler):
    address, workers = scheduler
    request = Request(points=120)
    bare = run_sweep(small, request, out=tmp_path / "bare")
    killed = []

    def kill(done, total, failed):
        if not killed and done > total / 4:
            workers[0].send_signal(signal.SIGKILL)
            killed.append(done)

    for _ in range(100):  # both workers take part
        if _n_workers(address) == 2:
            break
        time.sleep(0.1)
    dask = run_sweep(
        small, request, out=tmp_path / "dask", executor="dask", scheduler=address, chunk=6, progress=kill
    )
    assert killed
    assert workers[0].wait(10) == -signal.SIGKILL
    assert workers[1].poll() is None
    assert dask.manifest["failed"] == 0
    assert dask.manifest["content_hash"] == bare.manifest["content_hash"]


def _n_workers(address):
    from distributed import Client

    with Client(address, set_as_default=False, timeout=30) as client:
        return len(client.ncores())


UNGUARDED = """import sys
from sim import InputError, sweep
try:
    sweep(sys.argv[1], out=sys.argv[2], executor="dask", workers=1)
except InputError as error:
    print(error, file=sys.stderr)
"""


@pytest.mark.slow
def test_a_script_without_main_guard_is_told_so_in_one_line(small, tmp_path):
    (tmp_path / "script.py").write_text(UNGUARDED)
    command = [sys.executable, tmp_path / "script.py", small, tmp_path / "out"]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    assert told == (
        "--executor dask: no Dask workers could be had: Nanny failed to start.; "
        'a script needs `if __name__ == "__main__":` around its sweep\n'
    )


def test_a_scheduler_that_is_not_there_is_said(small, tmp_path, monkeypatch):
    monkeypatch.setattr("sim.sweeps.workers.cluster.WAIT", 1)
    with pytest.raises(InputError, match=r"--scheduler tcp://127\.0\.0\.1:9: no Dask workers could be had"):
        run_sweep(small, Request(), out=tmp_path, executor="dask", scheduler="tcp://127.0.0.1:9")
