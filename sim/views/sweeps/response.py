"""How outcomes follow what varies: response curves of single keys, and probability of a bloc over two."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from sim.sweeps.analysis.effects import MAX_LEVELS, Axis, coarser, surface
from sim.views.drawing.sheet import BLUE, FAINT, INK, MARGIN, PAPER, QUIET
from sim.views.drawing.words import SMALL, clipped, widest
from sim.views.sweeps.study import Study, key_title, outcome_name

WIDE, TALL = 1.75, 1.15  # inches of one panel
MAX_ROWS, MAX_COLUMNS, MAX_MAPS = 8, 5, 4
CELL = 0.46
MAX_JOINED = 8  # levels of a key in a heat map, where neighbours are joined so that cells hold enough points
POINTS_PER_CELL = 8
LEAST_MAP = 2.4  # inches that the heading of a heat map needs


def draw_curves(study: Study) -> Figure | None:
    """Draw each outcome's mean along each key, with the 95 % interval of that mean over the points."""
    curves = study.table("curves")
    names, keys = study.outcomes[:MAX_ROWS], study.strongest[:MAX_COLUMNS]
    by_key = {axis.key: axis for axis in study.axes}
    labels = [outcome_name(name) for name in names]
    left, step = MARGIN + max(widest(labels, weight="bold"), 0.5) + 0.6, WIDE + 0.25
    notes = ["Mean over the points at each level of a key, whatever the others are; shaded its 95\u00a0% interval. "
             "All points meet the same draws and the same chance: how levels differ is surer than where they lie. "
             "Panels of a row share their scale."]  # fmt: skip
    sheet = study.sheet(
        "How outcomes follow each key", notes, left + step * len(keys) + MARGIN,
        0.35 + (TALL + 0.25) * len(names) + 0.45,
    )  # fmt: skip
    for row, name in enumerate(names):
        own = curves[curves["outcome"] == name]
        own = own[own["key"].isin(keys)]
        low, high = _span(own)
        top = 0.35 + row * (TALL + 0.25)
        sheet.write(MARGIN, top + TALL / 2, labels[row], weight="bold", va="center")
        for column, key in enumerate(keys):
            title = key_title(key, WIDE) if row == 0 else ""
            axes = sheet.axes(left + column * step, top, WIDE, TALL, title)
            _curve(axes, own[own["key"] == key], by_key[key])
            axes.set_ylim(low, high)
            axes.yaxis.set_major_locator(MaxNLocator(3))
            axes.ticklabel_format(axis="y", useOffset=False)
            axes.tick_params(labelleft=column == 0, labelbottom=row == len(names) - 1)
    return sheet.figure if names and keys else None


def _span(rows: pd.DataFrame) -> tuple[float, float]:
    ends = rows[["low", "high", "mean"]].to_numpy()
    ends = ends[np.isfinite(ends)]
    if not ends.size:
        return 0.0, 1.0
    span = float(np.ptp(ends))
    room = 0.08 * span if span > 1e-6 else 0.01  # what nothing moves is a line in the middle
    return float(ends.min()) - room, float(ends.max()) + room


def _curve(axes: Axes, rows: pd.DataFrame, axis: Axis) -> None:
    x, mean = rows["x"].to_numpy(float), rows["mean"].to_numpy(float)
    low, high = rows["low"].to_numpy(float), rows["high"].to_numpy(float)
    if axis.scale == "listed":
        for spot, y, bottom, end in zip(x, mean, low, high, strict=True):
            axes.plot([spot, spot], [bottom, end], color=BLUE, linewidth=1.2)
            axes.plot(spot, y, "o", color=BLUE, markersize=4)
        room = WIDE / len(axis.names)
        axes.set_xlim(-0.5, len(axis.names) - 0.5)
        axes.set_xticks(
            range(len(axis.names)), [clipped(name, room, SMALL) for name in axis.names], size=SMALL
        )
    else:
        axes.fill_between(x, low, high, color=BLUE, alpha=0.2, linewidth=0)
        axes.plot(x, mean, color=BLUE, linewidth=1.5)
        _number_ticks(axes, axis)
    axes.grid(axis="y", color=FAINT, linewidth=0.4)


