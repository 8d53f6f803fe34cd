"""Pictures of sweeps: drawn for every design, the same bytes again, and no words that execute."""

from __future__ import annotations

import pytest

from sim.answers.answer import sweep
from sim.errors import InputError
from sim.views.sweeps.gallery import draw_sweep
from sim.views.sweeps.study import told
from tests.sweeps.conftest import small

__all__ = ["small"]

RANGES = {
    "params.noise": (0.005, 0.02),
    "acts.visit.date": "2024-01-05:2024-02-05",
    "acts.visit.on": [True, False],
}


SLOW = [pytest.param(design, marks=pytest.mark.slow) for design in ("grid", "saltelli")]


@pytest.mark.parametrize("design", ["lhs", "morris", *SLOW])
def test_every_design_has_its_pictures(small, tmp_path, design):
    hostile = "question=<script>alert('$1$ & more')</script>?"
    found = sweep(
        small, RANGES, design=design, points=20, draws=3, replicas=2, out=tmp_path, overrides=[hostile]
    )
    files = draw_sweep(found.path)
    names = {file.stem for file in files}
    assert names == {"shares", "effects", "curves", "blocs"}
    svg = [file for file in files if file.suffix == ".svg"]
    assert len(svg) == 4
    for file in svg:
        assert "<script" not in file.read_text()
    again = draw_sweep(found.path, tmp_path / "again")
    assert [f.read_bytes() for f in again] == [f.read_bytes() for f in files]


def test_a_sweep_without_numbers_to_compare_is_drawn_too(small, tmp_path):
    found = sweep(small, {}, points=1, draws=1, replicas=1, out=tmp_path)
    assert {file.stem for file in draw_sweep(found.path)} <= {"effects", "curves", "blocs"}


def test_a_folder_that_is_no_sweep_is_refused(tmp_path):
    with pytest.raises(InputError, match="no sweep"):
        draw_sweep(tmp_path)


def test_names_of_outcomes():
    assert told("affinity_PRK_CUB") == "affinity PRK → CUB"
    assert told("same_bloc_CUB_PRK_at_step_3") == "one bloc: CUB with PRK, step 3"
    assert told("alignment_PRK_moscow_at_2024-05-01") == "alignment PRK to moscow, 2024-05-01"
    assert told("n_blocs") == "number of blocs"
