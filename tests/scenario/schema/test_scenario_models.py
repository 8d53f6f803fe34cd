"""The record itself: dates and steps, policies, what is left out, and its rules without any file."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.dynamics.params import Params, Policy, coefficients
from sim.errors import InputError
from sim.scenario.load import canonical_json
from sim.scenario.schema.models import Expectation, Scenario
from sim.scenario.schema.rules import refuse_contradictions

ACT = {"sender": "PRK", "target": "CUB", "type": "G1"}
EXPECTED = {"quantity": "same_bloc", "who": ["PRK", "CUB"], "direction": "higher", "probability": 0.5}


def scenario(**given: object) -> Scenario:
    values = {"name": "a", "question": "q", "start": "2024-01-31", "steps": 20, "states": ["PRK", "CUB"]}
    return refuse_contradictions(Scenario.model_validate(values | {"codebook": "seeds"} | given))


@given(st.integers(1, 300), st.integers(1, 366), st.data())
def test_a_step_covers_the_days_after_the_one_before(steps, step_days, data):
    made = scenario(steps=steps, step_days=step_days)
    step = data.draw(st.integers(1, steps))
    first, last = made.date_of(step - 1) + timedelta(days=1), made.date_of(step)
    assert made.step_of(first) == made.step_of(last) == step
    assert (last - first).days == step_days - 1


def test_the_start_belongs_to_the_first_step():
    made = scenario()
    assert made.step_of(made.start) == 1
    assert made.date_of(0) == made.start
    assert made.date_of(20) == made.end == date(2024, 6, 19)


@pytest.mark.parametrize("day", [date(2024, 1, 30), date(2024, 6, 20)])
def test_a_date_outside_the_horizon_has_no_step(day):
    with pytest.raises(InputError, match="outside the horizon"):
        scenario().step_of(day)


@pytest.mark.parametrize("step", [-1, 21])
def test_a_step_outside_the_horizon_has_no_date(step):
    with pytest.raises(InputError, match=r"outside 0\.\.20"):
        scenario().date_of(step)


@pytest.mark.parametrize(
    ("when", "step"),
    [("end", 20), ({"step": 0}, 0), ({"step": 7}, 7), (date(2024, 1, 31), 0), (date(2024, 2, 1), 1)],
)
def test_an_expectation_is_judged_after_so_many_steps(when, step):
    made = scenario(expect=[{**EXPECTED, "when": when}])
    assert made.step_when(made.expect[0]) == step


def test_an_act_happens_in_the_step_of_its_date():
    made = scenario(acts=[{**ACT, "date": "2024-02-14"}, {**ACT, "step": 9}])
    assert [made.step_of_item(act) for act in made.acts] == [2, 9]


def test_what_is_left_out_is_not_played():
    made = scenario(
        acts=[{**ACT, "id": "a", "step": 1}, {**ACT, "step": 2}],
        shocks=[{"id": "b", "step": 1, "kind": "capability", "state": "CUB", "by": 1}],
    )
    assert [act.id for act in made.acts_played] == ["a", None]
    assert [act.id for act in made.leaving_out("a").acts_played] == [None]
    assert made.leaving_out("a").leaving_out("b").shocks_played == ()
    assert made.leaving_out("a").acts == made.acts


def test_a_state_behaves_by_its_own_policy_then_the_default_then_the_law():
    made = scenario(policies={"default": {"reply": 1, "activity": -2}, "PRK": {"reply": 2}})
    assert made.policy_of("PRK") == Policy(reply=2, activity=-2)
    assert made.policy_of("CUB") == Policy(reply=1, activity=-2)
    assert scenario().policy_of("PRK") == Policy()


@pytest.mark.parametrize("record", [Params, Policy])
def test_every_coefficient_of_the_law_can_be_given_within_its_bounds(record):
    def made(name: str, value: object) -> Scenario:
        given = {name: value}
        return scenario(params=given) if record is Params else scenario(policies={"PRK": given})

    for item in coefficients(record):
        if "low" not in item.metadata:
            continue
        for edge in (item.metadata["low"], item.metadata["high"]):
            result = made(item.name, edge)
            settled = result.params if record is Params else result.policy_of("PRK")
            assert getattr(settled, item.name) == edge
        for beyond in (item.metadata["low"] - 0.01, item.metadata["high"] * 1.01 + 1):
            with pytest.raises(ValidationError):
                made(item.name, beyond)


def test_the_record_is_frozen_and_refuses_contradictions_without_a_file():
    with pytest.raises(ValidationError, match="frozen"):
        scenario().steps = 3
    with pytest.raises(InputError, match=r"acts\.0\.target: unknown state KOR"):
        scenario(acts=[{**ACT, "target": "KOR", "step": 1}])


def test_a_shock_of_each_kind_is_accepted():
    pair = {"sender": "PRK", "target": "CUB", "step": 1}
    made = scenario(
        shocks=[
            {**pair, "kind": "affinity", "by": -0.5},
            {**pair, "kind": "level", "to": 1.5},
            {**pair, "kind": "tie", "to": 3},
            {"kind": "capability", "state": "CUB", "to": 0, "step": 1},
        ]
    )
    assert [shock.kind for shock in made.shocks] == ["affinity", "level", "tie", "capability"]


_pairs = st.permutations(["PRK", "CUB", "KOR"]).map(lambda codes: {"sender": codes[0], "target": codes[1]})
_floats = st.floats(-1e12, 1e12)
_acts = st.builds(lambda pair, step: {**pair, "type": "G1", "step": step}, _pairs, st.integers(1, 20))
_shocks = st.builds(
    lambda pair, by, kind: {**pair, "by": by, "kind": kind, "step": 1},
    _pairs, _floats, st.sampled_from(["affinity", "level"]),
)  # fmt: skip
_scenarios = st.fixed_dictionaries(
    {"states": st.permutations(["PRK", "CUB", "KOR"])},
    optional={
        "question": st.text(st.characters(categories=("L", "N", "P")), min_size=1),
        "rng_seed": st.integers(0, 2**63 - 1),
        "acts": st.lists(_acts, max_size=3),
        "shocks": st.lists(_shocks, max_size=3),
        "capability": st.dictionaries(st.sampled_from(["PRK", "CUB"]), st.floats(0, 1e12)),
        "params": st.fixed_dictionaries({}, optional={"noise": st.floats(0, 1), "squash": st.just("linear")}),
        "choice": st.booleans(),
        "resolution": st.floats(0, 1e12),
    },
)


@given(_scenarios)
def test_a_scenario_survives_canonical_json_bit_for_bit(given):
    made = scenario(**given)
    text = canonical_json(made)
    again = Scenario.model_validate_json(text)
    assert again == made
    assert canonical_json(again) == text


@given(_scenarios, st.randoms())
def test_the_order_of_keys_is_no_matter(given, random):
    keys = list(given)
    random.shuffle(keys)
    assert canonical_json(scenario(**{key: given[key] for key in keys})) == canonical_json(scenario(**given))


def test_a_full_expectation_is_kept_as_said():
    made = scenario(
        poles={"north": ["PRK"]}, expect=[{**EXPECTED, "quantity": "alignment", "who": ["CUB", "north"]}]
    )
    assert made.expect[0] == Expectation(
        quantity="alignment", who=("CUB", "north"), direction="higher", probability=0.5
    )
