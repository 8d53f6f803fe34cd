"""Indicators of a pair's level at the end of a year, from what public tables had said by then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from sim.estimation.background.record import Record
from sim.shapes import Bool, Float

Matrix = Float[np.ndarray, "N N"]

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "votes": ("votes",),
        "pacts": ("defence", "defence_age", "defence_crowd", "allies_alike", "pledge"),
        "rivalry": ("rivalry", "rivalry_past"),
        "disputes": ("force_sent", "force_received"),
        "blocs": ("friends_of_rivals", "common_rivals"),
    }
)
"""Indicators by the public record that they come from: what an explanation names."""

CONTROLS = ("wide_pledge", "border", "sea", "border_rivalry", "distance", "size")
"""What the fit has to know beside, and no level is made of."""
NAMES = (*(name for names in GROUPS.values() for name in names), *CONTROLS)
QUARRELS = ("rivalry", "rivalry_past", "force_sent", "force_received")
VOTES_RELIABLE = 30.0  # pooled votes that speak as loud as what all pairs have in common
FORCE_MEMORY, RIVALRY_MEMORY = 8.0, 15.0  # years by which a quarrel's weight falls to 1/e
LONG = 20.0  # years of a pact that count as long
CIRCLE = 10.0  # partners by which a pledge short of defence falls to 1/e
SMALL_SHARE = 1e-3  # of the world's capability
FAR = 8  # steps from neighbour to neighbour beyond which all is far


@dataclass(frozen=True)
class Indicators:
    """Everything known of every ordered pair at the end of one year.

    Attributes
    ----------
    year
        The year.
    values
        Indicators in the order of `NAMES`, sender, target; 0 where nothing is known or nothing is there.
    has_votes
        Whether both states have a record in the General Assembly: without it the votes are missing, not 0.
    exists
        Whether both states were in being.
    """

    year: int
    values: Float[np.ndarray, "K N N"]
    has_votes: Bool[np.ndarray, "N N"]
    exists: Bool[np.ndarray, "N N"]


def indicators(record: Record, year: int) -> Indicators:
    """Work out the indicators of one year from rows up to that year."""
    t = record.row(year)
    exists = record.exists[t][:, None] & record.exists[t][None, :]
    np.fill_diagonal(exists, False)
    votes, has_votes = _votes(record, t, exists)
    votes = np.arcsinh(votes)
    values = {
        "votes": votes,
        **_pacts(record, t),
        **_quarrels(record, t),
        **_places(record, t),
        **_blocs(record, t, np.where(has_votes, np.clip(votes, 0.0, 1.0), 1.0) * exists),
    }
    values["allies_alike"] = values["defence_crowd"] * np.maximum(values["votes"], 0.0)
    stacked = np.stack([np.where(exists, values[name], 0.0) for name in NAMES])
    return Indicators(year, stacked, has_votes & exists, exists)


def _votes(record: Record, t: int, exists: Bool[np.ndarray, "N N"]) -> tuple[Matrix, Bool[np.ndarray, "N N"]]:
    """Agreement beyond what both states' general agreement explains, in sd of all pairs, shrunk where votes are few.

    s_ij = r_i + r_j + e_ij by least squares, e in sd of its year, so that neither a near-unanimous year nor a state
    that votes alone passes for affinity.
    """
    total, known = record.n_votes[t], (record.n_votes[t] > 1.0) & exists
    pooled = np.where(known, record.votes[t], 0.0)
    usual = np.linalg.solve(known + np.diag(known.sum(1) + 1e-9), pooled.sum(axis=1))
    beyond = np.where(known, pooled - usual[:, None] - usual[None, :], 0.0)
    spread = np.sqrt((beyond**2).sum() / max(known.sum(), 1)) or 1.0
    return beyond / spread * total / (total + VOTES_RELIABLE), known


def _pacts(record: Record, t: int) -> dict[str, Matrix]:
    """Pledges of either side, how long they have bound without a break, and how many others are bound alike.

    One of many partners is worth less: a crowd is the log of the smaller circle. A pledge short of defence among many
    is a rule of conduct that enemies sign alike, and no more than a control.
    """
    bound, pledged = record.defence[t], record.pledge[t] & ~record.defence[t]
    close = pledged * np.exp(-np.exp(_crowd(pledged)) / CIRCLE)
    return {
        "defence": bound.astype(float),
        "defence_age": 1.0 - np.exp(-record.defence_years[t] / LONG),
        "defence_crowd": bound * _crowd(bound),
        "pledge": close,
        "wide_pledge": pledged - close,
    }


def _crowd(bound: Bool[np.ndarray, "N N"]) -> Matrix:
    """Log of the smaller circle of partners."""
    size = bound.sum(axis=1)
    return np.log(np.maximum(np.minimum(size[:, None], size[None, :]), 1))


def _quarrels(record: Record, t: int) -> dict[str, Matrix]:
    """Rivalry now and once, force used by the sender and by the target, each fading with the years."""
    force = np.exp(-record.force_age[t] / FORCE_MEMORY)
    return {
        "rivalry": record.rivalry[t].astype(float),
        "rivalry_past": np.exp(-record.rivalry_age[t] / RIVALRY_MEMORY) * ~record.rivalry[t],
        "force_sent": force,
        "force_received": force.T,
    }


def _places(record: Record, t: int) -> dict[str, Matrix]:
    border, size = record.nearness[t] == 1, np.log1p(record.capability[t] / SMALL_SHARE)
    return {
        "border": border.astype(float),
        "sea": (record.nearness[t] > 1).astype(float),
        "border_rivalry": (border & record.rivalry[t]).astype(float),
        "distance": _distance(record.nearness[t] > 0),
        "size": size[:, None] + size[None, :],
    }


def _distance(near: Bool[np.ndarray, "N N"]) -> Matrix:
    """Log of the fewest steps from neighbour to neighbour, at most `FAR`."""
    steps = dijkstra(csr_array(near.astype(float)), unweighted=True, limit=FAR)
    return np.log(np.clip(steps, 1.0, FAR))


def _blocs(record: Record, t: int, alike: Matrix) -> dict[str, Matrix]:
    """Friends of one's rivals and common rivals, weighed by capability, saturating.

    A friend is an ally who votes alike, as far as votes are known: others are allies on paper.
    """
    bound = record.defence[t] & ~record.rivalry[t]
    friend = bound * alike / np.sqrt(np.maximum(bound.sum(axis=1), 1))[:, None]
    rival, weight = record.rivalry[t].astype(float), np.sqrt(record.capability[t])
    mixed = (friend * weight) @ rival
    return {
        "friends_of_rivals": np.sqrt(mixed + mixed.T),
        "common_rivals": np.sqrt((rival * weight) @ rival),
    }


def hostility(values: Float[np.ndarray, "K *shape"]) -> Float[np.ndarray, "*shape"]:
    """How far a pair is known as rivals, 0 to 1: rivalry, now or fading."""
    return strongest(values, QUARRELS[:2])


def strongest(values: Float[np.ndarray, "K *shape"], names: tuple[str, ...]) -> Float[np.ndarray, "*shape"]:
    """The largest of some indicators."""
    found: np.ndarray = np.max([values[NAMES.index(name)] for name in names], axis=0)
    return found
