"""Sweeps whose files were damaged, edited or mixed with others': told, made anew on --resume, and nothing else lost."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.errors import InputError
from sim.experiment.manifest import sealed, write_json
from sim.sweeps.analysis.answer import sweep
from sim.sweeps.plan import Request
from sim.sweeps.storage.parts import write_table
from sim.sweeps.sweep import run_sweep
from tests.sweeps.conftest import small

__all__ = ["small"]


@pytest.fixture(scope="module")
def whole(small, tmp_path_factory):
    """A finished sweep of several parts, answered."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.sweeps.plan.part_size", lambda *_: 8)
        return sweep(small, out=tmp_path_factory.mktemp("results"))


@pytest.fixture
def folder(whole, tmp_path, monkeypatch):
    monkeypatch.setattr("sim.sweeps.plan.part_size", lambda *_: 8)
    copy = tmp_path / "small" / whole.path.name
    shutil.copytree(whole.path, copy)
    return copy


def other_number(folder):
    """As a flipped bit gives: a part that reads well, with another number in it."""
    file = folder / "parts" / "000001.parquet"
    table = pq.read_table(file)
    values = table["mean_affinity"].to_numpy().copy()
    values[0] += np.float32(0.125)
    column = table.schema.get_field_index("mean_affinity")
    write_table(file, table.set_column(column, "mean_affinity", pa.array(values)))


def flip(file, byte):
    content = bytearray(file.read_bytes())
    content[byte] ^= 1
    file.write_bytes(content)


def edit(file, key, value):
    write_json(file, json.loads(file.read_text()) | {key: value})


HARMS = {
    "another number in a part": other_number,
    "a bit of a part flipped": lambda f: flip(f / "parts" / "000001.parquet", 500),
    "the last bit of a part flipped": lambda f: flip(f / "parts" / "000001.parquet", -9),
    "a part is lost": lambda f: (f / "parts" / "000001.parquet").unlink(),
    "an empty part": lambda f: (f / "parts" / "000001.parquet").write_bytes(b""),
    "two parts are exchanged": lambda f: shutil.copy(f / "parts/000000.parquet", f / "parts/000001.parquet"),
    "a bit of the points flipped": lambda f: flip(f / "points.parquet", 100),
    "the plan is edited": lambda f: edit(f / "sweep.json", "shape", {"points": 6}),
    "the plan is a list": lambda f: (f / "sweep.json").write_text("[]"),
    "the plan is of another version": lambda f: (f / "sweep.json").write_text("{}"),
    "the manifest is edited": lambda f: edit(f / "manifest.json", "points", "six"),
    "the manifest is of another sweep": lambda f: write_json(
        f / "manifest.json", sealed({"kind": "sweep", "sweep_id": "0", "parts": {}})
    ),
}  # fmt: skip


QUICK = ("another number in a part", "the plan is edited", "the manifest is of another sweep")


@pytest.mark.parametrize(
    "harm", [h if h in QUICK else pytest.param(h, marks=pytest.mark.slow) for h in HARMS]
)
def test_damage_is_refused_and_made_anew_on_resume(sim, small, whole, folder, harm):
    HARMS[harm](folder)
    again = ("sweep", small, "--out", folder.parent.parent, "--json")
    for command in (
        ("compare", f"{folder}#0", f"{folder}#1"), ("plot", folder, "--out", folder / "no"),
        ("export", folder, "--out", folder / "no"), again,
    ):  # fmt: skip
        code, out, err = sim(*command)
        assert (code, out) == (2, ""), command
        assert err.startswith(str(folder))
        assert err.count("\n") == 1
    code, out, err = sim(*again, "--resume")
    assert code == 0
    assert json.loads(out)["content_hash"] == whole.manifest["content_hash"]
    assert str(folder) in err
    assert sim(*again)[2] == ""
    for part in whole.parts:
        assert (folder / "parts" / part.name).read_bytes() == part.read_bytes()
    assert sim("compare", f"{folder}#0", f"{folder}#1")[0] == 0


@pytest.mark.parametrize(
    "harm", ["another number in a part", *(pytest.param(h, marks=pytest.mark.slow) for h in list(HARMS)[1:6])]
)
def test_resume_of_an_unfinished_sweep_certifies_no_damage(small, whole, folder, harm):
    """No manifest is there to tell: the files tell themselves."""
    (folder / "manifest.json").unlink()
    HARMS[harm](folder)
    done = run_sweep(small, Request(), out=folder.parent.parent, is_resumed=True)
    assert done.manifest["content_hash"] == whole.manifest["content_hash"]
    np.testing.assert_array_equal(done.outcome("mean_affinity"), whole.outcome("mean_affinity"))
    is_told = any("parts/000001.parquet is damaged" in note for note in done.manifest["notes"])
    assert is_told != (harm == "a part is lost")


