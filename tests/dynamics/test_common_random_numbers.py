"""Two runs that differ by one act share all other chance: only consequences of the act differ."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.dynamics.world import Acts, World
from tests.dynamics.law_worlds import (
    EMBASSY,
    LIVELY,
    NOBODY_CHOOSES,
    PRAISE,
    THREAT,
    TYPES,
    Case,
    Run,
    assert_same_bits,
    listed_acts,
    random_case,
)

N_STEPS = 30
SEEDS = st.integers(0, 2**32 - 1)
SQUARE = ("theta", "affinity", "level", "tie", "commitment", "memory")


def with_act(case: Case, step: int, sender: int, target: int, kind: int, strength: float) -> Case:
    """The same case in which one more act is made to happen, last in the file."""
    one = listed_acts((step, sender, target, kind, strength))
    joined = [np.concatenate(columns) for columns in zip(case.schedule, one, strict=True)]
    return case.but(schedule=Acts(*joined))


def pair_of_runs(case: Case, act: tuple[int, int, int, int, float], rng_seed: int) -> tuple[Run, Run]:
    return Run(case, rng_seed).go(N_STEPS), Run(with_act(case, *act), rng_seed).go(N_STEPS)


def differing(one: World, other: World) -> set[tuple[int, int]]:
    """Dyads that differ in any bit of any array."""
    n = one.theta.shape[0]
    return {
        (i, j)
        for i in range(n)
        for j in range(n)
        if any(getattr(one, f)[i, j].tobytes() != getattr(other, f)[i, j].tobytes() for f in SQUARE)
    }


@given(SEEDS, st.integers(3, 8), st.integers(1, N_STEPS), st.sampled_from([PRAISE, THREAT, EMBASSY]))
@settings(max_examples=25, deadline=None)
def test_a_later_act_leaves_earlier_steps_untouched(rng_seed: int, n: int, step: int, kind: int) -> None:
    case = random_case(n, rng_seed, n_steps=N_STEPS)
    without, with_ = pair_of_runs(case, (step, 0, 1, kind, 1.5), rng_seed)
    for one, other in zip(without.worlds[:step], with_.worlds[:step], strict=True):
        assert_same_bits(one, other)
    assert differing(without.worlds[step], with_.worlds[step])


@pytest.mark.parametrize("kind", range(TYPES.warmth.size))
def test_an_act_of_zero_effect_changes_no_bit(kind: int) -> None:
    """An act of strength 0 leaves no trace: no feeling, line, memory or tie, and no other draw."""
    case = random_case(6, rng_seed=4, n_steps=N_STEPS)
    without, with_ = pair_of_runs(case, (7, 2, 3, kind, 0.0), rng_seed=11)
    for one, other in zip(without.worlds, with_.worlds, strict=True):
        assert_same_bits(one, other)


def test_an_act_that_nobody_feels_changes_nothing_but_what_is_remembered_of_it() -> None:
    """Private words to the insensitive: θ, ties and public lines keep every bit."""
    case = random_case(6, rng_seed=5, n_steps=N_STEPS)
    numb = case.policies._replace(susceptibility=np.zeros(6), vigilance=np.zeros(6), reply=np.zeros(6))
    private = case.but(policies=numb, types=TYPES._replace(publicity=np.zeros(12)))
    without, with_ = pair_of_runs(private, (7, 2, 3, PRAISE, 1.0), rng_seed=12)
    for one, other in zip(without.worlds, with_.worlds, strict=True):
        assert_same_bits(one._replace(memory=other.memory), other)


@given(SEEDS, st.integers(3, 8), st.integers(1, N_STEPS - 1), st.sampled_from([PRAISE, THREAT, EMBASSY]))
@settings(max_examples=25, deadline=None)
def test_an_act_stays_within_its_dyad_when_nothing_connects_it_to_others(
    rng_seed: int, n: int, step: int, kind: int
) -> None:
    """β = ω = χ = 0: states choose, reply and reciprocate, and no third state is touched, ever."""
    case = random_case(n, rng_seed, replace(LIVELY, balance=0.0), n_steps=N_STEPS)
    deaf = case.policies._replace(vigilance=np.zeros(n), friends_opinion=np.zeros(n))
    without, with_ = pair_of_runs(case.but(policies=deaf), (step, 0, 1, kind, 1.5), rng_seed)
    for one, other in zip(without.worlds, with_.worlds, strict=True):
        assert differing(one, other) <= {(0, 1), (1, 0)}
        assert one.capability.tobytes() == other.capability.tobytes()
    assert differing(without.worlds[step], with_.worlds[step])


@given(SEEDS, st.integers(3, 8), st.integers(1, N_STEPS - 1))
@settings(max_examples=25, deadline=None)
def test_without_reciprocity_and_choice_only_the_target_is_moved(rng_seed: int, n: int, step: int) -> None:
    """β = ω = ρ = 0 and nobody chooses: θ of target toward sender is all that the act moves."""
    case = random_case(n, rng_seed, replace(LIVELY, balance=0.0, reciprocity=0.0), n_steps=N_STEPS)
    deaf = case.policies._replace(vigilance=np.zeros(n), susceptibility=np.full(n, 0.05))
    case = case.but(policies=deaf, types=NOBODY_CHOOSES)
    without, with_ = pair_of_runs(case, (step, 0, 1, PRAISE, 1.0), rng_seed)
    for one, other in zip(without.worlds[step:], with_.worlds[step:], strict=True):
        changed = np.argwhere(one.theta != other.theta)
        assert changed.tolist() in ([[1, 0]], [])  # [] where the bound on θ swallows it
    assert with_.worlds[step].theta[1, 0] >= without.worlds[step].theta[1, 0]


def test_the_acts_of_others_are_the_same_acts() -> None:
    """β = ω = χ = 0: outside the dyad the two runs list the very same acts."""
    case = random_case(7, rng_seed=8, params=replace(LIVELY, balance=0.0), n_steps=N_STEPS)
    deaf = case.policies._replace(vigilance=np.zeros(7), friends_opinion=np.zeros(7))
    without, with_ = pair_of_runs(case.but(policies=deaf), (1, 0, 1, THREAT, 2.0), rng_seed=13)

    def of_others(run: Run) -> list[tuple[int, ...]]:
        rows = [
            row
            for acts in run.acts
            for row in zip(acts.step, acts.sender, acts.target, acts.type, strict=True)
        ]
        return [row for row in rows if {row[1], row[2]} != {0, 1}]

    assert of_others(without) == of_others(with_)
    assert len(of_others(without)) > 20
