"""Strategies files: the law's own numbers where nothing is overridden, one message where something is wrong."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from sim.cli import main
from sim.experiment import ensemble
from sim.experiment.run import RunResult, run
from tests.conftest import ROOT

QUESTION = """\
question: Does a recognition cost?
start: 2024-01-01
steps: 12
replicas: 9
states: [PRK, CUB, KOR, NIC]
codebook: ../seeds
policies: {default: {activity: -3.5}}
poles: {south: [KOR]}
record: {every: 5, dyads: [[PRK, CUB]]}
ties: [{sender: CUB, target: KOR, tie: 0}]
acts:
  - {id: recognition, step: 3, sender: CUB, target: KOR, third: PRK, type: R1, audience: public}
expect:
  - {quantity: affinity, who: [KOR, CUB], against: {without: recognition}, direction: higher, probability: 0.9}
  - {quantity: alignment, who: [PRK, south], direction: lower, probability: 0.5}
"""
LAWFUL = """\
import sim

class Lawful(sim.StateAgent):
    def decide(self, target, uniform):
        return super().decide(target, uniform)

strategies = {"PRK": Lawful, "NIC": Lawful}
"""
CAREFREE = """\
import random
from dataclasses import dataclass

import numpy as np
from sim import StateAgent

@dataclass
class Dice:
    sides: int

class Player(StateAgent):
    rolled = 0
    def decide(self, target, uniform):
        Player.rolled += 1
        print("rolled", Player.rolled)
        if Player.rolled > 4:
            return "G1"
        chance = (random.random() + np.random.random() + self.random.random() + self.rng.random()) / 4
        return "G2" if chance < 0.5 else "D4"

strategies = {"CUB": Player, "NIC": Player}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "four.yaml").write_text(QUESTION)
    (folder / "lawful.py").write_text(LAWFUL)
    (folder / "carefree.py").write_text(CAREFREE)
    return folder


@pytest.fixture(scope="module")
def plain(project: Path) -> RunResult:
    return run(project / "scenarios" / "four.yaml", out=project / "plain", workers=1)


@pytest.fixture(scope="module")
def lawful(project: Path) -> RunResult:
    return ran(project, "lawful.py", "lawful")


def ran(project: Path, file: str, out: str, workers: int = 1) -> RunResult:
    four = project / "scenarios" / "four.yaml"
    return run(four, out=project / out, workers=workers, strategies=project / file)


def hashes(result: RunResult) -> dict[str, str]:
    return {name: table["sha256"] for name, table in result.manifest["tables"].items()}


def test_a_strategy_that_decides_as_the_law_gives_the_compiled_bytes(
    plain: RunResult, lawful: RunResult
) -> None:
    assert sorted(hashes(plain)) == [
        f"{name}.parquet"
        for name in ("acts", "co_assignment", "contrasts", "dyads", "expectations", "metrics", "states")
    ]
    assert hashes(lawful) == hashes(plain)
    assert lawful.expectations == plain.expectations
    assert lawful.manifest["blocs"] == plain.manifest["blocs"]
    assert (plain.table("acts").act_id.isna()).any(), "states act of their own"


def test_any_number_of_processes_and_any_chunks_give_the_same_bytes(
    project: Path, lawful: RunResult, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ensemble, "CHUNK", 2)
    one, two = (ran(project, "carefree.py", f"workers-{n}", n) for n in (1, 2))
    assert hashes(one) == hashes(two)
    assert hashes(one) != hashes(lawful)
    assert one.manifest["run_id"] == two.manifest["run_id"]
    monkeypatch.setattr(ensemble, "CHUNK", 5)
    assert hashes(ran(project, "carefree.py", "other-chunks")) == hashes(one)
    assert capfd.readouterr().out == "", "what a strategy prints is not taken for results"


def test_what_a_strategy_decides_is_what_its_state_does(project: Path, lawful: RunResult) -> None:
    acts = ran(project, "carefree.py", "other-chunks").table("acts")
    own = acts[acts.act_id.isna()]
    assert set(own[own.sender.isin(["CUB", "NIC"])].type) == {"G1", "G2", "D4"}
    of_law = lawful.table("acts")
    assert len(set(of_law[of_law.act_id.isna()].type)) > 5
    assert (acts[acts.act_id == "recognition"].groupby("replica").size() == 1).all()


def test_the_run_is_named_by_the_file_and_the_manifest_tells_of_it(
    project: Path, plain: RunResult, lawful: RunResult
) -> None:
    assert lawful.path.name != plain.path.name
    assert "strategies" not in plain.manifest
    entry = lawful.manifest["strategies"]
    assert entry["file"] == "lawful.py"
    assert entry["states"] == {"NIC": "Lawful", "PRK": "Lawful"}
    assert entry["sha256"] == lawful.manifest["determinants"]["strategies"]
    assert set(lawful.manifest["determinants"]) - set(plain.manifest["determinants"]) == {
        "strategies", "model", "mesa",
    }  # fmt: skip
    assert (lawful.path / "strategies.py").read_text() == LAWFUL
    assert ran(project, "lawful.py", "lawful").is_cached
    (project / "renamed.py").write_text(LAWFUL + "# changed\n")
    assert ran(project, "renamed.py", "lawful").path != lawful.path


