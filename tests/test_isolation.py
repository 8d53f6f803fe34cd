"""A folder of somebody's, with a scenario: no module in it is executed, no settings are taken from it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from sim.isolation import SAFE, safe_path
from tests.conftest import ROOT

POISON = "open({place!r}, 'a').write({name!r} + chr(10))\nraise ImportError('executed')\n"
SCENARIO = """question: Small?
start: 2024-01-01
steps: 4
replicas: 4
states: [AAA, BBB]
names: {AAA: A land, BBB: B land}
codebook: ../seeds
acts:
  - {id: gift, date: 2024-01-10, sender: AAA, target: BBB, type: G1}
"""
STRATEGIES = """from sim import StateAgent

class Quiet(StateAgent):
    def decide(self, *_):
        return None

strategies = {"AAA": Quiet}
"""
SIM = str(Path(sys.executable).with_name("sim"))
SWEEP = "sweep s.yaml --vary params.noise=.005:.02 --points 4 --draws 1 --replicas 1 --workers 2 --out ../out"


@pytest.fixture
def poisoned(tmp_path):
    """A folder in which every module that anyone might import lies, and files of settings."""
    here = tmp_path / "here"
    here.mkdir()
    names = {*sys.stdlib_module_names, *packages_distributions(), "evil", "sitecustomize", "usercustomize"}
    for name in names - {"sim", "tests"}:
        (here / f"{name}.py").write_text(POISON.format(place=str(tmp_path / "executed"), name=name))
    (here / ".numba_config.yaml").write_text("cache_dir: cache\ncache_locator_classes: evil.Evil\nopt: 0\n")
    (here / "matplotlibrc").write_text("no.such.key: 1\nbackend: module://evil\ntimezone: nowhere\n")
    (here / "s.yaml").write_text(SCENARIO)
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    (here / "own.py").write_text(STRATEGIES)
    return here


def check_call(poisoned, line, command=(SIM,), **environment):
    """Run the command in the poisoned folder, and check that it does well and nothing of the folder took part."""
    before = {file.name for file in poisoned.iterdir()}
    command = [*command, *line.split()]
    unsafe = {name: value for name, value in os.environ.items() if name != SAFE}
    done = subprocess.run(
        command, cwd=poisoned, env=unsafe | environment, capture_output=True, text=True, check=False
    )
    executed = poisoned.parent / "executed"
    assert not executed.exists(), executed.read_text()
    assert done.returncode == 0, done.stderr
    assert "matplotlib" not in done.stderr
    assert {file.name for file in poisoned.iterdir()} == before
    return done.stdout.strip().splitlines()[-1]


def test_worker_processes_execute_nothing_of_the_folder_one_works_in(poisoned):
    check_call(poisoned, f"{SWEEP} --executor processes")


def test_python_m_sim_executes_nothing_of_it_once_python_itself_has_begun(poisoned):
    begun = "import runpy, importlib.util, sys; print(*sys.modules)"  # from there, unless it is told -P
    names = subprocess.run([sys.executable, "-c", begun], capture_output=True, text=True, check=True).stdout
    for name in names.split():
        (poisoned / f"{name}.py").unlink(missing_ok=True)
    assert check_call(poisoned, "check s.yaml", (sys.executable, "-m", "sim"))


@pytest.mark.slow
@pytest.mark.parametrize("executor", ["threads", "dask"])
def test_other_workers_execute_nothing_of_it_either(poisoned, executor):
    check_call(poisoned, f"{SWEEP} --executor {executor}")


@pytest.mark.slow
def test_a_first_run_strategies_and_pictures_execute_nothing_of_it(poisoned):
    cold = {"NUMBA_CACHE_DIR": str(poisoned.parent / "cache")}
    check_call(poisoned, f"plot {check_call(poisoned, 'run s.yaml --out ../out', **cold)}", **cold)
    check_call(poisoned, "run s.yaml --replicas 40 --strategies own.py --out ../out", **cold)


def test_the_first_of_a_strategies_file_executes_nothing_of_it(poisoned):
    refused = STRATEGIES.replace("AAA", "CCC")  # so that nothing is simulated
    (poisoned / "own.py").write_text(refused)
    line = [SIM, "run", "s.yaml", "--strategies", "own.py", "--out", "../out"]
    unsafe = {name: value for name, value in os.environ.items() if name != SAFE}
    done = subprocess.run(line, cwd=poisoned, env=unsafe, capture_output=True, text=True, check=False)
    assert not (executed := poisoned.parent / "executed").exists(), executed.read_text()
    assert done.returncode == 2
    assert done.stderr == "own.py: strategies.CCC: takes no part in the scenario; valid: AAA, BBB\n"


def test_the_environment_is_as_before(monkeypatch):
    monkeypatch.delenv(SAFE, raising=False)
    with safe_path():
        assert os.environ[SAFE] == "1"
    assert SAFE not in os.environ
    monkeypatch.setenv(SAFE, "yes")
    with safe_path():
        pass
    assert os.environ[SAFE] == "yes"
