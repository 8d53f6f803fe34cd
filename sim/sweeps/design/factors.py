"""What varies in a sweep, between which ends, and the points that come of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sim.dynamics.params import Params, Policy, coefficients
from sim.errors import complain, shorten
from sim.scenario.files.overrides import scalar
from sim.scenario.files.yaml import Node, Scalar
from sim.scenario.schema.items import Range
from sim.shapes import Float

Kind = Literal["number", "whole", "date", "listed"]
EXACT = 2**53  # beyond it the neighbours of a whole number are no floating-point numbers
WIDE = "is a whole number beyond 64 bits"
EDGE = 1e-9  # how near to the next value a position counts as that: 1/49 · 49 is less than 1


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
        The list; `None` stands for the key's default.
    is_log, levels
        Spread over the logarithm; number of values in a grid.
    checks
        Code and value of each cell or item that must be valid by itself, and its line.
    file, line, label
        Where the key is written, and how messages call it.
    """

    key: str
    kind: Kind
    low: float
    high: float
    values: tuple[Scalar, ...] = ()
    is_log: bool = False
    levels: int = 5
    checks: tuple[tuple[float, Scalar, int | None], ...] = ()
    file: Path | None = None
    line: int | None = None
    label: str = ""

    def at(self, unit: Float[np.ndarray, "P"]) -> np.ndarray:
        """Coded values at positions in [0, 1]: numbers as they are, dates as ordinals, lists as indices.

        Whole numbers, dates and listed values each have an equal part of [0, 1]; whole numbers on a log scale
        that from half a unit below to half a unit above on the logarithm.
        """
        if self.kind == "number":
            return self._number_at(unit)
        last = self.high - (self.kind == "listed")
        if self.is_log:
            low, high = self._log_cells
            coded = np.floor(np.exp(low + unit * (high - low)) + 0.5)
        else:
            coded = self.low + np.floor(unit * (last - self.low + 1) + EDGE)
        return np.clip(coded, self.low, last).astype(np.int64)

    def _number_at(self, unit: Float[np.ndarray, "P"]) -> Float[np.ndarray, "P"]:
        if self.is_log:
            spread = np.exp(np.log(self.low) + unit * (np.log(self.high) - np.log(self.low)))
        else:
            spread = self.low + unit * (self.high - self.low)
        inside = np.clip(spread, self.low, self.high)  # rounding may lead past an end, or not up to it
        return np.select([unit <= 0, unit >= 1], [self.low, self.high], inside)

    @property
    def _log_cells(self) -> tuple[float, float]:
        """Logarithms between which whole numbers on a log scale have their parts."""
        return float(np.log(self.low - 0.5)), float(np.log(self.high + 0.5))

    def grid(self) -> Float[np.ndarray, "L"]:
        """Positions in [0, 1] of the levels of a grid, no two of which have one value."""
        if self.kind == "listed":
            return (np.arange(len(self.values)) + 0.5) / len(self.values)
        if self.kind == "number":
            return np.linspace(0.0, 1.0, self.levels)
        n = int(min(self.levels, self.high - self.low + 1))
        if not self.is_log:
            return np.linspace(0.0, 1.0, n)
        order = np.arange(n)
        rounded = np.round(np.geomspace(self.low, self.high, n))
        values = np.maximum.accumulate(rounded - order) + order  # what rounds alike gives way upwards
        low, high = self._log_cells
        return (np.log(values) - low) / (high - low)

    def decode(self, coded: Any) -> Scalar:
        """Value that a coded value stands for."""
        if self.kind == "number":
            return float(coded)
        if self.kind == "date":
            return date.fromordinal(int(coded))
        return int(coded) if self.kind == "whole" else self.values[int(coded)]

    @property
    def ends(self) -> tuple[Scalar, ...]:
        """Both ends of a range, which must each be valid."""
        return tuple(dict.fromkeys(self.decode(end) for end in (self.low, self.high)))


