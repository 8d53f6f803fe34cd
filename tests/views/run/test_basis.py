"""Cells and lines that rest on the background alone, or on nothing, are marked, and the legend says so."""

from dataclasses import replace

import numpy as np
import pytest

from sim.calibration.basis import BASES
from sim.views.drawing.grid import Grid, Layer
from sim.views.drawing.sheet import Sheet, signed
from sim.views.run.basis import hatching_note, stroke, strokes_note
from sim.views.run.matrices import draw_affinity


def test_a_run_says_what_each_dyad_rests_on(results):
    rests = {basis: results.rests_on(basis) for basis in BASES}
    assert sum(int(cells.sum()) for cells in rests.values()) == 20
    place = results.place
    assert rests["signals"][place["KOR"], place["PRK"]]
    assert rests["background"][place["CUB"], place["RUS"]]
    assert rests["nothing"][place["XHA"], place["CUB"]]
    table = results.table("dyads", ["step", "rests_on"])
    assert table.groupby("step").rests_on.apply(tuple).nunique() == 1


def test_lines_are_broken_or_dotted_where_nothing_of_the_seeds_speaks(results):
    assert stroke(results, ("KOR", "PRK")) == "-"
    assert stroke(results, ("CUB", "RUS")) == "--"
    assert stroke(results, ("XHA", "CUB")) == ":"
    assert strokes_note(results, [[("KOR", "PRK")]]) == []
    assert strokes_note(results, [[("KOR", "PRK"), ("XHA", "CUB")]]) == ["Dotted line: rests on nothing."]


def test_the_matrices_say_what_their_hatching_means(results):
    [note] = hatching_note(results)
    assert "rests on nothing" in note
    words = " ".join(text.get_text() for text in draw_affinity(results).texts)
    assert "without a number: rests on nothing" in words.replace("\n", " ")


@pytest.mark.parametrize("n", [4, 40])
def test_unknown_cells_have_no_number_and_alone_ones_are_in_italics(n):
    codes = [f"S{k:02d}" for k in range(n)]
    unknown, alone = np.zeros((2, n, n), bool)
    unknown[0, 1:3] = alone[1, 2] = True
    layer = Layer("", np.full((n, n), 0.5), "RdBu", -1, 1, signed, "", alone, unknown)
    grid = Grid(codes, codes, np.arange(n), columns=1)
    axes = grid.draw(Sheet("", "", [], "", grid.width, grid.row_height), layer, 0, 0.0)
    hatchings = [patch.get_hatch() for patch in axes.patches]
    assert len(hatchings) == 2
    assert len(set(hatchings)) == 2
    numbers = [text for text in axes.texts if text.get_text() == "+0.50"]
    if n == 4:
        assert len(numbers) == 14
        assert [text.get_style() for text in numbers].count("italic") == 1
    unmarked = replace(layer, is_alone=None, is_unknown=None)
    other = grid.draw(Sheet("", "", [], "", grid.width, grid.row_height), unmarked, 0, 0.0)
    assert not other.patches
