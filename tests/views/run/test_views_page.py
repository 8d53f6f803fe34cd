"""The time axis carries a few different dates, however long the run."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from sim.views.drawing.sheet import counted, darker, plain_day
from sim.views.run.page import time_axis


class _Horizon:
    """As much of a run as its time axis looks at."""

    def __init__(self, start: date, days: int) -> None:
        self.scenario = self
        self.start, self.end = start, start + timedelta(days=days)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(1, 20_000))
def test_every_run_has_two_to_eight_dates_and_no_date_twice(start: date, days: int) -> None:
    axes = Figure().add_axes((0, 0, 1, 1))
    time_axis(axes, _Horizon(start, days))
    low, high = axes.get_xlim()
    ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
    texts = [axes.xaxis.get_major_formatter()(tick) for tick in ticks]
    assert 2 <= len(texts) <= 8
    assert len(set(texts)) == len(texts)


def test_dates_and_numbers_read_as_people_write_them() -> None:
    assert plain_day(date(2024, 5, 5)) == "5 May 2024"
    assert (counted(1, "day"), counted(2, "day")) == ("1\u00a0day", "2\u00a0days")


@pytest.mark.parametrize("colour", ["#E69F00", "#56B4E9", "#0072B2"])
def test_words_are_darker_than_their_line(colour: str) -> None:
    parts = [(int(colour[k : k + 2], 16), int(darker(colour)[k : k + 2], 16)) for k in (1, 3, 5)]
    assert all(dark <= light for light, dark in parts)
    assert sum(dark for _, dark in parts) < sum(light for light, _ in parts)
