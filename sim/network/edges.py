"""A signed network as the measures need it: names, and symmetric edges between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array, csr_array

from sim.errors import complain
from sim.network.names import equal_but_for_case
from sim.outcomes.measures import Matrix


@dataclass(frozen=True)
class Network:
    """A signed network: whoever has edges, weighted, mutual.

    Attributes
    ----------
    names
        Name of each state, in the order of every array.
    edges
        W_ij = (a_ij + a_ji) / 2, symmetric, without a diagonal, shape (N, N).
    asymmetry
        Mean of |a_ij − a_ji| over the pairs of which both directions were listed (of a matrix: all): what making the
        edges mutual has dropped.
    """

    names: tuple[str, ...]
    edges: csr_array
    asymmetry: float

    @property
    def notes(self) -> list[str]:
        """What is odd about the network and may be meant, a line each."""
        pairs = equal_but_for_case(self.names)
        if not pairs:
            return []
        shown = ", ".join(f"{one!r} and {other!r}" for one, other in pairs[:3])
        more = f" and {len(pairs) - 3} more" if len(pairs) > 3 else ""
        return [f"equal but for capitals, and taken for different states: {shown}{more}"]


class Edge(NamedTuple):
    """One line of an edge list: its ends, its weight, its line, and whether it says that it is mutual."""

    a: str
    b: str
    weight: float
    line: int | None = None
    is_mutual: bool = False


def network_of_matrix(names: tuple[str, ...], affinity: Matrix) -> Network:
    """Make the edges of a directed matrix mutual; its diagonal is dropped, and the matrix itself overwritten."""
    np.fill_diagonal(affinity, 0.0)
    n, difference = len(names), 0.0
    for i in range(n):  # row by row, so that a large matrix is in memory only once
        right, below = affinity[i, i + 1 :], affinity[i + 1 :, i]
        difference += float(np.abs(right - below).sum())
        right[:] = below[:] = 0.5 * (right + below)
    return Network(names, csr_array(affinity), 2.0 * difference / (n * (n - 1)))


def network_of_edges(listed: Iterable[Edge], alone: Iterable[str] = (), file: Path | None = None) -> Network:
    """Make a network of an edge list. A pair listed once is mutual; listed both ways, the edge is the mean.

    Names come in order of appearance, after those in `alone`.

    Raises
    ------
    InputError
        Where a state has an edge with itself, an edge appears twice, or there are fewer than two states.
    """
    place: dict[str, int] = {name: i for i, name in enumerate(alone)}
    seen: dict[tuple[int, int], tuple[float, int | None]] = {}
    for a, b, weight, line, is_mutual in listed:
        if a == b:
            raise complain(f"{a!r} has an edge with itself", file=file, line=line)
        i, j = place.setdefault(a, len(place)), place.setdefault(b, len(place))
        ways = [(i, j), (j, i)] if is_mutual else [(i, j)]
        for way in ways:
            if way in seen:
                first = f", first on line {seen[way][1]}" if seen[way][1] else ""
                raise complain(f"the edge of {a!r} with {b!r} appears twice{first}", file=file, line=line)
        seen |= dict.fromkeys(ways, (weight, line))
    if len(place) < 2:
        raise complain(f"a network needs at least two states; here {_are(len(place))}", file=file)
    mutual = {
        (a, b): 0.5 * (w + seen[b, a][0]) if (b, a) in seen else w
        for (a, b), (w, _) in seen.items()
        if a < b or (b, a) not in seen
    }
    n = len(place)
    row, column = np.array([*mutual], np.int64).reshape(-1, 2).T
    upper = coo_array((np.array([*mutual.values()]), (row, column)), shape=(n, n))
    edges = csr_array(upper + upper.T)
    edges.eliminate_zeros()
    return Network(tuple(place), edges, _disagreement(seen))


def _disagreement(seen: dict[tuple[int, int], tuple[float, int | None]]) -> float:
    """Mean difference of the two directions, over the pairs whose directions are listed apart."""
    both = [(edge, seen[b, a]) for (a, b), edge in seen.items() if a < b and (b, a) in seen]
    apart = [abs(one[0] - other[0]) for one, other in both if one is not other]
    return sum(apart) / len(apart) if apart else 0.0


def refuse_many(n: int, most: int | None, file: Path) -> None:
    """Refuse a network of more states than a method can take."""
    if most is not None and n > most:
        reason = f"{n} states are too many to solve exactly (at most {most}); use --method heuristic"
        raise complain(reason, file=file)


def _are(n: int) -> str:
    return "are none" if n == 0 else "is one"
