"""Blocshift by its own name: the same objects as `sim`, beside anyone's `sim.py`; what stands before any verb."""

import importlib.metadata
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.resources import files
from types import ModuleType

import pytest
from typer.testing import CliRunner

import blocshift
import sim
from sim.cli import app
from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NAME_AND_VERSION = f"blocshift {importlib.metadata.version('blocshift')}\n"


@pytest.fixture
def shadow(tmp_path, monkeypatch):
    """A folder with a `sim.py` that has nothing to do with Blocshift, whose packages come later on the path."""
    (tmp_path / "sim.py").write_text("print('a stranger')\n")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def run_python(*arguments, cwd):
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=cwd, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_public_names_are_the_same_objects():
    assert blocshift.__all__ == sim.__all__
    assert dir(blocshift) == sorted(sim.__all__)
    for name in sim.__all__:
        assert getattr(blocshift, name) is getattr(sim, name)
    with pytest.raises(AttributeError, match="'blocshift' has no attribute 'runn'"):
        _ = blocshift.runn


IN_THE_SHADOW = """
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from blocshift import InputError
import blocshift
import sim
from sim.errors import complain

print(sim.__file__)
assert blocshift.InputError is sim.InputError is InputError
assert not {"numba", "mesa", "pandas"} & set(sys.modules), "imported before it is used"
with ProcessPoolExecutor(1, get_context("spawn")) as workers:
    print(type(workers.submit(complain, "bad", key="x").result(30)) is InputError)
"""


def test_import_beside_a_users_own_sim(shadow):
    assert run_python("-c", IN_THE_SHADOW, cwd=shadow) == f"{ROOT / 'sim' / '__init__.py'}\nTrue\n"


def test_another_sim_imported_before_is_refused(monkeypatch):
    stranger = ModuleType("sim")
    stranger.__file__ = __file__
    monkeypatch.setitem(sys.modules, "sim", stranger)
    with pytest.raises(ImportError, match=rf"another sim is imported already \({__file__}\)"):
        blocshift._own_sim()


def test_both_names_run_as_modules(shadow):
    assert run_python("-m", "sim", "--version", cwd=ROOT) == NAME_AND_VERSION
    assert run_python("-m", "blocshift", "--version", cwd=shadow) == NAME_AND_VERSION


def test_the_command_is_there_by_both_names():
    assert PROJECT["scripts"].keys() == {"sim", "blocshift"}
    for place in PROJECT["scripts"].values():
        module, _, function = place.partition(":")
        assert getattr(import_module(module), function) is import_module("sim.cli").main


def test_version_is_that_of_the_installed_distribution(sim, monkeypatch):
    assert sim("--version") == (0, NAME_AND_VERSION, "")

    def not_installed(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", not_installed)
    code, out, err = sim("--version")
    assert (code, out) == (2, "")
    assert "--version: Blocshift is not installed" in err


@pytest.mark.parametrize("command", ["sim", "blocshift"])
def test_a_shell_completes_verbs(command):
    asked = {
        f"_{command.upper()}_COMPLETE": "complete_bash",
        "COMP_WORDS": f"{command} ca",
        "COMP_CWORD": "1",
    }
    assert CliRunner().invoke(app, [], prog_name=command, env=asked).output.split() == ["calibrate"]


def test_types_are_offered_to_users():
    assert all(files(package).joinpath("py.typed").is_file() for package in (blocshift, sim))