def _number_ticks(axes: Axes, axis: Axis) -> None:
    """Name the ends of a range, and its middle where one is, so that no two names touch."""
    if axis.scale == "log":
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
    last = len(axis.x) - 1
    spots = np.log(axis.x) if axis.scale == "log" else axis.x
    share = (spots - spots[0]) / (np.ptp(spots) or 1.0)
    middle = int(np.argmin(np.abs(share - 0.5)))
    short = _shortened(axis.names)
    has_room = abs(share[middle] - 0.5) < 0.15 and widest(short.values(), SMALL) < 0.3 * WIDE
    chosen = sorted({0, middle, last} if has_room else {0, last})
    names = [clipped(short[axis.names[k]], 0.48 * WIDE, SMALL) for k in chosen]
    axes.set_xticks([float(axis.x[k]) for k in chosen], names, size=SMALL)
    ticks = axes.get_xticklabels()
    ticks[0].set_horizontalalignment("left")
    ticks[-1].set_horizontalalignment("right")


def _shortened(names: Iterable[str]) -> dict[str, str]:
    """Numbers by so few digits that different ones stay different, whole ones in full; other names as they are."""
    known = set(names)
    short: dict[str, str] = {}
    for digits in range(2, 18):
        short = {name: _short(name, digits) for name in known}
        if len(set(short.values())) == len(known):
            break
    return short


def _short(name: str, digits: int) -> str:
    try:
        return name if name.lstrip("-").isdecimal() else f"{float(name):.{digits}g}"
    except ValueError:
        return name


def draw_heat(study: Study) -> Figure | None:
    """Draw how probable a shared bloc is over the two keys that explain most of it; none without such."""
    names = study.together[:MAX_MAPS]
    if not names or len(study.axes) < 2:
        return None
    maps = [_pair(study, name) for name in names]
    left = MARGIN + max(_reach(_ticks(first)) for first, _ in maps) + 0.4
    step = left + max(CELL * max(len(second.names) for _, second in maps), LEAST_MAP)
    tall = [
        CELL * max(len(first.names) for first, _ in maps[k : k + 2]) + 1.0 for k in range(0, len(maps), 2)
    ]
    sheet = study.sheet(
        "How probable a shared bloc is",
        ["Share of runs in which both stand in one bloc, over the two keys that explain most of it, "
         "whatever the others are; grey where no point lies."],
        min(len(maps), 2) * step + MARGIN, 0.3 + sum(tall),
    )  # fmt: skip
    for k, (name, (first, second)) in enumerate(zip(names, maps, strict=True)):
        size = CELL * len(second.names), CELL * len(first.names)
        axes = sheet.axes(left + k % 2 * step, 0.3 + sum(tall[: k // 2]), *size, outcome_name(name))
        _map(axes, first, second, surface(first, second, study.means(name)))
    return sheet.figure


def _pair(study: Study, name: str) -> tuple[Axis, Axis]:
    effects = study.table("effects")
    share = effects[effects["outcome"] == name].set_index("key")["share"].fillna(0.0)
    ranked = sorted(study.axes, key=lambda axis: -float(share.get(axis.key, 0.0)))
    most = int(np.clip((study.result.manifest["points"] / POINTS_PER_CELL) ** 0.5, 2, MAX_JOINED))
    if study.result.facts["design"] == "grid":
        most = MAX_LEVELS  # every cell holds as many points as any other
    second, first = (coarser(axis, most) for axis in ranked[:2])
    return first, second


def _ticks(axis: Axis) -> list[str]:
    """Names of the levels, a range on two lines."""
    if axis.scale == "listed":
        return [clipped(name, 0.9, SMALL) for name in axis.names]
    parts = [name.split("–") for name in axis.names]
    short = _shortened(part for both in parts for part in both)
    return ["–\n".join(short[part] for part in both) for both in parts]


def _reach(ticks: list[str]) -> float:
    return widest((line for tick in ticks for line in tick.split("\n")), SMALL)


def _map(axes: Axes, first: Axis, second: Axis, share: np.ndarray) -> None:
    axes.set_facecolor(FAINT)
    axes.pcolormesh(np.ma.masked_invalid(share), cmap="Blues", vmin=0, vmax=1, edgecolor=PAPER, linewidth=0.5)
    for (i, j), value in np.ndenumerate(share):
        if np.isfinite(value):
            axes.text(j + 0.5, i + 0.5, f"{value:.2f}".lstrip("0") or "0", size=SMALL, ha="center",
                      va="center_baseline", color=PAPER if value > 0.6 else INK)  # fmt: skip
    axes.set_yticks(np.arange(len(first.names)) + 0.5, _ticks(first), size=SMALL)
    ticks = _ticks(second)
    turn = 90 if _reach(ticks) > CELL else 0
    axes.set_xticks(np.arange(len(second.names)) + 0.5, ticks, size=SMALL, rotation=turn)
    axes.set_xlabel(second.key, color=QUIET)
    axes.set_ylabel(clipped(first.key, max(CELL * len(first.names), 1.2)), color=QUIET)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
