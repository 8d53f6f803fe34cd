"""Weight that no best partition can tell from less: an edge that outweighs all that could speak against it.

Of two camps, an edge heavier than all others of one of its two states together is violated in no best split, or in
none that need be: that state alone would change sides. It can be as light as the others together and the best split
stays the best. With any number of blocs the same holds of a friendly edge (the state would join its friend) and of a
hostile one heavier than all friendly edges of its state (which would leave). So weights of many orders of magnitude
become alike, and states at the end of a chain drop out.
"""

from __future__ import annotations

import numpy as np

from sim.outcomes.measures import Labels, Matrix

MOST_ROUNDS = 100  # over all states; each only makes the proof easier
LEAST_EXCESS = 1e-9  # less is not worth a round

type Ends = list[tuple[int, int]]


def trimmed(W: Matrix, *, in_two: bool) -> tuple[Matrix, Ends]:
    """Trim the edges, symmetric, shape (N, N), of their excess; and the ends of those that were, in that order.

    The first end is the state that would give way: see `restored`.
    """
    light, ends = W.copy(), list[tuple[int, int]]()
    for _ in range(MOST_ROUNDS):
        before = len(ends)
        for i in range(len(W)):
            ends += _trim_state(light, i, in_two)
        if len(ends) == before:
            break
    return light, ends


def _trim_state(light: Matrix, i: int, in_two: bool) -> Ends:
    """Trim the edges of one state, in place."""
    size = np.abs(light[i])
    top = int(size.argmax())
    if in_two or light[i, top] > 0.0:
        heavy, rest = np.array([top]), float(np.delete(size, top).sum())
    else:
        rest = float(np.maximum(light[i], 0.0).sum())
        heavy = np.flatnonzero(-light[i] > rest)
    heavy = heavy[size[heavy] > rest * (1.0 + LEAST_EXCESS)]
    light[i, heavy] = light[heavy, i] = np.sign(light[i, heavy]) * rest
    return [(i, j) for j in heavy.tolist()]


def restored(W: Matrix, ends: Ends, labels: Labels, *, in_two: bool) -> Labels:
    """Carry a best partition of trimmed edges to one that is best of the edges W, too; labels, or sides 0 and 1.

    Edges at odds with it yield from the last trimmed to the first, at no cost in the edges as they then were.
    """
    result = labels.copy()
    for i, j in reversed(ends):
        if (W[i, j] > 0.0) != (result[i] == result[j]):
            if in_two:
                result[i] = 1 - result[i]
            else:
                result[i] = result[j] if W[i, j] > 0.0 else len(W) + i
    return result
