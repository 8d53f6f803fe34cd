"""A user's process, in which `sim` is a library among others: Numba and Python stay as they are told to be."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

SHOW = """
import gc, json, os, signal, sys, warnings
import numpy as np
from threadpoolctl import threadpool_info

def show():
    from numba.core import config
    settings = {n: repr(v) for n, v in vars(config).items() if n.isupper() or n == "_config_fname"}
    threads = {pool["prefix"]: pool["num_threads"] for pool in threadpool_info()}
    print(json.dumps([
        settings, dict(os.environ), np.geterr(), gc.get_threshold(), os.getcwd(), sys.path, threads.get("libopenblas"),
        str(signal.getsignal(signal.SIGINT)), repr(sys.meta_path), os.umask(0o22), sys.flags.safe_path,
        [repr(f) for f in warnings.filters if "sim" in repr(f)],
    ]))
"""
SIM = """
import sim
from sim.experiment.run import run
run(sys.argv[1], replicas=2, out=sys.argv[2])
"""
USERS = """
from numba import njit

@njit(cache=True)
def doubled(number):
    return 2 * number

assert doubled(21) == 42
"""


@pytest.fixture
def shown(tmp_path):
    """Run a script in a folder with settings of Numba; gives what it shows of its process."""
    (tmp_path / ".numba_config.yaml").write_text("cache_dir: of_the_user\nshow_help: 1\n")
    (tmp_path / "users.py").write_text(USERS)

    def show(script):
        (tmp_path / "script.py").write_text(f"{SHOW}{script}show()\n")
        command = [sys.executable, "script.py", ROOT / "scenarios" / "havana.yaml", tmp_path / "results"]
        environment = {n: v for n, v in os.environ.items() if not n.startswith(("NUMBA", "OMP"))}
        done = subprocess.run(
            command, cwd=tmp_path, env=environment | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE,
            text=True, check=True,
        )  # fmt: skip
        return done.stdout

    return show


@pytest.mark.slow
def test_importing_sim_and_running_sets_nothing_for_others(shown, tmp_path):
    scipy = "import scipy.linalg, numba\n"  # the libraries whose threads are counted
    assert shown(f"{scipy}import users\n") == shown(f"{SIM}{scipy}import users\n")
    [cached] = (tmp_path / "of_the_user").rglob("users.doubled-*.nbi")
    assert cached.is_file()
