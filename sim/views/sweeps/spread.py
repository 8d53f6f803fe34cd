"""Where the spread of each outcome comes from, and which key moves it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from sim.views.drawing.sheet import BLUE, FAINT, INK, MARGIN, ORANGE, PALETTE, PAPER, QUIET, darker
from sim.views.drawing.words import SMALL, clipped, widest
from sim.views.sweeps.study import Study, key_title, outcome_name

ROW = 0.3  # inches
SOURCES = {"parameters": BLUE, "belief": ORANGE, "chance": FAINT}
LEAST_TOLD = 0.06  # a smaller share has no room for its number
DOTS = 1.5  # inches of a panel of dots
HEAD = 0.35


def draw_shares(study: Study) -> Figure | None:
    """Draw, for each outcome, the share of its variance due to parameters, belief and chance."""
    shares = study.table("shares").dropna()
    names = [name for name in study.outcomes if name in set(shares["outcome"])]
    if not names:
        return None
    labels = [outcome_name(name) for name in names]
    left, wide = MARGIN + widest(labels) + 0.15, 5.2
    notes = [
        "Parameters: what varies between points. Belief: what the signals leave open, between draws. Chance: "
        "what differs between replicas of one draw. The whiskers are 95\u00a0% intervals of where a share ends.",
    ]
    sheet = study.sheet(
        "Where the spread comes from", notes, left + wide + 0.6, HEAD + ROW * len(names) + 0.5
    )
    axes = sheet.axes(left, HEAD, wide, ROW * len(names))
    for row, name in enumerate(names):
        _bar(axes, row, _by_name(shares[shares["outcome"] == name], "source"))
    axes.set(xlim=(0, 1), ylim=(len(names) - 0.4, -0.6))
    axes.set_yticks(range(len(names)), labels)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("share of the variance of single runs")
    x = left
    for source, colour in SOURCES.items():
        sheet.write(x, HEAD - 0.3, "■", color=colour)
        sheet.write(x + 0.14, HEAD - 0.3, source)
        x += 1.1
    return sheet.figure


def _by_name(rows: pd.DataFrame, column: str) -> dict[str, dict[str, float]]:
    """The numbers of each row, by what stands in one column."""
    numbers = rows.select_dtypes("number").to_dict("records")
    return {str(name): dict(row) for name, row in zip(rows[column], numbers, strict=True)}  # type: ignore[arg-type]


def _bar(axes: Axes, row: int, own: dict[str, dict[str, float]]) -> None:
    begin = 0.0
    for source, colour in SOURCES.items():
        share = own[source]["share"]
        axes.barh(row, share, 0.62, begin, color=colour, edgecolor=PAPER, linewidth=0.8)
        if share > LEAST_TOLD:
            ink = INK if source != "parameters" else PAPER
            axes.text(begin + share / 2, row, f"{share:.0%}", ha="center", va="center_baseline", color=ink,
                      size=SMALL)  # fmt: skip
        begin += share
        if source != "chance":
            half = (own[source]["high"] - own[source]["low"]) / 2
            whisker = [max(0.0, begin - half), min(1.0, begin + half)]
            axes.plot(whisker, [row + 0.4] * 2, color=darker(colour), linewidth=1.0, clip_on=False)


def draw_effects(study: Study) -> Figure | None:
    """Draw how much of each outcome each key explains: Sobol's or Morris's indices, or main effects."""
    design = study.result.facts["design"]
    table, shown_as, note = _measures(study, design)
    names = [name for name in study.outcomes if name in set(table["outcome"])]
    keys = study.strongest
    if not names or not keys:
        return None
    labels = [clipped(outcome_name(name), 1.9) for name in names]
    left = MARGIN + widest(labels) + 0.15
    top = HEAD + 0.1
    sheet = study.sheet(
        "What each key explains", [note], left + (DOTS + 0.25) * len(keys) + MARGIN,
        top + ROW * len(names) + 0.55,
    )  # fmt: skip
    for k, key in enumerate(keys):
        own = table[table["key"] == key]
        title = key_title(key, DOTS + 0.1)
        axes = sheet.axes(left + k * (DOTS + 0.25), top, DOTS, ROW * len(names), title)
        _dots(axes, own, names, shown_as)
        axes.set_yticks(range(len(names)), labels if k == 0 else [""] * len(names))
        if design != "morris":
            axes.set_xlim(-0.1, 1.1)
            axes.xaxis.set_major_formatter(PercentFormatter(1.0))
            axes.set_xticks([0, 0.5, 1])
        else:
            axes.set_xlim(*_reach(table[table["outcome"].isin(names) & table["measure"].isin(shown_as)]))
            axes.xaxis.set_major_locator(MaxNLocator(3))
    x = MARGIN
    for colour, text in zip(PALETTE, shown_as.values(), strict=False):
        sheet.write(x, top + ROW * len(names) + 0.3, "●", color=colour)
        sheet.write(x + 0.14, top + ROW * len(names) + 0.3, text, color=QUIET)
        x += widest([text]) + 0.5
    return sheet.figure


def _reach(table: pd.DataFrame) -> tuple[float, float]:
    """One scale for all keys, so that they compare."""
    most = float(np.nanmax(table[["value", "high"]].to_numpy(), initial=0.1))
    return -0.08 * most, 1.05 * most


def _measures(study: Study, design: str) -> tuple[pd.DataFrame, dict[str, str], str]:
    """Rows of outcome, key, measure, value, low, high; what each measure is; and how to read it."""
    if design in ("saltelli", "morris"):
        table = study.table("indices")
        table = table.assign(low=table["value"] - table["half"], high=table["value"] + table["half"])
        if design == "saltelli":
            text = {"S1": "alone (S1)", "ST": "with its interactions (ST)"}
            return table, text, "Sobol's indices of the points' means, with 95\u00a0% intervals."
        text = {"mu_star": "mean size μ* of its effects over the range", "sigma": "their spread σ"}
        note = "Elementary effects after Morris: far right matters; σ beside μ* says that it depends on the others."
        return _scaled(study, table), text, note + " Each outcome in units of its spread between points."
    table = study.table("effects").rename(columns={"share": "value"}).assign(measure="share")
    note = "Share of the variance between points that each key explains alone, with 95\u00a0% intervals."
    return table, {"share": "main effect"}, note


def _scaled(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    scale = table["outcome"].map({name: np.nanstd(study.means(name)) or np.nan for name in study.outcomes})
    return table.assign(**{name: table[name] / scale for name in ("value", "low", "high")})


def _dots(axes: Axes, own: pd.DataFrame, names: list[str], shown_as: dict[str, str]) -> None:
    for k, (measure, colour) in enumerate(zip(shown_as, PALETTE, strict=False)):
        rows = _by_name(own[own["measure"] == measure], "outcome")
        shift = 0.22 * (k - (len(shown_as) - 1) / 2)
        for row, name in enumerate(names):
            estimate = rows.get(name)
            if estimate is None or np.isnan(estimate["value"]):
                continue
            axes.plot([estimate["low"], estimate["high"]], [row + shift] * 2, color=colour, linewidth=1.0)
            axes.plot(estimate["value"], row + shift, "o", color=colour, markersize=4)
    for row in range(len(names)):
        axes.axhline(row + 0.5, color=FAINT, linewidth=0.4, zorder=0.4)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.axvline(0.0, color=QUIET, linewidth=0.6, zorder=0.5)
    axes.spines["left"].set_visible(False)
