"""Curves of a validation: reliability of the forecasts, ranks and coverage of the filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import binom

from sim.studies.result import Validation
from sim.views.drawing.sheet import BLUE, FAINT, INK, MARGIN, QUIET, VERMILLION, Sheet
from sim.views.drawing.words import SMALL

SIDE, APART, LEFT, HEAD, FOOT = 2.5, 0.75, 0.65, 0.35, 0.55  # inches
RELIABILITY = "reliability"
Records = Sequence[Mapping[str, Any]]


def _sheet(one: Validation, what: str, notes: list[str], n_panels: int) -> Sheet:
    source = "  ·  ".join([*(f"{name} {span}" for name, span in one.windows.items()), f"{one.n} cases"])
    width = LEFT + n_panels * SIDE + (n_panels - 1) * APART + MARGIN
    return Sheet(
        one.question[:1].upper() + one.question[1:], what, notes, source, max(width, 6.5), HEAD + SIDE + FOOT
    )


def draw_reliability(one: Validation) -> Figure | None:
    """Draw what forecasts said beside how often they came true; none where no curve of that is there."""
    curves = {name: records for name, records in one.curves.items() if RELIABILITY in name}
    if not curves:
        return None
    notes = [
        "Each dot: cases of like forecast that hold a tenth of all the doubt, mean forecast against the share that "
        "came true; bar: middle 90 % of what chance alone would give. On the diagonal forecasts mean what they say."
    ]
    sheet = _sheet(one, "Reliability of the forecasts", notes, len(curves))
    for p, (name, records) in enumerate(curves.items()):
        axes = sheet.axes(LEFT + p * (SIDE + APART), HEAD, SIDE, SIDE, _panel(one, name))
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, zorder=1)
        for r in records:
            chance = binom.ppf([0.05, 0.95], r["n"], min(max(r["forecast"], 1e-9), 1 - 1e-9)) / r["n"]
            axes.plot([r["forecast"]] * 2, chance, color=QUIET, linewidth=1, zorder=2)
        axes.plot(
            [r["forecast"] for r in records],
            [r["observed"] for r in records],
            "o",
            color=BLUE,
            ms=4,
            zorder=3,
        )
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel="forecast probability")
        if p == 0:
            axes.set_ylabel("share that came true")
    return sheet.figure


def _panel(one: Validation, curve: str) -> str:
    """Name of a curve less what every curve of the picture shares."""
    return " ".join(w for w in curve.split() if w not in (RELIABILITY, one.name)) or "model"


def draw_calibration(one: Validation) -> Figure | None:
    """Draw ranks of the truth and coverage of intervals; none where no ranks are there."""
    if "ranks" not in one.curves:
        return None
    ranks, coverage = one.curves["ranks"], one.curves["coverage"]
    notes = [
        "Left: rank of the truth among draws from the posterior; flat if the filter is right, band: middle 95 % of "
        "what a flat one would show in each bin. Right: share of truths inside central intervals."
    ]
    sheet = _sheet(one, "Simulation-based calibration", notes, 2)
    counts = np.array([r["count"] for r in ranks])
    low, high = (float(binom.ppf(q, counts.sum(), 1 / counts.size)) for q in (0.025, 0.975))
    left = sheet.axes(LEFT, HEAD, SIDE, SIDE, "rank of the truth, weights known")
    left.axhspan(low, high, color=FAINT, alpha=0.4, linewidth=0)
    left.bar((np.arange(counts.size) + 0.5) / counts.size, counts, 0.85 / counts.size, color=BLUE)
    left.set(xlim=(0, 1), xlabel="rank, as a share", ylabel="histories")
    right = sheet.axes(LEFT + SIDE + APART, HEAD, SIDE, SIDE, "coverage")
    right.plot([0, 1], [0, 1], color=FAINT, linewidth=1)
    nominal = [r["nominal"] for r in coverage]
    for name, colour, marker in (("weights known", BLUE, "o"), ("weights wrong", VERMILLION, "s")):
        observed = [r[name] for r in coverage]
        right.plot(nominal, observed, marker, color=colour, ms=4, label=name)
    right.set(xlim=(0, 1), ylim=(0, 1), xlabel="interval's probability", ylabel="truths inside")
    right.legend(frameon=False, fontsize=SMALL, labelcolor=INK, loc="upper left")
    return sheet.figure
