"""The formal ladder (0 none, 1 recognised, 2 relations, 3 resident embassy), climbed and left through scenarios."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.model import AllianceModel
from sim.scenario.load import load_scenario
from sim.scenario.schema.items import Act, Tie
from sim.scenario.setup import Setup, resolve
from tests.dynamics.law_worlds import is_ladder

STATES = ("PRK", "CUB", "KOR", "NIC")
QUESTION = """\
question: Who recognises whom?
start: 2024-01-01
steps: 12
replicas: 1
states: [PRK, CUB, KOR, NIC]
codebook: ../seeds
choice: false
"""


Ask = Callable[..., Setup]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Four states that do nothing of their own, in a scenario with these acts and ties."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(Path(__file__).parents[2] / "seeds", folder / "seeds")
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "ladder.yaml").write_text(QUESTION)
    setup = resolve(load_scenario(folder / "scenarios" / "ladder.yaml"))

    def build(acts: list[Act], *ties: tuple[str, str, int], **changes: object) -> Setup:
        items = [Tie(sender=sender, target=target, tie=rung) for sender, target, rung in ties]
        update = {"acts": tuple(acts), "ties": tuple(items), **changes}
        return replace(setup, scenario=setup.scenario.model_copy(update=update), acts=tuple(acts))

    return build


def act(kind: str, step: int = 1, sender: str = "PRK", target: str = "CUB") -> Act:
    return Act(step=step, sender=sender, target=target, type=kind, audience="public")


def ties_of(setup: Setup) -> list[np.ndarray]:
    """The ties at the start and after each step."""
    model = AllianceModel(setup)
    ties = [model.world.tie.copy()]
    for _ in range(setup.scenario.steps):
        model.step()
        ties.append(model.world.tie.copy())
    return ties


# Act type, rungs of sender and target before, rungs after.
RUNGS = [
    ("R1", (0, 0), (2, 2)), ("R1", (1, 0), (2, 2)), ("R1", (0, 1), (2, 2)), ("R1", (1, 1), (2, 2)),
    ("R1", (2, 2), (2, 2)), ("R1", (3, 2), (3, 2)),
    ("R2", (2, 2), (3, 2)), ("R2", (2, 3), (3, 3)), ("R2", (3, 3), (3, 3)),
    ("R2", (0, 0), (0, 0)), ("R2", (1, 1), (1, 1)), ("R2", (1, 0), (1, 0)),
    ("R3", (3, 2), (2, 2)), ("R3", (3, 3), (2, 3)),
    ("R3", (2, 2), (2, 2)), ("R3", (2, 3), (2, 3)), ("R3", (0, 0), (0, 0)),
    ("R4", (0, 0), (0, 0)), ("R4", (2, 3), (2, 3)), ("R4", (3, 3), (3, 3)),
    ("R5", (2, 2), (1, 1)), ("R5", (3, 2), (1, 1)), ("R5", (2, 3), (1, 1)), ("R5", (3, 3), (1, 1)),
    ("R5", (1, 1), (1, 1)), ("R5", (0, 1), (0, 1)), ("R5", (0, 0), (0, 0)),
    ("R6", (0, 0), (1, 0)), ("R6", (0, 1), (1, 1)), ("R6", (2, 2), (2, 2)), ("R6", (1, 0), (1, 0)),
    ("R7", (0, 0), (0, 0)), ("R7", (2, 2), (2, 2)),
    ("G1", (0, 0), (0, 0)), ("D8", (3, 3), (3, 3)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "before", "after"), RUNGS, ids=lambda given: str(given))
def test_each_formal_act_moves_the_tie_as_the_codebook_says(
    ask: Ask, kind: str, before: tuple[int, int], after: tuple[int, int]
) -> None:
    setup = ask([act(kind)], ("PRK", "CUB", before[0]), ("CUB", "PRK", before[1]), steps=1)
    start, end = ties_of(setup)
    assert (start[0, 1], start[1, 0]) == before
    assert (end[0, 1], end[1, 0]) == after
    assert is_ladder(end)
    others = np.ones((4, 4), bool)
    others[[0, 1], [1, 0]] = False
    np.testing.assert_array_equal(end[others], start[others])


def test_the_way_up_and_down_the_ladder(ask: Ask) -> None:
    way = ["R2", "R1", "R2", "R2", "R3", "R2", "R4", "R5", "R3", "R2", "R1", "G1"]
    acts = [act(kind, k + 1) for k, kind in enumerate(way)]
    setup = ask(acts, ("PRK", "CUB", 0), ("CUB", "PRK", 0))
    rungs = [(int(tie[0, 1]), int(tie[1, 0])) for tie in ties_of(setup)]
    assert rungs == [
        (0, 0), (0, 0), (2, 2), (3, 2), (3, 2), (2, 2), (3, 2), (3, 2), (1, 1), (1, 1), (1, 1), (2, 2), (2, 2),
    ]  # fmt: skip


def test_of_two_acts_in_one_step_the_second_meets_the_tie_that_the_first_left(ask: Ask) -> None:
    both = ask([act("R1"), act("R2")], ("PRK", "CUB", 0), steps=1)
    assert ties_of(both)[-1][0, 1] == 3
    swapped = ask([act("R2"), act("R1")], ("PRK", "CUB", 0), steps=1)
    assert ties_of(swapped)[-1][0, 1] == 2


def test_an_infeasible_act_is_felt_all_the_same(ask: Ask) -> None:
    """Closing an embassy that is not there changes no tie, and is no kindness."""
    model = AllianceModel(ask([act("R5")], ("PRK", "CUB", 1), steps=1))
    still = AllianceModel(ask([], ("PRK", "CUB", 1), steps=1))
    model.step()
    still.step()
    np.testing.assert_array_equal(model.world.tie, still.world.tie)
    assert model.world.theta[1, 0] < still.world.theta[1, 0]
    assert model.state("PRK").memory("CUB") < 0 == still.state("PRK").memory("CUB")


def rung_after(tie: np.ndarray, setup: Setup, sender: int, target: int, kind: str) -> None:
    """The ladder told once more, in plain words."""
    effect = setup.codebook.types[setup.codebook.index(kind)].tie_effect
    if effect is None or effect.to is None or not effect.lowest <= tie[sender, target] <= effect.highest:
        return
    tie[sender, target] = effect.to
    if effect.to >= 2 and tie[target, sender] < 2:
        tie[target, sender] = 2
    if effect.to < 2 and tie[target, sender] >= 2:
        tie[target, sender] = 1


formal = st.tuples(
    st.sampled_from(["R1", "R2", "R3", "R4", "R5", "R6", "R7"]), st.permutations(STATES).map(lambda p: p[:2])
)


@settings(max_examples=40)
@given(history=st.lists(st.lists(formal, max_size=4), min_size=12, max_size=12), rung=st.integers(0, 3))
def test_any_history_of_formal_acts_keeps_the_ladder(
    ask: Ask, history: list[list[tuple[str, list[str]]]], rung: int
) -> None:
    acts = [
        act(kind, step, sender, target)
        for step, done in enumerate(history, start=1)
        for kind, (sender, target) in done
    ]
    setup = ask(acts, ("PRK", "CUB", rung), ("KOR", "NIC", 0))
    start, *later = ties_of(setup)
    expected = start.copy()
    for tie, done in zip(later, history, strict=True):
        for kind, (sender, target) in done:
            rung_after(expected, setup, STATES.index(sender), STATES.index(target), kind)
        assert is_ladder(tie)
        np.testing.assert_array_equal(tie, expected)


def test_states_choose_what_the_tie_allows_and_nothing_else(ask: Ask) -> None:
    """Four restless and indifferent states for ten years: every choosable type is chosen, none against the tie."""
    quiet = ask([], choice=True, steps=520)
    restless = quiet.policies._replace(temperature=np.full(4, 10.0), activity=np.full(4, -2.5))
    setup = replace(quiet, policies=restless)
    types, chosen = setup.codebook.types, set[str]()
    model = AllianceModel(setup)
    for _ in range(setup.scenario.steps):
        before, expected = model.world.tie.copy(), model.world.tie.copy()
        model.step()
        for sender, target, kind in model.acts:
            i, j = STATES.index(sender), STATES.index(target)
            effect = types[setup.codebook.index(kind)].tie_effect
            assert effect is None or effect.lowest <= before[i, j] <= effect.highest, (kind, before[i, j])
            rung_after(expected, setup, i, j, kind)
            chosen.add(kind)
        np.testing.assert_array_equal(model.world.tie, expected)
    assert chosen == {t.id for t in types if t.choosable}
