"""The first run after a change of the sources: its code is compiled by two processes side by side.

One process alone takes twice as long: 43 s for a first run of the Havana scenario on two cores, where two take 29.
"""

from __future__ import annotations

import contextlib
import gc
import subprocess
import sys
from collections.abc import Iterator

import numpy as np

from sim.compiled.kernels import could_be_compiled_beside
from sim.dynamics.chance import Chance, Purpose, dyad_keys, stream
from sim.dynamics.choose import choose
from sim.dynamics.drift import drift, symmetric_product
from sim.dynamics.params import Params
from sim.dynamics.step import kernel_params
from sim.dynamics.world import Policies, blank_world
from sim.experiment.ensemble import simulate
from sim.experiment.partitions import MomentSummary
from sim.experiment.replica import blank_record, save, simulate_replica
from sim.experiment.summary import DyadSummary
from sim.outcomes.blocs.exact import likely_best_blocs
from sim.outcomes.blocs.local import carried_on
from sim.outcomes.measures import mutual_affinity, pair_measures
from sim.scenario.setup import Setup

COMMAND = "from sim.experiment.compiling import compile_pieces; compile_pieces({n_states})"


@contextlib.contextmanager
def compiled_beside(n_states: int) -> Iterator[bool]:
    """Let another process compile its part, unless all is compiled; says whether it does, and waits for it.

    What it compiles for so many states is found in Numba's cache afterwards. Should it fail, this process will
    compile as it goes.
    """
    if not could_be_compiled_beside(simulate_replica):
        yield False
        return
    command = [sys.executable, "-P", "-c", COMMAND.format(n_states=n_states)]
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=nowhere, stderr=nowhere) as beside:  # noqa: S603 - code of our own
        try:
            yield True
        except BaseException:
            beside.terminate()
            raise


def compile_pieces(n_states: int) -> None:
    """Compile the other process's part: the phases of the law that are kernels of their own, proofs, summaries."""
    gc.disable()  # compilers make many objects and few cycles
    params, policies = kernel_params(Params()), Policies(*np.ones((8, 2)))
    rng = stream(0, 0, Purpose.NOISE)
    chance = Chance(rng, rng, dyad_keys(("A", "B")))
    world, square, nobody = blank_world(2, 1), np.zeros((2, 2)), np.zeros(0, np.int64)
    pair_measures(world.affinity)
    choose(world, square, np.ones(1), 1.0, nobody, np.zeros((7, 0)), policies, params, chance)
    symmetric_product(world.affinity, world.capability)
    drift(world, square, 1.0, params, chance)
    likely_best_blocs(np.zeros((n_states, n_states)), 0.0)
    record = blank_record(1, 1, 2, 1, 2)
    MomentSummary(("a", "b"), 0.0).add(record, 0, 0)
    for replicas in (100, 1000):  # few and many are counted in two ways
        DyadSummary(2, 2, replicas).add(record)


def compile_law(setup: Setup) -> None:
    """Compile the rest that a run needs: what it measures, and the law by one step that is thrown away."""
    world, record = setup.initial_world(0), blank_record(1, 1, 2, setup.poles.shape[0], len(setup.states))
    W = mutual_affinity(world.affinity)
    save(world.affinity, W, carried_on(W, 0.0, record.bloc[0, 0]), 0, 0, setup.poles, record)
    simulate(setup, world, np.full(2, -1), 0, 0, record)
