import numpy as np
import pytest

from sim.calibration.likelihood import draw_weights
from sim.signals.codebook import load_codebook
from sim.studies import sbc
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def codebook():
    return load_codebook(ROOT / "seeds")


def test_intervals_cover_what_was_simulated(codebook, monkeypatch):
    monkeypatch.setattr(sbc, "N_SETS", 60)
    monkeypatch.setattr(sbc, "N_DRAWS", 4)
    seen = []
    found = sbc.validate(ROOT, None, None, lambda done, of: seen.append((done, of)))
    coverage = found.scores[0].model
    assert 0.78 <= coverage <= 1.0
    assert sum(r["count"] for r in found.curves["ranks"]) == 60
    assert seen[-1] == (60, 60)


def test_a_filter_that_turns_the_items_round_is_found_out(codebook):
    rng = np.random.default_rng(5)
    below = []
    for _ in range(40):
        weights = draw_weights(codebook, 1, rng)
        history = sbc._simulate(codebook, weights, rng)
        turned = sbc._History(
            history.theta, history.day, history.sender, history.target, history.type, ~history.is_done
        )
        below.append(sbc._below(codebook, weights, turned))
    assert sbc._covered(np.array(below), 0.9) < 0.87
