"""Strategies files: the law's own numbers where nothing is overridden, one message where something is wrong."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path

import pytest

from sim.cli import main
from sim.experiment import ensemble, strategies
from sim.experiment.run import RunResult, run
from sim.scenario.load import load_scenario
from sim.scenario.setup import resolve
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


class Here(Executor):
    """Does the work of a pool in this process, at once."""

    def submit(self, work, /, *arguments, **named):
        done: Future = Future()
        try:
            done.set_result(work(*arguments, **named))
        except Exception as error:
            done.set_exception(error)
        return done


@contextlib.contextmanager
def here(file: Path) -> Iterator[object]:
    def start(n: int, begin=None, given=()) -> Executor:
        if begin:
            begin(*given)
        return Here()

    yield start


@pytest.fixture(autouse=True, scope="module")
def in_this_process() -> Iterator[None]:
    """Start no process but where a test asks for it: each takes seconds to begin."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strategies, "processes", here)
        yield


@pytest.fixture
def in_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.experiment.apart import processes

    monkeypatch.setattr(strategies, "processes", processes)
    monkeypatch.setattr(ensemble, "CHUNK", 2)


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
        for name in ("acts", "co_assignment", "contrasts", "dyads", "expectations", "measures", "states")
    ]
    assert hashes(lawful) == hashes(plain)
    assert lawful.expectations == plain.expectations
    assert lawful.manifest["blocs"] == plain.manifest["blocs"]
    assert (plain.table("acts").act_id.isna()).any(), "states act of their own"


