"""The first run's code is compiled by two processes: when, and that what the other compiles is found."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sim.compiled import cache
from sim.experiment import compiling
from sim.experiment.run import run
from tests.conftest import ROOT

FIRST_RUN = """
import sys
from sim.dynamics.choose import choose
from sim.dynamics.drift import drift
from sim.experiment.run import run
from sim.outcomes.blocs.exact import _solve
run(sys.argv[1], replicas=2, out=sys.argv[2])
for kernel in (choose, drift, _solve):
    print(kernel.__name__, len(kernel.stats.cache_hits), len(kernel.stats.cache_misses))
"""


def look_for_compiled_code_in(folder, monkeypatch):
    monkeypatch.setattr(cache, "kernel_folder", lambda: folder)


def test_another_process_is_started_only_where_nothing_is_compiled(tmp_path, monkeypatch):
    look_for_compiled_code_in(tmp_path, monkeypatch)
    monkeypatch.setattr(compiling, "COMMAND", f"open({str(tmp_path / 'begun')!r}, 'w').close()")
    with compiling.compiled_beside(2) as is_cold:
        assert is_cold
    assert (tmp_path / "begun").exists()  # it was waited for
    (tmp_path / "begun").unlink()
    (tmp_path / "sim.experiment.replica.simulate_replica-1.nbc").touch()
    with compiling.compiled_beside(2) as is_cold:
        assert not is_cold
    assert not (tmp_path / "begun").exists()


def test_a_failure_does_not_wait_for_the_other_process(tmp_path, monkeypatch):
    look_for_compiled_code_in(tmp_path, monkeypatch)
    monkeypatch.setattr(compiling, "COMMAND", "import time; time.sleep(600)")
    with pytest.raises(ValueError, match="bad input"), compiling.compiled_beside(2):
        raise ValueError("bad input")


def test_the_other_process_runs_nothing_that_lies_in_the_folder_one_works_in(tmp_path, monkeypatch):
    (tmp_path / "sim.py").write_text("open('begun', 'w').close()")
    monkeypatch.chdir(tmp_path)
    look_for_compiled_code_in(tmp_path, monkeypatch)
    monkeypatch.setattr(compiling, "COMMAND", "import sim")
    with compiling.compiled_beside(2) as is_cold:
        assert is_cold
    assert not (tmp_path / "begun").exists()


def test_nothing_is_compiled_for_a_run_that_is_finished(tmp_path, monkeypatch):
    scenario = ROOT / "scenarios" / "havana.yaml"
    first = run(scenario, replicas=2, out=tmp_path / "out")
    look_for_compiled_code_in(tmp_path, monkeypatch)
    monkeypatch.setattr(compiling, "COMMAND", f"open({str(tmp_path / 'begun')!r}, 'w').close()")
    assert run(scenario, replicas=2, out=tmp_path / "out").manifest == first.manifest
    assert not (tmp_path / "begun").exists()


@pytest.mark.slow
def test_a_first_run_finds_what_the_other_process_compiled(tmp_path):
    command = [
        sys.executable,
        "-c",
        FIRST_RUN,
        str(ROOT / "scenarios" / "havana.yaml"),
        str(tmp_path / "out"),
    ]
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    assert told.split() == ["choose", "1", "0", "drift", "1", "0", "_solve", "1", "0"]
