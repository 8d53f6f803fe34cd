"""What holds of the law whatever its coefficients: bounds, symmetry of names, and time that adds up."""

from __future__ import annotations

from dataclasses import Field, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.dynamics.chance import Purpose, stream
from sim.dynamics.params import Params, Policy, coefficients
from sim.dynamics.step import kernel_params
from sim.dynamics.world import Policies, Shocks, refresh_affinity
from sim.experiment import ensemble
from sim.experiment.ensemble import plan, simulate_ensemble
from sim.experiment.replica import Record
from sim.scenario.setup import Setup
from tests.dynamics.law_worlds import (
    LIVELY,
    NOBODY_CHOOSES,
    STILL,
    Case,
    Run,
    assert_same_bits,
    is_ladder,
    random_case,
)

N_STATES = st.integers(2, 7)
SEEDS = st.integers(0, 2**32 - 1)
STEP_DAYS = st.sampled_from([1.0, 7.0, 30.0, 366.0])


def within_bounds(item: Field[Any]) -> st.SearchStrategy[float]:
    """Any value of a coefficient; Λ at most .5, to keep runs short."""
    high = 0.5 if item.name == "occasion_bound" else item.metadata["high"]
    return st.floats(item.metadata["low"], high)


@st.composite
def any_params(draw: st.DrawFn) -> Params:
    """Any coefficients that a scenario may hold, the extremes too."""
    numbers = {c.name: draw(within_bounds(c)) for c in coefficients(Params) if "low" in c.metadata}
    squash, form = draw(st.sampled_from(["tanh", "linear"])), draw(st.sampled_from(["XXT", "X2"]))
    return Params(**numbers, squash=squash, balance_form=form)


@st.composite
def any_policies(draw: st.DrawFn, n_states: int) -> Policies:
    """Any policy for each state."""
    rows = {
        c.name: st.lists(within_bounds(c), min_size=n_states, max_size=n_states) for c in coefficients(Policy)
    }
    return Policies(**{name: np.array(draw(values)) for name, values in rows.items()})


@st.composite
def any_case(draw: st.DrawFn) -> Case:
    """Any world, coefficients and policies, with acts and shocks of every kind."""
    n = draw(N_STATES)
    params = draw(any_params())
    case = random_case(n, draw(SEEDS), params, n_steps=5)
    return case.but(policies=draw(any_policies(n)), step_days=draw(STEP_DAYS))


@given(any_case(), SEEDS)
@settings(max_examples=100, deadline=None)
def test_everything_stays_within_its_bounds(case: Case, rng_seed: int) -> None:
    bound = case.params.theta_max
    for world in Run(case, rng_seed).go(5).worlds[1:]:
        assert all(np.isfinite(array).all() for array in world)
        assert (np.abs(world.theta) <= bound).all()
        if case.params.squash == "tanh":
            np.testing.assert_allclose(world.affinity, np.tanh(world.theta), rtol=0, atol=1e-15)
            assert (np.abs(world.affinity) <= 1.0).all()
        else:
            assert world.affinity.tobytes() == world.theta.tobytes()
        assert not np.diag(world.theta).any()
        assert not np.diag(world.affinity).any()
        assert (world.capability >= 0).all()
        assert world.capability.sum() == pytest.approx(1.0, abs=1e-12)
        assert is_ladder(world.tie)


@given(any_case(), SEEDS)
@settings(max_examples=50, deadline=None)
def test_nobody_acts_toward_itself_and_only_what_is_feasible_is_chosen(case: Case, rng_seed: int) -> None:
    run = Run(case, rng_seed).go(5)
    for before, acts in zip(run.worlds, run.acts, strict=False):
        assert (acts.sender != acts.target).all()
        chosen = acts.id < 0
        assert np.isin(acts.type[chosen], case.types.choosable).all()
        shaken = set(case.shocks.step[case.shocks.kind == 3])
        if int(acts.step[0] if acts.step.size else 0) not in shaken:
            rung = before.tie[acts.sender[chosen], acts.target[chosen]]
            kind = acts.type[chosen]
            assert (case.types.tie_lowest[kind] <= rung).all()
            assert (rung <= case.types.tie_highest[kind]).all()


def relabelled(case: Case, order: np.ndarray) -> Case:
    """The same case with state order[i] called i."""
    place = np.argsort(order)

    def named(indices: np.ndarray) -> np.ndarray:
        return np.where(indices >= 0, place[indices], -1)

    world, acts, shocks = case.world.copy(), case.schedule, case.shocks
    for name, array in case.world._asdict().items():
        getattr(world, name)[:] = array[order] if name == "capability" else array[np.ix_(order, order)]
    return case.but(
        world=world,
        policies=Policies(*(row[order].copy() for row in case.policies)),
        schedule=acts._replace(sender=named(acts.sender), target=named(acts.target)),
        shocks=shocks._replace(sender=named(shocks.sender), target=named(shocks.target)),
    )