def test_a_part_of_another_sweep_is_not_taken_in(small, whole, folder, tmp_path):
    other = run_sweep(small, Request(overrides=["rng_seed=8"]), out=tmp_path / "other")
    (folder / "manifest.json").unlink()
    shutil.copy(other.parts[1], folder / "parts" / "000001.parquet")
    done = run_sweep(small, Request(), out=folder.parent.parent, is_resumed=True)
    assert done.manifest["content_hash"] == whole.manifest["content_hash"]
    set_aside = folder / "parts" / "000001.parquet.damaged"
    assert set_aside.read_bytes() == other.parts[1].read_bytes()


def test_files_of_others_stay_and_do_not_count(sim, small, whole, folder, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("mine")
    mine = [
        folder / name for name in ("notes.txt", "parts/mine.parquet", "parts/.writing-mine", "chunks/a/b")
    ]
    for file in mine:
        file.parent.mkdir(exist_ok=True)
        file.write_text("mine")
    (folder / "scenario.json").unlink()
    (folder / "scenario.json").symlink_to(precious)
    (folder / "parts" / "000001.parquet").unlink()
    (folder / "parts" / "000001.parquet").symlink_to(precious)
    done = run_sweep(small, Request(), out=folder.parent.parent, is_resumed=True)
    assert done.manifest["content_hash"] == whole.manifest["content_hash"]
    assert {file.read_text() for file in (*mine, precious)} == {"mine"}
    assert sim("export", folder, "--out", tmp_path / "out")[0] == 0


@pytest.mark.parametrize("harm", ["a bit flipped", "lost", "of another content", "unfinished"])
def test_answers_that_are_damaged_or_old_are_made_anew(sim, small, whole, folder, harm):
    file = folder / "answers" / "shares.parquet"
    right = file.read_bytes()
    if harm == "a bit flipped":
        flip(file, 300)
    elif harm == "lost":
        file.unlink()
    elif harm == "of another content":
        about = json.loads((folder / "answers" / "manifest.json").read_text())
        write_json(folder / "answers" / "manifest.json", sealed(about | {"content_hash": "0"}))
        file.write_bytes(b"")
    else:
        (folder / "answers" / "manifest.json").unlink()
    assert sim("sweep", small, "--out", folder.parent.parent)[0] == 0
    assert file.read_bytes() == right


def test_a_lock_that_is_a_link_is_refused_and_its_target_untouched(small, folder, tmp_path):
    (tmp_path / "precious").write_text("mine")
    (folder / "manifest.json").unlink()
    (folder / "lock").unlink()
    (folder / "lock").symlink_to(tmp_path / "precious")
    with pytest.raises(InputError, match="cannot write results: Too many levels of symbolic links"):
        run_sweep(small, Request(), out=folder.parent.parent, is_resumed=True)
    assert (tmp_path / "precious").read_text() == "mine"


def test_without_locks_a_sweep_runs_removes_nothing_and_says_so(small, whole, folder, monkeypatch):
    left = folder / "parts" / f".writing-{'0' * 16}"

    def no_locks(*_):
        raise OSError(37, "No locks available")

    (folder / "manifest.json").unlink()
    left.touch()
    monkeypatch.setattr("fcntl.flock", no_locks)
    done = run_sweep(small, Request(), out=folder.parent.parent, is_resumed=True)
    assert done.manifest["content_hash"] == whole.manifest["content_hash"]
    assert any("has no locks" in note for note in done.manifest["notes"])
    assert left.exists()
    monkeypatch.undo()
    (folder / "manifest.json").unlink()
    monkeypatch.setattr("sim.sweeps.plan.part_size", lambda *_: 8)
    run_sweep(small, Request(), out=folder.parent.parent, is_resumed=True)
    assert not left.exists()


@pytest.mark.parametrize("number", ["6", "9" * 5000, "-1", "x", "", "²", "1e0"])
def test_a_point_that_is_not_there_is_one_line(sim, whole, number):
    code, _, err = sim("compare", f"{whole.path}#{number}", f"{whole.path}#0")
    assert code == 2
    assert f"write the point as {whole.path}#0 to {whole.path}#5" in err or "File name too long" in err
    assert err.count("\n") == 1


def test_a_folder_whose_name_has_a_sharp(sim, folder):
    moved = folder.parent / "sweep#7"
    folder.rename(moved)
    assert sim("compare", f"{moved}#0", f"{moved}#1")[0] == 0
    assert "write the point as" in sim("compare", moved, f"{moved}#1")[2]
