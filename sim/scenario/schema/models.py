"""What a scenario file may say: the question as one frozen record.

The docstring of each field is the manual and the JSON Schema; `sim.scenario.schema.items` has the parts that
come in lists, `sim.scenario.schema.rules` the rules between fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from sim.dynamics.params import PRESETS, Params, Policy
from sim.errors import complain
from sim.scenario.schema.coefficients import LawParams, PolicyPatch, Strict
from sim.scenario.schema.items import (
    MAX_WEIGHT,
    Act,
    AffinityStatement,
    Code,
    Expectation,
    Pair,
    Rows,
    Shock,
    Slug,
    Step,
    Text,
    Tie,
    Variation,
)
from sim.scenario.schema.quantities import AtStep, Date, Quantity

FolderName = Annotated[str, Field(min_length=1, max_length=1000)]

Reading = Literal["main", "rival"]
Weight = Annotated[
    float, Field(ge=0, le=MAX_WEIGHT), BeforeValidator(lambda given: 1.0 if given is None else given)
]


def _branch(value: Any) -> str:
    return "each" if isinstance(value, Mapping) else "all"


class Beliefs(Strict):
    """What is believed of the affinities when the scenario starts."""

    signals: FolderName | None = None
    """Folder of coded signals, relative to this file, such as ../seeds; none: the prior alone."""
    as_of: Date | None = None
    """Signals up to this date count, their belief carried to the start; by default the start, never later."""
    reading: Annotated[
        Annotated[Reading, Tag("all")] | Annotated[dict[str, Reading], Tag("each")],
        Discriminator(_branch),
    ] = "main"
    """Which reading of the traps in the sources: one for all, or {trap: reading}, the rest being main."""
    background: FolderName = "public"
    """What every pair rests on before any signal: public, which is what public data and the shipped public record say
    on `as_of`; levels, the data alone; none, the same prior for all; or a CSV file of further facts, relative to this
    file, in the columns of the public record."""
    draws: Annotated[int, Field(ge=1, le=1000)] = 32
    """Number of draws of the codebook's uncertain weights."""
    affinities: Rows[AffinityStatement] = ()
    """Direct statements, which replace the prior of their dyads."""


class Record(Strict):
    """How much of a run is kept."""

    every: Annotated[int, Field(ge=1, le=20_000)] = 4
    """States, blocs and dyads are saved every so many steps, and at the last."""
    dyads: Rows[Pair] = ()
    """[sender, target] pairs to picture."""
    acts: bool = True
    """Keep the table of acts."""


class Sweep(Strict):
    """How a sweep varies the scenario: points x draws x replicas, with common random numbers."""

    vary: dict[Annotated[str, Field(min_length=1, max_length=200)], Variation] = Field(default_factory=dict)
    """What varies, by dotted key as in --set: {low, high} or a list of values, null being the key's default.

    Any key will do, acts included: params.balance, policies.CUB.preset, acts.ID.on, .date, .type.
    """
    design: Annotated[str, Field(min_length=1, max_length=1000)] = "lhs"
    """A design, such as lhs or grid (docs/sweeps.md has all); or a CSV file of points, relative to this file."""
    points: Annotated[int, Field(ge=1, le=10_000_000)] = 128
    """Number of points asked for; a grid has its own, others round it to what their design needs."""
    draws: Annotated[int, Field(ge=1, le=10_000)] = 8
    """Draws from belief at every point; the same ones at all points."""
    replicas: Annotated[int, Field(ge=1, le=100_000)] = 4
    """Stochastic copies of every draw; the same chance at all points."""
    paths: bool = False
    """Keep every measure at every step, not only the outcomes."""


