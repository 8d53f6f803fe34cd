import csv
import shutil

import numpy as np
import pytest

from sim.estimation.items.acts import KINDS, FittedActs, FittedItem, _prior, _weighed, fit_acts
from sim.estimation.items.codebook import write_codebook
from sim.estimation.items.mode import Mode
from sim.signals.codebook import load_codebook
from tests.conftest import ROOT


def fitted() -> FittedActs:
    item = FittedItem("G1", 0.1, 0.4, 2.0, 0.2, 1.0, 0.5, -0.15, 0.5, -0.1234567, 0.6789, 0.2)
    prior = _prior()
    return FittedActs((item,), Mode(prior, prior.mean, prior.sd, -1.0), 1997, 2004, 190)


def test_only_fitted_figures_are_written_and_their_source(tmp_path):
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    file = tmp_path / "seeds" / "codebook.csv"
    before = list(csv.DictReader(file.read_text().splitlines()))
    write_codebook(fitted(), tmp_path / "seeds")
    after = list(csv.DictReader(file.read_text().splitlines()))
    changed = [(a["id"], k) for a, b in zip(after, before, strict=True) for k in a if a[k] != b[k]]
    assert set(changed) <= {("G1", "difficulty"), ("G1", "discrimination"), ("G1", "source")}
    g1 = load_codebook(tmp_path / "seeds").types[0]
    assert (g1.difficulty, g1.discrimination) == (-0.123, 0.679)
    assert "1997-2004, 190 partners" in g1.source


def test_weighing_lies_between_and_leans_to_what_is_surer():
    value, sd = _weighed(0.0, 0.25, 1.0, 0.2)
    assert 0 < value < 0.5  # what carries over is unsure
    assert sd < 0.25


def test_the_codebook_has_what_the_fit_carried_over():
    types = {t.id: t for t in load_codebook(ROOT / "seeds").types}
    for kind in KINDS:
        assert types[kind.type].source.startswith("fitted: KCNA headlines 1997-2004")
    assert types["G1"].discrimination > KINDS[0].discrimination  # greetings persist more than was thought
    assert types["D1"].discrimination == types["G1"].discrimination


@pytest.mark.slow
def test_fitting_again_gives_the_codebook(partners):
    codebook = load_codebook(ROOT / "seeds")
    fit = fit_acts(partners, codebook, 2004)
    for item in fit.items:
        kind = codebook.types[codebook.index(item.type)]
        assert item.discrimination == pytest.approx(kind.discrimination, rel=0.02)
        assert np.isfinite(item.log_sd)
