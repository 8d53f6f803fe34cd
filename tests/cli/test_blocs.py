"""`sim blocs`: one answer, one message where the input is wrong, exit code 2."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT

TRIAD = "a,b,sign\nNorth,South,-1\nSouth,West,1\nNorth,East,1\nEast,West,-1\n"
KEYS = ["method", "is_optimal", "gap", "blocs", "frustration_index", "energy", "balance", "minima"]


@pytest.fixture(autouse=True)
def _beside_a_quartet(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "quartet.csv").write_text(TRIAD)


def crowd(file, n_states, n_ties):
    """Write a signed edge list between two planted camps."""
    rng = np.random.default_rng(0)
    pair = np.unique(np.sort(rng.integers(0, n_states, (n_ties, 2)), axis=1), axis=0)
    pair = pair[pair[:, 0] != pair[:, 1]]
    sign = np.where((pair % 2).sum(axis=1) == 1, -1, 1)
    chain = [(i, i + 2, 1) for i in range(n_states - 2)]  # so that every state is there
    seen = {(i, j) for i, j, _ in chain}
    ties = [(i, j, s) for (i, j), s in zip(pair.tolist(), sign.tolist(), strict=True) if (i, j) not in seen]
    file.write_text("a,b,sign\n" + "".join(f"s{i},s{j},{s}\n" for i, j, s in [*chain, *ties]))


def test_words(sim):
    code, out, err = sim("blocs", "quartet.csv", "--landscape")
    assert code == 0
    assert err == ""
    assert out.splitlines()[:2] == [
        "4 states, 4 edges, 2 of them hostile",
        "2 blocs, proven best by enumeration; no other is as good",
    ]
    assert "3 local minima among 8 splits; the second lies 4 above the first" in out


def test_json_has_exactly_its_keys(sim):
    code, out, _ = sim("blocs", "quartet.csv", "--json")
    assert code == 0
    found = json.loads(out)
    assert list(found) == KEYS
    assert found["blocs"] == [["North", "East"], ["South", "West"]]
    assert found["minima"][0] == {"blocs": found["blocs"], "energy": -4.0, "basin": 6}
    assert [(one["energy"], one["basin"]) for one in found["minima"]] == [(-4.0, 6), (0.0, 1), (0.0, 1)]
    assert (found["method"], found["is_optimal"], found["gap"]) == ("enumeration", True, 0.0)
    assert (found["frustration_index"], found["energy"], found["balance"]) == (0.0, -4.0, None)


@pytest.mark.parametrize(
    "options", [(), ("--free",), ("--free", "--resolution", "0.5"), ("--method", "heuristic")]
)
def test_every_way_finds_two_friendly_pairs(sim, options):
    code, out, _ = sim("blocs", "quartet.csv", "--json", *options)
    assert code == 0
    assert json.loads(out)["blocs"] == [["North", "East"], ["South", "West"]]


def test_pictures(sim, tmp_path):
    code, out, _ = sim("blocs", "quartet.csv", "--out", "pictures")
    assert code == 0
    files = [f"pictures/{name}.{kind}" for name in ("network", "landscape") for kind in ("png", "svg")]
    assert out.splitlines()[-4:] == files
    first = [(tmp_path / file).read_bytes() for file in files]
    assert sim("blocs", "quartet.csv", "--out", "pictures", "--json")[0] == 0
    assert [(tmp_path / file).read_bytes() for file in files] == first


BAD = {
    "no file": (("nowhere.csv",), "nowhere.csv: cannot be read"),
    "not square": (("square.csv",), "square.csv: not square"),
    "nan": (("nan.csv",), "nan.csv:2: the edge of 'x' with 'y' is 'nan'"),
    "asymmetric names": (("names.csv",), "names.csv:3: the row 'z' has no column of that name"),
    "one node": (("one.csv",), "one.csv:1: a network needs at least two states"),
    "empty": (("empty.csv",), "empty.csv: the file is empty"),
    "too many": (("crowd.csv",), "1001 states are too many to solve exactly"),
    "too many, exactly": (("crowd.csv", "--method", "exact"), "use --method heuristic"),
    "too many to list": (("crowd.csv", "--method", "heuristic", "--landscape"), "too many to list"),
    "no such method": (("quartet.csv", "--method", "magic"), "magic"),
    "resolution of two": (("quartet.csv", "--resolution", "0.1"), "--resolution: counts only with --free"),
    "negative resolution": (
        ("quartet.csv", "--free", "--resolution", "-1"),
        "--resolution: is -1.0, not a number",
    ),
    "no time": (("quartet.csv", "--time-limit", "0"), "--time-limit"),
    "no sizes": (("quartet.csv", "--sizes", "nowhere.csv"), "nowhere.csv: cannot be read"),
    "pictures nowhere": (("quartet.csv", "--out", "/proc/nowhere"), "cannot write pictures"),
}


@pytest.fixture
def bad_files(tmp_path):
    texts = {"square": "w,x,y\nx,0,1\n", "nan": "w,x,y\nx,0,nan\ny,1,0\n", "names": "w,x,y\nx,0,1\nz,1,0\n"}
    for name, text in (texts | {"one": "w,x\nx,0\n", "empty": ""}).items():
        (tmp_path / f"{name}.csv").write_text(text)
    crowd(tmp_path / "crowd.csv", 1001, 100)


@pytest.mark.usefixtures("bad_files")
@pytest.mark.parametrize(("arguments", "said"), BAD.values(), ids=BAD)
def test_bad_input_is_one_message_and_exit_code_2(sim, arguments, said):
    code, out, err = sim("blocs", *arguments)
    assert code == 2
    assert said in err
    assert "Traceback" not in err
    assert out == ""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_ten_thousand_states_by_heuristic_in_little_memory(tmp_path):
    crowd(tmp_path / "crowd.csv", 10_000, 60_000)
    command = (
        "import atexit, sys\n"
        "status = lambda: dict(line.split(':') for line in open('/proc/self/status'))\n"
        "atexit.register(lambda: print(status()['VmHWM'].split()[0], file=sys.stderr))\n"
        "sys.argv = ['sim', *sys.argv[1:]]\n"
        "from sim.cli import main; main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", command, "blocs", str(tmp_path / "crowd.csv"), "--method", "heuristic", "--json"],
        capture_output=True, text=True, cwd=ROOT, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert found["frustration_index"] == 0.0
    assert found["is_optimal"]  # no tie violated: nothing can be better
    assert sorted(map(len, found["blocs"])) == [5_000, 5_000]
    assert int(done.stderr) < 1_000_000  # kB


def test_nothing_heavy_is_imported_without_pictures(tmp_path):
    (tmp_path / "quartet.csv").write_text(TRIAD)
    code = (
        "import sys, atexit\n"
        "heavy = ('mesa', 'matplotlib', 'pandas', 'networkx')\n"
        "atexit.register(lambda: print('IMPORTED', [m for m in heavy if m in sys.modules]))\n"
        "sys.argv = ['sim', 'blocs', 'quartet.csv']\n"
        "from sim.cli import main; main()\n"
    )
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("IMPORTED []")
