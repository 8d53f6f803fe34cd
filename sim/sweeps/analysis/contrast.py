"""Two points, or two runs, side by side: paired differences where both met the same chance."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import t as student

from sim.errors import complain
from sim.experiment.manifest import MANIFEST, is_file, read_manifest
from sim.experiment.store import read_table
from sim.outcomes.catalogue import WORLD, of_kind
from sim.sweeps.storage.result import FACTS, read_sweep

PAIR = ["draw", "replica"]


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    Attributes
    ----------
    name
        As the caller named it.
    rng_seed
        Root of its chance.
    step_days
        Length of a step [days]: chance is drawn step by step.
    rows
        Outcomes by draw and replica; a replica of a run is a draw of its own.
    """

    name: str
    rng_seed: int
    step_days: float
    rows: pd.DataFrame


class Difference(NamedTuple):
    """B less A of one outcome: means, and how certain the difference is, in two ways.

    `sd` is its spread over the pairs, `b_is_more` the share of pairs in which B is more: how much one history differs
    from another. `mean_low` and `mean_high` are the 95 % interval of the mean: how far that would move with more
    replicas. Unpaired, the interval is Welch's (1947), and there is neither spread nor share.
    """

    outcome: str
    a: float
    b: float
    difference: float
    sd: float
    mean_low: float
    mean_high: float
    b_is_more: float
    n: int
    is_paired: bool


def open_side(reference: str) -> Side:
    """Read one side: the folder of a run, or ``SWEEP#12`` for a point of a sweep.

    Raises
    ------
    InputError
        Where there is no such run, sweep or point.
    """
    place, sharp, number = reference.rpartition("#")
    if not sharp or any(is_file(Path(reference) / name) for name in (FACTS, MANIFEST)):
        place, sharp, number = reference, "", ""
    folder = Path(place)
    if sharp or is_file(folder / FACTS):
        return _point(reference, folder, number)
    manifest = read_manifest(folder, "run")
    if manifest is None:
        raise complain("neither a finished run nor a point of a sweep, such as SWEEP#12", file=folder)
    rows = _of_world(folder).join(_of_states(folder))
    rows.index = pd.MultiIndex.from_arrays([rows.index, np.zeros(len(rows), int)], names=PAIR)
    return Side(reference, int(manifest["rng_seed"]), _step_days(folder), rows)


def _of_world(folder: Path) -> pd.DataFrame:
    """Measures of the whole world, each summed up over the run."""
    table = read_table(folder, "measures")
    replicas, steps = table["replica"].unique(), table["step"].unique()
    saved = read_table(folder, "states", ["step"])["step"].unique()
    summed_up = {}
    for measure in WORLD:
        path = table[measure.name].to_numpy(float).reshape(replicas.size, steps.size)
        summed_up[measure.name] = measure.summed_up(path[:, saved] if measure.kind == "saved" else path)
    return pd.DataFrame(summed_up, index=replicas)


def _of_states(folder: Path) -> pd.DataFrame:
    """Measures of each state at the end, with each pole where they are of poles; one column each."""
    states = read_table(folder, "states")
    end = states[states["step"] == states["step"].max()]
    wide = dict[str, Any]()
    for measure in (*of_kind("states"), *of_kind("poles")):
        for column in (str(name) for name in states if str(name).startswith(measure.name)):
            pole = column.removeprefix(measure.name)
            by_state = end.pivot_table(index="replica", columns="state", values=column, observed=True)
            wide |= {f"{measure.name}_{state}{pole}": by_state[state] for state in by_state}
    return pd.DataFrame(wide)


def _point(reference: str, folder: Path, number: str) -> Side:
    result = read_sweep(folder)
    n = result.manifest["points"]
    if number not in map(str, range(n)):
        raise complain(f"write the point as {folder}#0 to {folder}#{n - 1}", key=reference)
    shape = result.facts["shape"]
    per_point = shape["draws"] * shape["replicas"]
    first = int(number) * per_point
    rows = result.rows(first, first + per_point).to_pandas().drop(columns="point").set_index(PAIR)
    points = result.table("points")
    days = points["step_days"].iloc[int(number)] if "step_days" in points else _step_days(folder)
    return Side(reference, int(result.facts["rng_seed"]), float(days), rows[result.outcomes])


def _step_days(folder: Path) -> float:
    return float(json.loads((folder / "scenario.json").read_text(encoding="utf-8"))["step_days"])


def compare(a: str, b: str) -> list[Difference]:
    """Differences of every outcome that both sides have: B less A.

    Runs of the same draw, replica, rng_seed and length of a step met the same chance, dyad by dyad and whoever else
    takes part, and are compared in pairs.

    Raises
    ------
    InputError
        Where a side is not there, or they have nothing in common.
    """
    first, second = open_side(a), open_side(b)
    shared = [name for name in first.rows if name in second.rows]
    pairs = first.rows.index.intersection(second.rows.index)
    met_the_same = (first.rng_seed, first.step_days) == (second.rng_seed, second.step_days)
    is_paired = met_the_same and len(pairs) > 1
    if is_paired:
        first_rows, second_rows = first.rows.loc[pairs], second.rows.loc[pairs]
    else:
        first_rows, second_rows = first.rows, second.rows
    return [_difference(str(n), first_rows[n], second_rows[n], is_paired) for n in shared]


def states_of_one(a: str, b: str) -> list[str]:
    """States that take part in one of two runs alone; of a point of a sweep it is not known.

    Figures of the whole world, such as mean affinity or the number of gestures, then are over different states.
    """
    folders = [Path(side) for side in (a, b)]
    if not all(is_file(folder / "states.parquet") for folder in folders):
        return []
    first, second = (set(read_table(folder, "states", ["state"])["state"]) for folder in folders)
    return sorted(first ^ second)


def _difference(name: str, a: pd.Series, b: pd.Series, is_paired: bool) -> Difference:
    x, y = a.to_numpy(float), b.to_numpy(float)
    if is_paired:
        good = np.isfinite(x) & np.isfinite(y)
        x, y = x[good], y[good]
        sd = float((y - x).std(ddof=1)) if x.size > 1 else np.nan
        share = float(np.mean(y > x)) if x.size else np.nan
        return _with_interval(name, x, y, sd / np.sqrt(max(x.size, 1)), x.size - 1, (sd, share))
    x, y = x[np.isfinite(x)], y[np.isfinite(y)]
    if min(x.size, y.size) < 2:
        return _with_interval(name, x, y, np.nan, 1)
    v, w = x.var(ddof=1) / x.size, y.var(ddof=1) / y.size
    free = (v + w) ** 2 / (v**2 / (x.size - 1) + w**2 / (y.size - 1)) if v + w > 0 else 1.0
    return _with_interval(name, x, y, np.sqrt(v + w), free)


def _with_interval(
    name: str,
    x: np.ndarray,
    y: np.ndarray,
    error: float,
    free: float,
    of_pairs: tuple[float, float] | None = None,
) -> Difference:
    a, b = (float(side.mean()) if side.size else np.nan for side in (x, y))
    half = float(student.ppf(0.975, max(free, 1.0)) * error)
    n = min(x.size, y.size)
    sd, share = of_pairs or (np.nan, np.nan)
    return Difference(
        name, a, b, b - a, sd, b - a - half, b - a + half, share, n, is_paired=of_pairs is not None
    )
