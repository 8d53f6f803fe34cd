"""A sweep before it runs: what the file and the caller request, checked, and all that determines the numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.background.prior import background_hash
from sim.errors import InputError, Problem, complain, shorten
from sim.experiment.store import code_hash, library_versions, run_id
from sim.scenario.files.overrides import inside, put
from sim.scenario.files.yaml import Node
from sim.scenario.load import Draft, LoadedScenario, canonical_json, read_draft
from sim.scenario.schema.models import Sweep
from sim.sweeps.design.factors import Design, Factor, factor, range_of_text, range_of_value
from sim.sweeps.design.layouts import count_points, lay_out, unvisited_values
from sim.sweeps.design.points import Points, check_lists, check_ranges, refuse_shared
from sim.sweeps.design.size import Size, estimate
from sim.sweeps.design.tables import read_table
from sim.sweeps.quantities import columns, quantities
from sim.sweeps.storage.parts import Shape, part_size
from sim.sweeps.workers.chunks import Job

if TYPE_CHECKING:
    from sim.experiment.strategies import Strategies


@dataclass(frozen=True)
class Request:
    """What the caller requests beside the scenario file; `None` leaves what the file says.

    Attributes
    ----------
    ranges
        Range or values by dotted key, which add to those of the file.
    design, points, draws, replicas, paths
        In place of the same keys of `sweep`.
    overrides
        Single values of the scenario, each ``key.path=value``.
    strategies
        Python file by which some states decide.
    """

    ranges: Mapping[str, Any] | None = None
    design: str | None = None
    points: int | None = None
    draws: int | None = None
    replicas: int | None = None
    paths: bool | None = None
    overrides: Sequence[str] = ()
    strategies: Path | None = None


@dataclass(frozen=True)
class SweepPlan:
    """A sweep before it runs: all that determines its numbers.

    Attributes
    ----------
    loaded, design, job
        The scenario, the points, and what workers need.
    determinants, identity
        All that determines the result, and its hash.
    size, notes
        What it would take; and what the design leaves out of the request.
    """

    loaded: LoadedScenario
    design: Design
    job: Job
    determinants: dict[str, Any]
    identity: str
    size: Size
    notes: tuple[str, ...] = ()


def plan_sweep(scenario: Path | str, request: Request) -> SweepPlan:
    """Read the scenario, lay out the points, check every value, and fit belief.

    Raises
    ------
    InputError
        With what is wrong: file, line, key. Nothing is written.
    """
    draft = _draft(Path(scenario), request)
    loaded = _settle(draft, request)
    section = loaded.scenario.sweep
    if section.design.endswith(".csv") and request.ranges:
        raise complain("a table of points says itself what varies", key="--vary")
    bare = _without_sweep(draft)
    design, size = _design(draft, bare, loaded)
    points = Points(bare, design)
    setup = points.draft.settle()
    shape = Shape(
        design.n_points, section.draws, section.replicas,
        part_size(setup.scenario.steps, len(setup.scenario.states), section.paths),
        columns(loaded.scenario), section.paths,
    )  # fmt: skip
    strategies = _load_strategies(request.strategies, loaded)
    points.prime()
    job = Job(points, shape, quantities(loaded.scenario), strategies)
    determinants = _determinants(loaded, design, shape, strategies)
    return SweepPlan(
        loaded, design, job, determinants, run_id(determinants), size, tuple(unvisited_values(design))
    )


def _draft(path: Path, request: Request) -> Draft:
    draft = read_draft(path, request.overrides)
    tree = draft.tree
    single = {n: getattr(request, n) for n in ("design", "points", "draws", "replicas", "paths")}
    for name, value in single.items():
        if value is not None:
            tree = put(tree, f"sweep.{name}", Node(value), f"--{name}")
    vary = {}
    for key, variation in (request.ranges or {}).items():
        label = f"--vary {shorten(key)}"
        vary[key] = (
            range_of_text(variation, label) if isinstance(variation, str) else range_of_value(variation)
        )
    if vary:
        tree = _add_variations(tree, vary)
    return replace(draft, tree=tree)


def _settle(draft: Draft, request: Request) -> LoadedScenario:
    """Check the scenario; what is wrong with a range of the caller is called by the caller's option."""
    try:
        return draft.settle()
    except InputError as error:
        called = {
            f"--set sweep.vary.{shorten(key)}": f"--vary {shorten(key)}" for key in request.ranges or {}
        }
        problems = [
            replace(p, key=called[at] + (p.key or "").removeprefix(at))
            if (at := next((at for at in called if (p.key or "").startswith(at)), None))
            else p
            for p in error.problems
        ]
        raise InputError(problems) from error


