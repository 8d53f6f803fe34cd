"""Pictures of sweeps: drawn for every design, the same bytes again, and no words that execute."""

from __future__ import annotations

import pytest

from sim.errors import InputError
from sim.sweeps.analysis.answer import sweep
from sim.views.gallery import draw_sweep
from sim.views.sweeps.response import draw_curves, draw_heat
from sim.views.sweeps.study import outcome_name, read_study
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


def ticks(axes):
    return [[tick.get_text() for tick in found] for found in (axes.get_yticklabels(), axes.get_xticklabels())]


def maps(small, tmp_path, ranges, **more):
    alone = ["sweep.vary={}", "acts=[]", "expect=[]"]
    found = sweep(small, ranges, draws=1, replicas=2, out=tmp_path, overrides=alone, **more)
    study = read_study(found.path)
    figure, curves = draw_heat(study), draw_curves(study)
    assert figure is not None
    assert curves is not None
    own = [axes for axes in figure.axes if axes.get_xlabel()]
    return ticks(own[0]), [ticks(axes)[1] for axes in curves.axes[-2:]]


def test_a_map_of_a_grid_has_every_level_by_its_own_name(small, tmp_path):
    ranges = {"params.noise": "0.005:0.2:5:log", "steps": "4:205:5:log"}
    levels = [["0.005", "0.013", "0.032", "0.08", "0.2"], ["4", "11", "29", "77", "205"]]
    found, curves = maps(small, tmp_path, ranges, design="grid")
    assert sorted(found) == levels
    assert sorted(curves) == [["0.005", "0.032", "0.2"], ["4", "29", "205"]]


def test_levels_that_a_map_joins_are_called_by_their_range(small, tmp_path):
    found, _ = maps(small, tmp_path, {"params.noise": (0.005, 0.01), "steps": "4:9"}, design="lhs", points=32)
    assert sorted(found) == [["0.0051–\n0.0075", "0.0075–\n0.0099"], ["4–\n6", "7–\n9"]]


def test_a_sweep_without_numbers_to_compare_is_drawn_too(small, tmp_path):
    found = sweep(small, {}, points=1, draws=1, replicas=1, out=tmp_path)
    assert {file.stem for file in draw_sweep(found.path)} <= {"effects", "curves", "blocs"}


def test_a_folder_that_is_no_sweep_is_refused(tmp_path):
    with pytest.raises(InputError, match="no sweep"):
        draw_sweep(tmp_path)


def test_names_of_outcomes():
    assert outcome_name("affinity_PRK_CUB") == "affinity PRK → CUB"
    assert outcome_name("same_bloc_CUB_PRK_at_step_3") == "one bloc: CUB with PRK, step 3"
    assert outcome_name("alignment_PRK_moscow_at_2024-05-01") == "alignment PRK to moscow, 2024-05-01"
    assert outcome_name("n_blocs") == "number of blocs"
