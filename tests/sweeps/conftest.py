"""A small scenario to sweep: four states, six steps, belief from the prior alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sim.sweeps.plan import Request
from sim.sweeps.sweep import run_sweep
from tests.conftest import ROOT

SMALL = """question: Who stands with whom?
start: 2024-01-01
steps: 6
states: [PRK, RUS, KOR, CUB]
codebook: ../seeds
rng_seed: 7
poles: {moscow: [RUS]}
acts:
  - {id: visit, date: 2024-01-20, sender: RUS, target: PRK, type: G6}
record: {every: 2, dyads: [[PRK, RUS], [RUS, PRK]]}
expect:
  - {quantity: alignment, who: [PRK, moscow], direction: higher, probability: 0.5}
sweep:
  points: 6
  draws: 3
  replicas: 2
  vary:
    params.noise: {low: 0.005, high: 0.02}
    acts.visit.on: [true, false]
"""


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scenario file, beside the shipped codebook."""
    top = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "seeds", top / "seeds")
    (top / "scenarios").mkdir()
    file = top / "scenarios" / "small.yaml"
    file.write_text(SMALL, encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def swept(small, tmp_path_factory):
    """The scenario's own sweep, finished."""
    return run_sweep(small, Request(), out=tmp_path_factory.mktemp("results"))


@pytest.fixture
def parts_of_eight(monkeypatch):
    """Parts so small that a sweep of 36 runs has several."""
    monkeypatch.setattr("sim.sweeps.plan.part_size", lambda *_: 8)


DEADLY = """import os, signal
from sim import StateAgent

class Deadly(StateAgent):
    def __init__(self, model, index):
        super().__init__(model, index)
        noise = model.setup.scenario.params.noise
        if noise == 0.011:
            os.kill(os.getpid(), signal.SIGSEGV)
        if noise == 0.012:
            os._exit(7)

    def decide(self, target, uniform):
        return super().decide(target, uniform)

strategies = {"PRK": Deadly}
"""


@pytest.fixture
def deadly(tmp_path):
    """A sweep of some noises, of which .011 and .012 kill the process that runs them."""
    file = tmp_path / "deadly.py"
    file.write_text(DEADLY)

    def request(*noises):
        return Request(
            design="grid", draws=1, replicas=1, strategies=file, ranges={"params.noise": list(noises)},
            overrides=["acts=[]", "sweep.vary=null"],
        )  # fmt: skip

    return request
