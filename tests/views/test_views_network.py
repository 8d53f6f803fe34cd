"""Pictures of a network of one's own: there for every answer, the same bytes for the same."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.image import imread
from scipy.sparse import csr_array

from sim.errors import InputError
from sim.network.answer import find_blocs
from sim.views.network import MOST_CELLS, aligned, binned, draw_answer, draw_landscape, draw_network
from sim.views.terminal.network import headline
from tests.network.test_answer import write_matrix
from tests.outcomes.signed_matrices import random_ties


@pytest.fixture
def answer(tmp_path):
    """Answer a random network of so many states around two camps."""

    def find(n, density=0.5, **how):
        W = random_ties(np.random.default_rng(n), n, camps=2, density=density)
        return find_blocs(write_matrix(tmp_path, W), **how)

    return find


def words(figure):
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    labels = [label for axes in figure.axes for label in axes.get_yticklabels()]
    return " ".join(text.get_text() for text in [*texts, *labels])


@pytest.mark.parametrize("n", [2, 9, 40, 61, 700])
@pytest.mark.parametrize("resolution", [None, 0.1])
def test_every_network_has_a_picture(answer, tmp_path, n, resolution):
    found = answer(n, density=min(1.0, 20 / n), method="heuristic", resolution=resolution)
    files = draw_answer(found, tmp_path / "pictures", "a network")
    assert [file.name for file in files][:2] == ["network.png", "network.svg"]
    assert (len(files) == 4) == (n <= 20)
    for file in files:
        if file.suffix == ".png":
            assert (imread(file)[..., :3] < 0.9).mean() > 0.002
        else:
            assert "a network" in file.read_text(encoding="utf-8")
    assert not plt.get_fignums()


def test_the_same_answer_gives_the_same_bytes(answer, tmp_path):
    found = answer(12)
    first, second = (draw_answer(found, tmp_path / name, "twice") for name in ("one", "two"))
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in second]


def test_a_ring_names_every_state_and_shows_every_tie(answer):
    found = answer(14)
    figure = draw_network(found, "ring")
    assert all(name in words(figure) for name in found.network.names)
    assert headline(found) in words(figure)
    drawn = [line for axes in figure.axes for line in axes.collections if hasattr(line, "get_segments")]
    assert sum(len(line.get_segments()) for line in drawn) == found.network.edges.nnz // 2
    bold = [line for line in drawn if line.get_alpha() == 1.0]
    pair = found.network.edges.tocoo()
    apart = found.result.blocs[pair.row] != found.result.blocs[pair.col]
    assert sum(len(line.get_segments()) for line in bold) == (apart == (pair.data > 0)).sum() // 2


def test_a_landscape_says_how_many_minima_there_are(tmp_path):
    found = find_blocs(write_matrix(tmp_path, -np.ones((10, 10))), with_landscape=True)
    figure = draw_landscape(found, "hostile")
    assert "24 of 126" in words(figure)
    assert "n9" in words(figure)


def test_no_ties_no_landscape(tmp_path):
    found = find_blocs(write_matrix(tmp_path, np.zeros((3, 3))))
    assert draw_landscape(found, "nothing") is None
    assert len(draw_answer(found, tmp_path / "pictures", "nothing")) == 2


def test_names_that_no_font_has_and_long_ones_are_drawn(tmp_path):
    file = tmp_path / "names.csv"
    file.write_text(f"a,b,sign\n\U0001f9ff,{'long ' * 30},1\n$x_1$,\U0001f9ff,-1\n", encoding="utf-8")
    assert draw_answer(find_blocs(file), tmp_path / "pictures", "names")


def test_minima_are_mirrored_to_agree_with_the_first():
    sides = np.array([[0, 0, 1, -1], [0, 1, 0, -1], [1, 1, 0, -1]])
    turned = aligned(sides)
    assert turned[2].tolist() == sides[0].tolist()
    assert (turned[:, 3] == -1).all()
    agree = ((turned == turned[0]) & (turned >= 0)).sum(axis=1)
    assert (2 * agree >= 3).all()


def test_cells_of_a_crowded_matrix_are_means():
    W = random_ties(np.random.default_rng(1), 20)
    order = np.random.default_rng(2).permutation(20)
    assert np.allclose(binned(csr_array(W), order, 20), W[np.ix_(order, order)])
    halves = binned(csr_array(W), order, 2)
    assert halves[0, 1] == pytest.approx(W[np.ix_(order[:10], order[10:])].mean())
    assert MOST_CELLS > 60


def test_pictures_that_cannot_be_written_are_said(answer):
    with pytest.raises(InputError, match="cannot write pictures"):
        draw_answer(answer(4), Path("/proc/nowhere"), "nowhere")