@given(N_STATES, SEEDS, st.sampled_from(["XXT", "X2"]), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_relabelling_the_states_relabels_the_result(n: int, rng_seed: int, form: str, random: object) -> None:
    params = replace(LIVELY, noise=0.0, balance_form=form)
    case = random_case(n, rng_seed, params, n_steps=10).but(types=NOBODY_CHOOSES)
    order = np.array(random.sample(range(n), n))  # type: ignore[attr-defined]
    plain, renamed = Run(case).go(10), Run(relabelled(case, order)).go(10)
    for one, other in zip(plain.worlds, renamed.worlds, strict=True):
        for name, array in one._asdict().items():
            expected = array[order] if name == "capability" else array[np.ix_(order, order)]
            np.testing.assert_allclose(getattr(other, name), expected, rtol=0, atol=1e-12, err_msg=name)


@given(N_STATES, SEEDS)
@settings(max_examples=30, deadline=None)
def test_zero_rates_and_zero_noise_change_nothing(n: int, rng_seed: int) -> None:
    case = Case(random_case(n, rng_seed, STILL).world, STILL, random_case(n, rng_seed).policies)
    for world in Run(case, rng_seed).go(10).worlds:
        assert_same_bits(world, case.world)


@given(N_STATES, SEEDS)
@settings(max_examples=30, deadline=None)
def test_a_world_at_its_long_run_level_stays_there(n: int, rng_seed: int) -> None:
    params = replace(LIVELY, reciprocity=0.0, balance=0.0, noise=0.0, occasion_bound=0.0)
    world = random_case(n, rng_seed, params).world
    world.level[:] = world.theta
    end = Run(Case(world, params, random_case(n, rng_seed).policies)).go(10).world
    assert end.theta.tobytes() == world.theta.tobytes()


@pytest.mark.parametrize("n_states", [2, 13, 60])
def test_ten_steps_and_ten_more_equal_twenty(n_states: int) -> None:
    case = random_case(n_states, 3, n_steps=20)
    whole = Run(case, 5).go(20)
    first = Run(case, 5).go(10)
    second = Run(case, 5)  # taken up again from what can be written down: world and streams
    second.world, second.acts = first.worlds[-1].copy(), list(first.acts)
    for name in ("occasions", "noise"):
        generator = getattr(second.chance, name)
        generator.bit_generator.state = getattr(first.chance, name).bit_generator.state
    second.go(10)
    assert_same_bits(second.world, whole.world)


def test_streams_are_keyed_by_replica_and_purpose() -> None:
    first = {
        (replica, purpose): stream(7, replica, purpose).random(4).tobytes()
        for replica in range(5)
        for purpose in Purpose
    }
    assert len(set(first.values())) == len(first)
    assert stream(7, 3, Purpose.NOISE).random(4).tobytes() == first[3, Purpose.NOISE]
    assert stream(8, 3, Purpose.NOISE).random(4).tobytes() != first[3, Purpose.NOISE]


def test_chance_used_does_not_depend_on_the_world() -> None:
    """Worlds with nothing in common, at the bounds or indifferent, leave both streams at the same place."""
    cases = [random_case(6, 1), random_case(6, 2, replace(LIVELY, balance=0.0, reciprocity=0.0))]
    for theta in (-LIVELY.theta_max, 0.0, LIVELY.theta_max):
        case = random_case(6, 3)
        case.world.theta[:] = case.world.level[:] = theta
        refresh_affinity(case.world, kernel_params(LIVELY))
        cases.append(case)
    runs = [Run(case, 9).go(20, keep=False) for case in cases]
    for name in ("occasions", "noise"):
        states = [getattr(run.chance, name).bit_generator.state for run in runs]
        assert all(state == states[0] for state in states)


def everything(setup: Setup, n_replicas: int, n_workers: int) -> list[np.ndarray]:
    """All that an ensemble records, as arrays with the replicas first; then its acts."""
    layout = plan(setup.scenario.steps, 13, set())
    chunks = [chunks[0] for chunks in simulate_ensemble([setup], layout, n_replicas, n_workers)]
    records = [np.concatenate([getattr(c.record, name) for c in chunks]) for name in Record._fields]
    return [*records, np.concatenate([c.acts for c in chunks]), np.concatenate([c.warmth for c in chunks])]


@pytest.mark.parametrize(("chunk", "n_workers"), [(1, 1), (3, 2), (7, 2), (20, 1)])
def test_no_chunking_and_no_worker_count_changes_a_bit(
    havana: Setup, monkeypatch: pytest.MonkeyPatch, chunk: int, n_workers: int
) -> None:
    usual = everything(havana, 20, 2)
    monkeypatch.setattr(ensemble, "CHUNK", chunk)
    other, fewer = everything(havana, 20, n_workers), everything(havana, 11, n_workers)
    for a, b, few in zip(usual, other, fewer, strict=True):
        assert a.tobytes() == b.tobytes()
        assert a[: len(few)].tobytes() == few.tobytes()


def test_affinity_is_brought_in_step_with_theta() -> None:
    case = random_case(5, 1)
    case.world.affinity[:] = 9.0
    refresh_affinity(case.world, kernel_params(case.params))
    np.testing.assert_allclose(case.world.affinity, np.tanh(case.world.theta), rtol=0, atol=1e-15)


def test_shocks_that_would_leave_nobody_any_capability_change_nothing() -> None:
    case = random_case(3, rng_seed=2, n_steps=4)
    capability = np.array([2, 2, 2])
    gone = Shocks(
        np.array([1, 2, 3]),
        capability,
        np.array([0, 1, 2]),
        np.full(3, -1),
        np.zeros(3, np.int64),
        np.zeros(3),
    )
    run = Run(case.but(shocks=gone), rng_seed=5).go(4)
    np.testing.assert_array_equal(run.world.capability, [0.0, 0.0, 1.0])
    assert np.isfinite(run.world.theta).all()
