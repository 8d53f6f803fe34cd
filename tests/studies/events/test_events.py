"""The law run forward on event data: belief finds the truth, nothing later is looked at, no law is frozen belief."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import betabinom

from sim.errors import InputError
from sim.studies.events import target
from sim.studies.events.belief import Item, dyads_up_to, filtered, fit_item, grid
from sim.studies.events.forward import VARIANTS, Variant
from sim.studies.events.panel import Panel, log_likelihood, read_panel

CODES = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")


def panel(n_years: int, item: Item, rng: np.random.Generator, n_acts: int = 40) -> tuple[Panel, np.ndarray]:
    """Acts of states whose feelings stay what they are, and those feelings."""
    n = len(CODES)
    theta = rng.normal(0.0, 0.8, (n, n))
    share = item.share(theta)
    acts = np.full((n_years, n, n), n_acts) * (1 - np.eye(n, dtype=int))
    cold = betabinom.rvs(acts, item.concentration * share, item.concentration * (1 - share), random_state=rng)
    return Panel(CODES, 2000, acts, cold), theta


def test_the_likelihood_is_the_beta_binomial() -> None:
    p, s = 0.2, 9.0
    cold, acts, share = np.array([3.0]), np.array([17.0]), np.array([p])
    assert log_likelihood(cold, acts, share, s) == pytest.approx(betabinom.logpmf(3, 17, s * p, s * (1 - p)))


def test_belief_finds_feelings_that_stay() -> None:
    item = Item(1.5, -1.0, 60.0)
    counts, theta = panel(12, item, np.random.default_rng(1))
    density, _ = filtered(*dyads_up_to(counts, 2011), item)
    off = ~np.eye(len(CODES), dtype=bool).ravel()
    mean = density @ grid()
    spread = np.sqrt(density @ grid() ** 2 - mean**2)
    z = ((mean - theta.ravel()) / spread)[off]
    assert np.corrcoef(mean[off], theta.ravel()[off])[0, 1] > 0.9
    assert np.abs(z).max() < 4


def test_the_item_is_recovered() -> None:
    item = Item(1.5, -1.0, 40.0)
    counts, _ = panel(8, item, np.random.default_rng(2), n_acts=200)
    found = fit_item(counts, 2007)
    assert found.offset == pytest.approx(item.offset, abs=0.4)
    assert found.slope == pytest.approx(item.slope, rel=0.35)
    assert found.concentration == pytest.approx(item.concentration, rel=0.5)


def test_the_busiest_are_chosen_by_what_is_known_at_the_cut() -> None:
    counts, _ = panel(4, Item(1.0, -1.0, 20.0), np.random.default_rng(3))
    counts.acts[3, 5, :5] = 10_000
    assert "FFF" not in counts.busiest(3, 2002).codes
    assert "FFF" in counts.busiest(3, 2003).codes


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(target, "N_REPLICAS", 3)
    monkeypatch.setattr(target, "N_BOOTSTRAP", 20)


def test_nothing_after_the_cut_is_looked_at(quick) -> None:
    item = Item(1.0, -1.0, 20.0)
    counts, _ = panel(5, item, np.random.default_rng(4))
    other = Panel(CODES, 2000, counts.acts.copy(), counts.cold.copy())
    other.acts[4], other.cold[4] = 7 * other.acts[4], 0
    one, same = (target.forecast(p, 2002, [1], item) for p in (counts, other))
    for name in one.scores:
        np.testing.assert_array_equal(one.scores[name][1], same.scores[name][1], err_msg=name)


def test_a_law_of_which_everything_is_off_is_frozen_belief(quick, monkeypatch) -> None:
    item = Item(1.0, -1.0, 20.0)
    counts, _ = panel(5, item, np.random.default_rng(5))
    still = Variant({**VARIANTS["noise alone"].params, "noise": 0.0}, has_choice=False)
    monkeypatch.setattr(target, "VARIANTS", {"law": still, "whole": VARIANTS["law"]})
    found = target.forecast(counts, 2002, [1, 2], item)
    for h in (1, 2):
        np.testing.assert_allclose(
            found.scores["law"][h], found.scores["frozen belief"][h], rtol=0, atol=1e-12
        )
        assert np.abs(found.scores["whole"][h] - found.scores["frozen belief"][h]).max() > 1e-3


def test_forecasts_are_probabilities(quick) -> None:
    """Over all that could come true, what a forecast gives sums to one."""
    theta = np.random.default_rng(6).normal(size=(3, 1))
    item = Item(1.2, -1.5, 15.0)
    k = np.arange(31.0)
    total = np.exp(target._of_draws(k, np.full(31, 30.0), np.repeat(theta, 31, axis=1), item)).sum()
    assert total == pytest.approx(1.0)


def written(folder, table: pd.DataFrame):
    (folder / "icews").mkdir()
    table.to_parquet(folder / "icews" / "dyad_year.parquet")
    return folder


def test_a_year_that_is_missing_is_said(tmp_path) -> None:
    row = {"sender": "CUB", "target": "PRK", "verb_coop": 1, "matl_coop": 0, "verb_conf": 0, "matl_conf": 1}
    table = pd.DataFrame([{"year": year, **row} for year in (2002, 2004)])
    with pytest.raises(InputError, match="a year between"):
        read_panel(written(tmp_path, table))


def test_three_letters_that_are_no_state_are_said(tmp_path) -> None:
    row = {"year": 2002, "target": "PRK", "verb_coop": 1, "matl_coop": 0, "verb_conf": 0, "matl_conf": 1}
    table = pd.DataFrame([{"sender": "CUB", **row}, {"sender": "XQZ", **row}])
    with pytest.raises(InputError, match=r"dyad_year.parquet:2: sender: 'XQZ' is not a code of a state"):
        read_panel(written(tmp_path, table))


def test_years_that_cannot_be_forecast_are_refused(data) -> None:
    for given in ((2050, None, None), (None, (1990, 1995), None), (None, None, 30), (2011, None, None)):
        with pytest.raises(InputError, match="must lie within 2002"):
            target._windows(read_panel(data), *given)
    with pytest.raises(InputError, match="contradicts"):
        target._windows(read_panel(data), 2005, (2007, 2008), 1)


def test_windows_are_every_year_ahead_of_every_cut() -> None:
    counts, _ = panel(10, Item(1.0, -1.0, 20.0), np.random.default_rng(7))
    assert target._windows(counts, None, None, None)[:2] == [(2004, 2005), (2004, 2006)]
    assert target._windows(counts, None, None, None)[-1] == (2008, 2009)
    assert target._windows(counts, 2006, None, None) == [(2006, 2007), (2006, 2008), (2006, 2009)]
    assert target._windows(counts, None, (2007, 2008), None) == [(2006, 2007), (2006, 2008)]
    assert target._windows(counts, None, (2007, 2008), 2) == [(2005, 2007), (2006, 2008)]


@pytest.mark.slow
def test_the_target_on_real_data(data, quick, monkeypatch) -> None:
    monkeypatch.setattr(target, "SIZES", (20,))
    found = target.validate(data, 2007, (2008, 2009), lambda *_: None)
    assert [s.metric for s in found.scores] == [
        f"log loss, 20 states, {h}" for h in ("1 year ahead", "2 years ahead")
    ]
    for score in found.scores:
        assert {"frozen belief", "persistence", "shrunk shares"} <= set(score.baselines)
        assert 0 < score.model < 10
