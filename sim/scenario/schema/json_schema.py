"""The JSON Schema of scenario files, for editors and for naming the nearest valid key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from sim.scenario.files.yaml import Location
from sim.scenario.schema.models import Scenario

Schema = dict[str, Any]

REQUIRED = ("question", "start", "steps", "states")


def json_schema() -> Schema:
    """Describe scenario files as a JSON Schema (draft 2020-12), with every field's meaning.

    An overlay or an abstract file may lack the required keys, and an item with an `id` may give only
    the fields it changes in the base; the loader checks what the files say together.
    """
    schema = _tidy(_raw())
    schema.pop("required")
    is_abstract = {"properties": {"abstract": {"const": True}}, "required": ["abstract"]}
    schema["anyOf"] = [{"required": list(REQUIRED)}, {"required": ["extends"]}, is_abstract]
    for part in schema["$defs"].values():
        if "id" in part.get("properties", {}):
            part["anyOf"] = [{"required": part.pop("required")}, {"required": ["id"]}]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Scenario", **schema}


def schema_text() -> str:
    """Give the JSON Schema as the text of its file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def valid_keys(location: Location) -> list[str]:
    """List the keys that a mapping at a location of a scenario file may have.

    Parts of a location that only name the branch of a union, as in pydantic's errors, are passed over.
    """
    reached = list(_expand(_raw()))
    for part in location:
        below = [child for node in reached for child in _children(node, part)]
        reached = [expanded for child in below for expanded in _expand(child)] or reached
    return sorted({key for node in reached for key in node.get("properties", {})})


@cache
def _raw() -> Schema:
    return Scenario.model_json_schema()


def _expand(node: Schema) -> Iterator[Schema]:
    if "$ref" in node:
        yield from _expand(_raw()["$defs"][node["$ref"].rpartition("/")[2]])
    yield node
    for child in (*node.get("oneOf", ()), *node.get("anyOf", ())):
        yield from _expand(child)


def _children(node: Schema, part: str | int) -> Iterator[Schema]:
    if isinstance(part, int):
        yield from (node[key] for key in ("items",) if key in node)
    elif part in node.get("properties", {}):
        yield node["properties"][part]
    elif isinstance(node.get("additionalProperties"), dict):
        yield node["additionalProperties"]


def _tidy(node: Any) -> Any:
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: _tidy(value) for key, value in node.items() if key != "title" or not isinstance(value, str)}
