"""Words keep clear of one another, fit where they are put, and lose nothing on the way."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.views.drawing.sheet import signed
from sim.views.drawing.words import MISSING, clipped, shown, spread, width, wrapped

places = st.lists(st.floats(-10, 10), min_size=1, max_size=30)
texts = st.text(
    st.characters(max_codepoint=0x17F, exclude_categories=("C", "Z"), include_characters=" "), max_size=80
)


@given(places, st.floats(0.01, 2.0))
def test_spread_labels_stand_apart_in_their_order(wanted: list[float], gap: float) -> None:
    room = gap * len(wanted)
    placed = spread(wanted, gap, -10 - room, 10 + room)
    order = np.argsort(wanted, kind="stable")
    assert np.all(np.diff(placed[order]) >= gap * (1 - 1e-9))
    assert placed.min() >= -10 - room
    assert placed.max() <= 10 + room


@given(places, st.floats(0.01, 1.0))
def test_spread_stays_inside_when_there_is_just_room(wanted: list[float], gap: float) -> None:
    high = -10 + gap * (len(wanted) - 1)
    placed = spread(wanted, gap, -10, high)
    assert np.sort(placed) == pytest.approx(-10 + gap * np.arange(len(wanted)))


@given(st.lists(st.integers(-50, 50), unique=True, min_size=1, max_size=20))
def test_spread_leaves_alone_what_stands_apart(wanted: list[int]) -> None:
    assert spread([float(w) for w in wanted], 1.0, -50, 50) == pytest.approx(wanted)


def test_spread_moves_two_at_one_place_equally() -> None:
    assert spread([0.0, 0.0], 1.0, -5, 5) == pytest.approx([-0.5, 0.5])
    assert spread([], 1.0, 0, 1).size == 0


@given(texts, st.floats(0.5, 4.0))
def test_wrapped_lines_fit_and_lose_no_letter(text: str, room: float) -> None:
    lines = wrapped(text, room, lines=500)
    assert all(width(line) <= room for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(texts, st.floats(0.5, 4.0))
def test_wrapping_into_few_lines_says_that_something_is_cut(text: str, room: float) -> None:
    whole, few = wrapped(text, room, lines=500), wrapped(text, room, lines=2)
    assert len(few) == min(2, len(whole))
    assert (len(whole) <= 2) or few[-1].endswith("…")
    assert all(width(line) <= room for line in few)


def test_clipping_keeps_what_fits() -> None:
    assert clipped("Cuba", 2.0) == "Cuba"
    cut = clipped("Democratic People's Republic of Korea", 1.0)
    assert cut.startswith("Democ")
    assert cut.endswith("…")
    assert width(cut) <= 1.0


def test_what_no_font_can_draw_is_shown_as_missing() -> None:
    assert shown("Corée $_<&> → ✓") == "Corée $_<&> → ✓"
    assert shown("a\U0010fffdb") == f"a{MISSING}b"


@given(st.floats(-2, 2))
def test_a_number_that_prints_as_nought_has_no_sign(value: float) -> None:
    text = signed(value)
    assert float(text.replace("−", "-")) == pytest.approx(value, abs=0.00501)
    assert (text[0] in "+−") == (text != "0.00")
