"""Hostile and broken files: each is refused in one line that names the file and the line."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.scenario.files import yaml
from sim.scenario.files.yaml import ALIAS, MAX_NODES, parse, plain
from sim.scenario.load import check, load_scenario

REFUSED = {
    "empty": ("", 1, "is empty"),
    "comments only": ("# nothing\n\n", 1, "is empty"),
    "list": ("\n- PRK\n", 2, "mapping"),
    "scalar": ("PRK\n", 1, "mapping"),
    "not utf-8": (b"question: what\nname: \xff\n", 2, "UTF-8"),
    "utf-16": ("question: what\n".encode("utf-16"), 1, "UTF-8"),
    "nul": (b"question: w\nstart: \x00\n", 2, "not valid YAML"),
    "tab": ("question: what\nrecord:\n\tevery: 2\n", 3, "tab"),
    "open bracket": ("states: [PRK, CUB\n", 2, "not valid YAML"),
    "two documents": ("question: a\n---\nquestion: b\n", 2, "second document"),
    "yaml 1.1": ("%YAML 1.1\n---\nquestion: a\n", 2, "1.2"),
    "huge directive": (f"%YAML {'1' * 5000}\n---\nquestion: a\n", 1, "not valid YAML"),
    "python tag": ("question: a\nname: !!python/object/apply:os.system [ls]\n", 2, "tags"),
    "custom tag": ("name: !secret x\n", 1, "tags"),
    "duplicate key": ("steps: 3\nstart: 2024-01-01\nsteps: 4\n", 3, "already on line 1"),
    "nested duplicate": ("record:\n  every: 1\n  every: 2\n", 3, "record.every: duplicate key"),
    "merge key": ("c:\n  <<: {b: 1}\n", 2, "merge keys"),
    "number as key": ("names:\n  1: one\n", 2, "a key must be text"),
    "list as key": ("? [a, b]\n: 1\n", 1, "a key must be text"),
    "anchor": ("question: a\nstates: &all [PRK, CUB]\n", 2, f"states: {ALIAS}"),
    "alias": ("question: a\nstates: *all\n", 2, f"states: {ALIAS}"),
    "too many values": (f"a: [{'1, ' * MAX_NODES}]\n", 1, f"more than {MAX_NODES} values"),
    "deep flow": ("a: " + "[" * 60_000 + "\n", 1, "deeper than 50"),
    "deep block": ("- " * 60 + "\n", 1, "deeper than 50"),
    "deep keys": ("? " * 60 + "a\n", 1, "deeper than 50"),
    "no such day": ("question: a\nstart: 2024-02-30\n", 2, "start: 2024-02-30 is no valid date"),
    "endless number": (f"steps: {'9' * 5000}\n", 1, "steps"),
    "large": ("# " + "x" * 2**20, 1, "larger than 1 MiB"),
}


@pytest.mark.parametrize(("text", "line", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_broken_file_is_refused_in_one_line_with_its_place(write, text, line, reason):
    path = write(text)
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    said = str(caught.value).splitlines()
    assert len(said) == 1
    assert said[0].startswith(f"{path}:{line}: ")
    assert reason in said[0]
    assert len(said[0]) < len(str(path)) + 300


def test_the_worst_file_is_refused_fast(write):
    started = time.monotonic()
    assert check(write("a: &a [1]\nh: [" + "*a, " * 200_000))
    assert time.monotonic() - started < 5


def test_the_number_of_values_is_bounded(monkeypatch):
    monkeypatch.setattr(yaml, "MAX_NODES", 50)
    with pytest.raises(InputError, match="more than 50 values"):
        parse("a: [" + "1, " * 49 + "]")


@pytest.mark.parametrize("name", ["missing.yaml", "x" * 300 + ".yaml", "nul\0.yaml", "."])
def test_what_is_no_file_is_refused(tmp_path, name):
    with pytest.raises(InputError, match=r"no such file|cannot be read|is a folder"):
        load_scenario(tmp_path / name)


def test_every_problem_of_a_document_is_named_at_once(write):
    text = "start: 2024-02-30\nsteps: 1\nsteps: 2\nname: !x y\n"
    assert [problem.line for problem in check(write(text))] == [1, 3, 4]


def test_yaml_1_2_words_mean_themselves():
    node = parse("a: NO\nb: yes\nc: 012\nd: 1e-5\ne: 2024-01-02\nf: '2024'\ng: ~\nh: true\n")
    values = plain(node)
    assert [values[key] for key in "abcdfgh"] == ["NO", "yes", 12, 1e-5, "2024", None, True]
    assert values["e"].isoformat() == "2024-01-02"


def test_a_byte_order_mark_is_no_matter(write, good):
    assert check(write(b"\xef\xbb\xbf" + good.encode())) == []


def test_text_in_messages_is_short_and_printable(write):
    problem = check(write(f'"\\e[31m{"k" * 5000}": 1\n'))
    assert all(str(line).isprintable() and len(str(line)) < 1000 for line in problem)


def test_a_folder_without_scenarios_is_a_problem(tmp_path: Path):
    assert "no scenario files" in str(check(tmp_path)[0])
