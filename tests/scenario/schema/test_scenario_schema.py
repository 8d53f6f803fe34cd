"""The JSON Schema says what the loader takes, and the committed file is the generated one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.dynamics.params import Params, coefficients
from sim.scenario.schema.json_schema import json_schema, schema_text, valid_keys
from sim.scenario.schema.models import Scenario

COMMITTED = Path(__file__).parents[3] / "scenarios" / "scenario.schema.json"


def records(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "Scenario", schema
    yield from schema["$defs"].items()


def test_the_committed_schema_is_the_generated_one():
    assert COMMITTED.read_text(encoding="utf-8") == schema_text(), "write it anew with `make schema`"


def test_every_key_is_explained_and_no_other_is_allowed():
    for name, record in records(json_schema()):
        assert record["additionalProperties"] is False, name
        assert record["description"], name
        for key, value in record["properties"].items():
            assert value.get("description", "").strip(), f"{name}.{key}"


def test_every_reference_leads_somewhere():
    schema = json_schema()

    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            yield from (value for key, value in node.items() if key == "$ref")
            yield from (found for value in node.values() for found in references(value))
        elif isinstance(node, list):
            yield from (found for value in node for found in references(value))

    assert {found.removeprefix("#/$defs/") for found in references(schema)} == set(schema["$defs"])


def test_the_law_is_described_by_its_own_records():
    described = json_schema()["$defs"]["Params"]["properties"]
    assert set(described) == {item.name for item in coefficients(Params)}
    for item in coefficients(Params):
        assert described[item.name]["default"] == item.default
        assert item.metadata["meaning"] in described[item.name]["description"]
        assert described[item.name].get("minimum") == item.metadata.get("low")
        assert described[item.name].get("maximum") == item.metadata.get("high")


def test_a_file_that_extends_another_may_be_incomplete():
    schema = json_schema()
    assert "required" not in schema
    assert {"required": ["extends"]} in schema["anyOf"]
    assert {"required": ["id"]} in schema["$defs"]["Act"]["anyOf"]
    assert {"required": ["sender", "target", "type"]} in schema["$defs"]["Act"]["anyOf"]


@pytest.mark.parametrize(
    ("location", "some"),
    [
        ((), {"steps", "acts", "params"}),
        (("acts", 3), {"sender", "level"}),
        (("shocks", 0), {"kind", "state"}),
        (("beliefs",), {"signals", "draws"}),
        (("beliefs", "affinities", 0), {"mean", "sd"}),
        (("params",), {"balance", "noise"}),
        (("policies", "PRK"), {"reply", "temperature"}),
        (("expect", 0, "when", "mapping"), {"step"}),
        (("expect", 0, "against"), {"without"}),
        (("record",), {"every", "dyads"}),
    ],
)
def test_the_valid_keys_of_a_place_are_known(location, some):
    assert some <= set(valid_keys(location))
    assert len(valid_keys(location)) < 40


def test_the_keys_of_the_top_level_are_the_fields():
    assert valid_keys(()) == sorted(Scenario.model_fields)