def test_global_chance_is_put_back(project: Path) -> None:
    import random

    random.seed(5)
    expected = random.random()
    random.seed(5)
    ran(project, "carefree.py", "put-back")
    assert random.random() == expected


# On the command line


@pytest.fixture
def sim_run(project: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    def call(*arguments: object) -> tuple[object, str, str]:
        monkeypatch.setattr(sys, "argv", ["sim", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        printed = capfd.readouterr()
        return stop.value.code or 0, printed.out, printed.err

    monkeypatch.chdir(project)
    return call


HEAD = "import sim\n\nclass Own(sim.StateAgent):\n    def decide(self, target, uniform):\n        "
BAD = {
    "no such file": (None, "bad.py: --strategies: cannot be read: No such file"),
    "a syntax error": ("strategies = {\n", "bad.py:1: does not import: SyntaxError: "),
    "no text": ("\0\0", "bad.py"),
    "an import that fails": (
        "import sim\n\nimport nowhere\n",
        "bad.py:3: does not import: ModuleNotFoundError",
    ),
    "a file that stops": ("raise SystemExit(0)\n", "bad.py:1: does not import: SystemExit: 0"),
    "no strategies": (HEAD + "return None\n", "bad.py: defines no mapping `strategies`"),
    "a list": ("strategies = ['PRK']\n", "bad.py: defines no mapping `strategies`"),
    "an unknown state": (
        HEAD + "return None\nstrategies = {'CUV': Own}\n",
        "bad.py: strategies.CUV: takes no part in the scenario; did you mean CUB?",
    ),
    "no class": ("strategies = {'CUB': 'Own'}\n", "strategies.CUB: should be a subclass of sim.StateAgent"),
    "an instance's class of another kind": (
        "strategies = {'CUB': dict}\n",
        "strategies.CUB: should be a subclass of sim.StateAgent",
    ),
    "an unknown act type": (
        HEAD + "return 'G22'\nstrategies = {'CUB': Own}\n",
        "bad.py: CUB.decide: 'G22' is no act type of the codebook; did you mean G2?",
    ),
    "a failure on the way": (
        HEAD + "return 1 / 0\nstrategies = {'CUB': Own}\n",
        "bad.py:5: a strategy failed: ZeroDivisionError: division by zero",
    ),
    "a constructor of another form": (
        "import sim\n\nclass Own(sim.StateAgent):\n    def __init__(self):\n        pass\n\n"
        "strategies = {'CUB': Own}\n",
        "a strategy failed: TypeError",
    ),
}


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD)
def test_a_wrong_file_is_one_message_and_leaves_nothing(
    project: Path, sim_run, tmp_path: Path, text: str | None, said: str
) -> None:
    file = project / "bad.py"
    file.unlink(missing_ok=True)
    if text is not None:
        file.write_text(text)
    code, out, err = sim_run(
        "run", "scenarios/four.yaml", "--strategies", "bad.py", "--workers", 1, "--out", tmp_path
    )
    assert code == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert out == ""
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_strategy_that_fails_in_another_process_is_told_as_well(
    project: Path, sim_run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ensemble, "CHUNK", 1)
    (project / "bad.py").write_text(HEAD + "return 'G22'\nstrategies = {'CUB': Own}\n")
    code, out, err = sim_run(
        "run", "scenarios/four.yaml", "--strategies", "bad.py", "--workers", 2, "--out", tmp_path
    )
    assert (code, out) == (2, "")
    assert "bad.py: CUB.decide: 'G22' is no act type" in err
    assert len(err.strip().splitlines()) == 1
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_scenario_file_cannot_name_strategies(project: Path, sim_run) -> None:
    (project / "scenarios" / "naming.yaml").write_text(QUESTION + "strategies: lawful.py\n")
    code, _, err = sim_run("run", "scenarios/naming.yaml")
    (project / "scenarios" / "naming.yaml").unlink()
    assert code == 2
    assert "strategies: unknown key" in err


def test_run_and_pictures_on_the_command_line(project: Path, sim_run, plain: RunResult) -> None:
    code, out, _ = sim_run(
        "run", "scenarios/four.yaml", "--strategies", "lawful.py", "--workers", 1, "--out", "lawful", "--json"
    )
    summary = json.loads(out)
    assert code == 0
    assert summary["strategies"]["file"] == "lawful.py"
    assert {n: t["sha256"] for n, t in summary["tables"].items()} == hashes(plain)
    code, out, err = sim_run("plot", summary["path"], "--out", "pictures")
    assert code == 0, err
    assert out
    assert all((project / line).stat().st_size > 1000 for line in out.splitlines())