class Scenario(Strict):
    """One question put to the model: where it starts, what happens, what is expected."""

    name: Slug
    """Short name, used for the folder of its results; by default the file's own name."""
    question: Text
    """The question in one sentence; the pictures carry it as their title."""
    abstract: bool = False
    """A base for others to extend: may lack question, start, steps or states, and cannot be run."""
    extends: FolderName | None = None
    """Scenario file, in this folder or below, whose values hold where this file says nothing."""
    start: Date
    """Date of the start, step 0."""
    steps: Step
    """Number of steps."""
    step_days: Annotated[int, Field(ge=1, le=366)] = 7
    """Length of a step [days]."""
    replicas: Annotated[int, Field(ge=1, le=1_000_000)] = 200
    """Number of stochastic copies."""
    rng_seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 0
    """Root of all randomness."""
    states: Annotated[tuple[Code, ...], Field(strict=False, max_length=500)]
    """Codes of the states that take part: ISO 3166 alpha-3 codes, or codes declared in `names`."""
    names: dict[Code, Text] = Field(default_factory=dict)
    """Display names by code; a code that is not ISO 3166 must be declared here."""
    beliefs: Beliefs = Beliefs()
    """What is believed of the affinities at the start."""
    codebook: FolderName | None = None
    """Folder with codebook.csv and kinds.csv, relative to this file; only when `beliefs.signals` names none."""
    acts: Rows[Act] = ()
    """Acts that are made to happen."""
    shocks: Rows[Shock] = ()
    """Dated changes that are nobody's act."""
    ties: Rows[Tie] = ()
    """Formal ties at the start that differ from the standing facts."""
    capability: dict[Code, Weight] = Field(default_factory=dict)
    """Weight of each state, divided by their sum; a state left out weighs 1."""
    poles: dict[Slug, Rows[Code]] = Field(default_factory=dict)
    """Named sets of states against which alignment is measured."""
    params: LawParams = Params()
    """Coefficients of the law."""
    policies: dict[str, PolicyPatch] = Field(default_factory=dict)
    """How states behave: `default` for all, a code for one; each a preset, single fields, or both."""
    choice: bool = True
    """States act of their own; false: only what the scenario makes happen."""
    resolution: Annotated[float, Field(ge=0, le=1e12)] = 0.1
    """γ of the blocs: the tie weight above which two states belong together."""
    record: Record = Record()
    """What a run keeps."""
    without: Rows[Slug] = ()
    """Ids of acts and shocks to leave out."""
    expect: Rows[Expectation] = ()
    """What the author expects."""
    sweep: Sweep = Sweep()
    """What `sim sweep` varies; a single run does not look at it."""

    @property
    def as_of(self) -> date:
        """Last date whose signals count."""
        return self.beliefs.as_of or self.start

    @property
    def end(self) -> date:
        """Date at the end of the last step: start + steps · step_days."""
        return self.start + timedelta(days=self.steps * self.step_days)

    @property
    def acts_played(self) -> tuple[Act, ...]:
        """Acts that happen, in file order: those that are on and that `without` does not name."""
        left_out = set(self.without)
        return tuple(act for act in self.acts if act.on and act.id not in left_out)

    @property
    def shocks_played(self) -> tuple[Shock, ...]:
        """Shocks that happen, in file order: those that are on and that `without` does not name."""
        left_out = set(self.without)
        return tuple(shock for shock in self.shocks if shock.on and shock.id not in left_out)

    def leaving_out(self, act_id: str) -> Scenario:
        """Give the same scenario with one act or shock left out, for a contrast with this one."""
        return self.model_copy(update={"without": (*self.without, act_id)})

    def policy_of(self, code: str) -> Policy:
        """Give the policy of a state.

        Its own fields count first, then those of its preset, then the fields and the preset of
        `default`, then the law's defaults.
        """
        fields: dict[str, Any] = {}
        for who in ("default", code):
            own = dict(self.policies.get(who, {}))
            preset = own.pop("preset", None)
            fields |= {**(PRESETS[str(preset)].policy if preset else {}), **own}
        return replace(Policy(), **fields)

    def date_of(self, step: int) -> date:
        """Give the date at the end of a step: start + step · step_days, for step 0..steps.

        Raises
        ------
        InputError
            When the step is not in the horizon.
        """
        if not 0 <= step <= self.steps:
            raise complain(f"step {step} is outside 0..{self.steps}")
        return self.start + timedelta(days=step * self.step_days)

    def step_of(self, day: date) -> int:
        """Give the step in which a dated act happens: ⌈(day - start)/step_days⌉, at least 1.

        Step k covers (start + (k-1)·step_days, start + k·step_days].

        Raises
        ------
        InputError
            When the date is not in the horizon [start, end].
        """
        if not self.start <= day <= self.end:
            raise complain(f"{day} is outside the horizon {self.start}..{self.end}")
        return max(1, -(-(day - self.start).days // self.step_days))

    def step_of_item(self, item: Act | Shock) -> int:
        """Give the step in which an act or shock of this scenario happens, counted from 1."""
        return item.step if item.step is not None else self.step_of(item.date or self.start)

    def step_when(self, quantity: Quantity) -> int:
        """Give the number of steps after which a quantity is asked for, 0..steps."""
        when = quantity.when
        if isinstance(when, AtStep):
            return when.step
        if isinstance(when, date):
            return 0 if when == self.start else self.step_of(when)
        return self.steps
