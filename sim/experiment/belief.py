"""Belief on disk: what ``sim calibrate`` writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from sim.background.prior import PairPrior
from sim.calibration.account import affinity_table, explain
from sim.calibration.posterior import Belief, PathRow, fit_posterior, smooth
from sim.errors import InputError
from sim.experiment.manifest import read_manifest, write_manifest
from sim.experiment.staging import staged
from sim.experiment.store import TableWriter, code_hash, library_versions, run_id
from sim.signals.evidence import Evidence


def write_belief(
    evidence: Evidence, as_of: date, reading: str | Mapping[str, str], n_draws: int, out: Path,
    background: PairPrior | None = None, named: str = "none",
) -> Path:  # fmt: skip
    """Write belief as of a date to ``out/belief/<id>/``: affinity, moves and paths tables, manifest.

    Paths, filtered and smoothed, are written for the dyads that have a counted signal of their own. `named` says which
    background that is.
    """
    determinants = {
        "as_of": as_of.isoformat(),
        "reading": reading if isinstance(reading, str) else dict(reading),
        "draws": n_draws,
        "signals": evidence.content_hash,
        "background": named,
        "code": code_hash(),
        "libraries": library_versions(),
    }
    folder = out / "belief" / run_id(determinants)
    if not _is_whole(folder):
        with staged(folder, "belief") as staging:
            belief = fit_posterior(evidence, as_of, n_draws=n_draws, background=background)
            tables = _write_tables(staging, belief, evidence, n_draws)
            write_manifest(staging, "belief", {"determinants": determinants, "tables": tables})
    return folder


def _is_whole(folder: Path) -> bool:
    try:
        return read_manifest(folder, "belief") is not None
    except InputError:
        return False  # damaged: belief is made anew


def _write_tables(folder: Path, belief: Belief, evidence: Evidence, n_draws: int) -> dict[str, Any]:
    tables = {"affinity": _columns(affinity_table(belief)), "moves": _moves(belief, evidence)}
    pairs = [(belief.states[i], belief.states[j]) for i, j in zip(*belief.n_signals.nonzero(), strict=True)]
    if pairs:
        paths: list[PathRow] = smooth(
            evidence, belief.as_of, pairs, n_draws=n_draws, background=belief.background
        )
        tables["paths"] = _columns(paths)
    entries = {}
    for name, columns in tables.items():
        writer = TableWriter(folder / f"{name}.parquet")
        writer.write(columns)
        entries[f"{name}.parquet"] = writer.close()
    return entries


def _columns(rows: Sequence[NamedTuple]) -> dict[str, list[Any]]:
    return {name: [getattr(row, name) for row in rows] for name in rows[0]._fields} if rows else {}


def _moves(belief: Belief, evidence: Evidence) -> dict[str, list[Any]]:
    names = ("sender", "target", "signal", "date", "path", "change", "seed", "paragraph")
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for sender in belief.states:
        for target in (code for code in belief.states if code != sender):
            for move in explain(belief, evidence, sender, target).moves:
                s = move.signal
                row = (sender, target, s.id, s.date, move.path, move.change, s.seed, s.paragraph)
                for name, value in zip(names, row, strict=True):
                    columns[name].append(value)
    return columns
