"""One dyad by itself: a diffusion around its level, occasions at a known rate, choice by logit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from sim.dynamics.choose import draw_occasions
from sim.dynamics.memory import fading, share_left
from sim.dynamics.params import Params
from sim.dynamics.step import advance, kernel_params, law_tables
from sim.dynamics.world import Policies, World, blank_world, refresh_affinity
from tests.dynamics.law_worlds import (
    AID,
    BREAK,
    EMBASSY,
    EXPEL,
    GREET,
    NOBODY_CHOOSES,
    RECALL,
    RECOGNISE,
    STILL,
    TYPES,
    Case,
    Run,
    chance_of,
    listed_acts,
    policies,
    random_policies,
    random_world,
)

SIGNIFICANT = 1e-3  # a right law fails such a test once in a thousand seeds; the seeds are fixed
N = 150  # 22,350 dyads, independent of each other where β = ρ = 0


def diffusion(
    theta: float, level: float, params: Params, days: float, n_steps: int, rng_seed: int = 1
) -> np.ndarray:
    """θ of every dyad of N states after some steps of phases 4 and 5 alone."""
    world = blank_world(N, TYPES.half_life.size)
    world.theta[:], world.level[:] = theta, level
    refresh_affinity(world, kernel_params(params))
    case = Case(world, params, policies(N), NOBODY_CHOOSES, step_days=days)
    end = Run(case, rng_seed).go(n_steps, keep=False).world.theta
    return end[~np.eye(N, dtype=bool)]


def assert_normal(sample: np.ndarray, mean: float, variance: float) -> None:
    """Mean by z-test, variance by chi-square, shape by Kolmogorov-Smirnov."""
    n = sample.size
    assert 2 * stats.norm.sf(abs(sample.mean() - mean) / np.sqrt(variance / n)) > SIGNIFICANT
    spread = ((sample - mean) ** 2).sum() / variance
    assert 2 * min(stats.chi2.cdf(spread, n), stats.chi2.sf(spread, n)) > SIGNIFICANT
    assert stats.kstest(sample, stats.norm(mean, np.sqrt(variance)).cdf).pvalue > SIGNIFICANT


def euler_moments(
    theta: float, level: float, rate: float, sigma: float, days: float, n_steps: int
) -> tuple[float, float]:
    """Mean and variance of θ_n for θ += Δ κ (m - θ) + σ √Δ ε."""
    keep = 1.0 - rate * days
    variance = sigma**2 * days * (1.0 - keep ** (2 * n_steps)) / (1.0 - keep**2)
    return level + (theta - level) * keep**n_steps, variance


def limit_moments(theta: float, level: float, rate: float, sigma: float, days: float) -> tuple[float, float]:
    """Mean and variance of the Ornstein-Uhlenbeck process after so many days."""
    share = np.exp(-rate * days)
    return level + (theta - level) * share, sigma**2 / (2 * rate) * (1.0 - share**2)


@pytest.mark.parametrize(("days", "n_steps"), [(1.0, 300), (7.0, 40), (30.0, 12)])
@pytest.mark.parametrize(("theta", "level"), [(1.2, 0.4), (-1.5, -0.2), (0.6, 1.5)])
def test_theta_is_an_euler_diffusion_around_its_level(
    theta: float, level: float, days: float, n_steps: int
) -> None:
    rate, sigma = 4e-3, 0.02
    params = replace(STILL, friendship_decay=rate, hostility_decay=rate, noise=sigma, theta_max=1e6)
    assert_normal(
        diffusion(theta, level, params, days, n_steps),
        *euler_moments(theta, level, rate, sigma, days, n_steps),
    )


def test_small_steps_are_ornstein_uhlenbeck() -> None:
    rate, sigma, horizon = 5e-3, 0.02, 200.0
    params = replace(STILL, friendship_decay=rate, hostility_decay=rate, noise=sigma, theta_max=1e6)
    assert_normal(diffusion(1.0, 0.3, params, 0.25, 800, 2), *limit_moments(1.0, 0.3, rate, sigma, horizon))


def test_the_euler_formula_tends_to_the_limit_at_first_order() -> None:
    """And the law's own mean, without noise, is that formula to rounding."""
    rate, horizon = 5e-3, 400.0
    limit = np.array(limit_moments(1.0, 0.3, rate, 0.02, horizon))
    errors = []
    for n_steps in (100, 200, 400):
        days = horizon / n_steps
        euler = euler_moments(1.0, 0.3, rate, 0.02, days, n_steps)
        quiet = replace(STILL, friendship_decay=rate, hostility_decay=rate)
        np.testing.assert_allclose(diffusion(1.0, 0.3, quiet, days, n_steps), euler[0], rtol=1e-12)
        errors.append(np.abs(np.array(euler) - limit))
    np.testing.assert_allclose(errors[0] / errors[1], 2.0, rtol=0.05)
    np.testing.assert_allclose(errors[1] / errors[2], 2.0, rtol=0.05)


