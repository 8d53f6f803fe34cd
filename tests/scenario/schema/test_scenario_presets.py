"""Named ways to behave in a scenario file: what overrides what, what is said of a wrong name, what is kept."""

from __future__ import annotations

import json

import pytest

from sim.dynamics.params import PRESETS, Policy, coefficients
from sim.errors import InputError
from sim.scenario.load import canonical_json, check, load_scenario
from sim.scenario.schema.json_schema import json_schema
from sim.scenario.schema.models import Scenario
from sim.scenario.schema.rules import refuse_contradictions


def scenario(**policies: object) -> Scenario:
    values = {
        "name": "a",
        "question": "q",
        "start": "2024-01-31",
        "steps": 20,
        "states": ["PRK", "CUB", "KOR"],
    }
    return refuse_contradictions(
        Scenario.model_validate(values | {"codebook": "seeds", "policies": policies})
    )


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_fields_of_a_policy_within_their_bounds(name):
    fields = {item.name: item for item in coefficients(Policy)}
    preset = PRESETS[name]
    assert preset.policy
    for field, value in preset.policy.items():
        about = fields[field].metadata
        assert about["low"] <= value <= about["high"]
        assert value != fields[field].default, f"{field} differs from nothing"
    assert any(character.isdigit() for character in preset.source), "a source has its year"
    assert scenario(PRK={"preset": name}).policy_of("PRK") == Policy(**preset.policy)


def test_own_fields_then_own_preset_then_those_of_default():
    made = scenario(
        default={"preset": "patron", "reply": 0.7, "temperature": 3, "audience_cost": 9},
        PRK={"preset": "hedger", "temperature": 0.8},
        CUB={"vigilance": 0.5},
    )
    patron, hedger = (dict(PRESETS[name].policy) for name in ("patron", "hedger"))
    default = {**patron, "reply": 0.7, "temperature": 3, "audience_cost": 9}
    assert made.policy_of("PRK") == Policy(**{**default, **hedger, "temperature": 0.8})
    assert made.policy_of("PRK").audience_cost == hedger["audience_cost"]
    assert made.policy_of("CUB") == Policy(**{**default, "vigilance": 0.5})
    assert made.policy_of("KOR") == Policy(**default)


def test_the_law_reads_the_preset(write, good):
    from sim.scenario.setup import resolve

    text = good + "policies:\n  CUB: {preset: suitor, reply: 2}\n"
    setup = resolve(load_scenario(write(text)))
    cuba = setup.place["CUB"]
    assert setup.policies.activity[cuba] == PRESETS["suitor"].policy["activity"]
    assert setup.policies.reply[cuba] == 2
    assert setup.policies.activity[setup.place["PRK"]] == Policy().activity


def test_overlays_and_set_change_a_preset_and_null_clears_it(write, good):
    write(good + "policies: {CUB: {preset: hedger, temperature: 0.8}}\n", "base.yaml")
    over = write("extends: base.yaml\npolicies: {CUB: {preset: patron}}\n", "over.yaml")
    patron = dict(PRESETS["patron"].policy)
    assert load_scenario(over).scenario.policy_of("CUB") == Policy(**patron, temperature=0.8)
    suitor = {**PRESETS["suitor"].policy, "temperature": 0.8}
    changed = load_scenario(over, ["policies.CUB.preset=suitor"]).scenario
    assert changed.policy_of("CUB") == Policy(**suitor)
    cleared = load_scenario(over, ["policies.CUB.preset=null"]).scenario
    assert cleared.policy_of("CUB") == Policy(temperature=0.8)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{preset: hedgr}", "policies.CUB.preset: unknown value hedgr; did you mean hedger?"),
        ("{preset: zzz}", "valid: balancer, bandwagoner, hedger, patron, suitor"),
        ("{preset: 3}", "policies.CUB.preset: should be text, not 3"),
        ("{pre: hedger}", "policies.CUB.pre: unknown key; did you mean preset?"),
        ("{preset: hedger, temperature: 0}", "policies.CUB.temperature"),
    ],
)
def test_a_wrong_preset_is_told_with_its_line_and_the_nearest(write, good, given, said):
    path = write(good + f"policies:\n  CUB: {given}\n")
    [problem] = check(path)
    assert said in str(problem)
    assert problem.line == good.count("\n") + 2
    with pytest.raises(InputError, match=r"policies\.CUB"):
        load_scenario(path)


def test_canonical_json_keeps_the_preset_as_it_was_said():
    made = scenario(PRK={"temperature": 0.8, "preset": "hedger"}, default={"preset": None, "reply": 1})
    text = canonical_json(made)
    assert json.loads(text)["policies"] == {
        "PRK": {"preset": "hedger", "temperature": 0.8},
        "default": {"reply": 1.0},
    }
    again = Scenario.model_validate_json(text)
    assert again == made
    assert canonical_json(again) == text
    assert text == canonical_json(
        scenario(default={"reply": 1}, PRK={"preset": "hedger", "temperature": 0.8})
    )


def test_the_schema_names_every_preset_and_what_it_means():
    described = json_schema()["$defs"]["Policy"]["properties"]["preset"]
    [words] = [part["enum"] for part in described["anyOf"] if "enum" in part]
    assert words == list(PRESETS)
    for name, preset in PRESETS.items():
        assert f"{name}: {preset.meaning} ({preset.source})" in described["description"]
