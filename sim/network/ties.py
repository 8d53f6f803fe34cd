"""A signed network as the measures need it: names, and symmetric ties between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array, csr_array

from sim.errors import complain
from sim.outcomes.metrics import Matrix


@dataclass(frozen=True)
class Network:
    """A signed network: whoever has ties, weighted, mutual.

    Attributes
    ----------
    names
        Name of each state, in the order of every array.
    ties
        W_ij = (a_ij + a_ji) / 2, symmetric, without a diagonal, shape (N, N).
    asymmetry
        Mean of |a_ij − a_ji| over the pairs: what making the ties mutual has dropped.
    """

    names: tuple[str, ...]
    ties: csr_array
    asymmetry: float


class Tie(NamedTuple):
    """One line of an edge list: who holds what tie with whom, and on which line."""

    a: str
    b: str
    weight: float
    line: int | None = None


def network_of_matrix(names: tuple[str, ...], affinity: Matrix) -> Network:
    """Make the ties of a directed matrix mutual; its diagonal is dropped, and the matrix itself overwritten."""
    np.fill_diagonal(affinity, 0.0)
    n, difference = len(names), 0.0
    for i in range(n):  # row by row, so that a large matrix is in memory only once
        right, below = affinity[i, i + 1 :], affinity[i + 1 :, i]
        difference += float(np.abs(right - below).sum())
        right[:] = below[:] = 0.5 * (right + below)
    return Network(names, csr_array(affinity), 2.0 * difference / (n * (n - 1)))


def network_of_ties(listed: Iterable[Tie], alone: Iterable[str] = (), file: Path | None = None) -> Network:
    """Make a network of an edge list. A pair listed once is mutual; listed both ways, the tie is the mean.

    Names come in order of appearance, after those in `alone`.

    Raises
    ------
    InputError
        Where a state has a tie with itself, a tie stands twice, or there are fewer than two states.
    """
    place: dict[str, int] = {name: i for i, name in enumerate(alone)}
    seen: dict[tuple[int, int], tuple[float, int | None]] = {}
    for a, b, weight, line in listed:
        if a == b:
            raise complain(f"{a!r} has a tie with itself", file=file, line=line)
        pair = place.setdefault(a, len(place)), place.setdefault(b, len(place))
        if pair in seen:
            first = f", first on line {seen[pair][1]}" if seen[pair][1] else ""
            raise complain(f"the tie of {a!r} with {b!r} stands twice{first}", file=file, line=line)
        seen[pair] = weight, line
    if len(place) < 2:
        raise complain(f"a network needs at least two states; here {_are(len(place))}", file=file)
    difference = sum(abs(w - seen[b, a][0]) for (a, b), (w, _) in seen.items() if (b, a) in seen)
    mutual = {
        (a, b): 0.5 * (w + seen[b, a][0]) if (b, a) in seen else w
        for (a, b), (w, _) in seen.items()
        if a < b or (b, a) not in seen
    }
    n = len(place)
    i, j = np.array([*mutual], np.int64).reshape(-1, 2).T
    upper = coo_array((np.array([*mutual.values()]), (i, j)), shape=(n, n))
    ties = csr_array(upper + upper.T)
    ties.eliminate_zeros()
    return Network(tuple(place), ties, difference / (n * (n - 1)))


def _are(n: int) -> str:
    return "are none" if n == 0 else "is one"
