"""The compiled law and the plain Mesa model, each written from the model note, agree on the same draws."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import asdict, replace

import numpy as np
import pytest

from sim.dynamics.chance import GOLDEN, draw_normals
from sim.dynamics.memory import fading, share_left
from sim.dynamics.params import Params
from sim.dynamics.world import Acts, World
from tests.dynamics.law_worlds import LIVELY, TYPES, Case, Run, chance_of, random_case
from tests.dynamics.oracle import Deed, Expected, Kind, PlainModel, Shock

N_STEPS = 60
TOLERANCE = 1e-12
KINDS_OF_SHOCK = ("affinity", "level", "capability", "tie")


class SameChance:
    """What the law draws for replica 0 of this rng_seed, in Python's own integers where words are concerned."""

    def __init__(self, n_states: int, rng_seed: int) -> None:
        self.streams = chance_of(n_states, rng_seed)
        self.new_step()

    def new_step(self) -> None:
        self.step = scattered(int(self.streams.occasions.random() * 2.0**53))
        self.drawn = draw_normals(self.streams.noise, self.streams.keys.pair)

    def occasions(self, expected: Expected, bound: float) -> Iterator[tuple[int, int, float]]:
        for i, j in itertools.permutations(range(len(self.streams.keys.dyad)), 2):
            word = scattered(self.step + int(self.streams.keys.dyad[i, j]))
            elapsed, nth = -math.log(1.0 - upper_bits(word)), 1
            while elapsed < expected(i, j) <= bound:
                gap, uniform = (upper_bits(scattered(word + k * int(GOLDEN))) for k in (2 * nth, 2 * nth + 1))
                yield i, j, uniform
                elapsed, nth = elapsed - math.log(1.0 - gap), nth + 1

    def normal(self, sender: int, target: int) -> float:
        n = len(self.streams.keys.dyad)
        return float(self.drawn[self.streams.keys.normal[n * target + sender]])


def scattered(word: int) -> int:
    """SplitMix64's finaliser."""
    word %= 2**64
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB % 2**64
    return word ^ (word >> 31)


def upper_bits(word: int) -> float:
    return (word >> 12) * 2.0**-52


def plain_kinds(case: Case) -> list[Kind]:
    t = case.types
    return [
        Kind(
            warmth=t.warmth[k],
            difficulty=t.difficulty[k],
            discrimination=t.discrimination[k],
            publicity=t.publicity[k],
            cost=t.cost[k],
            half_life_days=t.half_life[t.half_life_class[k]],
            is_choosable=k in t.choosable,
            rungs=(t.tie_lowest[k], t.tie_highest[k]),
            leads_to=t.tie_to[k] if t.tie_to[k] >= 0 else None,
        )
        for k in range(t.warmth.size)
    ]


def plain_schedule(acts: Acts) -> dict[int, list[Deed]]:
    by_step: dict[int, list[Deed]] = {}
    for step, i, j, k, strength in zip(
        acts.step, acts.sender, acts.target, acts.type, acts.strength, strict=True
    ):
        by_step.setdefault(int(step), []).append(Deed(int(i), int(j), int(k), float(strength)))
    return by_step


def plain_shocks(case: Case) -> dict[int, list[Shock]]:
    s = case.shocks
    by_step: dict[int, list[Shock]] = {}
    for row, step in enumerate(s.step):
        shock = Shock(
            KINDS_OF_SHOCK[s.kind[row]], s.sender[row], s.target[row], bool(s.is_shift[row]), s.value[row]
        )
        by_step.setdefault(int(step), []).append(shock)
    return by_step


def plain_model(case: Case, rng_seed: int) -> PlainModel:
    """The same case, told to the plain model."""
    params, n = case.params, case.n_states
    numbers = {name: value for name, value in asdict(params).items() if isinstance(value, int | float)}
    model = PlainModel(
        law=numbers,
        kinds=plain_kinds(case),
        policies=[{name: float(v[i]) for name, v in case.policies._asdict().items()} for i in range(n)],
        capability=[float(c) for c in case.world.capability],
        schedule=plain_schedule(case.schedule),
        shocks=plain_shocks(case),
        step_days=case.step_days,
        chance=SameChance(n, rng_seed),
        is_linear=params.squash == "linear",
        is_squared=params.balance_form == "X2",
    )
    for state in model.states:
        for j in range(n):
            if j != state.index:
                _inform(state, j, case)
    return model


