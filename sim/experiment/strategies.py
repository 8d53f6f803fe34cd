"""Ensembles in which some states decide by the user's own Python: a strategies file, run through Mesa in processes.

Such a file is code, and is named on the command line alone. It defines subclasses of
`sim.model.StateAgent` and a mapping ``strategies`` from codes to them.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import multiprocessing
import os
import random
import sys
import traceback
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from sim.dynamics.chance import Purpose
from sim.errors import InputError, Problem, complain
from sim.experiment.ensemble import Chunk, Face, Log, Plan, in_order, pieces, simulate_chunk
from sim.experiment.replica import Record, measure, prove
from sim.isolation import safe_path
from sim.model import AllianceModel, StateAgent
from sim.scenario.resolve import Setup
from sim.scenario.text.document import shorten, suggest

_MODULE = "blocshift_strategies"


@dataclass(frozen=True)
class Strategies:
    """A strategies file, read once: what runs is what was hashed.

    Attributes
    ----------
    path
        Where it stands, for messages.
    source
        Its bytes.
    """

    path: Path
    source: bytes

    def determinants(self) -> dict[str, str]:
        """What it adds to all that determines a run: its hash, that of the Mesa face, Mesa's version."""
        face = Path(inspect.getfile(AllianceModel)).read_bytes()
        return {
            "strategies": hashlib.sha256(self.source).hexdigest(),
            "model": hashlib.sha256(face).hexdigest(),
            "mesa": version("mesa"),
        }

    def entry(self) -> dict[str, Any]:
        """What the manifest says of it: file, hash, and the class of each state."""
        return {
            "file": self.path.name,
            "sha256": hashlib.sha256(self.source).hexdigest(),
            "states": {code: strategy.__name__ for code, strategy in sorted(self.classes().items())},
        }

    def classes(self) -> dict[str, type[StateAgent]]:
        """Run the file, anew each time, and give its strategies.

        Raises
        ------
        InputError
            Where it does not run, or defines no mapping of codes to subclasses of `StateAgent`.
        """
        module = ModuleType(_MODULE)
        module.__file__ = str(self.path)
        sys.modules[_MODULE] = module  # dataclasses and typing look a class's module up
        with self.blamed("does not import"):
            exec(compile(self.source, str(self.path), "exec"), module.__dict__)  # noqa: S102  (its purpose)
        chosen = getattr(module, "strategies", None)
        if not isinstance(chosen, Mapping):
            reason = 'defines no mapping `strategies`, such as strategies = {"PRK": MyState}'
            raise complain(reason, file=self.path)
        wrong = [
            Problem("should be a subclass of sim.StateAgent", self.path, None, f"strategies.{shorten(code)}")
            for code, strategy in chosen.items()
            if not (isinstance(strategy, type) and issubclass(strategy, StateAgent))
        ]
        if wrong:
            raise InputError(wrong)
        return dict(chosen)

    @contextlib.contextmanager
    def blamed(self, what: str) -> Iterator[None]:
        """Say of anything that goes wrong inside what it was and on which line of the file."""
        try:
            yield
        except InputError as error:
            raise InputError(
                [Problem(p.reason, p.file or self.path, p.line, p.key) for p in error.problems]
            ) from error
        except (Exception, SystemExit) as error:
            lines = [
                f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(self.path)
            ]
            line = lines[-1] if lines else getattr(error, "lineno", None)
            said = shorten(f"{type(error).__name__}: {error}".rstrip(": "), 200)
            raise complain(f"{what}: {said}", file=self.path, line=line) from error


def load_strategies(path: Path, states: tuple[str, ...]) -> Strategies:
    """Read a strategies file and check it against the states of a scenario.

    Raises
    ------
    InputError
        Where it cannot be read or run, defines no strategies, or one for a state that takes no part.
    """
    try:
        strategies = Strategies(path, path.read_bytes())
    except OSError as error:
        raise complain(f"cannot be read: {error.strerror}", file=path, key="--strategies") from error
    unknown = [code for code in strategies.classes() if code not in states]
    if unknown:
        raise InputError(
            [
                Problem(
                    f"takes no part in the scenario{suggest(code, states)}", path, None, f"strategies.{code}"
                )
                for code in unknown
            ]
        )
    return strategies


