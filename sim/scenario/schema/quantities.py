"""A quantity: what is asked of two states, or of a state and a pole, at one moment.

Expectations, outcomes of a sweep, and whatever else asks about states hold one. The docstring of each field is the
manual and the JSON Schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from sim.scenario.schema.coefficients import Strict


def _iso_date(value: Any) -> Any:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _branch(value: Any) -> str:
    return "mapping" if isinstance(value, Mapping | Strict) else "end" if value == "end" else "date"


Date = Annotated[date, BeforeValidator(_iso_date)]


class AtStep(Strict):
    """A moment named by its step."""

    step: Annotated[int, Field(ge=0, le=20_000)]
    """Number of steps done: 0 is the start."""


class Quantity(Strict):
    """What, of whom, when."""

    quantity: Literal["affinity", "alignment", "same_bloc"]
    """affinity a of [sender, target]; alignment of [state, pole]; same_bloc (1 or 0) of [state, state]."""
    who: Annotated[tuple[str, str], Field(strict=False)]
    """Two names: [sender, target], [state, pole] or [state, state] after the quantity."""
    when: Annotated[
        Annotated[Date, Tag("date")]
        | Annotated[Literal["end"], Tag("end")]
        | Annotated[AtStep, Tag("mapping")],
        Discriminator(_branch),
    ] = "end"
    """A date, {step: n}, or end."""

    @property
    def name(self) -> str:
        """Of its column: `affinity_PRK_CUB`, `same_bloc_CUB_PRK`, `alignment_PRK_moscow`.

        Of a moment other than the end with ``_at_<date>`` or ``_at_step_<n>`` behind.
        """
        when = self.when
        at = f"_at_step_{when.step}" if isinstance(when, AtStep) else "" if when == "end" else f"_at_{when}"
        who = sorted(self.who) if self.quantity == "same_bloc" else self.who
        return f"{self.quantity}_{'_'.join(who)}{at}"
