"""Messages name the nearest valid word, and no input floods or fakes them."""

import pytest

from sim.errors import MAX_LIST, nearest, shorten, suggest


@pytest.mark.parametrize(
    ("word", "options", "said"),
    [
        ("prkk", [*"ABCDEFGHIJ", "PRK"], "; did you mean PRK?"),
        ("Head", ["head", "minister"], "; did you mean head?"),
        ("zzz", ["b", "a"], "; valid: a, b"),
        ("zzz", [], ""),
        ("zzz", ["a" * MAX_LIST, "b"], ""),
        (5, ["a5"], "; did you mean a5?"),
    ],
)
def test_the_nearest_word_is_named_whatever_its_case_and_else_the_few_there_are(word, options, said):
    assert suggest(word, options) == said


def test_a_word_unlike_all_has_no_nearest():
    assert nearest("decide", ["decied", "move"]) == "decied"
    assert nearest("decide", ["run"]) is None


def test_a_value_is_written_on_one_short_line():
    assert shorten("a\nb\x1b") == "a�b�"
    assert shorten("x" * 100, 10) == "x" * 9 + "…"
