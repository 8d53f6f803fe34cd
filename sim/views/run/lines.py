"""Pictures with time along the axis: alignment with the poles, chosen dyads, acts by family."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import islice

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.shapes import Float
from sim.views.drawing.sheet import BLUE, FAINT, GREEN, LINE, PALETTE, QUIET, VERMILLION, counted, signed
from sim.views.drawing.words import clipped
from sim.views.run.basis import stroke, strokes_note
from sim.views.run.page import (
    GAP,
    HELD,
    PLOT_LEFT,
    PLOT_WIDTH,
    TIME_WIDTH,
    EndLabel,
    Page,
    end_tables,
    held_band,
    held_line,
    mark_lines,
    mark_strip,
    marks_note,
    number_axis,
    share_limits,
    strip_height,
    time_axis,
)
from sim.views.run.results import Mark, Results, day_number

LEVELS = (0.05, 0.25, 0.75, 0.95)
MAX_BANDS = 2  # more bands than these in one panel hide each other
MAX_PANELS = 6
MAX_WINDOWS = 13  # of the horizon, over which acts are counted; in short ones there are few
FAMILIES = (("gestures", BLUE), ("denials", VERMILLION), ("recognitions", GREEN))


def bands(axes: Axes, x: Sequence[float], quantiles: np.ndarray, colour: str) -> None:
    """Shade the middle 90 % and 50 %; `quantiles` has shape (4, S) after `LEVELS`."""
    for low, high, alpha in ((0, 3, 0.07), (1, 2, 0.16)):
        held_band(axes, x, quantiles[low], quantiles[high], color=colour, alpha=alpha, linewidth=0)
    for edge, line in ((0, ":"), (1, "-"), (2, "-"), (3, ":")):
        held_line(axes, x, quantiles[edge], color=colour, alpha=0.8, linewidth=0.8, linestyle=line)


def bands_note(
    results: Results, whose: str = "", edges: tuple[str, str] = (" (solid edge)", " (dotted edge)")
) -> str:
    """Say what lines and bands mean."""
    if results.n_replicas == 1:
        return "Line: the one replica; no bands and no probability can be read from it."
    middle = f"the middle 50\u00a0%{edges[0]} and 90\u00a0%{edges[1]} of them"
    return f"Line: mean of {results.n_replicas} replicas. Shaded{whose}: {middle}."


def _dashes_note(results: Results, which: str) -> str:
    return f" Dashed: scheduled acts, the dark ones {which}." if results.marks else ""


def header(results: Results, *columns: str) -> tuple[str, ...]:
    """Head the columns of the end tables; a range needs more than one replica."""
    return (*columns, "90\u00a0% range") if results.n_replicas > 1 else columns


def draw_alignment(results: Results) -> Figure | None:
    """Draw how close each state stands to each pole over time, one panel a pole; none without poles."""
    poles = dict(islice(results.scenario.poles.items(), MAX_PANELS))
    if not poles:
        return None
    n = len(results.states)
    tall = 2.0 if n <= 6 else 2.6 if n <= 16 else 3.6
    strip = strip_height(results)
    page = Page(
        results, "How close each state stands to each pole", _alignment_notes(results, int(tall / LINE)),
        TIME_WIDTH, strip + len(poles) * (tall + GAP),
    )  # fmt: skip
    mark_strip(page, results)
    panels = []
    for k, (pole, members) in enumerate(poles.items()):
        names = ", ".join(results.name(code) for code in members)
        title = clipped(f"{pole}: {names}", PLOT_WIDTH, weight="bold")
        axes = page.axes(PLOT_LEFT, strip + GAP / 2 + k * (tall + GAP), PLOT_WIDTH, tall, title)
        panels.append((axes, _alignment_panel(axes, results, pole, int(tall / LINE))))
    for axes, _ in panels:
        time_axis(axes, results, is_last=axes is panels[-1][0])
        mark_lines(axes, results)
    share_limits(panels)
    end_tables(page, panels, header(results, "", "end", "change"))
    return page.figure


def _alignment_notes(results: Results, n_rows: int) -> list[str]:
    n, banded = len(results.states), " and ".join(map(results.label, results.focus[:MAX_BANDS]))
    notes = [
        "Alignment: mean affinity between a state and the pole's other members, both ways; −1\u00a0hostile, "
        f"0\u00a0indifferent, +1\u00a0close. {bands_note(results, f' for {banded}')} {HELD}"
    ]
    if n > n_rows:
        notes.append(
            f"{n_rows} of {n} states are labelled in each panel: coloured ones, then those that moved most."
        )
    n_poles = len(results.scenario.poles)
    if n_poles > MAX_PANELS:
        notes.append(f"The first {MAX_PANELS} of {n_poles} poles.")
    return notes + results.key + marks_note(results)


def _labelled(results: Results, mean: Float[np.ndarray, "S N"], n_rows: int) -> list[int]:
    """States to name beside a panel: those in focus, then those that moved most, as far as rows go."""
    focus = [results.place[code] for code in results.focus]
    moved = np.argsort(-np.nan_to_num(np.abs(mean[-1] - mean[0])), kind="stable")
    ranked = dict.fromkeys([*focus, *(int(i) for i in moved)])
    return [i for i in ranked if np.isfinite(mean[-1, i])][:n_rows]


def _alignment_panel(axes: Axes, results: Results, pole: str, n_rows: int) -> list[EndLabel]:
    values = results.alignment(pole)
    mean, x = values.mean(axis=0), results.day_numbers
    quantiles = np.quantile(values, LEVELS, axis=0)
    colours = dict(zip(results.focus, PALETTE, strict=False))
    for i, code in enumerate(results.states):
        is_focus = code in colours
        if code in results.focus[:MAX_BANDS] and results.n_replicas > 1:
            bands(axes, x, quantiles[:, :, i], colours[code])
        held_line(
            axes, x, mean[:, i], color=colours.get(code, FAINT), linewidth=1.8 if is_focus else 0.8,
            zorder=3 if is_focus else 2,
        )  # fmt: skip
    number_axis(axes, "alignment (−1 … +1)")
    labels = []
    for i in _labelled(results, mean, n_rows):
        code = results.states[i]
        span = (quantiles[0, -1, i], quantiles[3, -1, i])
        cells = _cells(results, results.label(code), (mean[0, i], mean[-1, i]), span)
        labels.append(EndLabel(mean[-1, i], cells, colours.get(code, QUIET), code in colours))
    return labels


def _cells(results: Results, name: str, ends: Sequence[float], span: tuple[float, float]) -> tuple[str, ...]:
    """Print the row of a line: its name, end, change and, with more than one replica, its range."""
    cells = (name, signed(ends[-1]), signed(ends[-1] - ends[0]))
    return (*cells, f"{signed(span[0])} to {signed(span[1])}") if results.n_replicas > 1 else cells


def draw_dyads(results: Results) -> Figure:
    """Draw chosen affinities over time, the two directions of a pair in one panel."""
    panels, n_left = _chosen(results)
    tall, strip = 1.75, strip_height(results)
    notes = [
        "Affinity of a state toward another: −1\u00a0hostile, 0\u00a0indifferent, +1\u00a0warm. "
        f"{bands_note(results)} {HELD}{_dashes_note(results, 'between the two of the panel')}",
        *strokes_note(results, panels),
        *([f"{n_left} more chosen pairs are left out."] if n_left else []),
        *results.key,
        *marks_note(results),
    ]
    what = "Affinity of chosen pairs" if results.pairs else "Affinity of the pairs that changed most"
    height = strip + len(panels) * (tall + GAP)
    page = Page(results, what, notes, TIME_WIDTH, height)
    mark_strip(page, results)
    summary = {name: results.dyad(name) for name in ("mean", "q05", "q25", "q75", "q95")}
    drawn = []
    for k, dyads in enumerate(panels):
        title = clipped(" and ".join(map(results.name, dyads[0])), PLOT_WIDTH, weight="bold")
        axes = page.axes(PLOT_LEFT, strip + GAP / 2 + k * (tall + GAP), PLOT_WIDTH, tall, title)
        drawn.append((axes, _dyad_panel(axes, results, dyads, summary)))
        time_axis(axes, results, is_last=k == len(panels) - 1)
        mark_lines(axes, results, partial(_is_between, frozenset(dyads[0])))
    share_limits(drawn)
    end_tables(page, drawn, header(results, "", "end", "change"))
    return page.figure


def _chosen(results: Results) -> tuple[list[list[tuple[str, str]]], int]:
    """Dyads to picture, those of a pair together, at most `MAX_PANELS` pairs; and how many pairs are left."""
    groups: dict[frozenset[str], list[tuple[str, str]]] = {}
    for pair in results.pairs or _most_changed(results):
        groups.setdefault(frozenset(pair), []).append(pair)
    panels = list(groups.values())
    return panels[:MAX_PANELS], max(0, len(panels) - MAX_PANELS)


def _most_changed(results: Results) -> list[tuple[str, str]]:
    mean = results.dyad("mean")
    change = np.nan_to_num(np.abs(mean[-1] - mean[0]), nan=-1.0)
    ranked = np.argsort(-change, axis=None, kind="stable")[:MAX_PANELS]
    sender, target = np.unravel_index(ranked, change.shape)
    codes = results.states
    return [(codes[i], codes[j]) for i, j in zip(sender, target, strict=True) if i != j]


def _dyad_panel(
    axes: Axes, results: Results, dyads: Sequence[tuple[str, str]], summary: dict[str, np.ndarray]
) -> list[EndLabel]:
    labels, x = [], results.day_numbers
    for pair, colour in zip(dyads, (BLUE, VERMILLION), strict=False):
        place = (slice(None), results.place[pair[0]], results.place[pair[1]])
        mean, *quantiles = (summary[name][place] for name in ("mean", "q05", "q25", "q75", "q95"))
        if results.n_replicas > 1:
            bands(axes, x, np.stack(quantiles), colour)
        held_line(axes, x, mean, color=colour, linewidth=1.8, zorder=3, linestyle=stroke(results, pair))
        cells = _cells(
            results, results.arrow(*pair), (mean[0], mean[-1]), (quantiles[0][-1], quantiles[-1][-1])
        )
        labels.append(EndLabel(mean[-1], cells, colour, is_bold=True))
    number_axis(axes, "affinity (−1 … +1)")
    return labels


def _is_between(pair: frozenset[str], mark: Mark) -> bool:
    return mark.states == pair


def draw_acts(results: Results) -> Figure:
    """Draw how many acts of each family happen in a step: gestures, denials and recognitions."""
    tall, strip = 1.6, strip_height(results)
    notes = [
        f"Number of acts in a step of {counted(results.scenario.step_days, 'day')}, all states together, chosen and "
        f"scheduled{_window_note(results)}. {bands_note(results, edges=('', ''))}"
        f"{_dashes_note(results, 'of the family')}",
        *marks_note(results),
    ]
    page = Page(results, "Acts by family", notes, TIME_WIDTH, strip + len(FAMILIES) * (tall + GAP))
    mark_strip(page, results)
    counts = results.table("measures", [name for name, _ in FAMILIES])
    scheduled, panels = _family_of_scheduled(results), []
    for k, (family, colour) in enumerate(FAMILIES):
        values = counts[family].to_numpy(dtype=float).reshape(results.n_replicas, -1)[:, 1:]
        axes = page.axes(PLOT_LEFT, strip + GAP / 2 + k * (tall + GAP), PLOT_WIDTH, tall, family.capitalize())
        label = _acts_panel(axes, results, values, family, colour)
        time_axis(axes, results, is_last=k == len(FAMILIES) - 1)
        mark_lines(axes, results, partial(_is_of, family, scheduled))
        panels.append((axes, [label]))
    end_tables(page, panels, header(results, "", "per step", "in all"))
    return page.figure


def _is_of(family: str, families: dict[str, str], mark: Mark) -> bool:
    return families.get(mark.key) == family


def _window(results: Results) -> int:
    """Steps that are drawn as one."""
    return -(-results.scenario.steps // MAX_WINDOWS)


def _window_note(results: Results) -> str:
    n = _window(results)
    return f", averaged over {n} steps at a time" if n > 1 else ""


def _family_of_scheduled(results: Results) -> dict[str, str]:
    """Family, in the plural, of each scheduled act, where the run kept its acts."""
    if not results.has("acts"):
        return {}
    acts = results.table("acts", ["act_id", "family"]).dropna().drop_duplicates()
    return {str(key): f"{family}s" for key, family in zip(acts["act_id"], acts["family"], strict=True)}


def _acts_panel(
    axes: Axes, results: Results, values: Float[np.ndarray, "R T"], family: str, colour: str
) -> EndLabel:
    """Draw counts, one level a window."""
    scenario, n_steps = results.scenario, values.shape[1]
    begin = np.arange(0, n_steps, _window(results))
    length = np.diff([*begin, n_steps])
    rate = np.add.reduceat(values, begin, axis=1) / length
    x = [day_number(scenario.date_of(int(step))) for step in (*begin, n_steps)]
    mean, quantiles = rate.mean(axis=0), np.quantile(rate, LEVELS, axis=0)
    if results.n_replicas > 1:
        for low, high, alpha in ((0, 3, 0.12), (1, 2, 0.22)):
            band = {"baseline": quantiles[low], "alpha": alpha, "fill": True, "linewidth": 0}
            axes.stairs(quantiles[high], x, color=colour, **band)
    axes.stairs(mean, x, baseline=None, color=colour, linewidth=1.6)
    axes.set(ylim=(0, max(1.0, 1.05 * quantiles.max(), 1.05 * mean.max())), ylabel="acts per step")
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    total = values.sum(axis=1)
    least, most = np.quantile(total, (0.05, 0.95))
    cells = [family, f"{mean.mean():.2f}", f"{total.mean():.0f}"]
    cells += [f"{least:.0f} to {most:.0f}"] if results.n_replicas > 1 else []
    return EndLabel(mean[-1], tuple(cells), colour, is_bold=True)
