"""Folders of runs and sweeps, harmed at random: refused in one line or read as they were written, never otherwise."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.experiment.run import run
from tests.sweeps.conftest import small

__all__ = ["small"]

pytestmark = pytest.mark.slow

FRACTION = st.floats(0, 1, exclude_max=True)
VALUE = st.sampled_from(
    [None, True, -1, 10**30, 1.5, float("nan"), "", "x\x1b[31m", [], [[0]], {}, {"a": {}}]
)
ACTS = ("flip", "cut", "empty", "delete", "folder", "copy", "append", "set", "drop", "replace")
HARM = st.lists(st.tuples(st.sampled_from(ACTS), FRACTION, FRACTION, VALUE), min_size=1, max_size=2)


def harm(folder: Path, act: str, which: float, where: float, value: object) -> None:
    """Do one thing to one file."""
    files = sorted(f for f in folder.rglob("*") if f.is_file())
    if act in ("set", "drop", "replace"):
        files = [f for f in files if f.suffix == ".json"]
    if not files:
        return
    file = files[int(which * len(files))]
    content = bytearray(file.read_bytes())
    at = int(where * max(len(content), 1))
    if act == "flip" and content:
        content[at] ^= 1 << int(where * 8191) % 8
        file.write_bytes(content)
    elif act == "cut":
        file.write_bytes(content[:at])
    elif act == "empty":
        file.write_bytes(b"")
    elif act == "append":
        file.write_bytes(content + repr(value).encode())
    elif act == "copy":
        file.write_bytes(files[int(where * len(files))].read_bytes())
    elif act in ("delete", "folder"):
        file.unlink()
        if act == "folder":
            file.mkdir()
    elif act in ("set", "drop", "replace"):
        file.write_text(json.dumps(edited(content, act, where, value)))


def edited(content: bytearray, act: str, where: float, value: object) -> object:
    """Set or drop one key somewhere in a JSON file, or put something else in its place."""
    try:
        whole = json.loads(content)
    except ValueError:
        return value
    spots = list(dicts(whole))
    if act == "replace" or not spots:
        return value
    spot = spots[int(where * len(spots))]
    key = sorted(spot)[int(where * len(spots) * len(spot)) % len(spot)]
    if act == "drop":
        del spot[key]
    else:
        spot[key] = value
    return whole


def dicts(tree):
    """All objects of a JSON document that have keys."""
    if isinstance(tree, dict) and tree:
        yield tree
    for below in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from dicts(below)


def blocked(harms):
    """Whether a folder lies where a file should be, which nobody may remove."""
    return any(act == "folder" for act, *_ in harms)


@pytest.fixture
def ask(sim):
    """Run a command on a harmed folder: its output, or `None` where it was refused in one line."""

    def call(*arguments):
        code, out, err = sim(*arguments)
        assert code in (0, 2), err
        assert "Traceback" not in err
        if code == 2:
            assert err.count("\n") == 1, err
            assert not out
            return None
        return out

    return call


FUZZ = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)  # fmt: skip


@pytest.fixture(scope="module")
def finished(small, tmp_path_factory):
    """A finished run, and what its comparison with itself says."""
    return run(small, replicas=6, out=tmp_path_factory.mktemp("runs")).path


@FUZZ
@given(harms=HARM)
def test_runs(ask, small, finished, tmp_path_factory, harms):
    folder = tmp_path_factory.mktemp("fuzz") / "small" / finished.name
    shutil.copytree(finished, folder)
    right = ask("compare", finished, finished, "--csv")
    for one in harms:
        harm(folder, *one)
    assert ask("compare", folder, folder, "--csv") in (None, right)
    ask("plot", folder, "--out", folder.parent / "pictures")
    again = ask("run", small, "--replicas", 6, "--out", folder.parent.parent)
    assert again is not None or blocked(harms)
    if again is not None:
        assert ask("compare", folder, folder, "--csv") == right
    shutil.rmtree(folder.parent.parent)


@pytest.fixture(scope="module")
def swept(small, tmp_path_factory):
    """A finished sweep of several parts."""
    from sim.sweeps.analysis.answer import sweep

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.sweeps.plan.part_size", lambda *_: 8)
        return sweep(small, out=tmp_path_factory.mktemp("sweeps"))


@FUZZ
@given(harms=HARM, is_finished=st.booleans())
def test_sweeps(ask, small, swept, tmp_path_factory, monkeypatch, harms, is_finished):
    monkeypatch.setattr("sim.sweeps.plan.part_size", lambda *_: 8)
    folder = tmp_path_factory.mktemp("fuzz") / "small" / swept.path.name
    shutil.copytree(swept.path, folder)
    right = ask("compare", f"{swept.path}#0", f"{swept.path}#3", "--csv")
    if not is_finished:
        (folder / "manifest.json").unlink()
    for one in harms:
        harm(folder, *one)
    assert ask("compare", f"{folder}#0", f"{folder}#3", "--csv") in (None, right)
    for command in ("plot", "export"):
        ask(command, folder, "--out", folder.parent / "out")
    done = ask("sweep", small, "--out", folder.parent.parent, "--resume", "--json")
    assert done is not None or blocked(harms)
    if done is not None:
        assert json.loads(done)["content_hash"] == swept.manifest["content_hash"]
        assert ask("compare", f"{folder}#0", f"{folder}#3", "--csv") == right
    shutil.rmtree(folder.parent.parent)
