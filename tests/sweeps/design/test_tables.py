"""Tables of points: as spreadsheets write them, every wrong cell on its own line, and exports read as they were."""

from __future__ import annotations

import codecs
import string
from datetime import date, timedelta

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.scenario.schema.models import Sweep
from sim.sweeps.analysis.export import write_points
from sim.sweeps.design.cells import read_cell, write_cell
from sim.sweeps.design.factors import Design, Factor
from sim.sweeps.design.layouts import LAYOUTS, lay_out
from sim.sweeps.design.tables import read_table
from sim.sweeps.plan import Request, plan_sweep
from sim.sweeps.storage.result import SweepResult
from sim.sweeps.sweep import points_table

NOISE, DATE, ON = "params.noise", "acts.visit.date", "acts.visit.on"


def design(small, file, content):
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return plan_sweep(small, Request(design=str(file), overrides=["sweep.vary={}"])).design


def values(found):
    return [found.values(point) for point in range(found.n_points)]


def test_a_table_of_a_german_spreadsheet(small, tmp_path):
    text = (
        "params.balance;acts.visit.date;acts.visit.on\r\n0,00001;15.01.2024;WAHR\r\n2E-05;1.2.2024;FALSCH\r\n"
    )
    assert values(design(small, tmp_path / "points.csv", codecs.BOM_UTF8 + text.encode())) == [
        {"params.balance": 1e-5, DATE: date(2024, 1, 15), ON: True},
        {"params.balance": 2e-5, DATE: date(2024, 2, 1), ON: False},
    ]


def test_semicolons_with_decimal_points_and_tabs(small, tmp_path):
    for mark in ";\t":
        text = f"params.noise{mark}steps\n0.01{mark}4\n.02{mark}6\n"
        found = values(design(small, tmp_path / "points.csv", text))
        assert found == [{NOISE: 0.01, "steps": 4}, {NOISE: 0.02, "steps": 6}]


@pytest.mark.parametrize("end", ["", "\n", "\n\n\n", "\r\n\r\n", "\n  \n", "\n,\n,\n"])
def test_empty_last_lines_are_nothing(small, tmp_path, end):
    found = values(design(small, tmp_path / "points.csv", "params.noise,steps\n0.01,4\n0.02,6" + end))
    assert found == [{NOISE: 0.01, "steps": 4}, {NOISE: 0.02, "steps": 6}]


@pytest.mark.parametrize(("key", "other"), [("policies.PRK.preset", "hedger"), (NOISE, 0.02), ("steps", 4)])
def test_null_is_the_default_of_the_key(small, tmp_path, key, other):
    file = tmp_path / "points.csv"
    text = f"{key}\n{other}\nnull\n"
    if key == "steps":  # which has no default
        with pytest.raises(InputError, match=r"points.csv:3: steps: should be a whole number, not empty"):
            design(small, file, text)
        return
    alone = ["sweep.vary={}"]
    by_words = plan_sweep(small, Request({key: f"{other},null"}, "grid", overrides=alone)).design
    by_python = plan_sweep(small, Request({key: [other, None]}, "grid", overrides=alone)).design
    by_file = plan_sweep(
        small, Request(None, "grid", overrides=[f"sweep.vary={{{key}: [{other}, null]}}"])
    ).design
    assert values(design(small, file, text)) == [{key: other}, {key: None}]
    assert values(by_words) == values(by_python) == values(by_file) == [{key: other}, {key: None}]


