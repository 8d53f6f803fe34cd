"""Parts that nothing connects, each solved and judged by itself: what is small in one may be large in another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sim.outcomes.measures import Labels, Matrix, violated_weight


@dataclass(frozen=True)
class Proof:
    """What is proven of some of the states, apart from all others.

    Parameters
    ----------
    labels
        Bloc or side of each, shape (N,).
    is_proven
        Whether no other partition violates less.
    bound
        Proven lower bound on the violated weight; equal to it where proven.
    methods
        As in `BlocResult`, of all parts.
    n_optimal
        How many partitions are as good, where known.
    """

    labels: Labels
    is_proven: bool
    bound: float
    methods: frozenset[str]
    n_optimal: int | None = None


def judge(W: Matrix, labels: Labels, bound: float, method: str, tolerance: float) -> Proof:
    """Hold a partition against a lower bound on the violated weight that is certain to within a tolerance.

    It is proven if it meets the bound, and every state's edges weigh enough for the tolerance not to hide where the
    state belongs. A bound above what the partition violates is none.
    """
    violated, methods = float(violated_weight(W, labels)), frozenset([method])
    if bound > violated + tolerance:
        return Proof(labels, False, 0.0, methods)
    is_proven = violated == 0.0 or (violated <= bound + tolerance and is_decided(W, tolerance))
    return Proof(labels, is_proven, violated if is_proven else max(bound - tolerance, 0.0), methods)


def is_decided(W: Matrix, tolerance: float) -> bool:
    """Whether so much violated weight is less than what any one state can have at stake."""
    return bool(2.0 * tolerance < np.abs(W).sum(axis=1).min())


def parts_of(is_linked: NDArray[np.bool_]) -> list[Labels]:
    """List the members of each connected part of two states or more, the smallest part first."""
    part = connected_components(csr_array(is_linked.astype(np.int8)), directed=False)[1]
    size = np.bincount(part)
    numbers = np.flatnonzero(size > 1)
    return [np.flatnonzero(part == number) for number in numbers[np.argsort(size[numbers], kind="stable")]]


def solve_apart(
    W: Matrix, parts: list[Labels], solve: Callable[[Matrix], Proof], method_of_none: str
) -> Proof:
    """Solve parts one by one and put what is found together; labels name blocs by their first members.

    How many partitions are as good is the product over the parts; without parts there is one, by `method_of_none`.
    """
    labels, bound, is_proven, methods = np.arange(len(W)), 0.0, True, frozenset[str]()
    n_optimal: int | None = 1
    for members in parts:
        inner = solve(np.ascontiguousarray(W[np.ix_(members, members)]))
        _, first, where = np.unique(inner.labels, return_index=True, return_inverse=True)
        labels[members] = members[first[where]]
        bound += inner.bound
        is_proven &= inner.is_proven
        methods |= inner.methods
        n_optimal = n_optimal * inner.n_optimal if n_optimal and inner.n_optimal else None
    return Proof(labels, is_proven, bound, methods or frozenset([method_of_none]), n_optimal)