def _inform(state: object, j: int, case: Case) -> None:
    w, i = case.world, state.index  # type: ignore[attr-defined]
    for name in ("theta", "affinity", "level", "commitment"):
        getattr(state, name)[j] = float(getattr(w, name)[i, j])
    state.tie[j] = int(w.tie[i, j])  # type: ignore[attr-defined]
    past = zip(w.memory[i, j], case.types.half_life, strict=True)
    state.deeds[j] = [(0.0, float(m), float(half)) for m, half in past]  # type: ignore[attr-defined]


def table(model: PlainModel, name: str) -> np.ndarray:
    n = len(model.states)
    books = [getattr(state, name) for state in model.states]
    return np.array([[books[i].get(j, 0) for j in range(n)] for i in range(n)], float)


def memories_by_law(world: World, step: int, case: Case) -> np.ndarray:
    """The law's memory w̄, decayed to the end of this step."""
    return world.memory @ share_left(fading(case.step_days, case.types.half_life), step)


def memories(model: PlainModel) -> np.ndarray:
    n = len(model.states)
    s = model.states
    return np.array([[s[i].recall(s[j]) if i != j else 0.0 for j in range(n)] for i in range(n)])


def side_by_side(case: Case, rng_seed: int, n_steps: int = N_STEPS) -> tuple[Run, dict[str, float]]:
    """Run both, check that acts and ties are the same at every step, and find the largest difference of each array."""
    run, model = Run(case, rng_seed), plain_model(case, rng_seed)
    largest = dict.fromkeys(("theta", "affinity", "level", "commitment", "memory", "capability"), 0.0)
    for step in range(1, n_steps + 1):
        run.go(1, keep=False)
        model.step()
        acts = run.acts[-1]
        done = list(zip(acts.sender, acts.target, acts.type, acts.strength, strict=True))
        assert done == [tuple(deed) for deed in model.done]
        np.testing.assert_array_equal(run.world.tie, table(model, "tie"))
        pairs = {name: (getattr(run.world, name), table(model, name)) for name in list(largest)[:4]}
        pairs["memory"] = memories_by_law(run.world, step, case), memories(model)
        pairs["capability"] = run.world.capability, np.array([state.capability for state in model.states])
        for name, (ours, theirs) in pairs.items():
            largest[name] = float(np.maximum(largest[name], np.abs(ours - theirs).max()))  # NaN stays
    return run, largest


@pytest.mark.parametrize("n_states", [3, 12, 50])
def test_the_plain_model_agrees_with_the_compiled_law_with_all_phases_on(n_states: int) -> None:
    case = random_case(n_states, rng_seed=1)
    run, largest = side_by_side(case, rng_seed=20)
    assert max(largest.values()) < TOLERANCE, largest
    kinds = np.concatenate([acts.type[acts.id < 0] for acts in run.acts])
    assert kinds.size > 5 * n_states  # states did act of their own …
    assert (run.world.tie != case.world.tie).any()  # … and ties moved
    if n_states == 50:
        assert set(kinds) == set(TYPES.choosable)


FORMS = {
    "X2": replace(LIVELY, balance_form="X2"),
    "linear": replace(LIVELY, squash="linear", theta_max=1.2),
    "noiseless": replace(LIVELY, noise=0.0, commitment=1.0),
    "busy": replace(LIVELY, activity_slope=0.0, occasion_bound=1.0),
    "defaults": Params(),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_plain_model_agrees_for_the_other_forms_of_the_law(form: str) -> None:
    _, largest = side_by_side(random_case(8, rng_seed=2, params=FORMS[form]), rng_seed=21)
    assert max(largest.values()) < TOLERANCE, largest
