"""AGENTS: the Mesa face of the law. The only file that imports mesa.

`AllianceModel` advances one world a step at a time by calling the same compiled phases that
ensembles run, so without an override both give the same numbers bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mesa
import numpy as np

from sim.dynamics.chance import Purpose, stream
from sim.dynamics.choose import choose_types, draw_occasions
from sim.dynamics.drift import add_noise, drift, weigh
from sim.dynamics.step import apply_shocks, choose, gather, respond
from sim.dynamics.world import Acts, World
from sim.scenario.load import load_scenario
from sim.scenario.resolve import Setup, resolve


class StateAgent(mesa.Agent):
    """A state, as a view of one row of the world: it holds its index and nothing else.

    Override `decide` to give a state a will of its own.
    """

    model: AllianceModel

    def __init__(self, model: AllianceModel, index: int) -> None:
        super().__init__(model)
        self.index = index

    @property
    def code(self) -> str:
        """ISO-3 or declared code."""
        return self.model.setup.states[self.index]

    @property
    def capability(self) -> float:
        """Share of all capability, c in [0, 1]."""
        return float(self.model.world.capability[self.index])

    @property
    def affinities(self) -> dict[str, float]:
        """Warmth toward every other state, a in (-1, 1)."""
        row = self.model.world.affinity[self.index]
        return {code: float(row[j]) for j, code in enumerate(self.model.setup.states) if j != self.index}

    @property
    def mean_affinity(self) -> float:
        """Mean warmth toward the others."""
        return float(self.model.world.affinity[self.index].sum() / (len(self.model.setup.states) - 1))

    def affinity(self, other: StateAgent) -> float:
        """Warmth toward one other state."""
        return float(self.model.world.affinity[self.index, other.index])

    def tie(self, other: StateAgent) -> int:
        """Formal tie with one other state: 0 none, 1 recognised, 2 relations, 3 resident embassy."""
        return int(self.model.world.tie[self.index, other.index])

    def decide(self, target: StateAgent, uniform: float) -> str | None:
        """Choose what to do on an occasion to act toward `target`.

        Parameters
        ----------
        target
            The state that the occasion concerns.
        uniform
            One random number on [0, 1), the same in every scenario with this rng_seed. Use it, and
            no other source of chance, to keep counterfactuals paired.

        Returns
        -------
        type
            Id of an act type of the codebook, or `None` to do nothing.
        """
        return self.model.choose_by_law(self, target, uniform)


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

    Attributes
    ----------
    world
        The arrays that the law changes.
    acts
        What was done in the last step, as (sender, target, type) codes.
    step_number
        Steps done so far.
    """

    def __init__(
        self,
        scenario: Path | str | Setup,
        replica: int = 0,
        strategies: Mapping[str, type[StateAgent]] | None = None,
    ) -> None:
        setup = scenario if isinstance(scenario, Setup) else resolve(load_scenario(scenario))
        seed = setup.scenario.rng_seed
        super().__init__(rng=stream(seed, replica, Purpose.AGENTS))
        self.setup = setup
        self.world: World = setup.initial_world(replica)
        self.acts: list[tuple[str, str, str]] = []
        self.step_number = 0
        self._types = setup.types(replica)
        self._schedule = setup.schedule(replica)
        self._occasions = stream(seed, replica, Purpose.OCCASIONS)
        self._noise = stream(seed, replica, Purpose.NOISE)
        chosen = strategies or {}
        if unknown := set(chosen) - set(setup.states):
            raise ValueError(f"strategies for states that are not in the scenario: {sorted(unknown)}")
        self.states = [chosen.get(code, StateAgent)(self, i) for i, code in enumerate(setup.states)]
        self._has_override = any(type(a).decide is not StateAgent.decide for a in self.states)

    def state(self, code: str) -> StateAgent:
        """Find the agent of a state by its code."""
        return self.states[self.setup.place[code]]

    @property
    def step_days(self) -> float:
        """Length of a step in days."""
        return float(self.setup.scenario.step_days)

    def step(self) -> None:
        """Advance the world by one step: the phases of `sim.dynamics.step`, in its order."""
        self.step_number += 1
        step, setup = self.step_number, self.setup
        apply_shocks(self.world, step, setup.shocks, setup.params)
        self._weighted = weigh(self.world.affinity, self.world.capability)
        chosen = self._choices() if self._has_override else self._choices_by_law()
        acts = gather(step, self._schedule, *chosen)
        respond(self.world, acts, step, self.step_days, self._types, setup.policies, setup.params)
        drift(self.world, self._weighted, self.step_days, setup.params)
        add_noise(self.world, self.step_days, setup.params, self._noise)
        self.acts = self._named(acts)

    def choose_by_law(self, sender: StateAgent, target: StateAgent, uniform: float) -> str | None:
        """What the law lets a state choose on an occasion."""
        dyad = np.array([sender.index]), np.array([target.index])
        [k] = choose_types(
            self.world, self._weighted, *dyad, np.array([uniform]), self.step_number, self.step_days,
            self._types, self.setup.policies,
        )  # fmt: skip
        return self.setup.codebook.types[k].id if k >= 0 else None

    def _choices_by_law(self) -> Any:
        setup = self.setup
        return choose(
            self.world, self._weighted, self.step_number, self.step_days, self._types, setup.policies,
            setup.params, self._occasions,
        )  # fmt: skip

    def _choices(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Phase 2 with the agents' own `decide`, on the same candidates."""
        setup = self.setup
        occasions = draw_occasions(self.world, self.step_days, setup.policies, setup.params, self._occasions)
        made: list[tuple[int, int, int]] = []
        for i, j, uniform in zip(*occasions, strict=True):
            type_id = self.states[i].decide(self.states[j], uniform)
            if type_id is not None:
                made.append((i, j, setup.codebook.index(type_id)))
        columns = np.array(made, np.int64).reshape(-1, 3).T.copy()
        return columns[0], columns[1], columns[2]

    def _named(self, acts: Acts) -> list[tuple[str, str, str]]:
        codes, types = self.setup.states, self.setup.codebook.types
        rows = zip(acts.sender, acts.target, acts.type, strict=True)
        return [(codes[i], codes[j], types[k].id) for i, j, k in rows]
