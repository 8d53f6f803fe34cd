"""Who stands with whom over the replicas, at the start and at the end: how surely, and what would flip it."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.compiled.kernels import njit
from sim.experiment.ensemble import Plan
from sim.experiment.replica import Record
from sim.experiment.store import codes, floats
from sim.outcomes.blocs.local import exit_costs
from sim.outcomes.consensus import company, consensus, membership_entropy
from sim.outcomes.intervals import Z95, wilson
from sim.outcomes.measures import mutual_affinity
from sim.scenario.setup import Setup
from sim.shapes import Float, Int

MOST_PARTITIONS = 65_536  # told apart; what is first seen after so many is not counted
MOST_NEAR_TIES = 5  # named

MOMENTS = ("start", "end")


@njit(cache=True, nogil=True)
def _tally(
    affinity: Float[np.ndarray, "R N N"], bloc: Int[np.ndarray, "R N"], resolution: float,
    together: Int[np.ndarray, "N N"], cost: Float[np.ndarray, "2 N"], flips: Int[np.ndarray, "N"],
    toward: Int[np.ndarray, "N N"],
) -> None:  # fmt: skip
    """Count, in place, pairs in one bloc, the state whose flip costs least, and with whom it would then stand.

    `cost` sums what each state's flip costs in every replica, and where it is the least. One that would then
    stand alone counts as toward itself.
    """
    n = bloc.shape[1]
    for r in range(bloc.shape[0]):
        costs, rival = exit_costs(mutual_affinity(affinity[r]), bloc[r], resolution)
        who = 0
        for i in range(n):
            who = i if costs[i] < costs[who] else who
        flips[who] += 1
        cost[1, who] += costs[who]
        for i in range(n):
            cost[0, i] += costs[i]
            for j in range(n):
                together[i, j] += bloc[r, i] == bloc[r, j]
        for j in range(n):
            toward[who, j] += j == who if rival[who] == who else bloc[r, j] == rival[who]


class MomentSummary:
    """Blocs at one moment, counted over the replicas in memory that no replica adds to.

    Parameters
    ----------
    names
        Codes of the states.
    resolution
        γ of the blocs.
    """

    def __init__(self, names: tuple[str, ...], resolution: float) -> None:
        n = len(names)
        self.names, self.resolution = names, resolution
        self.n = self.n_proven = 0
        self.together, self.toward = np.zeros((n, n), np.int64), np.zeros((n, n), np.int64)
        self.cost, self.flips = np.zeros((2, n)), np.zeros(n, np.int64)
        self.alone = np.zeros(n, np.int64)
        self.partitions: dict[bytes, int] = {}

    def add(self, record: Record, row: int, moment: int) -> None:
        """Count in the next replicas, from their saved row."""
        bloc = np.ascontiguousarray(record.bloc[:, row])
        _tally(
            np.ascontiguousarray(record.affinity[:, row]), bloc, self.resolution, self.together, self.cost,
            self.flips, self.toward,
        )  # fmt: skip
        self.alone += ((bloc[:, :, None] == bloc[:, None, :]).sum(axis=2) == 1).sum(axis=0)
        self.n += len(bloc)
        self.n_proven += int(record.is_proven[:, moment].sum())
        for labels in bloc.astype(np.int16):
            key = labels.tobytes()
            if key in self.partitions or len(self.partitions) < MOST_PARTITIONS:
                self.partitions[key] = self.partitions.get(key, 0) + 1

    @property
    def share(self) -> Float[np.ndarray, "N N"]:
        """Co-assignment: the share of replicas in which two states stand in one bloc."""
        return self.together / self.n

    def entry(self) -> dict[str, Any]:
        """What the manifest says of this moment."""
        ranked = sorted(self.partitions.items(), key=lambda item: (-item[1], _labels(item[0]).tolist()))
        (modal, most), *others = ranked
        near = [(key, count) for key, count in others if _is_near(most, count, self.n)]
        low, high = wilson(most, self.n)
        return {
            "is_exact": self.n_proven == self.n,
            "proven_share": self.n_proven / self.n,
            "consensus": self._named(consensus(self.share)),
            "states": self._states(),
            "modal": self._named(_labels(modal)),
            "share": most / self.n,
            "low": low,
            "high": high,
            "n_partitions": len(self.partitions),
            "n_near_ties": len(near),
            "near_ties": [
                {"blocs": self._named(_labels(key)), "share": count / self.n}
                for key, count in near[:MOST_NEAR_TIES]
            ],
            "pivotal": self._pivotal(),
        }

    def _states(self) -> dict[str, dict[str, Any]]:
        """Each state's consensus bloc, or the nearest where it has none, and how surely it stands there."""
        labels = consensus(self.share)
        bloc, sure = company(labels, self.share)
        unsure = membership_entropy(self.share)
        return {
            name: {
                "bloc": self.names[bloc[i]] if bloc[i] >= 0 else None,
                "is_member": bool((labels == labels[i]).sum() > 1),
                "probability": float(sure[i]),
                "alone": int(self.alone[i]) / self.n,
                "entropy": float(unsure[i]),
                "margin": float(self.cost[0, i]) / self.n,
            }
            for i, name in enumerate(self.names)
        }

    def _pivotal(self) -> list[dict[str, Any]]:
        """States that could flip most cheaply in some replica, the most often so first."""
        return [
            {
                "state": self.names[i],
                "share": int(self.flips[i]) / self.n,
                "margin": float(self.cost[1, i]) / int(self.flips[i]),
                "to": None if (j := int(np.argmax(self.toward[i]))) == i else self.names[j],
            }
            for i in np.argsort(-self.flips, kind="stable")
            if self.flips[i]
        ]

    def _named(self, labels: Int[np.ndarray, "N"]) -> list[list[str]]:
        members: dict[int, list[str]] = {}
        for label, name in zip(labels.tolist(), self.names, strict=True):
            members.setdefault(label, []).append(name)
        return sorted(members.values(), key=len, reverse=True)


