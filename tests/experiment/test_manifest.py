"""What was written is what is read: every bit of a run is under a checksum, and what is wrong is one line."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date

import pytest

from sim.errors import InputError
from sim.experiment.manifest import read_manifest, read_sealed, sealed, write_json
from sim.experiment.run import run

HARMS = {
    "a table is lost": lambda f: (f / "states.parquet").unlink(),
    "a bit of a table flipped": lambda f: flip(f / "states.parquet", 1000),
    "a bit of the scenario flipped": lambda f: flip(f / "scenario.json", 100),
    "an empty table": lambda f: (f / "measures.parquet").write_bytes(b""),
    "a table of another run": lambda f: shutil.copy(f / "dyads.parquet", f / "measures.parquet"),
    "a table is a folder": lambda f: ((f / "acts.parquet").unlink(), (f / "acts.parquet" / "mine").mkdir(parents=True)),
    "an edited manifest": lambda f: edit(f / "manifest.json", "replicas", 9),
    "a manifest of wrong kinds": lambda f: edit(f / "manifest.json", "tables", None),
    "a manifest without a key": lambda f: edit(f / "manifest.json", "run_id"),
    "a manifest that is a list": lambda f: (f / "manifest.json").write_text("[]"),
    "a manifest that is no JSON": lambda f: (f / "manifest.json").write_text("{"),
    "a manifest that is no text": lambda f: (f / "manifest.json").write_bytes(b"\xff\xfe\x00"),
    "a manifest too deep": lambda f: (f / "manifest.json").write_text("[" * 100_000),
    "a number too long": lambda f: (f / "manifest.json").write_text("9" * 10_000),
    "a manifest of another version": lambda f: write_json(f / "manifest.json", {"tables": {}, "run_id": "x"}),
    "a manifest of a later format": lambda f: write_json(f / "manifest.json", sealed({}) | {"format": 99}),
}  # fmt: skip


def flip(file, byte):
    content = bytearray(file.read_bytes())
    content[byte] ^= 1
    file.write_bytes(content)


def edit(file, key, value=...):
    content = json.loads(file.read_text())
    content[key] = value
    write_json(file, {k: v for k, v in content.items() if v is not ...})


@pytest.fixture(scope="module")
def havana(root, tmp_path_factory):
    return run(root / "scenarios/havana.yaml", replicas=4, out=tmp_path_factory.mktemp("results"))


@pytest.fixture
def folder(havana, tmp_path):
    copy = tmp_path / "havana" / havana.path.name
    shutil.copytree(havana.path, copy)
    return copy


@pytest.mark.parametrize("harm", HARMS)
def test_what_is_damaged_or_edited_is_refused_in_one_line(sim, folder, harm):
    HARMS[harm](folder)
    for command in (("compare", folder, folder), ("plot", folder, "--out", folder.parent / "out")):
        code, out, err = sim(*command)
        assert (code, out) == (2, "")
        assert err.startswith(str(folder))
        assert err.count("\n") == 1
    assert not (folder.parent / "out").exists()


@pytest.mark.parametrize("harm", [*list(HARMS)[:5], "an edited manifest"])
def test_a_damaged_run_is_made_anew_and_told(sim, root, havana, folder, harm):
    (folder / "my notes").write_text("mine")
    HARMS[harm](folder)
    command = ("run", root / "scenarios/havana.yaml", "--replicas", 4, "--out", folder.parent.parent)
    code, _, err = sim(*command)
    assert code == 0
    assert "; the run has been made anew\n" in err
    assert read_manifest(folder, "run")["tables"] == havana.manifest["tables"]
    assert (folder / "my notes").read_text() == "mine"
    assert "made anew" not in sim(*command)[2]


def test_a_run_under_the_name_of_another_is_not_taken_for_it(root, folder):
    out = folder.parent.parent
    other = run(root / "scenarios/havana.yaml", replicas=2, out=out)
    shutil.rmtree(other.path)
    shutil.copytree(folder, other.path)
    with pytest.raises(InputError, match=f"holds another run, {folder.name}; move it away"):
        run(root / "scenarios/havana.yaml", replicas=2, out=out)


@pytest.mark.parametrize("kind", ["a folder", "a pipe", "nothing"])
def test_what_is_no_file_is_no_manifest(tmp_path, kind):
    file = tmp_path / "manifest.json"
    if kind == "a folder":
        file.mkdir()
    elif kind == "a pipe":
        os.mkfifo(file)
    assert read_sealed(file) is None


def test_the_checksum_stands_for_the_content_not_for_its_layout(tmp_path):
    content = sealed({"z": [1.5, None, "é"], "a": {"day": date(2024, 1, 2)}})
    (tmp_path / "m.json").write_text(json.dumps(content, separators=(",", ":")))
    assert read_sealed(tmp_path / "m.json") == content
    assert content["a"] == {"day": "2024-01-02"}
