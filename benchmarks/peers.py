"""What a modeller would write instead: the same law and outputs in plain Mesa, vectorised Mesa and agentpy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import mesa
import numpy as np

from benchmarks.case import RESOLUTION, synthetic
from sim.outcomes.blocs.local import blocs
from sim.scenario.setup import Setup
from tests.dynamics.oracle import Expected, Kind, PlainModel


def measures(affinity: np.ndarray) -> tuple[float, float, float]:
    """Mean affinity, asymmetry and polarisation, as an ordinary NumPy user writes them."""
    pairs = affinity[~np.eye(len(affinity), dtype=bool)]
    mutual = ((affinity + affinity.T) / 2)[np.triu_indices(len(affinity), 1)]
    return float(pairs.mean()), float(np.abs(affinity - affinity.T).mean()), float(mutual.var())


def plain_kinds(setup: Setup) -> list[Kind]:
    """The codebook as the plain model reads it."""
    t, listed = setup.types(0), setup.codebook.types
    return [
        Kind(
            t.warmth[k], t.difficulty[k], t.discrimination[k], t.publicity[k], t.cost[k],
            listed[k].half_life_days, listed[k].choosable, (t.tie_lowest[k], t.tie_highest[k]),
            t.tie_to[k] if t.tie_to[k] >= 0 else None,
        )
        for k in range(len(listed))
    ]  # fmt: skip


class PlainChance:
    """Chance as an ordinary NumPy user draws it."""

    def __init__(self, n_states: int) -> None:
        self.rng, self.n_states = np.random.default_rng(0), n_states
        self.new_step()

    def new_step(self) -> None:
        self.normals = self.rng.standard_normal((self.n_states, self.n_states)).tolist()

    def occasions(self, expected: Expected, bound: float) -> Iterator[tuple[int, int, float]]:
        """Candidates at the upper rate, thinned."""
        n = self.n_states
        for place in (self.rng.random(self.rng.poisson(bound * n * (n - 1))) * n * (n - 1)).tolist():
            i, nth_other = divmod(int(place), n - 1)
            j, share = nth_other + (nth_other >= i), place - int(place)
            if share * bound < expected(i, j):
                yield i, j, share * bound / expected(i, j)

    def normal(self, sender: int, target: int) -> float:
        return self.normals[sender][target]


class PlainMesa(PlainModel):
    """(a) Idiomatic: one agent at a time, dictionaries, collected by a DataCollector."""

    def __init__(self, n_states: int = 20, rng: Any = None) -> None:
        setup = synthetic(n_states, 1)
        world = setup.initial_world(0)
        super().__init__(
            law=setup.params._asdict(),
            kinds=plain_kinds(setup),
            policies=[{k: float(v[i]) for k, v in setup.policies._asdict().items()} for i in range(n_states)],
            capability=list(map(float, world.capability)),
            schedule={},
            shocks={},
            step_days=7.0,
            chance=PlainChance(n_states),
        )
        for state in self.states:
            for other in (j for j in range(n_states) if j != state.index):
                for name in ("theta", "affinity", "level", "commitment", "tie"):
                    getattr(state, name)[other] = getattr(world, name)[state.index, other].item()
                state.deeds[other] = []
        reporters = {
            "mean": lambda m: m.measured[0],
            "acts": lambda m: len(m.done),
            "blocs": lambda m: m.n_blocs,
        }
        self.n_blocs, self.measured = 0, (0.0, 0.0, 0.0)
        self.datacollector = mesa.DataCollector(model_reporters=reporters)

    def step(self) -> None:
        super().step()
        affinity = np.array([[s.affinity.get(j, 0.0) for j in range(len(self.states))] for s in self.states])
        self.measured = measures(affinity)
        if self.step_number % 10 == 0:
            self.n_blocs = len(set(blocs((affinity + affinity.T) / 2, RESOLUTION)))
        self.datacollector.collect(self)


class VectorLaw:
    """The phases of the law in NumPy, for whole matrices at a time; acts are still taken one by one."""

    def __init__(self, n_states: int, replica: int) -> None:
        setup = synthetic(n_states, 1)
        self.types, self.policies, self.params = setup.types(replica), setup.policies, setup.params
        self.world, self.n, self.days = setup.initial_world(replica), n_states, 7.0
        self.rng = np.random.default_rng(replica)
        self.choosable = self.types.choosable
        self.sign = np.sign(self.types.warmth[self.choosable])
        self.n_acts = self.n_blocs = self.today = 0

    def advance(self) -> None:
        """One step, measured."""
        self.today += 1
        self.world.memory[:] *= 0.5 ** (self.days / self.types.half_life)
        acts = self.choices()
        for i, j, k in acts:
            self.respond(i, j, k)
        self.drift()
        self.measured = measures(self.world.affinity)
        self.n_acts = len(acts)
        if self.today % 10 == 0:
            w = self.world.affinity
            self.n_blocs = len(set(blocs((w + w.T) / 2, RESOLUTION)))

    def choices(self) -> list[tuple[int, int, int]]:
        """Phase 2, all occasions at once."""
        w, p, t, c = self.world, self.policies, self.types, self.choosable
        drive = p.activity[:, None] + p.attraction[None, :] + self.params.activity_slope * np.abs(w.theta)
        rate = np.minimum(self.params.occasion_bound, np.exp(drive)) * self.days
        np.fill_diagonal(rate, 0.0)
        count = self.rng.poisson(rate)
        i, j = np.nonzero(count)
        i, j = np.repeat(i, count[i, j]), np.repeat(j, count[i, j])
        opinion = (w.affinity * w.capability) @ w.affinity
        memory = w.memory.sum(-1)
        social = p.friends_opinion[i] * opinion[i, j] + p.reply[i] * memory[j, i]
        own = t.discrimination[c] * (w.theta[i, j][:, None] - t.difficulty[c]) + social[:, None]
        audience = (
            p.audience_cost[i][:, None] * t.publicity[c] * (t.warmth[c] - w.commitment[i, j][:, None]) ** 2
        )
        utility = self.sign * own - t.cost[c] - audience
        tie = w.tie[i, j][:, None]
        utility[(tie < t.tie_lowest[c]) | (tie > t.tie_highest[c])] = -np.inf
        weight = np.exp(np.column_stack([np.zeros(len(i)), utility]) / p.temperature[i][:, None])
        mark = self.rng.random((len(i), 1)) * weight.sum(1, keepdims=True)
        chosen = (weight.cumsum(1) < mark).sum(1) - 1
        return [(a, b, c[k]) for a, b, k in zip(i, j, chosen, strict=True) if k >= 0]

    def respond(self, i: int, j: int, k: int) -> None:
        """Phase 3, all observers at once."""
        w, p, t = self.world, self.policies, self.types
        warmth, public = t.warmth[k], t.publicity[k]
        moved, own = w.theta[j, i] + p.susceptibility[j] * warmth, w.theta[i, i]
        w.theta[:, i] += p.vigilance * public * warmth * w.affinity[:, j]
        w.theta[j, i], w.theta[i, i] = moved, own
        w.commitment[i, j] += public * self.params.commitment * (warmth - w.commitment[i, j])
        w.memory[i, j, t.half_life_class[k]] += warmth
        if t.tie_to[k] >= 0 and t.tie_lowest[k] <= w.tie[i, j] <= t.tie_highest[k]:
            w.tie[i, j] = t.tie_to[k]

    def drift(self) -> None:
        """Phases 4 and 5."""
        w, q = self.world, self.params
        decay = np.where(w.theta > 0, q.friendship_decay, q.hostility_decay)
        pull = (w.affinity * w.capability) @ w.affinity.T
        rate = decay * (w.level - w.theta) + q.reciprocity * (w.theta.T - w.theta) + q.balance * pull
        noise = q.noise * np.sqrt(self.days) * self.rng.standard_normal(w.theta.shape)
        w.theta[:] = np.clip(w.theta + self.days * rate + noise, -q.theta_max, q.theta_max)
        np.fill_diagonal(w.theta, 0.0)
        w.affinity[:] = np.tanh(w.theta)


class VectorMesa(mesa.Model):
    """(b) A Mesa model that steps matrices."""

    def __init__(self, n_states: int = 20, rng: Any = None) -> None:
        super().__init__(rng=rng)
        self.law = VectorLaw(n_states, 0)
        reporters = {"mean": lambda m: m.law.measured[0], "acts": lambda m: m.law.n_acts}
        self.datacollector = mesa.DataCollector(model_reporters=reporters)

    def step(self) -> None:
        self.law.advance()
        self.datacollector.collect(self)


def run_agentpy(n_states: int, steps: int) -> None:
    """(c) The idiomatic model driven by agentpy, which records it."""
    import agentpy  # an extra: only this peer needs it

    class PlainAgentpy(agentpy.Model):
        def setup(self) -> None:
            self.plain = PlainMesa(n_states)

        def step(self) -> None:
            self.plain.step()
            self.record("mean", self.plain.measured[0])
            self.record("acts", len(self.plain.done))

    PlainAgentpy({"steps": steps}).run(display=False)
