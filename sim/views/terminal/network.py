"""What `sim blocs` says of a signed network: its blocs, how sure they are, what would flip them, its landscape."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from sim.network.answer import Answer, members
from sim.network.proof.certificate import BlocResult
from sim.network.solvers.landscape import Landscape

MAX_BLOCS, MAX_NAMES, MAX_MINIMA, MAX_FLIPS = 20, 15, 20, 5


def headline(answer: Answer) -> str:
    """Say how many blocs there are, how they were searched and what is proven about them."""
    return f"{_count(answer.result.n_blocs, 'bloc', 'blocs')}, {_certificate(answer.result)}"


def _certificate(result: BlocResult) -> str:
    if not result.is_optimal:
        gap = f"{result.gap:.0%}" if result.gap >= 0.005 else f"a share of {result.gap:.0e}"
        proven = f"up to {gap} of the objective could be saved" if result.bound else "nothing is proven"
        return f"by {result.method}: {proven}"
    rivals = {None: "; others may be as good", 1: "; no other is as good"}.get(
        result.n_optimal, f"; one of {result.n_optimal or 0:.10g} equally good"
    )
    return f"proven best by {result.method}{rivals}"


def network_lines(answer: Answer, with_landscape: bool = False) -> Iterator[str]:
    """Say an answer in words, a line at a time."""
    result = answer.result
    yield _size(answer)
    yield headline(answer)
    largest = sorted(answer.blocs, key=len, reverse=True)
    yield from (f"  {number:>3}  {_some(bloc)}" for number, bloc in enumerate(largest[:MAX_BLOCS], 1))
    if len(largest) > MAX_BLOCS:
        yield f"       and {len(largest) - MAX_BLOCS} more"
    balance = "none" if math.isnan(answer.balance) else f"{answer.balance:.1%}"
    yield (
        f"frustration index {result.frustration_index:g} of {abs(answer.coupling).sum() / 2:g}, energy "
        f"{result.energy:g} (edges between blocs, both ways), balanced triangles {balance}"
    )
    cheapest = [i for i in np.argsort(answer.flip_cost, kind="stable") if np.isfinite(answer.flip_cost[i])]
    flips = [f"{answer.network.names[i]} {answer.flip_cost[i] + 0.0:+.3g}" for i in cheapest[:MAX_FLIPS]]
    if flips:
        yield "flips at least cost: " + ", ".join(flips)
    if with_landscape and answer.minima:
        yield from _landscape_lines(answer.minima, answer.network.names)


def _size(answer: Answer) -> str:
    edges, apart = answer.network.edges, answer.network.asymmetry
    uneven = f"; the two directions of a pair differ by {apart:.3g} on average, where both are given"
    return (
        f"{len(answer.network.names)} states, {edges.nnz // 2} edges, {(edges.data < 0).sum() // 2} of them hostile"
        + (uneven if apart else "")
    )


def _landscape_lines(landscape: Landscape, names: Sequence[str]) -> Iterator[str]:
    minima = _count(landscape.n_minima, "local minimum", "local minima")
    gap = landscape.gap if landscape.gap > 1e-9 * abs(landscape.energy[0]) else 0.0
    above = f"; the second lies {gap:.4g} above the first" if np.isfinite(gap) else ""
    yield f"landscape: {minima} among {landscape.n_splits} splits{above}"
    starts = "splits" if landscape.basin_method == "full" else f"{landscape.n_descents} sampled descents"
    yield f"{'energy':>12} {'basin':>10} {'share':>7}  camps   (basin: of all {starts})"
    rows = zip(landscape.sides, landscape.energy, landscape.basin, landscape.basin_share, strict=True)
    for k, (sides, energy, basin, share) in enumerate(rows):
        if k == MAX_MINIMA:
            yield f"{'':>12} and {landscape.n_minima - MAX_MINIMA} more"
            return
        placed = [name for name, side in zip(names, sides, strict=True) if side >= 0]
        camps = " | ".join(", ".join(camp) for camp in members(sides[sides >= 0], placed))
        yield f"{energy:>12.6g} {basin:>10} {share:>7.1%}  {camps}"


def _count(n: int, one: str, many: str) -> str:
    return f"{n} {one if n == 1 else many}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more
