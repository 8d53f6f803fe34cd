"""Shared by all tests: shapes are checked, the repository's data is at hand."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

# Modules whose functions are not compiled; numba cannot compile a checked function.
CHECKED = ["sim.experiment.ensemble"]
CHECKED += [f"sim.calibration.{name}" for name in ("account", "likelihood", "passes", "posterior")]
install_import_hook(CHECKED, "beartype.beartype")

settings.register_profile(
    "quick", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.load_profile("quick")
os.environ.setdefault("OMP_NUM_THREADS", "1")

ROOT = Path(__file__).parent.parent
SHARED = ROOT / ".." / "shared" / "data"


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def data() -> Path:
    """Public data sets, where someone has put them beside the repository."""
    if not SHARED.is_dir():
        pytest.skip("public data sets are not at ../shared/data; see sim check --data")
    return SHARED.resolve()


@pytest.fixture(scope="session")
def evidence():
    """The shipped signals in the main reading."""
    from sim.signals.table import load_evidence

    return load_evidence(ROOT / "seeds").reading("main")


@pytest.fixture
def sim(monkeypatch, capsys):
    """Run the command line in this process: (exit code, stdout, stderr)."""
    from sim.cli import main

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["sim", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        printed = capsys.readouterr()
        return stop.value.code or 0, printed.out, printed.err

    return call


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A folder with the shipped data, to run in."""
    for name in ("seeds", "scenarios"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path
