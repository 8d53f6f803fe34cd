"""Whatever a table of points or --vary says, it is a design or messages of one line each, and nothing else."""

from __future__ import annotations

import string
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.sweeps.analysis.export import write_points
from sim.sweeps.design.layouts import LAYOUTS
from sim.sweeps.plan import Request, plan_sweep
from sim.sweeps.storage.result import SweepResult
from sim.sweeps.sweep import points_table

FITTING = {
    "params.noise": ("0.01", "0.02", "1e-05", "0", "null"), "params.balance": ("1e-05", "0.0001"),
    "steps": ("4", "6", "20000", "1"),
    "resolution": ("0.1", "5", "1e308"), "question": ("Who?", '"1"', "null is null"), "start": ("2024-01-01",),
    "acts.visit.date": ("2024-01-20", "2024-02-01", "2024-02-12"), "acts.visit.on": ("true", "false", "null"),
    "acts.visit.type": ("G6", "D7"), "acts.0.sender": ("RUS", "KOR"), "choice": ("true", "false"),
    "policies.PRK.preset": ("hedger", "bandwagoner", "null"), "policies.PRK.activity": ("-8", "-7.5", "null"),
    "policies.default": ("null",), "capability.PRK": ("1", "2.5", "null"), "capability.RUS": ("0.5", "1e-300"),
    "record.every": ("1", "2"), "beliefs.draws": ("1", "3"), "beliefs": ("null",), "params": ("null",),
}  # fmt: skip
STRANGE = (
    "acts.visit", "acts.1.on", "acts", "policies.XXX.reply", "states", "states.0", "name", "extends", "sweep",
    "sweep.points", "point", "poles.moscow", "expect.0.who", "a" * 201, ".".join("a" * 99), "params.", ".", "",
    "without", "codebook", "names.PRK", "abstract", "replicas", "rng_seed",
)  # fmt: skip
CELLS = (
    "0,01", "-1", "7", "WAHR", "~", "G66", "20.1.2024", "31.02.2024", "2024-01-20T00:00:00", "2024-01-20 00:00:00Z",
    ".inf", "-.inf", ".nan", "1e999", "1" * 30, "9" * 5000, "9223372036854775807", "0x1f", "[1]", "{a: 1}", "!!str 1",
    "&a 1", "*a", "# a", "a # b", "a: b", "'", '"a"', "|", "- 1", "<<", "=1+1", "\u202e", "\x00", "\x1b[31m", "e\u0301",
    "½", "", " ", "1_000", "PRK", "../seeds",
)  # fmt: skip
DESIGNS = (*LAYOUTS, "", "x.csv", "grid\n")
MARKED = st.sampled_from([",", ";", "\t"])
ANY = st.text(max_size=12)
KEY = st.one_of(
    st.sampled_from([*FITTING, *STRANGE]), st.text(string.ascii_lowercase + ".", max_size=20), ANY
)
CELL = st.one_of(st.sampled_from([*CELLS, *{cell for cells in FITTING.values() for cell in cells}]), ANY)


def fitting(key):
    """A value that the key takes, now and then another."""
    good = st.sampled_from(FITTING.get(key, ("1",)))
    return st.integers(0, 15).flatmap(lambda chance: CELL if chance == 0 else good)


def check_told_or_laid_out(small, request, folder):
    """Plan; the export of the points is planned as the same points, and a problem is one line nobody can flood."""
    problems, design = (), None
    try:
        design = plan_sweep(small, request).design
    except InputError as error:
        problems, lines = error.problems, str(error).splitlines()
    if design is None:
        assert len(lines) == len(problems) > 0
        assert all(len(line) < 1000 and line.isprintable() for line in lines)
    else:
        table = replace(
            request, ranges=None, design=str(exported(design, folder)), overrides=["sweep.vary={}"]
        )
        again = plan_sweep(small, table).design
        assert again.n_points == design.n_points
        assert all(again.values(point) == design.values(point) for point in range(design.n_points))


def exported(design, folder):
    pq.write_table(points_table(design), folder / "points.parquet")
    write_points(
        SweepResult(folder, {}, {"factors": [vars(f) for f in design.factors]}), folder / "points.csv"
    )
    return folder / "points.csv"


@st.composite
def tables(draw):
    mark = draw(MARKED)
    keys = draw(st.lists(KEY, min_size=1, max_size=4))
    width = st.just(len(keys)) if draw(st.booleans()) else st.integers(0, 5)
    rows = draw(st.lists(width.flatmap(lambda n: st.lists(CELL, min_size=n, max_size=n)), max_size=6))
    return draw(st.sampled_from(["\n", "\r\n"])).join(mark.join(row) for row in [keys, *rows])


@st.composite
def fitting_tables(draw):
    mark = draw(MARKED)
    keys = draw(st.lists(st.sampled_from([*FITTING, *STRANGE[:1]]), min_size=1, max_size=4, unique=True))
    rows = draw(st.lists(st.tuples(*map(fitting, keys)), min_size=1, max_size=6))
    return "\n".join(mark.join(row) for row in [keys, *rows]) + draw(st.sampled_from(["", "\n", "\n\n"]))


@pytest.mark.slow
@settings(max_examples=1500)
@given(st.one_of(fitting_tables().map(str.encode), tables().map(str.encode), st.binary(max_size=200)))
def test_any_table_of_points(small, tmp_path_factory, content):
    folder = tmp_path_factory.getbasetemp()
    file = folder / "fuzzed.csv"
    file.write_bytes(content)
    check_told_or_laid_out(
        small, Request(design=str(file), draws=1, replicas=1, overrides=["sweep.vary={}"]), folder
    )


RANGE = st.builds(
    ":".join, st.lists(CELL | st.sampled_from(["log", "3", "1000", ""]), min_size=1, max_size=5)
)
LIST = st.builds(",".join, st.lists(CELL, min_size=1, max_size=6))
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.datetimes(), CELL)
NAME = st.sampled_from(["low", "high", "scale", "levels"]) | ANY
PYTHON = st.recursive(
    PLAIN | st.binary(max_size=3),
    lambda one: st.lists(one, max_size=3) | st.tuples(one, one) | st.dictionaries(NAME, one, max_size=4),
    max_leaves=6,
)  # fmt: skip


@st.composite
def fitting_ranges(draw):
    found = {}
    for key in draw(st.lists(st.sampled_from(sorted(FITTING)), min_size=1, max_size=3, unique=True)):
        values = draw(st.lists(fitting(key), min_size=1, max_size=4))
        ends = [*values, *values][:2] + draw(st.lists(st.sampled_from(["log", "3", ""]), max_size=2))
        found[key] = ":".join(ends) if draw(st.booleans()) else ",".join(values)
    return found


@pytest.mark.slow
@settings(max_examples=1500)
@given(
    fitting_ranges() | st.dictionaries(KEY, RANGE | LIST | ANY | PYTHON, max_size=3), st.sampled_from(DESIGNS) | ANY,
    st.integers(1, 40), st.booleans(),
)  # fmt: skip
def test_any_ranges(small, tmp_path_factory, ranges, design, points, is_alone):
    request = Request(ranges, design, points, 1, 1, overrides=["sweep.vary={}"] if is_alone else [])
    check_told_or_laid_out(small, request, tmp_path_factory.getbasetemp())
