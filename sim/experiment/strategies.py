"""Ensembles in which some states decide by the user's own Python: a strategies file, run through Mesa in processes.

Such a file is code, and is named on the command line alone. It defines subclasses of
`sim.agent.StateAgent` and a mapping ``strategies`` from codes to them. A run executes it in
processes apart, since it could end the process it is in, or fork it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from itertools import zip_longest
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from sim.agent import StateAgent, undecided
from sim.dynamics.chance import Purpose
from sim.errors import InputError, Problem, complain, shorten, suggest
from sim.experiment.apart import processes
from sim.experiment.ensemble import Chunk, Face, Log, Plan, in_order, pieces, simulate_chunk
from sim.experiment.replica import Record, count, measure, prove
from sim.model import AllianceModel, one_process
from sim.scenario.setup import Setup

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
    states
        Name of the class that each state plays, once the file has been run.
    """

    path: Path
    source: bytes
    states: Mapping[str, str] = field(default_factory=dict)

    def determinants(self) -> dict[str, str]:
        """What it adds to all that determines a run: its hash and Mesa's version."""
        return {"strategies": hashlib.sha256(self.source).hexdigest(), "mesa": version("mesa")}

    def entry(self) -> dict[str, Any]:
        """What the manifest says of it: file, hash, and the class of each state."""
        return {
            "file": self.path.name,
            "sha256": hashlib.sha256(self.source).hexdigest(),
            "states": dict(sorted(self.states.items())),
        }

    def classes(self) -> dict[str, type[StateAgent]]:
        """Run the file, anew each time, and give its strategies.

        Raises
        ------
        InputError
            Where it does not run, or defines no mapping of codes to subclasses of `StateAgent` that decide.
        """
        module = ModuleType(_MODULE)
        module.__file__ = str(self.path)
        sys.modules[_MODULE] = module  # dataclasses and typing look a class's module up
        with contextlib.redirect_stdout(sys.stderr), one_process(), self.blamed("does not import"):
            exec(compile(self.source, str(self.path), "exec"), module.__dict__)  # noqa: S102  (its purpose)
        chosen = getattr(module, "strategies", None)
        if not isinstance(chosen, Mapping):
            reason = 'defines no mapping `strategies`, such as strategies = {"PRK": MyState}'
            raise complain(reason, file=self.path)
        if wrong := [p for code, strategy in chosen.items() for p in self._problems(code, strategy)]:
            raise InputError(wrong)
        return dict(chosen)

    def _problems(self, code: str, strategy: Any) -> Iterator[Problem]:
        """What is wrong with a state's strategy."""
        where = f"strategies.{shorten(code)}"
        if not (isinstance(strategy, type) and issubclass(strategy, StateAgent)):
            yield Problem("should be a subclass of sim.StateAgent", self.path, None, where)
        elif reason := undecided(strategy):
            line = getattr(strategy, "__firstlineno__", None)  # since Python 3.13
            yield Problem(reason, self.path, line, where)

    def names(self) -> dict[str, str]:
        """Run the file, and name the class of each state."""
        return {str(code): strategy.__name__ for code, strategy in self.classes().items()}

    @contextlib.contextmanager
    def blamed(self, what: str) -> Iterator[None]:
        """Say of anything that goes wrong inside what it was and on which line of the file."""
        try:
            yield
        except InputError as error:
            raise InputError(
                [Problem(p.reason, p.file or self.path, p.line, p.key) for p in error.problems]
            ) from error
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            lines = [
                f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(self.path)
            ]
            line = lines[-1] if lines else getattr(error, "lineno", None)
            words = shorten(f"{type(error).__name__}: {error}".rstrip(": "), 200)
            words += "".join(f" ({note})" for note in getattr(error, "__notes__", []))
            raise complain(f"{what}: {words}", file=self.path, line=line) from error


