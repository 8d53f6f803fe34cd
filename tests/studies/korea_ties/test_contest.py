"""The fitted likelihood and the law that is simulated are one and the same rule."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sim.dynamics.choose import choice_items, choose_types
from sim.dynamics.world import blank_world
from sim.studies.korea_ties import contest
from sim.studies.korea_ties.baselines import persistence, recent_moves, regional_hazard
from sim.studies.korea_ties.contest import act_types, policies, simulate
from sim.studies.korea_ties.fit import LINE_END, NAMES, OWN_SD, Fit, fit_choice, line_strength, stance
from sim.studies.korea_ties.records import Records, closeness

TRUTH = np.array([-2.5, -2.0, 1.5, 1.0, 0.7, 0.0, 5.0])
YEARS = range(1946, 1970)


def invented(n=60, tie=None):
    """A contest of n invented states; two of them are the patrons, and votes go by a hidden position."""
    rng = np.random.default_rng(0)
    codes = [f"S{i:02d}" for i in range(n - 2)] + ["RUS", "USA"]
    place = np.append(rng.uniform(-1, 1, n - 2), [1.0, -1.0])
    first, second = np.triu_indices(n, 1)
    alike = 1 - np.abs(place[first] - place[second]) / 2
    names = np.array(codes)
    year = {"a": names[first], "b": names[second], "n": 50, "agree": alike}
    votes = pd.concat([pd.DataFrame({"year": y, **year}) for y in YEARS])
    tie = np.zeros((len(YEARS), n, 2), np.int64) if tie is None else tie
    pacts = pd.DataFrame({"sender": ["S00"], "target": ["RUS"], "year": [YEARS[-1]]})
    exists = np.ones((len(YEARS), n), dtype=bool)
    return Records(YEARS[0], codes, tie, exists, ["here", "there"] * (n // 2), votes, pacts)


def fit_of(mode, own=None, spread=1e-6):
    own = np.zeros((60, 2)) if own is None else own
    values = np.concatenate([np.asarray(mode, float), own.ravel()])
    return Fit(values, np.eye(values.size) * spread, YEARS[-1], 1e9)


def with_own(p, own):
    """The coefficients as one state has them: appeals moved by what it feels of its own."""
    return np.concatenate([p[:2] + own, p[2:]])


def chance_of_change(p, lean, friends, line, has_tie, is_north):
    north, south, slope, weight, audience, _, cost = p
    theta = (north if is_north else south) + (1 if is_north else -1) * slope * lean
    if has_tie:
        logit = -theta - weight * friends - cost - audience * ((1 - line) ** 2 - 1)
    else:
        logit = theta + weight * friends - audience * ((1 + line) ** 2 - 1)
    return 1 / (1 + np.exp(-logit))


@pytest.mark.parametrize(("line", "tie"), [(0.0, 0), (1.0, 0), (0.4, 0), (0.0, 2), (1.0, 2)])
def test_the_law_chooses_with_the_chance_that_the_likelihood_gives(line, tie):
    n, occasions = 3, 200_000
    world = blank_world(n, 1)
    p = np.array([-0.6, 0.3, 0.9, 1.1, 0.5, 0.0, 1.2])
    lean, opinion = 0.35, -0.25
    world.theta[0, 1] = p[0] + p[2] * lean
    world.affinity[2, 1], world.commitment[0, 1], world.tie[0, 1] = opinion, -line, tie
    trust = np.zeros((n, n))
    trust[0, 2] = 1.0
    senders, targets = np.zeros(occasions, np.int64), np.ones(occasions, np.int64)
    uniforms = (np.arange(occasions) + 0.5) / occasions
    types, ways = act_types(p[6], p[4], 0.0), policies(n, p[3], p[4])
    kinds = choose_types(
        world,
        trust,
        occasions,
        senders,
        targets,
        uniforms,
        np.ones(1),
        types.choosable,
        choice_items(types),
        ways,
    )
    expected = chance_of_change(p, lean, opinion, line, tie == 2, is_north=True)
    assert (kinds >= 0).mean() == pytest.approx(expected, abs=2e-5)
    assert set(kinds) <= {-1, 1 if tie == 2 else 0}


def test_one_simulated_year_has_the_chances_of_the_likelihood(monkeypatch):
    monkeypatch.setattr(contest, "MOOD", 0.0)  # the likelihood knows each year's pace
    tie = np.zeros((len(YEARS), 60, 2), np.int64)
    tie[:, :30, 1] = 1
    records, own = invented(tie=tie), np.random.default_rng(2).normal(size=(60, 2))
    share = simulate(records, fit_of(TRUTH, own), YEARS[-1], YEARS[-1] + 1, 800)
    views = records.views(YEARS[-1])
    friends = views.closeness @ stance(records.ties(YEARS[-1]))
    line = line_strength(YEARS[-1] + 1, 1e9) * tie[-1][:, ::-1]
    args = [
        [
            chance_of_change(
                with_own(TRUTH, own[i]), views.lean[i], friends[i, k], line[i, k], tie[-1, i, k], k == 0
            )
            for k in (0, 1)
        ]
        for i in range(60)
    ]
    change = np.array(args)
    end = np.where(tie[-1] > 0, 1 - change, change)
    both, error = end.prod(1), 4 * np.sqrt(0.25 / 800)
    assert np.abs(share[:, 3] - both).max() < error
    assert share[:, 3].mean() == pytest.approx(both.mean(), abs=0.006)


def test_the_fit_finds_the_coefficients_that_made_the_history():
    n, rng = 160, np.random.default_rng(1)
    own = rng.normal(0, OWN_SD, (n, 2))
    blank = invented(n)
    views, tie = blank.views(YEARS[-1]), np.zeros((len(YEARS), n, 2), np.int64)
    for t in range(1, len(YEARS)):
        friends = views.closeness @ stance(tie[t - 1])
        for k in (0, 1):
            for i in range(n):
                chance = chance_of_change(
                    with_own(TRUTH, own[i]), views.lean[i], friends[i, k],
                    tie[t - 1, i, 1 - k], tie[t - 1, i, k], k == 0,
                )  # fmt: skip
                tie[t, i, k] = tie[t - 1, i, k] ^ int(rng.random() < chance)
    found = fit_choice(invented(n, tie), YEARS[-1], line_half_life=1e9)
    truth = np.concatenate([TRUTH, own.ravel()])
    off = (found.mode - truth) / np.sqrt(np.diag(found.covariance))
    told = dict(zip(NAMES, found.mode, strict=False))
    assert np.abs(off[: TRUTH.size]).max() < 3.0, told
    assert (np.abs(off[TRUTH.size :]) < 1.645).mean() == pytest.approx(0.9, abs=0.05)


def test_a_state_that_lets_the_others_go_first_has_less_of_its_own_for_that_korea():
    tie = np.zeros((len(YEARS), 60, 2), np.int64)
    tie[-3:, :40, 0] = 1
    found = fit_choice(invented(tie=tie), YEARS[-1])
    own = found.mode[len(NAMES) :].reshape(60, 2)[:, 0]
    assert own[:40].min() > 0 > own[40:].max()


def test_a_state_that_does_not_vote_leans_like_those_it_must_defend():
    records = invented()
    silent = records.votes[(records.votes.a != "S00") & (records.votes.b != "S00")]
    views = replace(records, votes=silent).views(YEARS[-1])
    place = records.codes.index("RUS")
    assert views.lean[0] == views.lean[place] > records.views(YEARS[-1]).lean[0]
    without = replace(records, votes=silent, pacts=records.pacts[:0]).views(YEARS[-1])
    assert without.lean[0] == pytest.approx(np.delete(without.lean, 0)[1::2].mean())


def test_the_line_holds_until_its_end_and_then_halves():
    assert line_strength(LINE_END, 2.0) == line_strength(1950, 2.0) == 1.0
    assert line_strength(LINE_END + 4, 2.0) == 0.25


def test_closeness_is_what_general_agreement_leaves():
    rng = np.random.default_rng(3)
    general = rng.uniform(0.3, 0.7, 8)
    alike = (general[:, None] + general[None, :]) / 2
    assert np.abs(closeness(alike)).max() < 0.5
    alike[2, 5] = alike[5, 2] = 1.0
    found = closeness(alike)
    assert found[2].argmax() == 5
    np.testing.assert_allclose(np.abs(found).sum(1), 1.0)
    assert not np.diag(found).any()


def test_a_forecast_without_rates_keeps_what_is_and_probabilities_sum_to_one():
    tie = np.zeros((len(YEARS), 60, 2), np.int64)
    tie[:, :20, 0] = 1
    records = invented(tie=tie)
    for shares in (
        simulate(records, fit_of([-30, -30, 0, 0, 0, 0, 60]), 1960, 1965, 20),
        regional_hazard(records, 1960, 1960, 1965, 20),
        persistence(records, 1960, 1960, 1965),
    ):
        np.testing.assert_allclose(shares.sum(1), 1.0)
        np.testing.assert_array_equal(shares.argmax(1), records.classes(1960))


def test_recent_moves_are_one_chain_of_the_last_ten_years():
    tie = np.zeros((len(YEARS), 60, 2), np.int64)
    tie[1:, :30, 0] = 1  # long before the last ten years
    for t, n_moved in enumerate(range(1, 11), len(YEARS) - 10):
        tie[t:, 30 + n_moved, 1] = 1  # one state a year begins with the South
    records = invented(tie=tie)
    last = records.last_year
    one = recent_moves(records, last, last, last + 1)
    none, north = (np.flatnonzero(records.classes(last) == k)[0] for k in (0, 1))
    assert one[none, 2] == pytest.approx((10 + 0.5) / (10 * 25 + 5 - 0 + 2), rel=0.02)
    assert one[north, 1] == pytest.approx((300 + 0.5) / (300 + 2))
    ten = recent_moves(records, last, last, last + 10)
    np.testing.assert_allclose(ten.sum(1), 1.0)
    np.testing.assert_allclose(ten[none], np.linalg.matrix_power(chain_of(records, last), 10)[0])


def chain_of(records, last):
    moves = np.full((4, 4), 0.5)
    for year in range(last - 9, last + 1):
        for before, after in zip(records.classes(year - 1), records.classes(year), strict=True):
            moves[before, after] += 1
    return moves / moves.sum(1, keepdims=True)


def test_nothing_after_the_fit_is_looked_at():
    tie = np.zeros((len(YEARS), 60, 2), np.int64)
    tie[5:, :20, 0] = 1
    changed = tie.copy()
    changed[20:, 30:] = 1
    until = YEARS[19]
    one, other = fit_choice(invented(tie=tie), until), fit_choice(invented(tie=changed), until)
    np.testing.assert_array_equal(one.mode, other.mode)
