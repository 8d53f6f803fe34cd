"""An independent oracle of the law: a plain Mesa model written from the model note, one agent at a time.

No arrays of the world, no compiled code, no import from `sim`: states keep dictionaries about each other,
memory is the list of all past acts, and every phase is a method that reads like the note. It is slow on purpose.
What it shares with the law is only the scenario and the chance, which it is handed: for each ordered pair
the occasions of a step, with a uniform for each, and one normal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import mesa

Expected = Callable[[int, int], float]


class Chance(Protocol):
    """Where the numbers come from."""

    def occasions(self, expected: Expected, bound: float) -> Iterator[tuple[int, int, float]]:
        """A Poisson number for each ordered pair, sender by sender: sender, target, a uniform to choose with.

        Their mean is what `expected` gives for the pair, `bound` at most.
        """

    def normal(self, sender: int, target: int) -> float: ...
    def new_step(self) -> None: ...


@dataclass(frozen=True)
class Kind:
    """One row of the codebook."""

    warmth: float
    difficulty: float
    discrimination: float
    publicity: float
    cost: float
    half_life_days: float
    is_choosable: bool
    rungs: tuple[int, int]  # feasible from, to
    leads_to: int | None

    @property
    def sign(self) -> int:
        return 1 if self.warmth > 0 else -1

    def is_feasible(self, rung: int) -> bool:
        return self.rungs[0] <= rung <= self.rungs[1]


class Deed(NamedTuple):
    """An act: who, to whom, which type, and the product of its modifiers."""

    sender: int
    target: int
    kind: int
    strength: float


class Shock(NamedTuple):
    """A change from outside: of "affinity", "level" or "tie" of a dyad, or of "capability" of the sender."""

    what: str
    sender: int
    target: int
    is_shift: bool
    value: float


class PlainState(mesa.Agent):
    """A state that keeps its own books about every other."""

    def __init__(self, model: PlainModel, index: int, policy: Mapping[str, float], capability: float) -> None:
        super().__init__(model)
        self.index = index
        self.policy = policy
        self.capability = capability
        self.theta: dict[int, float] = {}
        self.affinity: dict[int, float] = {}
        self.level: dict[int, float] = {}
        self.tie: dict[int, int] = {}
        self.commitment: dict[int, float] = {}
        self.deeds: dict[int, list[tuple[float, float, float]]] = {}  # day, warmth, half-life by target
        self.feeling: dict[int, float] = {}  # θ at the end of drift

    def occasion_rate(self, target: PlainState) -> float:
        """exp(α_i + γ_j + δ|θ_ij|), bounded by Λ."""
        law = self.model.law
        drive = (
            self.policy["activity"]
            + target.policy["attraction"]
            + law["activity_slope"] * abs(self.theta[target.index])
        )
        return min(law["occasion_bound"], math.exp(drive))

    def recall(self, target: PlainState) -> float:
        """w̄: warmth of my past acts toward the target, each decayed by its half-life."""
        today = self.model.today
        return sum(w * 0.5 ** ((today - day) / half) for day, w, half in self.deeds[target.index])

    def friends_opinion(self, target: PlainState) -> float:
        """What my friends think of the target, weighed by their capability."""
        friends = [s for s in self.model.states if s is not self and s is not target]
        return sum(f.capability * self.affinity[f.index] * f.affinity[target.index] for f in friends)

    def utility(self, kind: Kind, target: PlainState, friends: float) -> float:
        """What doing this is worth to me, against 0 for nothing."""
        j = target.index
        own = kind.sign * kind.discrimination * (self.theta[j] - kind.difficulty)
        company = self.policy["friends_opinion"] * kind.sign * friends
        audience = self.policy["audience_cost"] * kind.publicity * (kind.warmth - self.commitment[j]) ** 2
        reply = self.policy["reply"] * kind.sign * target.recall(self)
        return own + company - kind.cost - audience + reply

    def choose(self, target: PlainState, uniform: float) -> int | None:
        """Multinomial logit at temperature τ over nothing and the feasible types, in the codebook's order."""
        friends = self.friends_opinion(target)
        options: list[int | None] = [None]
        weights = [1.0]
        for k, kind in enumerate(self.model.kinds):
            if kind.is_choosable and kind.is_feasible(self.tie[target.index]):
                options.append(k)
                weights.append(math.exp(self.utility(kind, target, friends) / self.policy["temperature"]))
        mark = uniform * sum(weights)
        for option, weight in zip(options, weights, strict=True):
            mark -= weight
            if mark < 0.0:
                return option
        return None

    def commit(self, target: int, warmth: float, publicity: float) -> None:
        """C moves toward the warmth of a public act."""
        share = publicity * self.model.law["commitment"]
        self.commitment[target] = (1.0 - share) * self.commitment[target] + share * warmth

    def look_on(self, sender: PlainState, target: PlainState, warmth: float, publicity: float) -> None:
        """An observer warms to whoever is kind to its friends or unkind to its enemies."""
        self.theta[sender.index] += (
            self.policy["vigilance"] * publicity * warmth * self.affinity[target.index]
        )

    def balance(self, target: PlainState) -> float:
        """Those who see third parties alike draw together; each third counts by its capability."""
        total = 0.0
        for third in self.model.states:
            if third is not self and third is not target:
                here, there = third.index, target.index
                theirs = third.affinity[there] if self.model.is_squared else target.affinity[here]
                total += third.capability * self.affinity[here] * theirs
        return total / self.model.capability

    def drift(self, target: PlainState) -> None:
        """Return to the long-run level, reciprocity and balance; others still feel as before."""
        law, j = self.model.law, target.index
        theta = self.theta[j]
        decay = law["friendship_decay"] if theta > 0 else law["hostility_decay"]
        rate = decay * (self.level[j] - theta)
        rate += law["reciprocity"] * (target.theta[self.index] - theta)
        rate += law["balance"] * self.balance(target)
        self.feeling[j] = theta + self.model.step_days * rate

    def feel(self, target: int, theta: float) -> None:
        """Set θ within its bound, and the affinity with it."""
        bound = self.model.law["theta_max"]
        self.theta[target] = max(-bound, min(bound, theta))
        self.affinity[target] = self.theta[target] if self.model.is_linear else math.tanh(self.theta[target])


