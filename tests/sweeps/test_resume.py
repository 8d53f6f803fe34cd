"""Sweeps that are cut off: by a failure, a full disk, a signal or kill -9; and resumed to the same content."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.sweeps.plan import Request
from sim.sweeps.storage import folder as folders
from sim.sweeps.storage.folder import SweepFolder
from sim.sweeps.storage.result import read_sweep
from sim.sweeps.sweep import run_sweep
from tests.conftest import ROOT
from tests.sweeps.interruptions import cut_off, shape_of, start, unfinished, wait_for_chunks


@pytest.mark.usefixtures("parts_of_eight")
def test_resume_runs_exactly_what_is_missing(small, tmp_path):
    whole = run_sweep(small, Request(), out=tmp_path / "whole")
    folder = cut_off(small, tmp_path / "cut")
    with SweepFolder(folder, shape := shape_of(small)) as held:
        kept = int(held.done().sum())
    assert 0 < kept < shape.n_runs
    with pytest.raises(InputError, match="an unfinished sweep lies here; --resume"):
        run_sweep(small, Request(), out=tmp_path / "cut")
    with pytest.raises(InputError, match="unfinished sweep"):
        read_sweep(folder)
    seen = []
    done = run_sweep(
        small, Request(), out=tmp_path / "cut", is_resumed=True, chunk=2, workers=2,
        progress=lambda done, *_: seen.append(done),
    )  # fmt: skip
    assert done.manifest["content_hash"] == whole.manifest["content_hash"]
    assert seen[-1] == shape.n_runs
    assert seen[0] > kept  # nothing was run twice
    assert len(seen) >= (shape.n_runs - kept) / 2
    assert list((folder / "chunks").iterdir()) == []
    assert len(done.parts) == 5


def test_resume_with_other_settings_says_what_lies_there(small, tmp_path):
    folder = cut_off(small, tmp_path)
    other = run_sweep(small, Request(points=5), out=tmp_path, is_resumed=True)
    assert any(f"{folder} is unfinished" in note for note in other.manifest["notes"])


def test_cut_off_with_many_at_work_says_nothing_more(small, tmp_path, recwarn):
    cut_off(small, tmp_path, request=Request(points=60), workers=2)
    assert not recwarn.list


@pytest.mark.usefixtures("parts_of_eight")
@pytest.mark.parametrize("which", ["chunks", "parts"])
@pytest.mark.parametrize("left", [0, 0.5, -9])
def test_a_truncated_file_is_found_and_its_runs_run_again(small, tmp_path, which, left):
    whole = run_sweep(small, Request(), out=tmp_path / "whole")
    folder = cut_off(small, tmp_path / "cut", chunks=4)
    file = sorted((folder / which).iterdir())[0]
    content = file.read_bytes()
    file.write_bytes(content[: int(left * len(content)) if left >= 0 else left])
    done = run_sweep(small, Request(), out=tmp_path / "cut", is_resumed=True)
    assert any(f"{which}/{file.name} is damaged" in note for note in done.manifest["notes"])
    assert done.manifest["content_hash"] == whole.manifest["content_hash"]


@pytest.mark.parametrize("call", ["write_table", "replace"])
def test_a_full_disk_is_said_and_nothing_is_lost(small, swept, tmp_path, monkeypatch, call):
    n, target = [0], folders if call == "write_table" else Path
    real = getattr(target, call)

    def full(*arguments):
        n[0] += 1
        if n[0] > 4:
            raise OSError(28, "No space left on device")
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(target, call, full)
        with pytest.raises(InputError, match=r"No space left on device; what was done is kept, --resume"):
            run_sweep(small, Request(), out=tmp_path, chunk=3)
    assert not list(unfinished(tmp_path).rglob(".writing-*"))
    done = run_sweep(small, Request(), out=tmp_path, is_resumed=True)
    assert done.manifest["content_hash"] == swept.manifest["content_hash"]


def test_a_full_disk_for_real(small, swept, tmp_path):
    """A limit on the size of files stands in for the end of a disk: a write fails in the middle of a file."""
    code = (
        "import resource, signal, sys\n"
        "sys.dont_write_bytecode = True\n"
        "from sim.errors import InputError\n"
        "from sim.sweeps.sweep import Request, run_sweep\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "full = lambda *_: resource.setrlimit(resource.RLIMIT_FSIZE, (1500, -1))\n"
        f"try: run_sweep({str(small)!r}, Request(), out={str(tmp_path)!r}, chunk=3, progress=full)\n"
        "except InputError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert "cannot write results" in done.stdout, done.stderr
    assert "--resume goes on" in done.stdout
    folder = unfinished(tmp_path)
    with SweepFolder(folder, shape_of(small)) as held:
        assert held.done().sum() == 3
    after = run_sweep(small, Request(), out=tmp_path, is_resumed=True)
    assert after.manifest["content_hash"] == swept.manifest["content_hash"]


def test_a_folder_that_cannot_be_written_is_said(small):
    with pytest.raises(InputError, match="cannot write results"):
        run_sweep(small, Request(), out="/proc/self/nowhere")


def test_two_sweeps_on_one_folder(small, tmp_path):
    folder = cut_off(small, tmp_path)
    with (
        SweepFolder(folder, shape_of(small)),
        pytest.raises(InputError, match=rf"a sweep is at work in this folder \(process {os.getpid()}"),
    ):
        run_sweep(small, Request(), out=tmp_path, is_resumed=True)
    assert run_sweep(small, Request(), out=tmp_path, is_resumed=True).manifest["failed"] == 0


def test_kill_9_at_any_moment_then_resume(small, tmp_path):
    """Killed twice on the way, then finished in this process: the same content as in one go."""
    request = Request(points=300)
    for n in (2, 9):
        process = start(small, tmp_path, "--resume", "--workers", "2")
        wait_for_chunks(tmp_path, process, n)
        process.kill()
        process.communicate()
        assert process.returncode == -9
    [folder] = tmp_path.glob("small/sweep-*")
    with SweepFolder(folder, shape_of(small, request)) as held:
        assert held.done().any()
    done = run_sweep(small, request, out=tmp_path, is_resumed=True, workers=2)
    whole = run_sweep(small, request, out=tmp_path / "whole", workers=2)
    assert done.manifest["content_hash"] == whole.manifest["content_hash"]


@pytest.mark.slow
def test_workers_of_a_killed_parent_hold_nothing(small, tmp_path):
    """The parent of worker processes is killed: the folder is free at once, and they end."""
    process = start(small, tmp_path, "--workers", "2", "--executor", "processes")
    wait_for_chunks(tmp_path, process)
    workers = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
    process.kill()
    process.communicate()
    assert workers
    done = run_sweep(small, Request(points=300), out=tmp_path, is_resumed=True, workers=2)
    assert done.manifest["failed"] == 0
    for _ in range(100):
        left = [pid for pid in workers if _is_alive(pid)]
        if not left:
            break
        time.sleep(0.2)
    assert not left


def _is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
