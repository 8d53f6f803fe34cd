"""The hash of the sources: another for any code, the same for comments, docstrings and layout."""

from __future__ import annotations

import pytest

from sim.sources import bytes_hash, read_sources, tree_hash

SOURCE = {"law.py": b'"""The law."""\n\ndef pull(a):\n    """Pull."""\n    return -0.5 * a\n'}


@pytest.mark.parametrize(
    "text",
    [
        b'"""A law."""\ndef pull(a):\n    # of balance\n    return (-0.5 *\n        a)',
        b"def pull(a):\n  'Pull.'\n  return -.5*a\n'What it pulls.'",
    ],
)
def test_words_and_layout_leave_the_hash(text):
    assert tree_hash({"law.py": text}) == tree_hash(SOURCE)
    assert bytes_hash({"law.py": text}) != bytes_hash(SOURCE)


@pytest.mark.parametrize(
    "text",
    [
        b"def pull(a):\n    return -0.25 * a",
        b"def pull(b):\n    return -0.5 * b",
        b"def pull(a: float):\n    return -0.5 * a",
        b"def pull(a):\n    return 'Pull.'",
        b"@inline\ndef pull(a):\n    return -0.5 * a",
        b"def pull(a):\n    return -(0.5 + a)",
        b"def pull(a=None):\n    return -0.5 * a",
    ],
)
def test_any_other_code_changes_it(text):
    assert tree_hash({"law.py": text}) != tree_hash(SOURCE)


def test_so_does_a_file_more_or_of_another_name():
    code = SOURCE["law.py"]
    others = [{}, {"rule.py": code}, {"law.py": code, "rule.py": b""}]
    assert len({tree_hash(sources) for sources in (SOURCE, *others)}) == 4
    assert len({bytes_hash(sources) for sources in (SOURCE, *others)}) == 4


@pytest.mark.parametrize("file", ["compiled/borrowed.py", "compiled/kernels.py", "views/terminal/tables.py"])
def test_every_room_counts(file):
    sources = read_sources()
    assert tree_hash({file: sources[file] + b"\n# a comment"}) == tree_hash({file: sources[file]})
    assert tree_hash({file: sources[file] + b"\nx = 1"}) != tree_hash({file: sources[file]})
