"""Axelrod & Bennett's landscapes of two camps: firms, great powers, nations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import complain
from sim.history.frames import Column, read_frame
from sim.network.solvers.landscape import Landscape, landscape
from sim.studies.published.case import exactly, within
from sim.studies.result import Score

FOLDER = "axelrod_bennett_1993"
ROUNDING = 0.005  # sizes are printed with two decimals
N_ROUNDINGS = 30
REALIST_BAND = (198, 226)  # minima of the 17 nations over all sizes that round to the printed ones
GREAT_POWERS = ("Britain", "France", "Germany", "Italy", "Soviet Union")
MINIMA = (
    {"Britain", "France", "Germany"},
    {"Britain", "France", "Italy"},
    {"Britain", "Germany", "Italy"},
    {"Britain", "Soviet Union"},
)


def landscape_cases(data: Path) -> list[Score]:
    """Every landscape that can be rebuilt from what the article prints."""
    numbers = _numbers(data)
    size = Column("number", 0)
    firms = read_frame(
        data / FOLDER / "unix1988_table2.csv",
        {"firm": Column(), "size": size, "type_S_specialist_G_generalist": Column(allowed=("S", "G")),
         "config1_side": Column("whole"), "config2_side": Column("whole")},
    )  # fmt: skip
    column = "size_pct_world_capability_1936"
    nations = read_frame(data / FOLDER / "europe1936_table1.csv", {"nation": Column(), column: size})
    sizes = dict(zip(nations.nation, nations[column], strict=True))
    return [
        *_firms(firms, numbers),
        *_powers(sizes),
        _nations(np.array(list(sizes.values())), numbers),
    ]


def _numbers(data: Path) -> Mapping[str, float]:
    """The printed numbers that are compared, by name."""
    file = data / FOLDER / "published_numbers.json"
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
        low, high = sorted(float(size) for size in read["unix"]["basins"])
        return {
            "minima": float(read["unix"]["local_minima"]),
            "energy": float(read["unix"]["energy_each_minimum"]),
            "smaller": low,
            "larger": high,
            "realist": float(read["realist_17_all_minus1"]["local_minima_published"]),
        }
    except OSError as error:
        raise complain(f"cannot read the file: {error.strerror}", file=file) from error
    except (ValueError, TypeError, KeyError) as error:
        raise complain(f"not the published numbers: {error}", file=file) from error


def _firms(firms: Any, unix: Mapping[str, float]) -> list[Score]:
    kind = firms.type_S_specialist_G_generalist.to_numpy()
    result = landscape(-(kind[:, None] == kind).astype(float), firms["size"].to_numpy())
    sides = [firms[f"config{i}_side"].to_numpy() for i in (1, 2)]
    n_same = sum(any(_is_same(side, row) for row in result.sides) for side in sides)
    name = "Unix standards, nine firms:"
    return [
        exactly(f"{name} local minima", unix["minima"], result.n_minima),
        exactly(f"{name} energy of the lower", unix["energy"], float(result.energy[0]), 2),
        exactly(f"{name} energy of the other", unix["energy"], float(result.energy[-1]), 2),
        exactly(f"{name} smaller basin", unix["smaller"], int(result.basin.min())),
        exactly(f"{name} larger basin", unix["larger"], int(result.basin.max())),
        exactly(f"{name} minima with the members printed", 2, n_same),
    ]


def _is_same(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(((one == one[0]) == (other == other[0])).all())


def _powers(sizes: dict[str, float]) -> list[Score]:
    result = landscape(-np.ones((5, 5)), np.array([sizes[name] for name in GREAT_POWERS]))
    camps = [_with_first(result, row) for row in range(result.n_minima)]
    real = {"Britain", "France", "Soviet Union"}
    name = "five great powers, all hostile:"
    return [
        exactly(f"{name} local minima", len(MINIMA), result.n_minima),
        exactly(
            f"{name} minima with the members printed", len(MINIMA), sum(camp in MINIMA for camp in camps)
        ),
        exactly(f"{name} minima that are the real one", 0, sum(camp == real for camp in camps)),
    ]


def _with_first(result: Landscape, row: int) -> set[str]:
    sides = result.sides[row]
    return {name for name, side in zip(GREAT_POWERS, sides, strict=True) if side == sides[0]}


def _nations(sizes: np.ndarray, numbers: Mapping[str, float]) -> Score:
    """The printed sizes give a number of minima; others that round to them give a band around it."""
    hostile, rng = -np.ones((sizes.size, sizes.size)), np.random.default_rng(0)
    counts = [
        landscape(hostile, sizes + rng.uniform(-ROUNDING, ROUNDING, sizes.size), basins="none").n_minima
        for _ in range(N_ROUNDINGS)
    ]
    obtained = landscape(hostile, sizes, basins="none").n_minima
    low, high = REALIST_BAND
    name = f"17 nations, all hostile: local minima ({min(counts)}-{max(counts)} over {N_ROUNDINGS} roundings)"
    return within(name, numbers["realist"], obtained, low, high)