def test_friendship_and_hostility_fade_at_their_own_rates() -> None:
    params = replace(STILL, friendship_decay=1e-3, hostility_decay=5e-3)
    warm, cold = diffusion(1.0, 0.0, params, 7.0, 30), diffusion(-1.0, 0.0, params, 7.0, 30)
    np.testing.assert_allclose(warm, 0.993**30, rtol=1e-12)
    np.testing.assert_allclose(cold, -(0.965**30), rtol=1e-12)


def test_the_default_rates_are_the_fitted_half_lives() -> None:
    """Some 60 years for friendship, some 4 for hostility."""
    years = np.log(2) / np.array([Params().friendship_decay, Params().hostility_decay]) / 365.25
    np.testing.assert_allclose(years, [60, 4], rtol=0.02)


def test_reciprocity_closes_the_gap_and_keeps_the_sum() -> None:
    """θ_ij ± θ_ji are two diffusions of their own: the difference fades at 2ρ, the sum not at all."""
    rho, sigma, days, n_steps = 3e-3, 0.02, 7.0, 30
    params = replace(STILL, reciprocity=rho, noise=sigma, theta_max=1e6)
    world = blank_world(N, TYPES.half_life.size)
    world.theta[:] = np.triu(np.full((N, N), 1.6), 1)
    refresh_affinity(world, kernel_params(params))
    end = Run(Case(world, params, policies(N), NOBODY_CHOOSES, step_days=days), 3).go(n_steps).world.theta
    upper = np.triu_indices(N, 1)
    gap, total = (end - end.T)[upper], (end + end.T)[upper]
    assert_normal(gap, *euler_moments(1.6, 0.0, 2 * rho, np.sqrt(2) * sigma, days, n_steps))
    assert_normal(total, 1.6, 2 * sigma**2 * days * n_steps)
    assert abs(np.corrcoef(gap, total)[0, 1]) < 3.3 / np.sqrt(gap.size)


# Occasions and choice: phases 1-3 from the same world again and again, on one stream of chance


