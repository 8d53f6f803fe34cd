"""The parts of a scenario file that come in lists: acts, shocks, ties, statements, expectations.

The docstring of each field is the manual and the JSON Schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from sim.scenario.schema.coefficients import Strict, known, listed
from sim.scenario.schema.quantities import Date, Quantity
from sim.signals.codebook import AUDIENCE, LEVEL, PROMINENCE

T = TypeVar("T")

SLUG = r"^[a-z0-9][a-z0-9_-]{0,63}$"
MAX_WEIGHT = 1e12  # of a state, before all are divided by their sum
CODE = r"^[A-Z][A-Z0-9]{1,7}$"


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    if not line or not line.isprintable():
        raise ValueError("should be printable text without control characters")
    return line


def _side(value: Any) -> str:
    return "mapping" if isinstance(value, Mapping | Strict) else "word"


Slug = Annotated[str, Field(pattern=SLUG)]
Code = Annotated[str, Field(pattern=CODE)]
Text = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_one_line)]
Rows = Annotated[tuple[T, ...], Field(strict=False)]  # a list in the file, a tuple in the frozen record
Pair = Annotated[tuple[Code, Code], Field(strict=False)]
Step = Annotated[int, Field(ge=1, le=20_000)]
Rung = Annotated[int, Field(ge=0, le=3)]
Level = Annotated[str, AfterValidator(partial(known, LEVEL)), listed(LEVEL)]
Prominence = Annotated[str, AfterValidator(partial(known, PROMINENCE)), listed(PROMINENCE)]
Audience = Annotated[str, AfterValidator(partial(known, AUDIENCE)), listed(AUDIENCE)]


class AffinityStatement(Strict):
    """What is believed of one directed affinity at the start, stated outright: it replaces the prior."""

    sender: Code
    """The state whose feeling it is."""
    target: Code
    """The state it is felt toward."""
    mean: Annotated[float, Field(gt=-1, lt=1)]
    """Most likely affinity a = tanh θ, in (-1, 1)."""
    sd: Annotated[float, Field(gt=0, le=10)]
    """Standard deviation on the θ scale."""


class _Dated(Strict):
    id: Slug | None = None
    """Name by which `without`, `expect`, overlays and --set speak of it."""
    date: Date | None = None
    """Day on which it happens; give either the date or the step."""
    step: Step | None = None
    """Step in which it happens, counted from 1."""
    on: bool = True
    """false: it does not happen, as if `without` named it."""


class Act(_Dated):
    """An act that is made to happen: a gesture, a denial or a recognition."""

    sender: Code
    """The state that acts."""
    target: Code
    """The state it is done to."""
    third: Code | None = None
    """The state it is done about, if any: kept in the table of acts, read by no rule."""
    type: Annotated[str, Field(min_length=1, max_length=64)]
    """Act type: an id of the codebook, such as G1."""
    level: Level | None = None
    """Who acts for the sender; blank has multiplier 1."""
    prominence: Prominence | None = None
    """Where it is printed; blank has multiplier 1."""
    audience: Audience | None = None
    """Who is to see it; blank has multiplier 1."""


class Shock(_Dated):
    """A dated change from outside that is nobody's act."""

    kind: Literal["affinity", "level", "capability", "tie"]
    """What changes: affinity θ_ij, its long-run level m_ij, a state's capability, or a formal tie."""
    sender: Code | None = None
    """For affinity, level and tie: the state whose feeling or tie it is."""
    target: Code | None = None
    """For affinity, level and tie: the state it is felt toward or held with."""
    state: Code | None = None
    """For capability: the state whose weight changes."""
    by: Annotated[float, Field(ge=-MAX_WEIGHT, le=MAX_WEIGHT)] | None = None
    """Added to θ, m or the weight (which stays at least 0); give either by or to."""
    to: Annotated[float, Field(ge=-MAX_WEIGHT, le=MAX_WEIGHT)] | None = None
    """New value: of θ or m; of the weight, at least 0; of the tie, 0 none to 3 resident embassy."""


class Tie(Strict):
    """A formal tie at the start, overriding what the standing facts say."""

    sender: Code
    """The state that holds the tie."""
    target: Code
    """The state it is held with."""
    tie: Rung
    """0 none, 1 recognised, 2 relations, 3 resident embassy."""


class WithoutAct(Strict):
    """A comparison with the same run, the same chance included, with one act or shock left out."""

    without: Slug
    """Id of the act or shock left out."""


class Expectation(Quantity):
    """What the author expects of a quantity, in a form that a run can confirm or refute."""

    id: Slug | None = None
    """Name by which overlays and --set speak of it."""
    against: Annotated[
        Annotated[Literal["start"], Tag("word")] | Annotated[WithoutAct, Tag("mapping")],
        Discriminator(_side),
    ] = "start"
    """Compared with its value at the start, or in the run {without: id}."""
    direction: Literal["higher", "lower", "same"]
    """How the quantity compares."""
    margin: Annotated[float, Field(ge=0)] = 0.0
    """Least difference that counts as higher or lower; for same, the half-width, above 0."""
    probability: Annotated[float, Field(ge=0, le=1)]
    """Least share of replicas in which it must hold."""
    why: Text | None = None
    """The reason to expect it, and its source."""


def _once(reason: str) -> WrapValidator:
    """Say once what a value should be, not once for each kind that it is none of."""

    def checked(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(value)
        except ValidationError as error:
            raise PydanticCustomError("no_plain_value", "{reason}", {"reason": reason}) from error

    return WrapValidator(checked)


End = Annotated[float | date | None, _once("should be a finite number or a date")]


class Range(Strict):
    """Values of a key that a sweep varies, from a low to a high end."""

    low: End = None
    """Least value: a number or a date; left out: the coefficient's own lower bound."""
    high: End = None
    """Greatest value; left out: the coefficient's own upper bound."""
    scale: Literal["linear", "log"] = "linear"
    """log: evenly spread over the logarithm, for ranges of several orders of magnitude above 0."""
    levels: Annotated[int, Field(ge=2, le=1000)] = 5
    """Number of values in a grid, evenly spread over the range."""


def _shape(value: Any) -> str:
    return "range" if isinstance(value, Mapping | Strict) else "values"


Value = Annotated[
    bool | int | float | date | str | None,
    _once("should be a finite number, a date, text, true, false or null"),
]
Values = Annotated[tuple[Value, ...], Field(strict=False, min_length=1, max_length=10_000)]
Variation = Annotated[
    Annotated[Range, Tag("range")] | Annotated[Values, Tag("values")], Discriminator(_shape)
]