@dataclass(frozen=True)
class Design:
    """The points of a sweep.

    Attributes
    ----------
    method
        Name of the design, of `sim.sweeps.design.layouts.LAYOUTS`; or table for points from a file.
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
        """Value of each key in one point."""
        return {f.key: f.decode(c[point]) for f, c in zip(self.factors, self.columns, strict=True)}


def range_of_text(text: str, label: str) -> Node:
    """Read what stands behind ``--vary KEY=``: ``low:high[:levels][:log]``, or values with commas."""
    if ":" not in text:
        return Node([scalar(part.strip(), label) for part in text.split(",")])
    low, high, *more = (part.strip() for part in text.split(":"))
    fields = {"low": low, "high": high} | {"scale" if m == "log" else "levels": m for m in more}
    if len(fields) != 2 + len(more):
        raise complain("write a range as low:high, low:high:levels or low:high:levels:log", key=label)
    return Node({name: scalar(part, label) for name, part in fields.items() if part})


def range_of_value(variation: Any) -> Node:
    """Read a range given in Python: a pair ``(low, high)``, a list of values, or a mapping as in a file."""
    if isinstance(variation, tuple) and len(variation) == 2:
        return Node({"low": _node(variation[0]), "high": _node(variation[1])})
    node = _node(variation)
    return node if isinstance(node.value, dict | list) else Node([node])


def _node(variation: Any) -> Node:
    if isinstance(variation, Mapping):
        return Node({str(name): _node(value) for name, value in variation.items()})
    if isinstance(variation, np.ndarray | np.generic):
        return _node(variation.tolist())
    if isinstance(variation, Sequence) and not isinstance(variation, str):
        return Node([_node(value) for value in variation])
    return Node(variation)


def factor(key: str, variation: Range | tuple[Scalar, ...], node: Node, label: str) -> Factor:
    """Build the factor of one key from what the scenario says of it.

    Raises
    ------
    InputError
        Where a range has no end, or its ends are not in order.
    """
    place = {"file": node.file, "line": node.line, "label": label}
    if not isinstance(variation, Range):
        return _listed(key, tuple(variation), node, label)
    ends = [variation.low, variation.high]
    bounds = _bounds(key)
    for k, name in enumerate(("low", "high")):
        if ends[k] is None and bounds is None:
            raise complain(f"needs a {name}: the key has no bounds of its own", file=node.file,
                           line=node.line, key=label)  # fmt: skip
        ends[k] = bounds[k] if ends[k] is None and bounds else ends[k]
    is_date = [isinstance(end, date) for end in ends]
    low, high = (float(end.toordinal() if isinstance(end, date) else end or 0.0) for end in ends)
    reason = (
        "whole numbers beyond 2^53 are not exact as ends of a range; list the values" if _is_inexact(node)
        else "one end is a date, the other a number" if len(set(is_date)) > 1
        else f"low {variation.low} should be less than high {variation.high}" if not low < high
        else "is wider than a number can hold" if not isfinite(high - low)
        else "a range on a log scale lies above 0" if variation.scale == "log" and (low <= 0 or is_date[0])
        else None
    )  # fmt: skip
    if reason:
        raise complain(reason, file=node.file, line=node.line, key=label)
    kind: Kind = "date" if is_date[0] else "number"
    return Factor(key, kind, low, high, (), variation.scale == "log", variation.levels, **place)  # type: ignore[arg-type]


def _listed(key: str, values: tuple[Scalar, ...], node: Node, label: str) -> Factor:
    items = node.value if isinstance(node.value, list) else [node] * len(values)
    lines = [item.line if item.file else None for item in items]
    checks = tuple((float(k), v, line) for k, (v, line) in enumerate(zip(values, lines, strict=True)))
    if wide := [(v, line) for _, v, line in checks if is_wide(v)]:
        raise complain(f"{shorten(wide[0][0])} {WIDE}", file=node.file, line=wide[0][1], key=label)
    return Factor(key, "listed", 0.0, float(len(values)), values, checks=checks, file=node.file, line=node.line,
                  label=label)  # fmt: skip


def is_wide(value: Scalar) -> bool:
    """Whether a value is a whole number beyond 64 bits."""
    return isinstance(value, int) and not -(2**63) <= value < 2**63


def _is_inexact(node: Node) -> bool:
    ends = node.value.values() if isinstance(node.value, dict) else ()
    return any(isinstance(end.value, int) and abs(end.value) > EXACT for end in ends)


def _bounds(key: str) -> tuple[float, float] | None:
    """Bounds of a coefficient of the law, as its definition has them."""
    record = {"params": Params, "policies": Policy}.get(key.partition(".")[0])
    name = key.rpartition(".")[2]
    result = [c for c in coefficients(record) if c.name == name and "low" in c.metadata] if record else []
    return (float(result[0].metadata["low"]), float(result[0].metadata["high"])) if result else None
