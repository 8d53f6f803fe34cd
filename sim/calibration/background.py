"""The background in affinity: what public data say of every ordered pair, a = tanh θ, before any seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from sim.background.prior import PairPrior
from sim.calibration.basis import NOTHING
from sim.shapes import Float

N_NODES = 96  # of the quadrature, an even number: mean and sd are right to 1e-6 for any spread up to 1.5


class BackgroundRow(NamedTuple):
    """Background of one ordered pair: mean, sd and quantiles of a = tanh θ, and which indicators speak."""

    sender: str
    target: str
    mean: float
    sd: float
    q05: float
    q95: float
    evidence: str


@dataclass(frozen=True)
class BackgroundAffinity:
    """The background of every ordered pair of some states in affinity, θ being N(mean, sd²).

    Attributes
    ----------
    prior, as_of
        Mean and sd of θ, what speaks of each pair, and the date.
    """

    prior: PairPrior
    as_of: date

    @property
    def states(self) -> tuple[str, ...]:
        """Codes in the order of the axes."""
        return self.prior.states

    @cached_property
    def _moments(self) -> tuple[Float[np.ndarray, "N N"], Float[np.ndarray, "N N"]]:
        nodes, weights = np.polynomial.hermite_e.hermegauss(N_NODES)
        weights = weights / weights.sum()
        first, second = np.zeros((2, *self.prior.mean.shape))
        for node, weight in zip(nodes[N_NODES // 2 :], weights[N_NODES // 2 :], strict=True):
            above, below = (np.tanh(self.prior.mean + side * self.prior.sd * node) for side in (1, -1))
            first += weight * (above + below)  # in pairs, so that a mean of 0 stays 0
            second += weight * (above**2 + below**2)
        sd = np.sqrt(np.maximum(second - first**2, 0.0))
        for values in (first, sd):
            np.fill_diagonal(values, 0.0)
        return first, sd

    @property
    def mean(self) -> Float[np.ndarray, "N N"]:
        """Mean of a, by Gauss-Hermite quadrature; 0 on the diagonal."""
        return self._moments[0]

    @property
    def sd(self) -> Float[np.ndarray, "N N"]:
        """Standard deviation of a; 0 on the diagonal."""
        return self._moments[1]

    def quantile(self, share: float) -> Float[np.ndarray, "N N"]:
        """Quantile of a: tanh of the normal's, since tanh is increasing."""
        return np.tanh(self.prior.mean + self.prior.sd * NormalDist().inv_cdf(share))

    @cached_property
    def evidence(self) -> list[list[str]]:
        """For each sender and target, the indicators that speak of the pair, or `NOTHING`."""
        names = tuple(self.prior.parts)
        speaks = np.zeros(self.mean.shape, int)
        for k, part in enumerate(self.prior.parts.values()):
            speaks += ~np.isnan(part) << k
        words = [
            " ".join(name for k, name in enumerate(names) if bits >> k & 1) for bits in range(2 ** len(names))
        ]
        return [[words[bits] or NOTHING for bits in row] for row in speaks.tolist()]

    def rows(self) -> Iterator[BackgroundRow]:
        """Every ordered pair, sender by sender."""
        values = (self.mean, self.sd, self.quantile(0.05), self.quantile(0.95))
        mean, sd, low, high = (matrix.tolist() for matrix in values)
        for i, sender in enumerate(self.states):
            for j, target in enumerate(self.states):
                if i != j:
                    yield BackgroundRow(
                        sender, target, mean[i][j], sd[i][j], low[i][j], high[i][j], self.evidence[i][j]
                    )
