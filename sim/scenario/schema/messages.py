"""What pydantic found wrong, or could not find, said in the house's words with file, line and key."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import ValidationError

from sim.errors import Problem, shorten, suggest
from sim.scenario.files.places import find, place, problem_at
from sim.scenario.files.yaml import MAX_PROBLEMS, Location, Node
from sim.scenario.schema.items import CODE, SLUG
from sim.scenario.schema.json_schema import valid_keys

_WORDS = {
    "bool_type": "should be true or false",
    "date_type": "should be a date such as 2024-01-31",
    "dict_type": "should be a mapping of keys to values",
    "finite_number": "should be a finite number",
    "float_type": "should be a number",
    "int_type": "should be a whole number",
    "model_type": "should be a mapping of keys to values",
    "string_type": "should be text",
    "tuple_type": "should be a list",
}
_PATTERNS = {
    CODE: "should be a code of 2 to 8 capital letters and digits, such as PRK",
    SLUG: "should be a slug of at most 64 small letters, digits, - and _",
}


def problems_of(error: ValidationError, tree: Node) -> list[Problem]:
    """Turn the errors of a validation into problems placed in the document they come from."""
    problems: list[Problem] = []
    for item in error.errors(include_url=False)[:MAX_PROBLEMS]:
        location = tuple(part for part in item["loc"] if part != "[key]")
        problems.append(problem_at(tree, location, _reason(item, location)))
    return problems


def unknown_keys(error: ValidationError) -> list[Location]:
    """List where a validation met keys that no field has."""
    return [item["loc"] for item in error.errors(include_url=False) if item["type"] == "extra_forbidden"]


def cut_texts(tree: Node) -> list[Problem]:
    """Find sentences that a comment ends, in silence: what stands behind the ``#`` may have been meant as text."""
    names, expected = (find(tree, (key,)) for key in ("names", "expect"))
    places: list[Location] = [("question",)]
    if names is not None and isinstance(names.value, dict):
        places += [("names", code) for code in names.value]
    if expected is not None and isinstance(expected.value, list):
        places += [("expect", k, "why") for k in range(len(expected.value))]
    reason = (
        "ends before the #, where a comment begins; put the text in quotes, or the comment on its own line"
    )
    return [problem_at(tree, at, reason) for at in places if place(tree, at)[0].is_cut]


def _reason(item: Any, location: Location) -> str:
    kind, given = item["type"], item["input"]
    if kind == "extra_forbidden":
        return f"unknown key{suggest(location[-1], valid_keys(location[:-1]))}"
    if kind == "missing":
        return "is required" if isinstance(location[-1], str) else f"should have {location[-1] + 1} items"
    pattern = item.get("ctx", {}).get("pattern", "")
    reason = _WORDS.get(kind) or _PATTERNS.get(pattern) or _own_words(item["msg"])
    is_scalar = given is None or isinstance(given, str | int | float | date)
    return f"{reason}, not {_value_text(given)}" if is_scalar and kind != "value_error" else reason


def _own_words(message: str) -> str:
    for superfluous in ("Value error, ", "Input ", "Tuple ", " after validation"):
        message = message.replace(superfluous, "")
    return shorten(message, 200)


def _value_text(value: object) -> str:
    if value is None:
        return "empty"
    return shorten(str(value).lower() if isinstance(value, bool) else value) or "an empty text"
