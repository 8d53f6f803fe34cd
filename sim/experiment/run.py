"""One question, answered: simulate a scenario's ensemble and write its results."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.background.prior import background_hash
from sim.errors import InputError, complain
from sim.experiment.compiling import compile_law, compiled_beside
from sim.experiment.ensemble import Chunk, Plan, plan, simulate_ensemble
from sim.experiment.extent import refuse_excess
from sim.experiment.manifest import read_manifest, write_manifest
from sim.experiment.staging import staged
from sim.experiment.store import code_hash, library_versions, read_table, run_id
from sim.experiment.tables import RunTables
from sim.scenario.belief import Sources, fit_ground, read_sources
from sim.scenario.load import LoadedScenario, canonical_json, load_scenario
from sim.scenario.setup import Setup, resolve

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiment.strategies import Strategies

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class RunResult:
    """A finished run on disk.

    Attributes
    ----------
    path
        Folder of the run.
    manifest
        What was run, with which code, libraries and seeds, and what was written.
    is_cached
        Whether it was there already.
    notes
        What was there before and could not be used.
    """

    path: Path
    manifest: dict[str, Any]
    is_cached: bool = False
    notes: tuple[str, ...] = ()

    def table(self, name: str) -> pd.DataFrame:
        """Read a table: measures, states, dyads, co_assignment, acts, contrasts or expectations."""
        return read_table(self.path, name)

    @cached_property
    def expectations(self) -> list[dict[str, Any]]:
        """The scenario's expectations with their probabilities and verdicts."""
        return list(self.manifest["expectations"])


def counterfactuals(setup: Setup) -> list[str]:
    """Ids of the acts and shocks that happen and that the scenario's expectations compare the run without."""
    happen = {item.id for item in (*setup.scenario.acts_played, *setup.scenario.shocks_played)}
    named = [e.against.without for e in setup.scenario.expect if not isinstance(e.against, str)]
    return [act for act in dict.fromkeys(named) if act in happen]


def run(
    scenario: Path | str,
    *,
    replicas: int | None = None,
    overrides: Sequence[str] = (),
    out: Path | str = "results",
    workers: int | None = None,
    progress: Progress | None = None,
    strategies: Path | str | None = None,
) -> RunResult:
    """Simulate a scenario file and write ``out/<scenario>/<run id>/``.

    The run id is the hash of all that determines the result (resolved scenario, signals, code,
    libraries), so the same run again is found, not repeated.

    Parameters
    ----------
    scenario
        Path of the scenario file.
    replicas
        R, in place of the scenario's.
    overrides
        Single values, each ``key.path=value``.
    out
        Results folder.
    workers
        Threads, or processes where there are strategies; no number depends on it.
    progress
        Called with replicas done and in all.
    strategies
        A Python file that gives some states a will of their own (`sim.experiment.strategies`). It is
        run as code.

    Raises
    ------
    InputError
        Where the scenario, its signals, the strategies or the results folder are wrong.
    """
    begun = time.perf_counter()
    changes = [*overrides, *([f"replicas={replicas}"] if replicas is not None else [])]
    loaded = load_scenario(scenario, changes)
    own, sources = _own_strategies(strategies, loaded), read_sources(loaded)
    text = canonical_json(loaded.scenario)
    determinants = {
        "scenario": text,
        "signals": sources.evidence.content_hash if sources.evidence else None,
        "codebook": hashlib.sha256(repr(sources.codebook.types).encode()).hexdigest(),
        "background": background_hash(loaded.background_file),
        "code": code_hash(),
        "libraries": library_versions(),
        **(own.determinants() if own else {}),
    }
    identity = run_id(determinants)
    folder = Path(out) / loaded.scenario.name / identity
    earlier, notes = _earlier(folder, identity)
    if earlier is not None:
        return RunResult(folder, earlier, is_cached=True)
    refuse_excess(loaded, Path(out), workers)
    setup = _made_ready(loaded, sources, own)
    with staged(folder, "run") as staging:
        manifest = _simulate_into(staging, setup, workers, progress, own)
        hashes = {**determinants, "scenario": hashlib.sha256(text.encode()).hexdigest()}
        manifest |= {"run_id": identity, "determinants": hashes}
        manifest["wall_seconds"] = round(time.perf_counter() - begun, 3)
        (staging / "scenario.json").write_text(text, encoding="utf-8")
        if own:
            (staging / "strategies.py").write_bytes(own.source)
        manifest = write_manifest(staging, "run", manifest)
    return RunResult(folder, manifest, notes=notes)


def _earlier(folder: Path, identity: str) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
    """Manifest of the run that is there; or why what is there has to be made anew."""
    try:
        manifest = read_manifest(folder, "run")
    except InputError as error:
        return None, (f"{error}; the run has been made anew",)
    if manifest is not None and manifest["run_id"] != identity:
        raise complain(f"holds another run, {manifest['run_id']}; move it away", file=folder)
    return manifest, ()


def _made_ready(loaded: LoadedScenario, sources: Sources, own: Strategies | None) -> Setup:
    """Fit belief; where the law that a run calls is not compiled yet, have that done beside it."""
    if own:
        return resolve(loaded, fit_ground(loaded, sources))
    with compiled_beside(len(loaded.scenario.states)) as is_cold:
        setup = resolve(loaded, fit_ground(loaded, sources))
        if is_cold:
            compile_law(setup)
    return setup


def _own_strategies(path: Path | str | None, loaded: LoadedScenario) -> Strategies | None:
    if path is None:
        return None
    from sim.experiment.strategies import load_strategies  # imports Mesa, which no other run needs

    return load_strategies(Path(path), tuple(loaded.scenario.states))


def _ensemble(
    setups: list[Setup], layout: Plan, workers: int | None, own: Strategies | None
) -> Iterator[list[Chunk]]:
    n_replicas = setups[0].scenario.replicas
    if own is None:
        return simulate_ensemble(setups, layout, n_replicas, workers)
    from sim.experiment.strategies import simulate_with_strategies

    return simulate_with_strategies(setups, layout, n_replicas, workers, own)


def _simulate_into(
    folder: Path, setup: Setup, workers: int | None, progress: Progress | None, own: Strategies | None
) -> dict[str, Any]:
    scenario = setup.scenario
    also = {scenario.step_when(e) for e in scenario.expect}
    layout = plan(scenario.steps, scenario.record.every, also)
    acts = counterfactuals(setup)
    tables = RunTables(folder, setup, layout, acts, scenario.replicas)
    setups = [setup, *(setup.without(act) for act in acts)]
    for chunks in _ensemble(setups, layout, workers, own):
        tables.add(chunks)
        if progress:
            progress(tables.dyads.n, scenario.replicas)
    named = {"strategies": own.entry()} if own else {}
    return named | {
        "scenario": scenario.name,
        "question": scenario.question,
        "rng_seed": scenario.rng_seed,
        "replicas": scenario.replicas,
        "steps": scenario.steps,
        "tables": tables.finish(),
        "blocs": tables.blocs.entry(),
        "expectations": tables.expectations(),
    }
