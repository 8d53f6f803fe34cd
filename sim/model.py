"""AGENTS: the Mesa face of the law. The only file that imports mesa.

`AllianceModel` advances one world a step at a time by calling the same compiled phases that
ensembles run, so without an override both give the same numbers bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import mesa
import numpy as np

from sim.dynamics.chance import Purpose
from sim.dynamics.choose import choose_types, draw_occasions, recalled
from sim.dynamics.drift import drift, weigh
from sim.dynamics.params import Policy
from sim.dynamics.respond import forget, respond
from sim.dynamics.step import advance, apply_shocks, gather
from sim.dynamics.world import Acts, World, no_acts, share_left
from sim.errors import complain
from sim.scenario.load import load_scenario
from sim.scenario.resolve import Setup, resolve
from sim.scenario.text.document import shorten, suggest


class StateAgent(mesa.Agent):
    """A state, as a view of one row of the world: it holds its index and nothing else.

    Override `decide` to give a state a will of its own. Wherever another state is asked for, the agent
    or its code will do.
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
    def policy(self) -> Policy:
        """How it behaves by the scenario: temperature, audience cost and so on."""
        return self.model.setup.scenario.policy_of(self.code)

    @property
    def others(self) -> list[StateAgent]:
        """All other states, in the order of the scenario."""
        return [agent for agent in self.model.states if agent is not self]

    @property
    def affinities(self) -> dict[str, float]:
        """Warmth toward every other state, a in (-1, 1)."""
        return {other.code: self.affinity(other) for other in self.others}

    @property
    def mean_affinity(self) -> float:
        """Mean warmth toward the others."""
        return float(self.model.world.affinity[self.index].sum() / (len(self.model.setup.states) - 1))

    def affinity(self, other: StateAgent | str) -> float:
        """Warmth toward one other state, a in (-1, 1)."""
        return float(self.model.world.affinity[self.index, self.model.index_of(other)])

    def tie(self, other: StateAgent | str) -> int:
        """Formal tie with one other state: 0 none, 1 recognised, 2 relations, 3 resident embassy."""
        return int(self.model.world.tie[self.index, self.model.index_of(other)])

    def line(self, other: StateAgent | str) -> float:
        """What it has publicly stood for toward one other state, C on the θ scale."""
        return float(self.model.world.commitment[self.index, self.model.index_of(other)])

    def memory(self, other: StateAgent | str) -> float:
        """Warmth w̄ of its recent acts toward one other state; ``other.memory(self)`` is what it was given."""
        return self.model.memory(self.index, self.model.index_of(other))

    def may(self, type_id: str, other: StateAgent | str) -> bool:
        """Whether the formal tie allows an act of this type; one that it forbids leaves the tie as it is."""
        effect = self.model.setup.codebook.types[self.model.setup.codebook.index(type_id)].tie_effect
        return effect is None or effect.lowest <= self.tie(other) <= effect.highest

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
    rng
        Root of all randomness, in place of the scenario's `rng_seed`.
    copied
        Which stochastic copy of the replica's draw from belief, as sweeps have them.

    Attributes
    ----------
    world
        The arrays that the law changes.
    states
        The agents in the order of the scenario, which is that of the arrays' axes.
    types
        The act types under the replica's draw of the codebook's weights.
    act_rows
        What was done in the last step, as the law writes it; `acts` tells it in codes.
    step_number
        Steps done so far; Mesa's `running` turns false at the scenario's horizon.
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
            setup = replace(setup, scenario=setup.scenario.model_copy(update={"rng_seed": int(rng)}))
        super().__init__(rng=setup.stream(replica, Purpose.AGENTS, copied))
        self.setup = setup
        self.world: World = setup.initial_world(replica)
        self.act_rows: Acts = no_acts()
        self.step_number = 0
        self.types = setup.types(replica)
        self._tables = setup.tables(replica)
        self._schedule = setup.schedule(replica)
        self._chance = setup.chance(replica, copied)
        chosen = strategies or {}
        if unknown := set(chosen) - set(setup.states):
            raise ValueError(f"strategies for states that are not in the scenario: {sorted(unknown)}")
        self.states = [chosen.get(code, StateAgent)(self, i) for i, code in enumerate(setup.states)]
        self._decides = [type(agent).decide is not StateAgent.decide for agent in self.states]

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
        world = self.world
        share = share_left(self._tables.fading, self.step_number)
        return float(recalled(world.memory[sender, target], share))

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
            self.world, self.step_number, self.step_days, self._schedule, setup.shocks, self.types,
            self._tables, setup.policies, setup.params, self._chance,
        )  # fmt: skip

    def _step_with_agents(self) -> Acts:
        """The phases one by one, the agents' own decisions among them."""
        step, setup = self.step_number, self.setup
        self._share = forget(self.world, step, self._tables.fading)
        apply_shocks(self.world, step, setup.shocks, setup.params)
        self._weighted = weigh(self.world.affinity, self.world.capability)
        acts: Acts = gather(step, self._schedule, *self._choices())
        respond(self.world, acts, self._share, self.types, setup.policies, setup.params)
        drift(self.world, self._weighted, self.step_days, setup.params, self._chance)
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
            self.world, self._weighted, n, senders, targets, uniforms, self._share, self.types.choosable,
            self._tables.items, self.setup.policies,
        )  # fmt: skip

    def _choices(self) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
        """Phase 2: all choose by the law, then those with a will of their own decide again."""
        setup = self.setup
        n, senders, targets, uniforms = draw_occasions(
            self.world, self.step_days, setup.policies, setup.params, self._chance
        )
        kinds = self._types_by_law(n, senders, targets, uniforms)
        if setup.scenario.choice:
            for row in np.flatnonzero(np.take(self._decides, senders[:n])):
                kinds[row] = self._decided(int(senders[row]), int(targets[row]), float(uniforms[row]))
        acting = np.flatnonzero(kinds >= 0)
        return acting.size, senders[acting], targets[acting], kinds[acting]

    def _decided(self, sender: int, target: int, uniform: float) -> int:
        type_id = self.states[sender].decide(self.states[target], uniform)
        if type_id is None:
            return -1
        known = self.setup.codebook.type_ids
        if type_id not in known:
            where = f"{self.setup.states[sender]}.decide"
            about = f"in step {self.step_number}, toward {self.setup.states[target]}"
            reason = f"{shorten(repr(type_id))} is no act type of the codebook{suggest(type_id, known)}"
            raise complain(f"{reason} ({about})", key=where)
        return known.index(type_id)
