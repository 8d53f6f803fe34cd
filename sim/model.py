"""AGENTS: the Mesa face of the law.

`AllianceModel` advances one world a step at a time by calling the same compiled phases that
ensembles run, so without an override both give the same numbers bit for bit.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import mesa
import numpy as np

from sim.agent import StateAgent, undecided
from sim.dynamics.chance import Purpose
from sim.dynamics.choose import choose_types, draw_occasions
from sim.dynamics.drift import drift, weigh
from sim.dynamics.memory import forget, recall, share_left
from sim.dynamics.respond import respond
from sim.dynamics.scheduled import apply_shocks, gather, set_capability
from sim.dynamics.step import advance
from sim.dynamics.world import Acts, World, no_acts
from sim.errors import complain, shorten, suggest
from sim.scenario.load import load_scenario
from sim.scenario.setup import Setup, resolve


class AllianceModel(mesa.Model):
    """One replica of a scenario as a Mesa model.

    Parameters
    ----------
    scenario
        Path of a scenario file, or a `Setup` made ready from one.
    replica
        Which stochastic copy: the numbers equal those of this replica in ``sim run``.
    strategies
        Agent classes by state code; all others are plain `StateAgent`.
    rng
        Root of all randomness, a whole number in place of the scenario's `rng_seed`. One model in a
        `mesa.batch_run` differs from another by this or by `replica`.
    copied
        Which stochastic copy of the replica's draw from belief, as sweeps have them.

    Attributes
    ----------
    states
        The agents in the order of the scenario, which is that of the arrays' axes.
    types
        The act types under the replica's draw of the codebook's weights.
    act_rows
        What was done in the last step, as the law writes it; `acts` tells it in codes.
    step_number
        Steps done so far; Mesa's `running` turns false at the scenario's horizon.

    Raises
    ------
    InputError
        Where a strategy has no `decide` of its own, `rng` is no whole number, or the iterations of a
        `mesa.batch_run` would all be the same run.
    """

    def __init__(
        self,
        scenario: Path | str | Setup,
        replica: int = 0,
        strategies: Mapping[str, type[StateAgent]] | None = None,
        rng: int | None = None,
        copied: int = 0,
    ) -> None:
        setup = scenario if isinstance(scenario, Setup) else resolve(load_scenario(scenario))
        if rng is not None:
            setup = replace(setup, scenario=setup.scenario.model_copy(update={"rng_seed": _root(rng)}))
        elif _batch_iteration() > 0:
            reason = (
                "all would be the same run; give the parameter `replica`, such as range(3), or rng=[0, 1, 2]"
            )
            raise complain(reason, key="iterations")
        super().__init__(rng=setup.stream(replica, Purpose.AGENTS, copied))
        self.setup = setup
        self._world: World = setup.initial_world(replica)
        self._seen, self._is_deciding = _read_only(self._world), False
        self.act_rows: Acts = no_acts()
        self.step_number = 0
        self.types = setup.types(replica)
        self._tables = setup.tables(replica)
        self._schedule = setup.schedule(replica)
        self._chance = setup.chance(replica, copied)
        classes = strategies or {}
        if unknown := set(classes) - set(setup.states):
            raise ValueError(f"strategies for states that are not in the scenario: {sorted(unknown)}")
        for code, strategy in classes.items():
            if reason := undecided(strategy):
                raise complain(reason, key=f"strategies.{code}")
        with self._deciding():
            self.states = [classes.get(code, StateAgent)(self, i) for i, code in enumerate(setup.states)]
        self._decides = [code in classes for code in setup.states]

    @property
    def world(self) -> World:
        """The arrays that the law changes; read-only while states decide and when their agents are made."""
        return self._seen if self._is_deciding else self._world

    @contextmanager
    def _deciding(self) -> Iterator[None]:
        self._is_deciding = True
        try:
            with one_process():
                yield
        finally:
            self._is_deciding = False

    def state(self, code: str) -> StateAgent:
        """Find the agent of a state by its code."""
        return self.states[self.setup.place[code]]

    def index_of(self, state: StateAgent | str) -> int:
        """Place of a state, given as agent or code, on the axes of the arrays."""
        return self.setup.place[state] if isinstance(state, str) else state.index

    @property
    def acts(self) -> list[tuple[str, str, str]]:
        """What was done in the last step, as (sender, target, type) codes."""
        codes, types, rows = self.setup.states, self.setup.codebook.type_ids, self.act_rows
        return [
            (codes[i], codes[j], types[k])
            for i, j, k in zip(rows.sender, rows.target, rows.type, strict=True)
        ]

    def memory(self, sender: int, target: int) -> float:
        """Warmth w̄ of a sender's past acts toward a target, each decayed by its half-life."""
        share = share_left(self._tables.fading, self.step_number)
        return float(recall(self._world.memory[sender, target], share))

    def end(self, state: StateAgent) -> None:
        """Take all capability from a state, as a shock of the scenario does; see `StateAgent.remove`."""
        if self._is_deciding:
            reason = "a state ends between two steps, not while states decide"
            raise complain(reason, key=f"{state.code}.remove")
        set_capability(self._world.capability, state.index, 0.0)

    @property
    def step_days(self) -> float:
        """Length of a step in days."""
        return float(self.setup.scenario.step_days)

    def step(self) -> None:
        """Advance the world by one step: the phases of `sim.dynamics.step`, in its order."""
        self.step_number += 1
        self.act_rows = self._step_with_agents() if any(self._decides) else self._step_by_law()
        self.running = self.step_number < self.setup.scenario.steps

    def _step_by_law(self) -> Acts:
        """All phases in one compiled call, where nobody has a will of its own."""
        setup = self.setup
        return advance(
            self._world, self.step_number, self.step_days, self._schedule, setup.shocks, self.types,
            self._tables, setup.policies, setup.params, self._chance,
        )  # fmt: skip

    def _step_with_agents(self) -> Acts:
        """The phases one by one, the agents' own decisions among them."""
        step, setup = self.step_number, self.setup
        self._share = forget(self._world, step, self._tables.fading)
        apply_shocks(self._world, step, setup.shocks, setup.params)
        self._weighted = weigh(self._world.affinity, self._world.capability)
        acts: Acts = gather(step, self._schedule, *self._choices())
        respond(self._world, acts, self._share, self.types, setup.policies, setup.params)
        drift(self._world, self._weighted, self.step_days, setup.params, self._chance)
        return acts

    def choose_by_law(self, sender: StateAgent, target: StateAgent, uniform: float) -> str | None:
        """What the law lets a state choose on an occasion."""
        dyad = np.array([sender.index]), np.array([target.index])
        [k] = self._types_by_law(1, *dyad, np.array([uniform]))
        return self.setup.codebook.types[k].id if k >= 0 else None

    def _types_by_law(
        self, n: int, senders: np.ndarray, targets: np.ndarray, uniforms: np.ndarray
    ) -> np.ndarray:
        """Index of the type that the law lets each of the first n senders choose, -1 for nothing."""
        return choose_types(
            self._world, self._weighted, n, senders, targets, uniforms, self._share, self.types.choosable,
            self._tables.items, self.setup.policies,
        )  # fmt: skip

    def _choices(self) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
        """Phase 2: all choose by the law, then those with a will of their own decide again."""
        setup = self.setup
        n, senders, targets, uniforms = draw_occasions(
            self._world, self.step_days, setup.policies, setup.params, self._chance
        )
        kinds = self._types_by_law(n, senders, targets, uniforms)
        if setup.scenario.choice:
            for row in np.flatnonzero(np.take(self._decides, senders[:n])):
                kinds[row] = self._decide(int(senders[row]), int(targets[row]), float(uniforms[row]))
        acting = np.flatnonzero(kinds >= 0)
        return acting.size, senders[acting], targets[acting], kinds[acting]

    def _decide(self, sender: int, target: int, uniform: float) -> int:
        """Index of the type that a state with a will of its own chooses, -1 for nothing."""
        where, about = f"{self.setup.states[sender]}.decide", f"toward {self.setup.states[target]}"
        about = f"in step {self.step_number}, {about}"
        try:
            with self._deciding():
                type_id = self.states[sender].decide(self.states[target], uniform)
        except BaseException as error:
            error.add_note(f"{where} {about}")
            raise
        if type_id is None:
            return -1
        known = self.setup.codebook.type_ids
        if type_id not in known:
            reason = f"{shorten(repr(type_id))} is no act type of the codebook{suggest(type_id, known)}"
            raise complain(f"{reason} ({about})", key=where)
        return known.index(type_id)


@contextmanager
def one_process() -> Iterator[None]:
    """End a process that code inside has forked, so that what follows is done once."""
    own = os.getpid()
    try:
        yield
    finally:
        if os.getpid() != own:
            os._exit(0)


def _root(rng: int) -> int:
    """Check a root of randomness."""
    if isinstance(rng, bool) or not isinstance(rng, int | np.integer) or rng < 0:
        raise complain(f"{shorten(repr(rng))} is no whole number, at least 0", key="rng")
    return int(rng)


def _batch_iteration() -> int:
    """Find which iteration of `mesa.batch_run` this model is built for; 0 where it is the first, or none.

    Mesa does not say: an iteration without a number of its own comes as ``rng=None``, as the first one does.
    """
    frame = inspect.currentframe()
    while frame is not None:
        if frame.f_globals.get("__name__") == "mesa.batchrunner" and "iteration" in frame.f_locals:
            return int(frame.f_locals["iteration"])
        frame = frame.f_back
    return 0


def _read_only(world: World) -> World:
    """The same arrays, as views that nobody can write to, nor make writeable."""
    return World(*(np.asarray(memoryview(array).toreadonly()) for array in world))