def tallied(case: Case, step: int, n_trials: int, replica: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """How often each type was done, by dyad and type, in n trials of one step; and the occasions of each dyad."""
    n, params = case.n_states, kernel_params(case.params)
    acts, occasions = np.zeros((n, n, TYPES.warmth.size)), np.zeros((n, n))
    chance, twin = chance_of(n, 5, replica), chance_of(n, 5, replica)
    for _ in range(n_trials):
        done = advance(
            case.world.copy(), step, case.step_days, case.schedule, case.shocks, case.types,
            law_tables(case.types, case.step_days), case.policies, params, chance,
        )  # fmt: skip
        np.add.at(acts, (done.sender, done.target, done.type), 1)
        _, *dyads, _ = draw_occasions(case.world, case.step_days, case.policies, params, twin)
        np.add.at(occasions, tuple(dyads), 1)
    return acts, occasions


KEEN = TYPES._replace(
    choosable=np.zeros(1, np.int64),
    difficulty=np.full(TYPES.warmth.size, -1e6),
    cost=np.zeros(TYPES.warmth.size),
)
"""One gesture to choose, which nobody who finds an occasion leaves undone."""


def assert_poisson(count: np.ndarray, expected: np.ndarray) -> None:
    """Every dyad's count, and their sum, as Poisson counts of these means."""
    off = ~np.eye(count.shape[0], dtype=bool)
    count, expected = count[off], expected[off]
    assert expected.min() > 20  # or chi-square would not do
    total, mean = count.sum(), expected.sum()
    assert 2 * min(stats.poisson.cdf(total, mean), stats.poisson.sf(total - 1, mean)) > SIGNIFICANT
    spread = ((count - expected) ** 2 / expected).sum()
    assert 2 * min(stats.chi2.cdf(spread, count.size), stats.chi2.sf(spread, count.size)) > SIGNIFICANT


@pytest.mark.parametrize(("bound", "days"), [(0.2, 7.0), (0.2, 30.0), (1.0, 7.0)])
def test_occasions_come_at_the_rate_of_activity_attraction_and_feeling(bound: float, days: float) -> None:
    """exp(α_i + γ_j + δ|θ_ij|) per day, whatever the sign of θ, the bound and the length of the step."""
    n, n_trials = 6, 4000
    rng = np.random.default_rng(4)
    params = replace(STILL, occasion_bound=bound)
    world, chosen = random_world(n, rng, params), random_policies(n, rng)
    chosen = chosen._replace(activity=rng.uniform(-5.0, -4.0, n), attraction=rng.uniform(-0.5, 0.5, n))
    rate = np.exp(chosen.activity[:, None] + chosen.attraction[None, :] + 0.5 * np.abs(world.theta))
    assert rate.max() < bound
    acts, _ = tallied(Case(world, params, chosen, KEEN, step_days=days), 1, n_trials)
    assert_poisson(acts.sum(axis=2), rate * days * n_trials)


def test_occasions_are_bounded() -> None:
    """However keen, a dyad finds no more than Λ occasions a day."""
    n, n_trials, days = 5, 400, 3.0
    params = replace(STILL, occasion_bound=0.15)
    world = random_world(n, np.random.default_rng(5), params)
    acts, _ = tallied(Case(world, params, policies(n, activity=3.0), KEEN, step_days=days), 1, n_trials)
    assert_poisson(acts.sum(axis=2), np.full((n, n), 0.15 * days * n_trials))


def eager_case(world: World, chosen: Policies) -> Case:
    """States that take every occasion, of which there are about 150 a step for each dyad."""
    params = replace(STILL, occasion_bound=5.0)
    keen = chosen._replace(activity=np.full(world.theta.shape[0], 3.0))
    return Case(world, params, keen, step_days=30.0)


def expected_utilities(case: Case, step: int) -> np.ndarray:
    """Utility of nothing and of each choosable type for state 0 toward state 1, as the model note has it."""
    t, c, world, p = TYPES, TYPES.choosable, case.world, case.policies
    theta, sign, rung = world.theta[0, 1], np.sign(t.warmth[c]), world.tie[0, 1]
    friends = world.capability @ (world.affinity[0] * world.affinity[:, 1])
    memory = world.memory[1, 0] @ 0.5 ** (step * case.step_days / t.half_life)
    utility = (
        sign * t.discrimination[c] * (theta - t.difficulty[c])
        + p.friends_opinion[0] * sign * friends
        - t.cost[c]
        - p.audience_cost[0] * t.publicity[c] * (t.warmth[c] - world.commitment[0, 1]) ** 2
        + p.reply[0] * sign * memory
    )
    feasible = (t.tie_lowest[c] <= rung) & (rung <= t.tie_highest[c])
    return np.concatenate([[0.0], np.where(feasible, utility, -np.inf)])


def chosen(case: Case, step: int, n_trials: int, replica: int = 0) -> np.ndarray:
    """How often state 0 did nothing and each choosable type toward state 1."""
    acts, occasions = tallied(case, step, n_trials, replica)
    done = acts[0, 1, TYPES.choosable]
    return np.concatenate([[occasions[0, 1] - done.sum()], done])


def pooled(count: np.ndarray, likely: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Throw the rarest cells together until each is expected at least five times, as chi-square asks."""
    order = np.argsort(likely)
    n_rare = max(int(np.searchsorted(np.cumsum(likely[order]), 5.0)) + 1, int((likely < 5.0).sum()))
    rare, others = order[:n_rare], order[n_rare:]
    return np.append(count[others], count[rare].sum()), np.append(likely[others], likely[rare].sum())


def share_test(rng_seed: int, rung: int, step: int) -> float:
    """Chi-square p of the shares of nothing and of every type in some world; the impossible never happens."""
    rng = np.random.default_rng(rng_seed)
    world = random_world(3, rng)
    world.tie[0, 1] = rung
    heads = random_policies(3, rng)._replace(
        temperature=rng.uniform(1.5, 3.0, 3)
    )  # cooler, some types are too rare
    case = eager_case(world, heads)
    weight = np.exp(expected_utilities(case, step) / case.policies.temperature[0])
    count = chosen(case, step, 300, replica=1000 * rng_seed + 100 * rung + step)  # chance of its own
    assert (count[weight == 0] == 0).all()
    counts, likely = pooled(count, weight / weight.sum() * count.sum())
    assert counts.size >= (weight > 0).sum() - 1
    return float(stats.chisquare(counts, likely).pvalue)


@pytest.mark.parametrize(("rung", "step"), [(0, 1), (1, 1), (2, 1), (3, 1), (2, 12), (2, 60)])
@pytest.mark.parametrize("rng_seed", [1, 2])
def test_types_are_chosen_by_logit_among_the_feasible(rng_seed: int, rung: int, step: int) -> None:
    """On each rung of the tie, and on memories one month, one year and five years old."""
    assert share_test(rng_seed, rung, step) > SIGNIFICANT


@pytest.mark.parametrize(
    ("rung", "impossible"),
    [
        (0, {EMBASSY, RECALL, EXPEL, BREAK}),
        (1, {EMBASSY, RECALL, EXPEL, BREAK}),
        (2, {RECOGNISE, RECALL}),
        (3, {RECOGNISE, EMBASSY}),
    ],
)
def test_the_tie_says_what_is_feasible(rung: int, impossible: set[int]) -> None:
    """States that hardly care what they do, do all that the tie allows, and nothing else."""
    world = random_world(3, np.random.default_rng(7))
    world.tie[0, 1] = rung
    count = chosen(eager_case(world, policies(3, temperature=20.0)), 1, 50)[1:]
    assert set(TYPES.choosable[count == 0]) == impossible


@pytest.mark.parametrize("rng_seed", range(10))
def test_a_cool_head_does_the_best_it_can(rng_seed: int) -> None:
    """Temperature near 0: always the act of highest utility, or nothing if all are below 0."""
    rng = np.random.default_rng(rng_seed)
    case = eager_case(random_world(3, rng), random_policies(3, rng)._replace(temperature=np.full(3, 1e-6)))
    count = chosen(case, 1, 2)
    assert count.sum() > 200
    assert count[np.argmax(expected_utilities(case, 1))] == count.sum()


@pytest.mark.parametrize("step_days", [1.0, 7.0, 365.0, 4000.0])
def test_memory_fades_by_the_half_life_of_each_act_however_long_a_step_is(step_days: float) -> None:
    """Two acts, one of a half-life of 90 days and one of 1825, remembered over eighty steps."""
    schedule = listed_acts((3, 0, 1, GREET, 1.0), (18, 0, 1, AID, 1.0))
    case = Case(blank_world(3, 3), STILL, policies(3), NOBODY_CHOOSES, schedule, step_days=step_days)
    worlds = Run(case).go(80).worlds
    half_life, table = TYPES.half_life[TYPES.half_life_class], fading(step_days, TYPES.half_life)
    for step, world in enumerate(worlds):
        left = world.memory[0, 1] @ share_left(table, step)
        terms = [
            TYPES.warmth[k] * 0.5 ** ((step - when) * step_days / half_life[k])
            for when, k in ((3, GREET), (18, AID))
            if when <= step
        ]
        assert left == pytest.approx(sum(terms), rel=1e-10, abs=1e-100)
        assert not world.memory[1, 0].any()
