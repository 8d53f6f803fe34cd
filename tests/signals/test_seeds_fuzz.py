"""Whatever a cell of the seeds holds, they are refused with its place or belief in them is made of numbers."""

from __future__ import annotations

import csv
import io
from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.calibration.posterior import fit_posterior
from sim.errors import InputError, Problem
from sim.signals.table import COLUMNS, load_evidence
from tests.signals.seed_folder import SEEDS, as_csv, copy_of_seeds

TABLES = {name: list(csv.DictReader(io.StringIO((SEEDS / name).read_text()))) for name in COLUMNS}
ODD = """,0,-0,1e308,-1e308,1e-308,1e3,nan,inf,-inf,0x10,1_0,2205-01-01,PRK,CUB,DDR,G1,D8,R1,P1,001,both,rival,3>=,
0..1>2,yes,=1+1,\x1b[31m,\u202e"""
CELLS = (
    st.sampled_from([*ODD.split(","), "9" * 400])
    | st.text(max_size=8)
    | st.floats().map(str)
    | st.dates().map(str)
)  # fmt: skip
CHANGES = st.lists(
    st.tuples(st.sampled_from(sorted(COLUMNS)), st.integers(0), st.integers(0), CELLS), max_size=4
)


@pytest.mark.slow
@given(CHANGES)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_changed_cells_are_refused_or_believed(tmp_path_factory, changes):
    tables = {name: [dict(row) for row in rows] for name, rows in TABLES.items()}
    for name, row, column, cell in changes:
        columns = COLUMNS[name]
        tables[name][row % len(tables[name])][columns[column % len(columns)]] = cell
    changed = {name.removesuffix(".csv"): as_csv(COLUMNS[name], rows) for name, rows in tables.items()}
    folder = copy_of_seeds(tmp_path_factory.mktemp("seeds"), **changed)
    problems: tuple[Problem, ...] = ()
    try:
        evidence = load_evidence(folder).reading("main")
        belief = fit_posterior(evidence, date(2025, 12, 31), n_draws=1)
    except InputError as error:
        problems = error.problems
    if problems:
        assert all(len(str(problem).splitlines()) == 1 and problem.reason for problem in problems)
        return
    assert np.isfinite(belief.density).all()
    assert np.allclose(belief.density.sum(axis=-1), 1.0, atol=1e-4)