def test_any_number_of_processes_and_any_chunks_give_the_same_bytes(
    project: Path, lawful: RunResult, in_processes, monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    two = ran(project, "carefree.py", "workers-2", 2)
    monkeypatch.setattr(strategies, "processes", here)
    monkeypatch.setattr(ensemble, "CHUNK", 5)
    one = ran(project, "carefree.py", "other-chunks", 1)
    assert hashes(one) == hashes(two)
    assert hashes(one) != hashes(lawful)
    assert one.manifest["run_id"] == two.manifest["run_id"]
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


def test_global_chance_is_that_of_the_replica_and_put_back(project: Path) -> None:
    setup = resolve(load_scenario(project / "scenarios" / "four.yaml"))
    random.seed(5)
    expected = random.random()
    random.seed(5)
    found = []
    for replica in (0, 1, 0):
        with strategies._global_chance(setup, replica, 0):
            found.append(random.random())
    assert found[0] == found[2] != found[1]
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
    "no decide": (
        HEAD.replace("decide", "decides") + "return None\nstrategies = {'CUB': Own}\n",
        "strategies.CUB: Own defines no `decide`; is `decides` meant to be it?",
    ),
    "a change to the world": (
        HEAD + "self.model.world.theta[0, 1] = float('nan')\nstrategies = {'CUB': Own}\n",
        "bad.py:5: a strategy failed: ValueError: assignment destination is read-only (CUB.decide in step ",
    ),
    "a number in the world made writeable": (
        HEAD + "self.model.world.theta.flags.writeable = True\nstrategies = {'CUB': Own}\n",
        "bad.py:5: a strategy failed: ValueError: cannot set WRITEABLE flag to True",
    ),
    "a change to the law": (
        HEAD + "self.model.types.warmth[:] = float('nan')\nstrategies = {'CUB': Own}\n",
        "bad.py: a strategy changed what all replicas share, such as `self.model.types` (replica ",
    ),
    "chance of no seed": (
        "import itertools, sim\nimport numpy as np\n\nclass Own(sim.StateAgent):\n"
        "    def decide(self, target, uniform):\n"
        "        return str(np.random.default_rng().choice(['G1', 'G2', 'D1', 'D2', 'D4']))\n\n"
        "strategies = {'CUB': Own}\n",
        " run twice differs, first in step ",
    ),
    "a stop": (
        HEAD + "raise SystemExit(0)\nstrategies = {'CUB': Own}\n",
        "bad.py:5: a strategy failed: SystemExit: 0 (CUB.decide in step ",
    ),
    "what is no Exception": (
        HEAD + "raise GeneratorExit\nstrategies = {'CUB': Own}\n",
        "bad.py:5: a strategy failed: GeneratorExit (CUB.decide in step ",
    ),
    "a failure on the way": (
        HEAD + "return 1 / 0\nstrategies = {'CUB': Own}\n",
        "bad.py:5: a strategy failed: ZeroDivisionError: division by zero",
    ),
    "a constructor of another form": (
        HEAD + "return None\n    def __init__(self):\n        pass\n\nstrategies = {'CUB': Own}\n",
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


@pytest.mark.slow
def test_a_strategy_that_fails_in_another_process_is_told_as_well(
    project: Path, sim_run, tmp_path: Path, in_processes
) -> None:
    (project / "bad.py").write_text(HEAD + "return 'G22'\nstrategies = {'CUB': Own}\n")
    code, out, err = sim_run(
        "run", "scenarios/four.yaml", "--strategies", "bad.py", "--workers", 2, "--out", tmp_path
    )
    assert (code, out) == (2, "")
    assert "bad.py: CUB.decide: 'G22' is no act type" in err
    assert len(err.strip().splitlines()) == 1
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def refused(project: Path, text: str, out: Path, sim_run) -> str:
    (project / "bad.py").write_text(text)
    code, told, err = sim_run(
        "run", "scenarios/four.yaml", "--strategies", "bad.py", "--workers", 1, "--out", out
    )
    assert (code, told) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert not [path for path in out.rglob("*") if path.is_file()]
    return err


def test_a_file_that_ends_its_process_is_told(project: Path, sim_run, tmp_path: Path, in_processes) -> None:
    err = refused(project, "import os\nos._exit(0)\n", tmp_path, sim_run)
    assert err == "bad.py: a strategy ended its process (exit code 0)\n"


def test_a_device_is_refused_unread(project: Path, sim_run, tmp_path: Path) -> None:
    code, _, err = sim_run("run", "scenarios/four.yaml", "--strategies", "/dev/zero", "--out", tmp_path)
    assert (code, err) == (2, "/dev/zero: --strategies: is a device, not a file\n")


ENDS = {
    "os._exit(0)": "bad.py: a strategy ended its process (exit code 0)\n",
    "os._exit(3)": "bad.py: a strategy ended its process (exit code 3)\n",
    "os.abort()": "bad.py: a strategy crashed, or its process was killed (Aborted)\n",
    "os.kill(os.getpid(), 11)": "bad.py: a strategy crashed, or its process was killed (Segmentation fault)\n",
    "return sorted({'G1', 'G2', 'D1', 'D2'}, key=hash)[int(4 * uniform)]": "the order of a set",
}


@pytest.mark.slow
@pytest.mark.parametrize(("line", "said"), ENDS.items(), ids=ENDS)
def test_what_a_strategy_does_to_its_process_is_told(
    project: Path, sim_run, tmp_path: Path, in_processes, line: str, said: str
) -> None:
    text = HEAD.replace("import sim", "import os, sim") + f"{line}\n\nstrategies = {{'CUB': Own}}\n"
    assert said in refused(project, text, tmp_path, sim_run)


@pytest.mark.slow
def test_no_process_outlives_a_run_that_is_killed(project: Path, tmp_path: Path) -> None:
    told = tmp_path / "pid"
    text = f"import os, time\nopen({str(told)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)\n"
    (project / "bad.py").write_text(text)
    line = [sys.executable, "-m", "sim", "run", "scenarios/four.yaml", "--strategies", "bad.py"]
    with subprocess.Popen([*line, "--out", tmp_path], cwd=project, stderr=subprocess.DEVNULL) as run_of_it:
        assert eventually(lambda: told.exists() and told.read_text())
        run_of_it.kill()
    assert eventually(lambda: not Path(f"/proc/{told.read_text()}").exists())


def eventually(is_so: Callable[[], object], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.1)
    return bool(is_so())


@pytest.mark.slow
def test_a_strategy_that_forks_does_not_multiply_the_run(project: Path, in_processes, tmp_path: Path) -> None:
    plain = HEAD + "{}\n        return super().decide(target, uniform)\n\nstrategies = {{'CUB': Own}}\n"
    log = tmp_path / "log"
    forking = f"import os; os.fork(); open({str(log)!r}, 'a').write('x')"
    (project / "still.py").write_text(plain.format("pass"))
    (project / "forks.py").write_text(
        plain.format(forking).replace("import sim", "import os, sim\nos.fork()", 1)
    )
    still, forks = ran(project, "still.py", "still"), ran(project, "forks.py", "forks", 2)
    assert hashes(still) == hashes(forks)
    assert log.stat().st_size > 0


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