def load_strategies(path: Path, states: tuple[str, ...]) -> Strategies:
    """Read a strategies file and check it against the states of a scenario.

    Raises
    ------
    InputError
        Where it cannot be read or run, defines no strategies, or one for a state that takes no part.
    """
    if path.is_char_device():  # /dev/zero has no end
        raise complain("is a device, not a file", file=path, key="--strategies")
    try:
        strategies = Strategies(path, path.read_bytes())
    except OSError as error:
        raise complain(f"cannot be read: {error.strerror}", file=path, key="--strategies") from error
    with processes(path) as start:
        names = start(1).submit(strategies.names).result()
    reason = "takes no part in the scenario"
    unknown = [
        Problem(reason + suggest(code, states), path, None, f"strategies.{shorten(code)}")
        for code in names
        if code not in states
    ]
    if unknown:
        raise InputError(unknown)
    return replace(strategies, states=names)


def simulate_with_strategies(
    setups: list[Setup], layout: Plan, n_replicas: int, n_workers: int | None, strategies: Strategies
) -> Iterator[list[Chunk]]:
    """Run every replica of several setups through Mesa; yields chunks in replica order.

    As `sim.experiment.ensemble.simulate_ensemble`, in processes of their own. Every replica runs the
    strategies file anew, so nothing is carried from one to another and no number depends on the workers.
    The first ones are run once more in yet another process: what no rng_seed sets shows in a difference.

    Raises
    ------
    InputError
        Where a strategy fails, ends its process, decides for what is no act type, or decides otherwise
        when it is run again.
    """
    setting, chunks = (setups, layout, strategies), list(pieces(setups[0], layout, len(setups), n_replicas))
    n_workers = min(n_workers or os.cpu_count() or 1, len(chunks))
    with processes(strategies.path) as start:
        again = start(1, _begin, setting).submit(_given_chunks, *chunks[0])
        for replicas in in_order(start(n_workers, _begin, setting), _given_chunks, chunks, n_workers):
            if replicas[0].first == 0:
                _refuse_difference(replicas, again.result(), strategies, setups[0])
            yield replicas


def _refuse_difference(chunks: list[Chunk], again: list[Chunk], strategies: Strategies, setup: Setup) -> None:
    """Refuse strategies by which states did not act as when the same replicas were run again."""
    for chunk, other in zip(chunks, again, strict=True):
        both = zip_longest(chunk.acts.tolist(), other.acts.tolist())
        differing = [one or two for one, two in both if one != two]
        if differing:
            replica, step, sender, *_ = differing[0]
            raise complain(
                f"replica {replica} run twice differs, first in step {step} by what {setup.states[sender]} does: a "
                "strategy uses chance that no rng_seed sets, such as default_rng(), the clock or the order of a set; "
                "take it from `uniform`, `self.random` or `self.rng`",
                file=strategies.path,
            )


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
            classes, before = strategies.classes(), _shared(setup, replica)
            with strategies.blamed("a strategy failed"):
                log = _simulated(AllianceModel(setup, replica, classes, copied=copied), layout, row, record)
            if _shared(setup, replica) != before:
                reason = f"a strategy changed what all replicas share, such as `self.model.types` (replica {replica})"
                raise complain(reason, file=strategies.path)
            return log

    return face


def _shared(setup: Setup, replica: int) -> list[bytes]:
    """All numbers of the law that replicas share."""
    records = (
        setup.types(replica),
        setup.tables(replica),
        setup.schedule(replica),
        setup.policies,
        setup.shocks,
    )
    return [array.tobytes() for record in records for array in record]


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
        count(acts, model.types, row, record)
        logs.append(np.column_stack([acts.step, acts.sender, acts.target, acts.third, acts.type, acts.id]))
        warmths.append(model.types.warmth[acts.type] * acts.strength)
        measure(model.world, row, step, layout.row[step], *seen)
    prove(model.world.affinity, row, layout.row[-1], *seen)
    return np.concatenate(logs), np.concatenate(warmths)


@contextlib.contextmanager
def _global_chance(setup: Setup, replica: int, copied: int) -> Iterator[None]:
    """Seed Python's and NumPy's global generators, for strategies that use them, and put them back."""
    before, numpy_before = random.getstate(), np.random.get_state()  # noqa: NPY002
    key = setup.stream(replica, Purpose.AGENTS, copied).bit_generator.seed_seq
    [seed] = key.generate_state(1)
    random.seed(int(seed))
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(before)
        np.random.set_state(numpy_before)  # noqa: NPY002
