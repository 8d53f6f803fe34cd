"""AGENTS: a state as a Mesa agent, which a strategy gives a will of its own.

Of the two files that import mesa this one has the agent, `sim.model` the model.
"""

from __future__ import annotations

from typing import Any

import mesa

from sim.dynamics.params import Policy
from sim.dynamics.rules import is_feasible
from sim.errors import nearest


class StateAgent(mesa.Agent):
    """A state, as a view of one row of the world: it holds its index and nothing else.

    Override `decide` to give a state a will of its own. Wherever another state is asked for, the agent
    or its code will do.
    """

    model: Any  # a `sim.model.AllianceModel`

    def __init__(self, model: Any, index: int) -> None:
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
        return effect is None or bool(is_feasible(self.tie(other), effect.lowest, effect.highest))

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

    def remove(self) -> None:
        """End the state: its capability becomes 0, and it neither acts nor is acted toward any more.

        It leaves Mesa's `model.agents`; what is felt by it and toward it stays in the world.

        Raises
        ------
        InputError
            While states decide.
        """
        self.model.end(self)
        super().remove()


def undecided(strategy: type[StateAgent]) -> str:
    """Say that a class has no `decide` of its own, by which it would do as the law does; "" where it has."""
    if strategy.decide is not StateAgent.decide:
        return ""
    own = [name for name in dir(strategy) if not hasattr(StateAgent, name)]
    near = nearest("decide", own)
    hint = f"; is `{near}` meant to be it?" if near else ""
    return f"{strategy.__name__} defines no `decide`{hint}"
