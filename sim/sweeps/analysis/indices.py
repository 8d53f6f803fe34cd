"""Sensitivity indices of screening designs, by SALib: Sobol's of a Saltelli sample, Morris's of trajectories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from sim.shapes import Float
from sim.sweeps.design.layouts import MORRIS_LEVELS

SEED = 1  # of the resampling behind the intervals; SALib takes 0 for none


class Index(NamedTuple):
    """One index of one key for one outcome, with half the width of its 95 % interval.

    S1 is the share of variance that a key explains alone, ST with all its interactions (Saltelli 2010);
    mu_star is the mean size of its elementary effects over the range, sigma their spread (Morris 1991).
    """

    outcome: str
    key: str
    measure: str
    value: float
    half: float


def indices(
    method: str, keys: Sequence[str], unit: Float[np.ndarray, "P K"], outcome: str, y: Float[np.ndarray, "P"],
    levels: int = MORRIS_LEVELS,
) -> list[Index]:  # fmt: skip
    """Indices of every key; none where the design has none, or the outcome does not vary.

    Trajectories, or groups of a Saltelli sample, in which a point failed are left out. `levels` is
    the number of positions of each key in a Morris design.
    """
    n_keys = len(keys)
    size = {"saltelli": n_keys + 2, "morris": n_keys + 1}.get(method)
    if size is None:
        return []
    whole = np.isfinite(y).reshape(-1, size).all(axis=1).repeat(size)
    unit, y = unit[whole], y[whole].astype(float)
    if y.size < 2 * size or not np.ptp(y):
        return []
    problem = {"num_vars": n_keys, "names": list(keys), "bounds": [[0, 1]] * n_keys}
    values = _sobol(problem, y) if method == "saltelli" else _morris(problem, unit, y, levels)
    return [
        Index(outcome, key, name, float(value[k]), float(half[k]))
        for name, (value, half) in values.items()
        for k, key in enumerate(keys)
    ]


def _sobol(problem: dict[str, Any], y: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    from SALib.analyze import sobol

    with np.errstate(invalid="ignore", divide="ignore"):
        result = sobol.analyze(problem, y, calc_second_order=False, num_resamples=200, seed=SEED)
    return {name: (result[name], result[f"{name}_conf"]) for name in ("S1", "ST")}


def _morris(
    problem: dict[str, Any], unit: np.ndarray, y: np.ndarray, levels: int
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    from SALib.analyze import morris

    result = morris.analyze(problem, unit, y, num_levels=levels, num_resamples=200, seed=SEED)
    nothing = np.full(len(problem["names"]), np.nan)
    return {
        "mu_star": (np.asarray(result["mu_star"]), np.asarray(result["mu_star_conf"])),
        "mu": (np.asarray(result["mu"]), nothing),
        "sigma": (np.asarray(result["sigma"]), nothing),
    }