def _labels(key: bytes) -> Int[np.ndarray, "N"]:
    return np.frombuffer(key, np.int16).astype(np.int64)


def _is_near(most: int, count: int, n: int) -> bool:
    """Whether two shares of the same replicas differ by no more than chance makes them, at 95 %."""
    return most - count <= Z95 * np.sqrt(most + count - (most - count) ** 2 / n)


class BlocSummary:
    """Blocs at the start and the end of a run, and how often an act makes the difference.

    Parameters
    ----------
    setup, layout
        The run and its saved steps.
    """

    def __init__(self, setup: Setup, layout: Plan) -> None:
        self.setup = setup
        self.steps = (0, int(layout.saved[-1]))
        self.moments = [MomentSummary(setup.states, setup.scenario.resolution) for _ in MOMENTS]
        self.changed: dict[str, int] = {}

    def add(self, actual: Record, without: dict[str, Record]) -> None:
        """Count in the next replicas, and those of the same run without each act."""
        for moment, summary in enumerate(self.moments):
            summary.add(actual, -moment, moment)
        for act, other in without.items():
            differs = (actual.bloc[:, -1] != other.bloc[:, -1]).any(axis=1)
            self.changed[act] = self.changed.get(act, 0) + int(differs.sum())

    def columns(self) -> dict[str, Any]:
        """Co-assignment at both moments: the share of replicas in which two states stand in one bloc."""
        share = np.stack([moment.share for moment in self.moments])
        moment, i, j = (axis.ravel() for axis in np.indices(share.shape))
        keep = i != j
        step, names = np.array(self.steps)[moment[keep]], list(self.setup.states)
        days = {k: np.datetime64(self.setup.scenario.date_of(k), "D") for k in self.steps}
        return {
            "step": step.astype(np.int32),
            "date": np.array([days[int(k)] for k in step]),
            "state": codes(i[keep], names),
            "other": codes(j[keep], names),
            "share": floats(share.ravel()[keep]),
        }

    def entry(self) -> dict[str, Any]:
        """What the manifest says of the blocs.

        Returns
        -------
        dict
            For ``start`` and ``end``: `step` and `date`; whether every replica's blocs `is_exact`, and the
            `proven_share`; the `consensus` blocs, and of each of the `states` its bloc there (the nearest, where it is
            no member), the probability of standing with it and of standing `alone`, the entropy of its company and
            what its flip costs on average (`margin`, in units of affinity); the `modal` partition, its `share` and that
            share's 95 % interval; how many partitions there are, and those that are as frequent as the modal one but
            for chance (`near_ties`); the `pivotal` states: the `share` of replicas in which the state's flip costs
            least of all, what it then costs, and `to` whom it would go (null: alone). And `changed_without`: the
            share of replicas that end in other blocs without an act.
        """
        n = self.moments[1].n
        entry: dict[str, Any] = {
            name: {"step": step, "date": self.setup.scenario.date_of(step).isoformat(), **summary.entry()}
            for name, step, summary in zip(MOMENTS, self.steps, self.moments, strict=True)
        }
        return entry | {"changed_without": {act: count / n for act, count in self.changed.items()}}
