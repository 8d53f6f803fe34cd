"""Pictures of the background: same bytes, a place for every state, the coldest pairs, names that touch nothing."""

from datetime import date

import numpy as np
import pytest

from sim.background.names import codes_with_levels
from sim.background.prior import blank_prior, pair_prior
from sim.background.record import load_record
from sim.calibration.background import BackgroundAffinity
from sim.views.gallery import draw_world
from sim.views.world.atlas import Atlas, coldest, places
from sim.views.world.dots import placed
from sim.views.world.map import draw_map
from sim.views.world.network import draw_network, layout

DAY = date(2024, 6, 1)
STATES = ("USA", "JPN", "KOR", "PRK", "CHN", "RUS", "UKR", "XKX", "TWN")


@pytest.fixture(scope="module")
def atlas():
    return Atlas(BackgroundAffinity(pair_prior("public", STATES, DAY), DAY), "public")


def texts(figure):
    return [text.get_text() for text in figure.findobj(lambda part: hasattr(part, "get_text"))]


def test_every_state_of_the_levels_and_of_the_record_has_a_place():
    recorded = {code for fact in load_record() for code in (fact.sender, fact.target)}
    known = places(sorted(codes_with_levels() | recorded))
    assert set(known) == codes_with_levels() | recorded
    assert all(-180 <= longitude <= 180 and -90 <= latitude <= 90 for longitude, latitude in known.values())


def test_the_same_background_gives_the_same_bytes(atlas, tmp_path):
    first, second = (draw_world(atlas, tmp_path / name) for name in ("a", "b"))
    assert [path.name for path in first] == [
        f"{name}.{kind}" for name in ("matrix", "map", "network") for kind in ("png", "svg")
    ]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_blocs_are_listed_largest_first_and_order_the_states(atlas):
    blocs = atlas.members()
    assert sorted(map(len, blocs), reverse=True) == [len(bloc) for bloc in blocs]
    assert [atlas.states[i] for i in atlas.order][: len(blocs[0])] == blocs[0]
    assert {"USA", "JPN", "KOR"} <= set(blocs[0])
    assert {"PRK", "RUS"} <= set(blocs[1])


def test_the_coldest_pairs_come_first(atlas):
    values = [atlas.mutual[pair] for pair in coldest(atlas, 5, -0.2)]
    assert len(values) == 5
    assert values == sorted(values)
    assert values[0] == atlas.mutual.min()
    assert coldest(atlas, 5, -1.0) == []


def test_cells_of_which_nothing_is_known_have_no_number(atlas):
    from sim.views.world.matrix import draw_matrix

    known = atlas.background.prior.is_known
    assert not known.all()
    numbers = [text for text in texts(draw_matrix(atlas)) if text[:1] in "+−0" and text[-1:].isdigit()]
    cells = [text for text in numbers if text not in {"−1.00", "0.00", "+1.00", "0.50", "1.00"}]
    assert len(cells) <= 2 * known.sum()
    blank = Atlas(BackgroundAffinity(blank_prior(STATES), DAY), "none")
    assert not {"+0.00", "0.62"} & set(texts(draw_matrix(blank)))


def test_distances_in_the_plane_come_back():
    rng = np.random.default_rng(1)
    points = rng.normal(size=(12, 2))
    wanted = np.linalg.norm(points[:, None] - points[None], axis=2)
    found = layout(wanted)
    np.testing.assert_allclose(np.linalg.norm(found[:, None] - found[None], axis=2), wanted, atol=1e-6)


def test_names_stand_clear_of_dots_and_of_each_other():
    place = np.random.default_rng(2).uniform(0, 3, (40, 2))
    boxes = placed(["ABC"] * 40, place, np.arange(40), 0.05)
    named = [box for box in boxes if box]
    assert 10 < len(named) <= 40
    for k, (left, low, right, high) in enumerate(named):
        apart = [right <= b[0] or b[2] <= left or high <= b[1] or b[3] <= low for b in named[:k]]
        assert all(apart)


def test_two_states_or_none_with_a_place_have_no_such_picture():
    pair = Atlas(BackgroundAffinity(blank_prior(("USA", "ABW")), DAY), "none")
    assert draw_map(pair) is None
    assert draw_network(pair) is None


def test_a_pair_across_the_date_line_is_drawn_the_short_way(atlas):
    figure = draw_map(atlas)
    spans = [
        np.ptp(segment[:, 0])
        for part in figure.axes[0].collections
        if hasattr(part, "get_segments")
        for segment in part.get_segments()
    ]
    width = figure.axes[0].get_xlim()[1]
    assert spans
    assert max(spans) < 0.8 * width
