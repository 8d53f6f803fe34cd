"""The first run after a change of the sources: its code is compiled by two processes side by side."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sim.dynamics.chance import Purpose, draw_normals, draw_uniforms, stream
from sim.dynamics.world import blank_world
from sim.experiment.ensemble import simulate
from sim.experiment.partitions import MomentSummary
from sim.experiment.replica import blank_record, save, simulate_replica
from sim.experiment.summary import DyadSummary
from sim.outcomes.blocs import carried_on
from sim.outcomes.metrics import symmetric_ties
from sim.outcomes.proof.branching import likely_best_blocs
from sim.scenario.resolve import Setup

COMMAND = "from sim.experiment.compiling import compile_pieces; compile_pieces()"


@contextlib.contextmanager
def compiled_beside() -> Iterator[bool]:
    """Let another process compile its part, unless all is compiled; says whether it does, and waits for it.

    What it compiles is found in Numba's cache afterwards. Should it fail, this process will compile as it goes.
    """
    kept = simulate_replica.stats.cache_path
    if kept is None or any(Path(kept).glob(f"*.{simulate_replica.py_func.__name__}-*.nbi")):
        yield False
        return
    command, nowhere = [sys.executable, "-P", "-c", COMMAND], subprocess.DEVNULL
    with subprocess.Popen(command, stdout=nowhere, stderr=nowhere) as beside:  # noqa: S603 - code of our own
        try:
            yield True
        except BaseException:
            beside.terminate()
            raise


def compile_pieces() -> None:
    """Compile the other process's part: chance's draws, blocs, their proof and summaries, on two empty states."""
    chance = stream(0, 0, Purpose.NOISE)
    draw_normals(chance, 1), draw_uniforms(chance, 1)
    world, record, poles = blank_world(2, 1), blank_record(1, 1, 2, 1, 2), np.ones((1, 2), np.bool_)
    ties = symmetric_ties(world.affinity)  # what the law's kernel calls comes first
    save(world.affinity, ties, carried_on(ties, 0.0, record.bloc[0, 0]), 0, 0, poles, record)
    likely_best_blocs(ties, 0.0)
    MomentSummary(("a", "b"), 0.0).add(record, 0, 0)
    DyadSummary(2, 2, 1000).add(record)


def compile_law(setup: Setup) -> None:
    """Compile the rest that a run needs, by one step of the setup's first replica, which is thrown away."""
    record = blank_record(1, 1, 2, setup.poles.shape[0], len(setup.states))
    simulate(setup, setup.initial_world(0), np.full(2, -1), 0, 0, record)
