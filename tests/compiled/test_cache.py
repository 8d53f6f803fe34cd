"""Compiled code on disk: never that of other sources, never a damaged file, only where its user alone can write."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from numba import njit as numbas_own

from sim.compiled import cache, files, folder
from sim.compiled.kernels import could_be_compiled_beside, njit
from tests.conftest import ROOT


@pytest.fixture
def kernels(tmp_path, monkeypatch):
    """An empty folder for compiled code."""
    place = tmp_path / "kernels"
    place.mkdir(mode=0o700)
    monkeypatch.setattr(cache, "kernel_folder", lambda: place)
    files.warn.cache_clear()
    return place


def doubled(number):
    return 2 * number


def compiled():
    """A function as a new process has it, and how often it was found and compiled."""
    kernel = njit(cache=True)(doubled)
    assert kernel(21) == 42
    return sum(kernel.stats.cache_hits.values()), sum(kernel.stats.cache_misses.values())


def test_what_is_compiled_is_found_again(kernels):
    kernel = njit(cache=True)(doubled)
    assert could_be_compiled_beside(kernel)
    kernel(21)
    assert not could_be_compiled_beside(kernel)
    assert compiled() == (1, 0)
    njit(cache=True)(doubled)(2.5)
    assert len(list(kernels.iterdir())) == 2  # a file for each type of argument
    kernel._cache.flush()
    assert not list(kernels.iterdir())
    assert compiled() == (0, 1)


@pytest.mark.parametrize("left", [0, 10, 100, -1])
def test_a_truncated_file_is_made_anew(kernels, left):
    compiled()
    [file] = kernels.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:left])
    assert compiled() == (0, 1)
    assert compiled() == (1, 0)
    assert file.stat().st_size == len(whole)


def test_a_flipped_bit_is_made_anew(kernels):
    compiled()
    [file] = kernels.iterdir()
    harmed = bytearray(file.read_bytes())
    harmed[len(harmed) // 2] ^= 1
    file.write_bytes(harmed)
    assert compiled() == (0, 1)
    assert compiled() == (1, 0)


def test_code_made_by_other_settings_of_numba_is_not_used(kernels, monkeypatch):
    compiled()
    monkeypatch.setattr("numba.core.config.BOUNDSCHECK", 1)
    assert compiled() == (0, 1)
    assert compiled() == (1, 0)


def test_a_file_that_others_can_write_is_not_read(kernels):
    compiled()
    [file] = kernels.iterdir()
    file.chmod(0o666)
    assert compiled() == (0, 1)
    assert compiled() == (1, 0)
    assert file.stat().st_mode & 0o777 == 0o600


def test_code_of_sources_edited_meanwhile_is_not_stored(kernels, monkeypatch):
    monkeypatch.setattr(cache, "are_sources_edited", lambda: True)
    assert compiled() == (0, 1)
    assert not list(kernels.iterdir())


def test_a_full_disk_is_said_in_one_line(kernels, monkeypatch, caplog):
    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.tempfile, "mkstemp", full)
    compiled()
    compiled()
    reason = f"{kernels}: No space left on device"
    assert caplog.messages == [f"compiled code is not stored, the next start compiles anew: {reason}"]


def test_where_nothing_can_be_written_it_is_said_in_one_line(kernels, monkeypatch, caplog):
    monkeypatch.setattr(cache, "kernel_folder", lambda: None)
    kernel = njit(cache=True)(doubled)
    assert not could_be_compiled_beside(kernel)
    assert (kernel(21), kernel(0.5)) == (42, 1.0)
    [message] = caplog.messages
    assert message.endswith("no folder for it that its user alone can write; NUMBA_CACHE_DIR can name one")


def test_a_folder_cleared_away_is_made_anew(kernels):
    shutil.rmtree(kernels)
    assert compiled() == (0, 1)
    assert compiled() == (1, 0)


def test_functions_of_the_user_keep_to_what_numba_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("numba.core.config.CACHE_DIR", str(tmp_path))
    assert Path(numbas_own(cache=True)(doubled).stats.cache_path).parent == tmp_path


@pytest.fixture
def places(tmp_path, monkeypatch):
    """All places for compiled code, none of which is there yet."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "named"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(folder, "BESIDE", tmp_path / "sim" / "__pycache__")
    monkeypatch.setattr(folder.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    monkeypatch.setattr(folder, "source_hash", folder.source_hash.__wrapped__)
    monkeypatch.setattr(folder, "kernel_folder", folder.kernel_folder.__wrapped__)
    monkeypatch.setattr(folder, "SOURCES", {"sim/law.py": b"pull = 1  # of balance"})
    return [
        tmp_path / "named" / "blocshift",
        tmp_path / "sim" / "__pycache__",
        tmp_path / "home" / "blocshift",
        tmp_path / "temporary" / f"blocshift-{os.geteuid()}",
    ]


def test_the_folder_is_named_after_all_sources_in_every_place(places, monkeypatch):
    before = [place / folder.kernel_folder().name for place in places]
    for wanted in before:
        assert folder.kernel_folder() == wanted
        assert wanted.stat().st_mode & 0o777 == 0o700
        wanted.chmod(0o777)  # so that the next place is taken
    assert folder.kernel_folder() is None
    monkeypatch.setattr(folder, "SOURCES", {"sim/law.py": b"pull = 2"})
    monkeypatch.setattr(folder, "EDITION", "edited")
    assert folder.kernel_folder().parent == places[0]
    assert folder.kernel_folder().name != before[0].name


def test_no_place_is_looked_for_under_the_working_directory(places, tmp_path, monkeypatch):
    here = tmp_path / "temporary"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("NUMBA_CACHE_DIR", "cache")
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    places[1].parent.touch()  # a file: nothing can be made in it
    assert folder.kernel_folder() is None
    assert not list(here.iterdir())


def test_a_link_or_a_folder_of_another_user_is_not_used(places, tmp_path, monkeypatch):
    name = folder.kernel_folder().name
    (places[0] / name).rename(tmp_path / "elsewhere")
    (places[0] / name).symlink_to(tmp_path / "elsewhere")
    assert folder.kernel_folder().parent == places[1]
    user = os.geteuid()
    monkeypatch.setattr(folder.os, "geteuid", lambda: user + 1)
    assert folder.kernel_folder().parent not in places[:2]


def test_syntax_trees_are_read_once_and_again_where_the_note_is_damaged(places, monkeypatch):
    code = folder.source_hash()
    [note] = folder.kernel_folder().iterdir()
    monkeypatch.setattr(folder, "tree_hash", lambda _: "read again")
    assert folder.source_hash() == code
    monkeypatch.setattr(folder, "EDITION", "another")
    assert folder.source_hash() == "read again"
    monkeypatch.undo()
    content = note.read_bytes()
    note.write_bytes(content[:-1])
    assert folder.source_hash.__wrapped__() != code


def test_what_is_long_unused_is_deleted_beside_the_sources_alone(places, monkeypatch):
    names = ("kernels-old", "kernels-recent", "notes")
    for each in (place / name for place in places for name in names):
        each.mkdir(parents=True)
        if each.name != "kernels-recent":
            os.utime(each, (0, time.time() - 8 * 86_400))
    for _ in places:
        folder.kernel_folder().chmod(0o777)  # so that the next place is taken
    gone = [place / name for place in places for name in names if not (place / name).exists()]
    assert gone == [places[1] / "kernels-old"]  # other places may be shared with other installations


@pytest.fixture
def copy(tmp_path):
    """A copy of the package with a caller and a callee, and the means to call it in a process of its own."""
    shutil.copytree(ROOT / "sim", tmp_path / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "sim" / "callee.py").write_text(CALLEE)
    (tmp_path / "sim" / "caller.py").write_text(CALLER)
    environment = {**os.environ, "NUMBA_CACHE_DIR": "", "PYTHONPATH": str(tmp_path)}

    def start(argument, **places):
        command = [sys.executable, "-B", "-c", CALL, argument]
        return subprocess.Popen(
            command, cwd=tmp_path, env=environment | places, stdout=subprocess.PIPE, text=True
        )

    return start


@pytest.mark.slow
@pytest.mark.parametrize("place", ["NUMBA_CACHE_DIR", "XDG_CACHE_HOME"])
@pytest.mark.parametrize("file", ["callee.py", "compiled/kernels.py", "compiled/borrowed.py"])
def test_a_changed_line_anywhere_changes_what_callers_compute_and_a_comment_compiles_nothing(
    copy, tmp_path, place, file
):
    """In a cache named by the user, and in that of the home where the installation cannot be written."""
    if place == "XDG_CACHE_HOME":
        (tmp_path / "sim" / "__pycache__").touch()
    changed = tmp_path / "sim" / file
    text = changed.read_text()
    if "ANSWER" not in text:
        (tmp_path / "sim" / "callee.py").write_text(
            CALLEE.replace("ANSWER = 1", f"from {module(file)} import ANSWER")
        )
        text += "\nANSWER = 1\n"

    def called(text):
        changed.write_text(text)
        return copy("0", **{place: str(tmp_path / "cache")}).communicate()[0].split()

    assert called(text) == ["1", "compiled"]
    assert list((tmp_path / "cache").rglob("*.nbc"))
    assert called(f"# A comment.\n{text}\n'And a docstring.'") == ["1", "found"]
    assert called(text.replace("ANSWER = 1", "ANSWER = 2")) == ["2", "compiled"]


def module(file):
    return f"sim.{file.removesuffix('.py').replace('/', '.')}"


@pytest.mark.slow
def test_first_starts_at_once_store_what_each_compiled(copy):
    """The same function for other types of arguments: with an index, one could be given the other's code."""
    for how in ("compiled", "found"):
        printed = [
            process.communicate()[0].split() for process in [copy(argument) for argument in ("0", "0.0") * 3]
        ]
        assert [number for number, _ in printed] == ["1", "1.0"] * 3
        assert how in {how for _, how in printed}


CALL = """import sys
from sim.caller import call
print(call(eval(sys.argv[1])), "found" if call.stats.cache_hits else "compiled")
"""
CALLEE = """from sim.compiled.kernels import njit

ANSWER = 1

@njit(cache=True)
def answer(least):
    return least + ANSWER
"""
CALLER = """from sim.callee import answer
from sim.compiled.kernels import njit

@njit(cache=True)
def call(least):
    return answer(least)
"""
