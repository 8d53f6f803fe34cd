"""The records of the law as parts of a scenario file: fields, bounds and manual derived, never restated."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, is_dataclass
from functools import partial
from typing import Annotated, Any, get_type_hints

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    create_model,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from sim.dynamics.params import PRESETS, Params, Policy, coefficients
from sim.errors import shorten, suggest


class Strict(BaseModel):
    """A frozen record of a scenario file: no unknown keys, no silent conversion, no NaN or infinity."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        defer_build=True,  # only what is read is built, each record once, within the one that holds it
    )

    @model_validator(mode="before")
    @classmethod
    def _take_null_for_the_default(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        fields = cls.model_fields
        return {
            key: value
            for key, value in given.items()
            if value is not None or key not in fields or fields[key].is_required()
        }


def known(words: Collection[str], word: str) -> str:
    """Give a word back that is one of a closed list; else name the nearest that is."""
    if word not in words:
        raise ValueError(f"unknown value {shorten(word)}{suggest(word, words)}")
    return word


def listed(words: Collection[str]) -> Any:
    """Tell editors which words a closed list has."""
    return Field(json_schema_extra={"enum": list(words)})


PresetName = Annotated[str, AfterValidator(partial(known, PRESETS)), listed(PRESETS)]


class _Derived:
    """Read a mapping as a record of `sim.dynamics.params`, within the bounds of its metadata."""

    def __init__(self, record: type[Params] | type[Policy], *, is_partial: bool, **more: Any) -> None:
        self.record, self.is_partial = record, is_partial
        self.model = _model_of(record, more)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = core_schema.no_info_after_validator_function(
            self._record_of, handler.generate_schema(self.model)
        )
        return core_schema.no_info_before_validator_function(
            _mapping_of, inner, serialization=core_schema.plain_serializer_function_ser_schema(_mapping_of)
        )

    def _record_of(self, given: BaseModel) -> Any:
        if self.is_partial:
            return given.model_dump(exclude_unset=True, exclude_none=True)
        return self.record(**given.model_dump())


def _mapping_of(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def _model_of(record: type[Params] | type[Policy], more: dict[str, Any]) -> type[Strict]:
    types = get_type_hints(record)
    fields: dict[str, Any] = dict(more)
    for item in coefficients(record):
        about = item.metadata
        text = f"{about['meaning']} [{about['unit']}] ({about['source']})."
        fields[item.name] = (
            types[item.name],
            Field(item.default, ge=about.get("low"), le=about.get("high"), description=text),
        )
    return create_model(record.__name__, __base__=Strict, __doc__=record.__doc__, **fields)


LawParams = Annotated[Params, _Derived(Params, is_partial=False)]
"""All coefficients of the law; what the file leaves out has its default."""

_PRESET = Field(
    None,
    description="A named way to behave, which the other fields given here override: "
    + "; ".join(f"{name}: {preset.meaning} ({preset.source})" for name, preset in PRESETS.items())
    + ".",
)

PolicyPatch = Annotated[
    dict[str, float | str],
    _Derived(Policy, is_partial=True, preset=(PresetName | None, _PRESET)),
    BeforeValidator(lambda given: {} if given is None else given),
]
"""The preset and those fields of a `Policy` that the file gives; null: none."""
