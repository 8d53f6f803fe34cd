"""What each signal did to belief: how far it moved which mean affinity."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.shapes import Float, Int


class Moves(NamedTuple):
    """What each counted signal did to the mean affinities, in order of time.

    Attributes
    ----------
    row
        Index of the signal into the evidence.
    sender, target
        Of the signal, as indices of states.
    toward
        Change of every state's affinity toward the signal's sender.
    own
        Change of the sender's affinity toward the target. No other dyad is moved.
    """

    row: Int[np.ndarray, "S"]
    sender: Int[np.ndarray, "S"]
    target: Int[np.ndarray, "S"]
    toward: Float[np.ndarray, "S N"]
    own: Float[np.ndarray, "S"]

    def of(self, i: int, j: int) -> Float[np.ndarray, "S"]:
        """Change of the affinity of state i toward j at each signal."""
        own = np.where((self.sender == i) & (self.target == j), self.own, 0.0)
        return np.where(self.sender == j, self.toward[:, i], own)
