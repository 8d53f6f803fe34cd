"""Text of strangers: nothing in it reaches a terminal but as text, nothing reaches a spreadsheet as a formula."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError, Problem, complain
from sim.plaintext import inert, visible


@given(st.text(st.characters()))
def test_what_is_visible_holds_no_control_and_keeps_the_rest(text):
    shown = visible(text)
    assert not {c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")}
    assert visible(shown) == shown
    harmless = "".join(c for c in text if c.isprintable())
    assert visible(harmless) == harmless


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mEVIL\x1b[0m", r"\x1b[31mEVIL\x1b[0m"),
        ("\x9b31m", r"\x9b31m"),  # the same in one byte
        ("a\u202egnp.exe", r"a\u202egnp.exe"),
        ("Nor\u200bth", r"Nor\u200bth"),
        ("one\r\ntwo", r"one\r\ntwo"),
        ("\udcff", r"\udcff"),  # a byte of a file name that is not UTF-8
        ("Côte d’Ivoire → 中国", "Côte d’Ivoire → 中国"),
    ],
)
def test_controls_are_shown_as_escapes(text, shown):
    assert visible(text) == shown


@pytest.mark.parametrize("place", ["file", "key", "reason"])
def test_a_problem_is_one_line_wherever_the_controls_are(place):
    text = "a\x1b]0;title\x07\nb"
    where = {"reason": "wrong", "file": "x.csv", "key": "k"} | {place: text}
    where["file"] = Path(where["file"])
    assert r"a\x1b]0;title\x07\nb" in str(Problem(**where))
    assert str(InputError(Problem(**where))).isprintable()


def test_problems_are_a_line_each():
    both = InputError([*complain("one\n").problems, *complain("two").problems])
    assert str(both).splitlines() == ["one\\n", "two"]


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1"])
def test_formulas_get_an_apostrophe(text):
    assert inert(text) == "'" + text


@pytest.mark.parametrize("text", ["", "-1", "+0.5", "-1e-5", "-inf", "PRK", "a=b", "2024-01-01", "'=1"])
def test_numbers_and_plain_words_stay(text):
    assert inert(text) == text
