"""What varies in a sweep, between which ends, and the points that come of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sim.dynamics.params import Params, Policy, coefficients
from sim.errors import complain
from sim.scenario.form.items import Range
from sim.scenario.text.document import Node, Scalar
from sim.scenario.text.overlay import scalar
from sim.shapes import Float

Kind = Literal["number", "whole", "date", "listed"]


@dataclass(frozen=True)
class Factor:
    """One key that varies.

    Attributes
    ----------
    key
        Dotted key of the scenario.
    kind
        Numbers, whole numbers or dates of a range; or values from a list.
    low, high
        Ends of the range, dates as ordinals; of a list 0 and its length.
    values
        The list.
    is_log, levels
        Spread over the logarithm; number of values in a grid.
    file, line, label
        Where it is said, and how messages call it.
    """

    key: str
    kind: Kind
    low: float
    high: float
    values: tuple[Scalar, ...] = ()
    is_log: bool = False
    levels: int = 5
    file: Path | None = None
    line: int | None = None
    label: str = ""

    def at(self, unit: Float[np.ndarray, "P"]) -> np.ndarray:
        """Coded values at positions in [0, 1]: numbers as they are, dates as ordinals, lists as indices."""
        if self.kind == "number":
            if self.is_log:
                return np.exp(np.log(self.low) + unit * (np.log(self.high) - np.log(self.low)))
            return self.low + unit * (self.high - self.low)
        steps = self.high - self.low + (self.kind != "listed")
        coded = self.low + np.floor(unit * steps)
        return np.minimum(coded, self.high - (self.kind == "listed")).astype(np.int64)

    def grid(self) -> Float[np.ndarray, "L"]:
        """Positions in [0, 1] of the levels of a grid."""
        if self.kind == "listed":
            return (np.arange(len(self.values)) + 0.5) / len(self.values)
        n = self.levels if self.kind == "number" else int(min(self.levels, self.high - self.low + 1))
        return np.linspace(0.0, 1.0, n)

    def decode(self, coded: Any) -> Scalar:
        """Value that a coded value stands for."""
        if self.kind == "number":
            return float(coded)
        if self.kind == "date":
            return date.fromordinal(int(coded))
        return int(coded) if self.kind == "whole" else self.values[int(coded)]

    @property
    def ends(self) -> tuple[Scalar, ...]:
        """Values that must each be valid: those of a list, or both ends of a range."""
        return self.values or tuple(dict.fromkeys(self.decode(end) for end in (self.low, self.high)))


@dataclass(frozen=True)
class Design:
    """The points of a sweep.

    Attributes
    ----------
    method
        grid, lhs, sobol, morris or saltelli; or table for points from a file.
    factors
        What varies.
    unit
        Position of each point in the unit cube of the factors.
    table
        Coded values of a table's points, one column for each factor; of a design they follow from `unit`.
    """

    method: str
    factors: tuple[Factor, ...]
    unit: Float[np.ndarray, "P K"]
    table: tuple[np.ndarray, ...] = ()

    @cached_property
    def columns(self) -> tuple[np.ndarray, ...]:
        """Coded values, one column for each factor."""
        return self.table or tuple(f.at(u) for f, u in zip(self.factors, self.unit.T, strict=True))

    @property
    def n_points(self) -> int:
        """Number of points P."""
        return len(self.unit)

    def values(self, point: int) -> dict[str, Scalar]:
        """What stands at each key in one point."""
        return {f.key: f.decode(c[point]) for f, c in zip(self.factors, self.columns, strict=True)}


def variation(text: str, label: str) -> Node:
    """Read what stands behind ``--vary KEY=``: ``low:high[:levels][:log]``, or values with commas."""
    if ":" not in text:
        return Node([scalar(part.strip(), label) for part in text.split(",")])
    low, high, *more = (part.strip() for part in text.split(":"))
    said = {"low": low, "high": high} | {"scale" if m == "log" else "levels": m for m in more}
    if len(said) != 2 + len(more):
        raise complain("write a range as low:high, low:high:levels or low:high:levels:log", key=label)
    return Node({name: scalar(part, label) for name, part in said.items() if part})


def stated(given: Any) -> Node:
    """Read a range given in Python: a pair ``(low, high)``, a list of values, or a mapping as in a file."""
    if isinstance(given, Mapping):
        return Node({str(name): Node(value) for name, value in given.items()})
    if isinstance(given, tuple) and len(given) == 2:
        return Node({"low": Node(given[0]), "high": Node(given[1])})
    values = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    return Node([Node(value) for value in values])


def factor(key: str, given: Range | tuple[Scalar, ...], node: Node, label: str) -> Factor:
    """Build the factor of one key from what the scenario says of it.

    Raises
    ------
    InputError
        Where a range has no end, or its ends are not in order.
    """
    place = {"file": node.file, "line": node.line, "label": label}
    if not isinstance(given, Range):
        return Factor(key, "listed", 0.0, float(len(given)), tuple(given), **place)  # type: ignore[arg-type]
    ends = [given.low, given.high]
    bounds = _bounds(key)
    for k, name in enumerate(("low", "high")):
        if ends[k] is None and bounds is None:
            raise complain(f"needs a {name}: the key has no bounds of its own", file=node.file,
                           line=node.line, key=label)  # fmt: skip
        ends[k] = bounds[k] if ends[k] is None and bounds else ends[k]
    is_date = [isinstance(end, date) for end in ends]
    low, high = (float(end.toordinal() if isinstance(end, date) else end or 0.0) for end in ends)
    reason = (
        "one end is a date, the other a number" if len(set(is_date)) > 1
        else f"low {given.low} should be less than high {given.high}" if not low < high
        else "a range on a log scale lies above 0" if given.scale == "log" and (low <= 0 or is_date[0])
        else None
    )  # fmt: skip
    if reason:
        raise complain(reason, file=node.file, line=node.line, key=label)
    kind: Kind = "date" if is_date[0] else "number"
    return Factor(key, kind, low, high, (), given.scale == "log", given.levels, **place)  # type: ignore[arg-type]


def _bounds(key: str) -> tuple[float, float] | None:
    """Bounds of a coefficient of the law, as its definition has them."""
    record = {"params": Params, "policies": Policy}.get(key.partition(".")[0])
    name = key.rpartition(".")[2]
    found = [c for c in coefficients(record) if c.name == name and "low" in c.metadata] if record else []
    return (float(found[0].metadata["low"]), float(found[0].metadata["high"])) if found else None
