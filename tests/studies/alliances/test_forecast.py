import numpy as np
import pandas as pd
import pytest

from sim.errors import InputError
from sim.history import dyads
from sim.studies.alliances import atop, cow
from sim.studies.alliances.features import _balance, _history, _memory
from sim.studies.alliances.forecast import Cases, logit, persistence
from sim.studies.alliances.panel import Panel, read_signed_panel

QUIET = lambda done, of: None  # noqa: E731


def panel(sign):
    sign = np.asarray(sign)
    t, n = sign.shape[:2]
    years = np.arange(1950, 1950 + t)
    return Panel([f"S{i}" for i in range(n)], years, years + 3, sign, np.ones((t, n), dtype=bool))


def symmetric(pairs, n):
    matrix = np.zeros((n, n), np.int64)
    for (i, j), s in pairs.items():
        matrix[i, j] = matrix[j, i] = s
    return matrix


def test_balance_counts_common_friends_and_enemies_against_friends_of_enemies():
    sign = symmetric({(0, 2): 1, (1, 2): 1, (0, 3): -1, (1, 3): -1, (0, 4): 1, (1, 4): -1}, 5)
    found = _balance(sign, np.array([0]), np.array([1]))
    assert found["balance"][0] == pytest.approx((1 + 1 - 1) / 3)
    assert found["shared_friends"][0] == 1.0  # state 1 has one friend, and shares it
    assert found["overlap"][0] == pytest.approx(1 / 2)


def test_history_tells_how_long_the_present_tie_has_lasted_and_what_was_before():
    path = [1, -1, -1, 0, 0]
    whole = panel([symmetric({(0, 1): s}, 2) for s in path])
    found = _history(whole, 4, np.array([0]), np.array([1]))
    assert found["age"][0] == pytest.approx(np.log1p(2))
    assert (found["ever_cold"][0], found["ever_warm"][0]) == (1.0, 1.0)
    assert found["recent_cold"][0] == pytest.approx(0.8**3 + 0.8**2)
    early = _history(whole, 1, np.array([0]), np.array([1]))
    assert early["age"][0] == pytest.approx(np.log1p(1))


def test_memory_fades_by_a_fifth_a_window():
    assert _memory(np.array([[1.0], [0.0], [1.0]]))[0] == pytest.approx(1 + 0.64)


def test_the_logit_learns_apart_for_each_present_tie():
    pytest.importorskip("sklearn")
    rng = np.random.default_rng(0)
    before, heat = rng.integers(0, 3, 4000), rng.normal(size=4000)
    after = np.where(before == 1, 1 + np.sign(np.round(heat)).astype(int), before)
    codes = np.array(["AAA", "BBB"])[rng.integers(0, 2, (2, 4000))]
    cases = Cases({"heat": heat}, before, after, codes[0], codes[1], np.zeros(4000, int))
    shares = logit(cases, cases, ["heat"], 1.0)
    np.testing.assert_allclose(shares.sum(1), 1.0)
    assert (shares.argmax(1) == after).mean() > 0.95
    np.testing.assert_allclose(persistence(cases, cases)[before == 0][0], [1.0, 0.0, 0.0], atol=1e-3)


@pytest.fixture(scope="module")
def signed_answer(data):
    pytest.importorskip("sklearn")
    return {s.metric.split(" (")[0]: s for s in cow.validate(data, None, None, QUIET).scores}


@pytest.mark.slow
def test_signed_relations_are_forecast_as_well_as_aimed_at(signed_answer):
    loss = signed_answer["log loss"]
    assert loss.model < loss.baselines["own history"] < loss.baselines["persistence"]
    assert loss.differences["persistence"].high < 0
    assert loss.differences["own history"].high < 0
    assert signed_answer["reduction of persistence's log loss"].model >= 0.09
    assert signed_answer["AUC of the sign of a new relation"].model >= 0.71
    assert signed_answer["AUC of warm relations that turn cold"].model >= 0.76


@pytest.mark.parametrize("target", [cow, atop])
def test_years_without_ties_are_refused(data, target):
    with pytest.raises(InputError, match="are known for"):
        target.validate(data, 2150, (2160, 2170), QUIET)


def test_later_windows_of_the_file_change_nothing_earlier(data, tmp_path):
    (tmp_path / "states_capability").symlink_to(data / "states_capability")
    (tmp_path / "cow_signed").mkdir()
    table = pd.read_csv(data / dyads.SIGNED_FILE)
    early = table[table.window_end <= 1970]
    assert {*early.a, *early.b} < {*table.a, *table.b}
    early.to_csv(tmp_path / dyads.SIGNED_FILE, index=False)
    cut, whole = read_signed_panel(tmp_path), read_signed_panel(data)
    for t in range(len(cut.first)):
        few, all_ = (
            {(p.codes[i], p.codes[j], p.sign[t, i, j]) for i, j in zip(*p.pairs(t), strict=True)}
            for p in (cut, whole)
        )
        assert few == all_


def test_a_test_shorter_than_a_window_is_refused(data):
    with pytest.raises(InputError, match="--test: a window is 4 years long"):
        cow.validate(data, 1974, (1975, 1977), QUIET)


@pytest.mark.slow
def test_pacts_are_forecast_with_a_lower_log_loss_than_by_any_baseline(data):
    pytest.importorskip("sklearn")
    loss = atop.validate(data, None, None, QUIET).scores[0]
    assert loss.model < min(loss.baselines.values())
