"""Results on disk: whole or absent, whoever else works beside; what nobody holds is removed, and nothing else."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.experiment import staging
from sim.experiment.manifest import read_manifest, write_manifest
from sim.experiment.run import run
from sim.experiment.staging import staged, written_whole
from tests.conftest import ROOT

ID, OTHER = "0123456789ab", "ba9876543210"
HOLD = """
import sys, time
from pathlib import Path
from sim.experiment.staging import staged
with staged(Path(sys.argv[1]), "run") as folder:
    (folder / "work").write_text("hours of it")
    print(folder, flush=True)
    time.sleep(600)
"""


def finish(folder, text="result"):
    with staged(folder, "run") as made:
        (made / "table").write_text(text)
        write_manifest(made, "run", {"tables": {}})


@pytest.fixture
def other(tmp_path):
    """Another process at work in the same results: it, and its hidden folder."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / ID)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process, Path(process.stdout.readline().strip())
        process.kill()


@pytest.mark.parametrize("name", [ID, OTHER])
def test_what_another_process_works_at_is_left_alone_until_it_dies(tmp_path, other, name):
    process, theirs = other
    finish(tmp_path / name)
    assert (theirs / "work").read_text() == "hours of it"
    process.kill()
    process.wait()
    finish(tmp_path / "another")
    assert not theirs.exists()
    assert (tmp_path / name / "table").read_text() == "result"


def test_the_number_of_a_process_decides_nothing(tmp_path, other, monkeypatch):
    """As in two containers, where both are process 1."""
    monkeypatch.setattr(os, "getpid", lambda: other[0].pid)
    finish(tmp_path / ID)
    assert (other[1] / "work").exists()


def test_where_a_file_system_has_no_locks_nothing_is_removed(tmp_path, other, monkeypatch):
    def no_locks(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    other[0].kill()
    other[0].wait()
    monkeypatch.setattr(fcntl, "flock", no_locks)
    finish(tmp_path / ID)
    assert (other[1] / "work").exists()
    assert read_manifest(tmp_path / ID, "run") is not None


def test_what_only_looks_like_a_folder_in_the_making_stays(tmp_path):
    names = [f".{ID}-1234", f".{ID}-{'g' * 16}", ".notes", f".{ID}-{'0' * 16}", f".{ID}-{'1' * 16}"]
    for name in names[:4]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine").touch()
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / staging.LOCK).touch()
    (tmp_path / names[4]).symlink_to(precious)
    finish(tmp_path / ID)
    assert all((tmp_path / name / "mine").exists() for name in names[:4])
    assert (precious / staging.LOCK).exists()


def test_killed_before_its_lock_was_made(tmp_path):
    (tmp_path / f".{ID}-{'0' * 16}").mkdir()
    finish(tmp_path / ID)
    assert [p.name for p in tmp_path.iterdir()] == [ID]


def test_failure_on_the_way_leaves_nothing(tmp_path):
    def write_half():
        with staged(tmp_path / ID, "run") as folder:
            (folder / "part").write_text("half")
            raise RuntimeError("midway")

    with pytest.raises(RuntimeError, match="midway"):
        write_half()
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_another_process_finished_meanwhile_stays(tmp_path):
    with staged(tmp_path / ID, "run") as slow:
        finish(tmp_path / ID, "first")
        (slow / "table").write_text("second")
        write_manifest(slow, "run", {"tables": {}})
    assert (tmp_path / ID / "table").read_text() == "first"
    assert [p.name for p in tmp_path.iterdir()] == [ID]


def test_only_files_of_its_own_are_replaced(tmp_path):
    """A damaged run is made anew around somebody's notes, and a link is replaced, not what it points to."""
    finish(tmp_path / ID)
    (tmp_path / "mine").write_text("mine")
    (tmp_path / ID / "notes").mkdir()
    (tmp_path / ID / "notes" / "a.txt").write_text("mine")
    (tmp_path / ID / "table").unlink()
    (tmp_path / ID / "table").symlink_to(tmp_path / "mine")
    finish(tmp_path / ID, "anew")
    assert (tmp_path / "mine").read_text() == (tmp_path / ID / "notes" / "a.txt").read_text() == "mine"
    assert (tmp_path / ID / "table").read_text() == "anew"
    assert sorted(p.name for p in (tmp_path / ID).iterdir()) == ["manifest.json", "notes", "table"]


@pytest.mark.parametrize("there", ["file", "link to nowhere"])
def test_a_place_that_is_taken_is_said_in_one_line(tmp_path, there):
    if there == "file":
        (tmp_path / ID).write_text("mine")
    else:
        (tmp_path / ID).symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match=f"{ID}: cannot write results: Not a directory"):
        finish(tmp_path / ID)
    assert [p.name for p in tmp_path.iterdir()] == [ID]


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    file = tmp_path / "file"
    file.write_text("old")

    def write_half():
        with written_whole(file) as waiting:
            waiting.write_text("half")
            raise RuntimeError("midway")

    with pytest.raises(RuntimeError, match="midway"):
        write_half()
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGTERM, 143),
        pytest.param(signal.SIGHUP, 129, marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow),
    ],
)
def test_a_signal_leaves_nothing(compiled, tmp_path, number, code):
    process = _start(compiled, tmp_path)
    process.send_signal(number)
    _, said = process.communicate()
    assert process.returncode == code, said
    assert said == ""
    assert list((tmp_path / "havana").iterdir()) == []


def test_killed_run_leaves_no_folder_of_its_name_and_the_next_cleans_up(compiled, tmp_path):
    process = _start(compiled, tmp_path)
    process.kill()
    process.communicate()
    [left] = (tmp_path / "havana").iterdir()
    assert left.name[0] == "."
    finish(tmp_path / "havana" / ID)
    assert [p.name for p in (tmp_path / "havana").iterdir()] == [ID]


@pytest.fixture(scope="module")
def compiled(root, tmp_path_factory):
    """A scenario whose law is compiled."""
    scenario = root / "scenarios/havana.yaml"
    run(scenario, replicas=2, out=tmp_path_factory.mktemp("results"))
    return scenario


def _start(scenario, out):
    """A run that is at work."""
    command = [sys.executable, "-c", "from sim.cli import main; main()", "run", str(scenario)]
    process = subprocess.Popen(
        [*command, "--replicas", "20000", "--out", str(out)], cwd=ROOT, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    for _ in range(3000):
        if list(out.glob("havana/.*/*.parquet")) or process.poll() is not None:
            break
        time.sleep(0.02)
    return process
