"""Quantities as recorded runs give them."""

from __future__ import annotations

import numpy as np

from sim.experiment.ensemble import Plan
from sim.experiment.replica import Record
from sim.scenario.schema.quantities import Quantity
from sim.scenario.setup import Setup
from sim.shapes import Float


def evaluate(
    quantity: Quantity, setup: Setup, layout: Plan, record: Record, step: int | None = None
) -> Float[np.ndarray, "R"]:
    """A quantity in each replica, at its own moment or at another saved step."""
    row = layout.row[setup.scenario.step_when(quantity) if step is None else step]
    first, second = quantity.who
    i = setup.place[first]
    if quantity.quantity == "alignment":
        pole = list(setup.scenario.poles).index(second)
        return record.of("alignment")[:, row, pole, i].copy()  # lets the rest go
    j = setup.place[second]
    if quantity.quantity == "same_bloc":
        return (record.bloc[:, row, i] == record.bloc[:, row, j]).astype(float)
    return record.affinity[:, row, i, j].copy()
