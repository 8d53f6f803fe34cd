"""The records of the law as parts of a scenario file: fields, bounds and manual derived, never restated."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from typing import Annotated, Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, create_model
from pydantic_core import CoreSchema, core_schema

from sim.dynamics.params import Params, Policy, coefficients


class Strict(BaseModel):
    """A frozen record of a scenario file: no unknown keys, no silent conversion, no NaN or infinity."""

    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True
    )


class _Derived:
    """Read a mapping as a record of `sim.dynamics.params`, within the bounds of its metadata."""

    def __init__(self, record: type[Params] | type[Policy], *, is_partial: bool) -> None:
        self.record, self.is_partial = record, is_partial
        self.model = _model_of(record)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = core_schema.no_info_after_validator_function(
            self._record_of, handler.generate_schema(self.model)
        )
        return core_schema.no_info_before_validator_function(
            _mapping_of, inner, serialization=core_schema.plain_serializer_function_ser_schema(_mapping_of)
        )

    def _record_of(self, given: BaseModel) -> Any:
        return given.model_dump(exclude_unset=True) if self.is_partial else self.record(**given.model_dump())


def _mapping_of(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def _model_of(record: type[Params] | type[Policy]) -> type[Strict]:
    types = get_type_hints(record)
    made: dict[str, Any] = {}
    for item in coefficients(record):
        about = item.metadata
        text = f"{about['meaning']} [{about['unit']}] ({about['source']})."
        made[item.name] = (
            types[item.name],
            Field(item.default, ge=about.get("low"), le=about.get("high"), description=text),
        )
    return create_model(record.__name__, __base__=Strict, __doc__=record.__doc__, **made)


LawParams = Annotated[Params, _Derived(Params, is_partial=False)]
"""All coefficients of the law; what the file leaves out has its default."""

PolicyPatch = Annotated[dict[str, float], _Derived(Policy, is_partial=True)]
"""Only those fields of a `Policy` that the file gives."""
