"""Who is with whom in a signed network, how sure that is, and what would flip it: as arrays and as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from sim.errors import complain
from sim.network.edges import Network
from sim.network.proof.certificate import (
    ENUMERATED,
    MOST_STATES_EXACT,
    BlocResult,
    Method,
    flip_costs,
    searched_blocs,
    two_blocs,
)
from sim.network.proof.clustering import MOST_STATES, free_blocs
from sim.network.reading import read_network, read_sizes
from sim.network.solvers.landscape import Landscape, landscape
from sim.network.solvers.large import balanced_triangles_of_many
from sim.outcomes.measures import LARGEST, Labels, Vector, balanced_triangles

SMALLEST = 1e-290  # weight of which shares of 1e-12 can still be told
MOST_DENSE = 500  # states whose pairs are counted one by one


@dataclass(frozen=True)
class Answer:
    """The blocs of a signed network.

    Attributes
    ----------
    network
        As it was read.
    sizes
        s_i, shape (N,), or `None` where all count the same.
    coupling
        What was partitioned: s_i s_j W_ij, shape (N, N).
    resolution
        γ of any number of blocs; `None` for two.
    result
        The partition and its certificate.
    balance
        Share of balanced triangles; NaN without triangles.
    minima
        Local minima of the two-camp landscape, where they were listed.
    flip_cost
        What each state's switching alone would add to the objective, infinite where it has no edges; shape (N,).
    """

    network: Network
    sizes: Vector | None
    coupling: csr_array
    resolution: float | None
    result: BlocResult
    balance: float
    minima: Landscape | None
    flip_cost: Vector

    @property
    def blocs(self) -> list[list[str]]:
        """Names of the members of each bloc, in the order of the file."""
        return members(self.result.blocs, self.network.names)

    def summary(self) -> dict[str, Any]:
        """What ``sim blocs --json`` prints; `minima` is null where they were not listed."""
        result = self.result
        return {
            "method": result.method,
            "is_optimal": result.is_optimal,
            "gap": result.gap,
            "blocs": self.blocs,
            "frustration_index": result.frustration_index,
            "energy": result.energy,
            "balance": None if math.isnan(self.balance) else self.balance,
            "minima": None if self.minima is None else list(self._minima(self.minima)),
        }

    def _minima(self, result: Landscape) -> Iterator[dict[str, Any]]:
        for sides, energy, basin in zip(result.sides, result.energy, result.basin, strict=True):
            blocs = members(side_labels(sides), self.network.names)
            yield {"blocs": blocs, "energy": float(energy), "basin": int(basin)}


def find_blocs(
    file: Path,
    *,
    method: Method = "auto",
    resolution: float | None = None,
    time_limit: float = 60.0,
    sizes: Path | None = None,
    with_landscape: bool = False,
) -> Answer:
    """Partition the signed network in a file, with a certificate.

    Parameters
    ----------
    file
        A matrix, an edge list or a file of another program: see `sim.network.reading`.
    method
        "auto" and "exact" prove their answer or report the gap; "heuristic" takes any number of states and proves
        nothing.
    resolution
        γ ≥ 0 for any number of blocs; two camps if left out.
    time_limit
        Seconds for the proof.
    sizes
        File of the states' sizes; every edge then counts s_i s_j times, in the partition too.
    with_landscape
        List the minima of the two-camp landscape (at most 32 states with edges). Where twenty states or fewer have
        edges they are listed anyhow.

    Raises
    ------
    InputError
        Where a file cannot be used, or there are more states than the method can take.
    """
    if resolution is not None and not (math.isfinite(resolution) and resolution >= 0.0):
        raise complain(f"is {resolution}, not a number of at least 0", key="--resolution")
    most = None if method == "heuristic" else MOST_STATES_EXACT if resolution is None else MOST_STATES
    with np.errstate(over="ignore"):  # what overflows is told below
        network = read_network(file, most)
    _check_weights(network.edges, network, file)
    if resolution is not None and not resolution * len(network.names) ** 2 < LARGEST:
        raise complain(f"is {resolution:g}, too large to be added up over all pairs", key="--resolution")
    size = None if sizes is None else read_sizes(sizes, network.names)
    coupling = network.edges if size is None else _weigh_by_sizes(network.edges, size)
    if size is not None:
        _check_weights(coupling, network, sizes)
    active = np.flatnonzero(np.diff(coupling.indptr))
    is_listed = with_landscape or active.size <= ENUMERATED
    minima = _landscape(coupling, active) if is_listed else None
    if method == "heuristic":
        result = searched_blocs(coupling, resolution)
    elif resolution is not None:
        result = free_blocs(coupling.toarray(), resolution, method=method, time_limit=time_limit)
    else:
        result = two_blocs(coupling.toarray(), method=method, time_limit=time_limit)
    cost = flip_costs(coupling, result.blocs, resolution)
    return Answer(network, size, coupling, resolution, result, _balance(network.edges), minima, cost)


def _weigh_by_sizes(edges: csr_array, sizes: Vector) -> csr_array:
    pair = edges.tocoo()
    has_edge = (sizes[pair.row] > 0.0) & (sizes[pair.col] > 0.0)
    a, b = pair.row[has_edge], pair.col[has_edge]
    with np.errstate(over="ignore", under="ignore"):
        return csr_array((sizes[a] * sizes[b] * pair.data[has_edge], (a, b)), shape=edges.shape)


def _check_weights(edges: csr_array, network: Network, file: Path | None) -> None:
    """Refuse edges too heavy to be added up, and such as have become too light to be told from none.

    Raises
    ------
    InputError
        Naming the heaviest, or the lightest, of them.
    """
    weight = np.abs(edges.data)
    with np.errstate(over="ignore"):
        is_too_heavy = not (weight.sum() < LARGEST and network.asymmetry < LARGEST)
    if is_too_heavy:
        worst, is_how = int(weight.argmax()), "too much to be added up"
    elif weight.min(initial=1.0) < SMALLEST:
        worst, is_how = int(weight.argmin()), "too little to be told from none"
    else:
        return
    pair = edges.tocoo()
    who = " with ".join(repr(network.names[i]) for i in (pair.row[worst], pair.col[worst]))
    raise complain(f"the edge of {who} weighs {edges.data[worst]:g}, {is_how}; change the unit", file=file)


def _landscape(coupling: csr_array, active: Labels) -> Landscape:
    """Landscape of the states with edges, the others neutral."""
    linked = coupling[active][:, active].toarray() if active.size else np.zeros((1, 1))
    inner = landscape(linked)
    sides = np.full((len(inner.sides), coupling.shape[0]), -1, np.int8)
    if active.size:
        sides[:, active] = inner.sides
    return replace(inner, sides=sides)


def _balance(edges: csr_array) -> float:
    if edges.shape[0] <= MOST_DENSE:
        return float(balanced_triangles(edges.toarray()))
    return balanced_triangles_of_many(edges)


def side_labels(sides: Labels) -> Labels:
    """Label the camps of a split, and each neutral state (side −1) apart; shape (N,)."""
    return np.where(sides < 0, 2 + np.arange(len(sides)), sides)


def members(labels: Labels, names: Sequence[str]) -> list[list[str]]:
    """Names of the members of each bloc, in the order in which they first appear."""
    of_bloc: dict[int, list[str]] = {}
    for label, name in zip(labels.tolist(), names, strict=True):
        of_bloc.setdefault(label, []).append(name)
    return list(of_bloc.values())
