"""A finished sweep on disk, read back as tables; nothing in it is ever executed or unpickled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import complain
from sim.experiment.manifest import MANIFEST, check_files, is_file, read_sealed
from sim.shapes import Float
from sim.sweeps.quantities import MEASURES
from sim.sweeps.storage.parts import KEYS, PATH, read_part

if TYPE_CHECKING:
    import pandas as pd

FACTS, POINTS = "sweep.json", "points.parquet"


@dataclass(frozen=True)
class SweepResult:
    """A finished sweep.

    Attributes
    ----------
    path
        Its folder.
    manifest
        Points, replicas in all, done, failed, the hash of the content, seconds.
    facts
        The plan: design, factors, outcomes, and all that determines the numbers.
    is_cached
        Whether it was there already.
    """

    path: Path
    manifest: dict[str, Any]
    facts: dict[str, Any]
    is_cached: bool = False

    @property
    def parts(self) -> list[Path]:
        """The files that hold the runs, in their order."""
        return [self.path / "parts" / name for name in sorted(self.manifest["parts"])]

    @cached_property
    def _checked(self) -> set[Path]:
        """Parts that were compared with their checksums."""
        return set()

    def check(self, part: Path) -> None:
        """Compare a part with its checksum, once.

        Raises
        ------
        InputError
            Where it is missing, damaged or edited.
        """
        if part not in self._checked:
            check_files(part.parent, {part.name: self.manifest["parts"][part.name]})
            self._checked.add(part)

    def check_parts(self) -> None:
        """Compare every part with its checksum.

        Raises
        ------
        InputError
            With the first that is missing, damaged or edited.
        """
        for part in self.parts:
            self.check(part)

    def part(self, part: Path, columns: Sequence[str]) -> pa.Table:
        """Some columns of the runs of one part."""
        self.check(part)
        return read_part(part, columns)

    def columns(self, *names: str) -> pa.Table:
        """Some columns of all runs, in the order point, draw, replica."""
        return pa.concat_tables([self.part(part, names) for part in self.parts])

    def rows(self, first: int, end: int) -> pa.Table:
        """Keys and outcomes of the runs from one number up to another."""
        self.check(self.parts[0])
        size = pq.read_metadata(self.parts[0]).num_rows  # all but the last part have as many
        tables = [
            self.part(part, [*KEYS, *self.outcomes]) for part in self.parts[first // size : -(-end // size)]
        ]
        return pa.concat_tables(tables).slice(first % size, end - first)

    def outcome(self, name: str) -> Float[np.ndarray, "P D R"]:
        """One outcome of every run; NaN where it failed."""
        shape = self.facts["shape"]
        values: np.ndarray = self.columns(name)[name].to_numpy()
        return values.reshape(shape["points"], shape["draws"], shape["replicas"])

    @cached_property
    def outcomes(self) -> list[str]:
        """Names of the outcomes."""
        return list(self.facts["outcomes"])

    @cached_property
    def keys(self) -> list[str]:
        """Dotted keys that vary."""
        return [factor["key"] for factor in self.facts["factors"]]

    @cached_property
    def points(self) -> pa.Table:
        """Values of every point, and as `unit:` columns its position in the cube of the design."""
        return pq.read_table(self.path / POINTS)

    def summary(self) -> dict[str, Any]:
        """What a machine reads: points, replicas, done, failed, content_hash, path, wall_seconds."""
        names = ("points", "replicas", "done", "failed", "content_hash", "wall_seconds")
        return {name: self.manifest[name] for name in names} | {"path": str(self.path)}

    def first_failure(self) -> str:
        """Last line of the first failed run's traceback, and which run it was."""
        row = self.table("failures").iloc[0]
        return f"point {row['point']}, draw {row['draw']}: {row['error'].splitlines()[-1]}"

    def table(self, name: str) -> pd.DataFrame:
        """Read a table.

        Parameters
        ----------
        name
            runs (one row each), points, failures, paths (one row for each step of each run), or an answer:
            effects, curves, shares, indices.
        """
        if name == "runs":
            return self.columns(*KEYS, *self.outcomes).to_pandas()
        if name == "failures":
            return self._failures()
        if name == "paths":
            return self._paths()
        if name == "points":
            return self.points.select(["point", *self.keys]).to_pandas()
        file = self.path / "answers" / f"{name}.parquet"
        if name not in ("effects", "curves", "shares", "indices") or not file.exists():
            raise complain(f"the sweep has no table {name!r}", file=self.path)
        return pq.read_table(file).to_pandas()

    def _failures(self) -> pd.DataFrame:
        tables = [self.part(part, [*KEYS, "error"]) for part in self.parts]
        frame = pa.concat_tables([t.filter(t["error"].is_valid()) for t in tables]).to_pandas()
        frame.insert(3, "rng_seed", self.facts["rng_seed"])
        return frame

    def _paths(self) -> pd.DataFrame:
        import pandas as pd

        names = [PATH + name for name in MEASURES]
        if not self.facts["shape"]["has_paths"]:
            raise complain("has no paths; sweep with --paths", file=self.path)
        frame = self.columns(*KEYS, *names).to_pandas()
        frame["step"] = [np.arange(len(values)) for values in frame[names[0]]]
        frame = frame.explode([*names, "step"], ignore_index=True).astype(dict.fromkeys(names, np.float32))
        frame.insert(3, "step", frame.pop("step").astype(np.int32))
        return pd.DataFrame(frame.rename(columns=lambda name: name.removeprefix(PATH)))


def read_sweep(folder: Path) -> SweepResult:
    """Open a finished sweep.

    Raises
    ------
    InputError
        Where there is none, it is not finished, or its plan or manifest is damaged or of another version.
    """
    if (result := find_sweep(folder)) is None:
        is_begun = is_file(folder / FACTS)
        reason = "an unfinished sweep; `sim sweep … --resume` goes on" if is_begun else "no sweep"
        raise complain(reason, file=folder)
    return result


def find_sweep(folder: Path) -> SweepResult | None:
    """Open a finished sweep; `None` where there is none yet.

    Raises
    ------
    InputError
        Where its plan or manifest is damaged or of another version.
    """
    facts, manifest = read_sealed(folder / FACTS), read_sealed(folder / MANIFEST)
    if facts is None or manifest is None:
        return None
    if manifest.get("kind") != "sweep" or manifest["sweep_id"] != facts.get("sweep_id"):
        raise complain(f"is not of the sweep that {FACTS} describes", file=folder / MANIFEST)
    check_files(folder, facts["files"])
    return SweepResult(folder, manifest, facts)