def _add_variations(tree: Node, vary: Mapping[str, Node]) -> Node:
    top = tree.value if isinstance(tree.value, dict) else {}
    section = top.get("sweep", Node({}))
    inside_section = section.value if isinstance(section.value, dict) else {}
    there = inside_section.get("vary", Node({}))
    below = there.value if isinstance(there.value, dict) else {}
    section = replace(section, value={**inside_section, "vary": replace(there, value={**below, **vary})})
    return replace(tree, value={**top, "sweep": section})


def _without_sweep(draft: Draft) -> Draft:
    values = draft.tree.value if isinstance(draft.tree.value, dict) else {}
    return replace(draft, tree=replace(draft.tree, value={k: v for k, v in values.items() if k != "sweep"}))


def _nodes(draft: Draft) -> dict[str, Node]:
    """Where each key that varies is written."""
    node = draft.tree
    for part in ("sweep", "vary"):
        node = node.value.get(part, Node({})) if isinstance(node.value, dict) else Node({})
    return node.value if isinstance(node.value, dict) else {}


def _design(draft: Draft, bare: Draft, loaded: LoadedScenario) -> tuple[Design, Size]:
    section = loaded.scenario.sweep
    if section.design.endswith(".csv"):
        design = read_table(_table_file(draft, section.design))
        size = _size(loaded, design.n_points, len(design.factors))
    else:
        factors = _factors(draft, bare, section)
        size = _size(loaded, count_points(factors, section), len(factors))
        design = lay_out(factors, section, loaded.scenario.rng_seed)
    refuse_shared(design)
    check_lists(bare, design)
    return design, size


def _size(loaded: LoadedScenario, n_points: int, n_keys: int) -> Size:
    scenario = loaded.scenario
    size = estimate(n_points, n_keys, scenario.sweep, len(columns(scenario)), scenario.steps)
    size.refuse_beyond_memory()
    return size


def _factors(draft: Draft, bare: Draft, section: Sweep) -> list[Factor]:
    nodes, factors, problems = _nodes(draft), list[Factor](), list[Problem]()
    for key, variation in section.vary.items():
        node = nodes[key]
        label = f"sweep.vary.{shorten(key)}" if node.file else f"--vary {shorten(key)}"
        try:
            factors += check_ranges(bare, [factor(key, variation, node, label)])
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return factors


def _table_file(draft: Draft, name: str) -> Path:
    """Find a table of points: where the scenario names it, inside its folder; else where the caller says."""
    section = draft.tree.value.get("sweep") if isinstance(draft.tree.value, dict) else None
    node = section.value.get("design") if section is not None and isinstance(section.value, dict) else None
    if node is None or node.file is None:
        return Path(name)
    try:
        return inside(name, node.file.parent, draft.path.parent.resolve().parent)
    except ValueError as error:
        raise complain(str(error), file=node.file, line=node.line, key="sweep.design") from error


def _load_strategies(path: Path | None, loaded: LoadedScenario) -> Strategies | None:
    if path is None:
        return None
    from sim.experiment.strategies import load_strategies  # imports Mesa

    return load_strategies(path, tuple(loaded.scenario.states))


def _determinants(
    loaded: LoadedScenario, design: Design, shape: Shape, strategies: Strategies | None
) -> dict[str, Any]:
    """All that decides any number of the sweep; not who works on it, nor how it is cut."""
    from sim.signals.table import load_evidence

    folder = loaded.signals_folder or loaded.codebook_folder
    data = load_evidence(folder).content_hash if loaded.signals_folder and folder else None
    points = hashlib.sha256()
    for one, coded in zip(design.factors, design.columns, strict=True):
        points.update(repr((one.key, one.kind, one.values)).encode())
        points.update(np.ascontiguousarray(coded).tobytes())
    codebook = (folder / "codebook.csv").read_bytes() if folder else b""
    return {
        "scenario": hashlib.sha256(canonical_json(loaded.scenario).encode()).hexdigest(),
        "design": design.method,
        "points": points.hexdigest(),
        "shape": repr(shape),
        "signals": data,
        "codebook": hashlib.sha256(codebook).hexdigest(),
        "background": background_hash(loaded.background_file),
        "code": code_hash(),
        "libraries": library_versions(),
        **(strategies.determinants() if strategies else {}),
    }
