"""What belief about each dyad rests on: signals of its own, facts, the background alone, or nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from sim.shapes import Bool, Int

BASES = ("signals", "facts", "background", "nothing")  # the surest first
SIGNALS, FACTS, BACKGROUND, NOTHING = BASES

Pairs = Collection[tuple[str, str]]


def rests_on(
    states: Sequence[str], is_known: Bool[np.ndarray, "N N"], signals: Pairs, facts: Pairs
) -> Int[np.ndarray, "N N"]:
    """What each dyad rests on, the surest of `BASES`, as an index into them; the diagonal rests on nothing.

    Parameters
    ----------
    states
        Codes in the order of the axes.
    is_known
        Dyads of which the background says anything.
    signals, facts
        Sender and target of the counted signals, and of standing facts and statements; other states' don't matter.
    """
    basis = np.where(is_known, BASES.index(BACKGROUND), BASES.index(NOTHING))
    place = {code: k for k, code in enumerate(states)}
    for name, pairs in ((FACTS, facts), (SIGNALS, signals)):
        for sender, target in pairs:
            if sender in place and target in place:
                basis[place[sender], place[target]] = BASES.index(name)
    return basis