class PlainModel(mesa.Model):
    """The law, one agent at a time."""

    def __init__(
        self, law: Mapping[str, float], kinds: Sequence[Kind], policies: Sequence[Mapping[str, float]],
        capability: Sequence[float], schedule: Mapping[int, Sequence[Deed]], shocks: Mapping[int, Sequence[Shock]],
        step_days: float, chance: Chance, *, is_linear: bool = False, is_squared: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(rng=0)
        self.law, self.kinds, self.step_days = law, kinds, step_days
        self.schedule, self.shocks = schedule, shocks
        self.chance, self.step_number = chance, 0
        self.is_linear, self.is_squared = is_linear, is_squared
        self.states = [
            PlainState(self, i, policy, weight)
            for i, (policy, weight) in enumerate(zip(policies, capability, strict=True))
        ]
        self.capability = sum(capability)
        self.done: list[Deed] = []

    @property
    def today(self) -> float:
        """Days since the start, at the end of this step."""
        return self.step_number * self.step_days

    def others(self, state: PlainState) -> list[PlainState]:
        return [other for other in self.states if other is not state]

    def step(self) -> None:
        self.step_number += 1
        for shock in self.shocks.get(self.step_number, ()):
            self.shake(shock)
        chosen = self.choices()
        self.done = [*self.schedule.get(self.step_number, ()), *chosen]
        for deed in self.done:
            self.take_effect(deed)
        self.capability = sum(state.capability for state in self.states)
        for state in self.states:
            for target in self.others(state):
                state.drift(target)
        size = self.law["noise"] * math.sqrt(self.step_days)
        for target in self.states:
            for state in self.others(target):
                felt = size * self.chance.normal(state.index, target.index)
                state.feel(target.index, state.feeling[target.index] + felt)
        self.chance.new_step()

    def shake(self, shock: Shock) -> None:
        """Phase 1: a shock edits θ, m, c or ℓ."""
        state, j = self.states[shock.sender], shock.target
        if shock.what == "affinity":
            state.feel(j, shock.value + (state.theta[j] if shock.is_shift else 0.0))
        elif shock.what == "level":
            state.level[j] = shock.value + (state.level[j] if shock.is_shift else 0.0)
        elif shock.what == "tie":
            self.set_tie(state, self.states[j], int(shock.value))
        else:
            state.capability = max(0.0, shock.value + (state.capability if shock.is_shift else 0.0))
            total = sum(s.capability for s in self.states)
            for s in self.states:
                s.capability /= total

    def expected_occasions(self, sender: int, target: int) -> float:
        """How many occasions of this step a state can expect."""
        one, other = self.states[sender], self.states[target]
        has_ended = one.capability == 0 or other.capability == 0
        return 0.0 if has_ended else one.occasion_rate(other) * self.step_days

    def choices(self) -> list[Deed]:
        """Phase 2: occasions come at each dyad's own rate; all choose on the same world."""
        deeds, bound = [], self.law["occasion_bound"] * self.step_days
        for i, j, uniform in self.chance.occasions(self.expected_occasions, bound):
            kind = self.states[i].choose(self.states[j], uniform)
            if kind is not None:
                deeds.append(Deed(i, j, kind, 1.0))
        return deeds

    def take_effect(self, deed: Deed) -> None:
        """Phase 3: target, public line, memory, observers, tie."""
        kind, sender, target = self.kinds[deed.kind], self.states[deed.sender], self.states[deed.target]
        warmth = kind.warmth * deed.strength
        target.theta[sender.index] += target.policy["susceptibility"] * warmth
        sender.commit(target.index, warmth, kind.publicity)
        sender.deeds[target.index].append((self.today, warmth, kind.half_life_days))
        for observer in self.states:
            if observer is not sender and observer is not target:
                observer.look_on(sender, target, warmth, kind.publicity)
        if kind.leads_to is not None and kind.is_feasible(sender.tie[target.index]):
            self.set_tie(sender, target, kind.leads_to)

    def set_tie(self, one: PlainState, other: PlainState, rung: int) -> None:
        """Relations need both: whoever enters or leaves them takes the other along."""
        one.tie[other.index] = rung
        if rung >= 2 and other.tie[one.index] < 2:
            other.tie[one.index] = 2
        if rung < 2 and other.tie[one.index] >= 2:
            other.tie[one.index] = 1