WRONG = {
    "of a key's bounds": ("params.noise\n0.1\n0.2\n7\n", ":4: params.noise: should be less than or equal to 1"),
    "of both bounds": ("params.noise\n-1\n0.2\n7\n", ":2: params.noise: should be greater than or equal to 0"),
    "no number": ("params.noise\n0.1\nmuch\n", ":3: params.noise: should be a number, not much"),
    "no act type": ("acts.visit.type\nG6\nG66\nD7\n", ":3: acts.visit.type: unknown act type G66"),
    "not whole": ("steps\n4\n5\n5.5\n", ":4: steps: should be a whole number, not 5.5"),
    "a date outside": ("acts.visit.date\n2024-01-10\n2025-01-10\n", ":3: acts.visit.date: 2025-01-10 is outside"),
    "not finite": ("params.noise\n0.1\n.inf\n.nan\n", ":3: params.noise: should be a finite number, not .inf"),
    "beyond 64 bits": ("steps\n4\n9999999999999999999999\n", ":3: steps: 9999999999999999999999 is a whole number"),
    "too great for a number": ("params.noise\n0.1\n1e999\n", ":3: params.noise: should be a finite number, not 1e999"),
    "an empty cell": ("params.noise,steps\n0.1,4\n0.2,\n", ":3: steps: an empty cell; null is the key's default"),
    "an empty line": ("params.noise\n0.1\n\n0.2\n", ":3: 0 cells under 1 keys"),
    "a mapping": ("params.noise\n0.1\n{a: 1}\n", ":3: params.noise: {a: 1} is no plain value"),
    "a comment": ("question\nWho?\nWho #1?\n", ":3: question: Who #1? is not read as it stands; put the text in"),
    "cells over lines": ('question,steps\n"a\nb",4\nWho?,x\n', ":2: question: a�b is not read as it stands"),
    "after such a cell": ('question,steps\n"""a"",\nb",4\n', ":2: question: "),
    "a point among commas": ("params.noise;steps\n0,1;4\n0.2;4\n", ":3: params.noise: 0.2 has a decimal point"),
    "a date of other lands": ("acts.visit.date;steps\n01/02/2024;4\n", ":2: acts.visit.date: should be a date"),
    "an unknown key": ("params.nose\n0.1\n0.2\n", ":1: params.nose: unknown key; did you mean noise"),
    "a deep key": (".".join("a" * 3000) + "\n1\n2\n", ":1: a.a.a.a"),
    "no key": ("params.noise,\n0.1,1\n", ":1: column 2 has no key"),
    "Latin-1": ("question\nCuba\nBj\xf6rn\n".encode("latin-1"), ":3: cannot be read: is not UTF-8 text"),
    "UTF-16": ("params.noise\n0.1\n".encode("utf-16"), ":1: cannot be read: is not UTF-8 text"),
    "quotes": ('params.noise,steps\n0.1,4\n"0.1"x,4\n', ":3: cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "told"), WRONG.values(), ids=WRONG)
def test_a_wrong_cell_is_told_on_its_own_line(small, tmp_path, content, told):
    file = tmp_path / "points.csv"
    with pytest.raises(InputError) as caught:
        design(small, file, content)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(f"{file}{told}")
    assert len(lines) == len(caught.value.problems) <= 2


def test_a_wrong_item_of_a_list_in_a_scenario_is_told_on_its_own_line(small):
    file = small.parent / "wrong.yaml"
    text = small.read_text().replace(
        "acts.visit.on: [true, false]", "acts.visit.type:\n      - G6\n      - G66"
    )
    file.write_text(text)
    line = 1 + next(k for k, said in enumerate(text.splitlines()) if "G66" in said)
    with pytest.raises(InputError) as caught:
        plan_sweep(file, Request())
    assert str(caught.value).startswith(f"{file}:{line}: sweep.vary.acts.visit.type: unknown act type G66")
    file.unlink()


def test_a_pipe_is_no_table(small, tmp_path):
    import os

    os.mkfifo(tmp_path / "points.csv")
    with pytest.raises(InputError, match=r"points.csv: cannot be read: no such file"):
        plan_sweep(small, Request(design=str(tmp_path / "points.csv"), overrides=["sweep.vary={}"]))


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.dates(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from(["null", "true", "1", "1e5", "2024-01-31", "=1+1", "@x", "#", "a #b", "~", "<<", "a: b", '"']),
)  # fmt: skip


@given(SCALARS)
def test_a_value_is_written_as_it_is_read(value):
    told = write_cell(value)
    assert told.isprintable()
    assert told[:1] not in "=+@" or not isinstance(value, str)
    back = read_cell(told)
    assert (type(back), repr(back)) == (type(value), repr(value))


def numbers():
    ends = st.tuples(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6)).map(sorted).filter(lambda e: e[0] < e[1])
    return st.builds(
        lambda e, is_log, levels: Factor("a", "number", e[0], e[1], is_log=is_log, levels=levels),
        ends, st.booleans(), st.integers(2, 7),
    )  # fmt: skip


def steps(kind, low, high):
    return st.builds(
        lambda first, more, is_log, levels: Factor(
            "a", kind, float(first), float(first + more), is_log=is_log and kind == "whole", levels=levels
        ),
        st.integers(low, high), st.integers(1, 2000), st.booleans(), st.integers(2, 7),
    )  # fmt: skip


def lists():
    some = st.lists(SCALARS.filter(lambda value: value != ""), min_size=1, max_size=7)
    return some.map(lambda found: Factor("a", "listed", 0.0, float(len(found)), tuple(found)))


FACTORS = st.one_of(numbers(), steps("whole", 1, 5000), steps("date", 700_000, 740_000), lists())


def exported(found: Design, folder):
    pq.write_table(points_table(found), folder / "points.parquet")
    facts = {"factors": [{"key": made.key} for made in found.factors]}
    write_points(SweepResult(folder, {}, facts), folder / "points.csv")
    return read_table(folder / "points.csv")


@settings(max_examples=60)
@given(
    st.lists(FACTORS, min_size=1, max_size=3), st.sampled_from([*LAYOUTS]),
    st.integers(1, 24), st.integers(0, 9),
)  # fmt: skip
def test_every_design_is_read_from_its_export_as_it_was(tmp_path_factory, factors, method, points, rng_seed):
    named = [Factor(**{**vars(f), "key": key}) for f, key in zip(factors, string.ascii_letters, strict=False)]
    found = lay_out(named, Sweep(design=method, points=points), rng_seed)
    again = exported(found, tmp_path_factory.mktemp("export"))
    assert again.n_points == found.n_points
    for point in range(found.n_points):
        first, second = found.values(point), again.values(point)
        assert second == first
        for made in named:
            is_alike = type(second[made.key]) is type(first[made.key])
            assert is_alike or {type(second[made.key]), type(first[made.key])} == {int, float}
            if made.kind in ("number", "whole"):
                assert made.low <= first[made.key] <= made.high
            elif made.kind == "date":
                assert timedelta() <= first[made.key] - date.fromordinal(int(made.low))
                assert first[made.key].toordinal() <= made.high