def simulate_with_strategies(
    setups: list[Setup], layout: Plan, n_replicas: int, n_workers: int | None, strategies: Strategies
) -> Iterator[list[Chunk]]:
    """Run every replica of several setups through Mesa; yields chunks in replica order.

    As `sim.experiment.ensemble.simulate_ensemble`, in processes of their own, and in this one where one
    worker is enough. Every replica runs the strategies file anew, so nothing is carried from one to
    another and no number depends on the workers.

    Raises
    ------
    InputError
        Where a strategy fails, or decides for what is no act type.
    """
    chunks = list(pieces(setups[0], layout, len(setups), n_replicas))
    n_workers = min(n_workers or os.cpu_count() or 1, len(chunks))
    if n_workers == 1:
        with threadpool_limits(1):
            yield from (_chunks(setups, layout, strategies, *chunk) for chunk in chunks)
        return
    spawn = multiprocessing.get_context("spawn")
    try:
        with safe_path(), ProcessPoolExecutor(n_workers, spawn, _begin, (setups, layout, strategies)) as pool:
            yield from in_order(pool, _given_chunks, chunks, n_workers)
    except BrokenProcessPool as error:
        reason = 'a worker process died; a script needs `if __name__ == "__main__":` around its run'
        raise complain(reason, file=strategies.path) from error


_given: tuple[list[Setup], Plan, Strategies]  # what a worker process was started with


def _begin(setups: list[Setup], layout: Plan, strategies: Strategies) -> None:
    global _given
    threadpool_limits(1)
    _given = setups, layout, strategies


def _given_chunks(first: int, n_replicas: int) -> list[Chunk]:
    return _chunks(*_given, first, n_replicas)


def _chunks(
    setups: list[Setup], layout: Plan, strategies: Strategies, first: int, n_replicas: int
) -> list[Chunk]:
    face = by_strategies(strategies)
    return [simulate_chunk(setup, layout, first, n_replicas, face) for setup in setups]


def by_strategies(strategies: Strategies) -> Face:
    """A way to run the law in which a strategies file decides for its states."""

    def face(setup: Setup, layout: Plan, replica: int, row: int, record: Record, copied: int = 0) -> Log:
        with contextlib.redirect_stdout(sys.stderr), _global_chance(setup, replica, copied):
            classes = strategies.classes()
            with strategies.blamed("a strategy failed"):
                return _simulated(AllianceModel(setup, replica, classes, copied=copied), layout, row, record)

    return face


def _simulated(model: AllianceModel, layout: Plan, row: int, record: Record) -> Log:
    """Run one Mesa model to its horizon and record it, as `sim.experiment.replica` does."""
    setup = model.setup
    logs, warmths = [np.empty((0, 6), np.int64)], [np.empty(0)]
    seen = setup.poles, setup.scenario.resolution, record
    prove(model.world.affinity, row, 0, *seen)
    measure(model.world, row, 0, 0, *seen)
    for step in range(1, layout.row.size):
        model.step()
        acts = model.act_rows
        np.add.at(record.metrics[row, step], 3 + model.types.family[acts.type], 1.0)
        logs.append(np.column_stack([acts.step, acts.sender, acts.target, acts.third, acts.type, acts.id]))
        warmths.append(model.types.warmth[acts.type] * acts.strength)
        measure(model.world, row, step, layout.row[step], *seen)
    prove(model.world.affinity, row, layout.row[-1], *seen)
    return np.concatenate(logs), np.concatenate(warmths)


@contextlib.contextmanager
def _global_chance(setup: Setup, replica: int, copied: int) -> Iterator[None]:
    """Seed Python's and NumPy's global generators, for strategies that use them, and put them back."""
    before, numpy_before = random.getstate(), np.random.get_state()  # noqa: NPY002
    key = setup.chance(replica, Purpose.AGENTS, copied).bit_generator.seed_seq
    [seed] = key.generate_state(1)
    random.seed(int(seed))
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(before)
        np.random.set_state(numpy_before)  # noqa: NPY002
