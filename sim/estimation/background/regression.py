"""Penalised maximum likelihood by Fisher scoring: an exact gradient, an expected curvature, steps that always gain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, hstack

from sim.shapes import Float

MAX_STEPS = 60
CLOSE = 1e-7  # gain of a step, as a share of the likelihood, at which it ends
FAR = 3.0  # a step moves no row's predictor by more


@dataclass(frozen=True)
class Slopes:
    """What an item says at one place: log-likelihood, its slope and expected curvature by row, and those of the shape.

    Attributes
    ----------
    value
        Log-likelihood of all rows.
    slope, information
        Derivative by each row's linear predictor, and the expected curvature.
    shape_slopes
        Derivative of each row by each parameter of the item's shape.
    """

    value: float
    slope: Float[np.ndarray, "C"]
    information: Float[np.ndarray, "C"]
    shape_slopes: Float[np.ndarray, "C S"]


Item = Callable[[Float[np.ndarray, "C"], Float[np.ndarray, "S"]], Slopes]


@dataclass(frozen=True)
class Design:
    """Rows of a regression: coefficients of columns and of labels, each shrunk toward 0.

    Attributes
    ----------
    columns
        Numbers by row.
    labels
        One array of whole numbers for each family of effects, such as senders.
    sizes
        Number of labels of each family.
    sd
        Prior sd of each family: the columns, then the labels.
    """

    columns: Float[np.ndarray, "C K"]
    labels: tuple[np.ndarray, ...]
    sizes: tuple[int, ...]
    sd: tuple[float, ...]

    def matrix(self) -> csr_array:
        """All columns side by side, the intercept first."""
        n, families = len(self.columns), zip(self.labels, self.sizes, strict=True)
        dummies = [csr_array((np.ones(n), (np.arange(n), label)), (n, size)) for label, size in families]
        return csr_array(hstack([csr_array(np.ones((n, 1))), csr_array(self.columns), *dummies]))

    def precision(self) -> Float[np.ndarray, "P"]:
        """Prior precision of every coefficient; the intercept's is next to none."""
        sizes = (self.columns.shape[1], *self.sizes)
        return np.concatenate([[1e-6], *(np.full(n, sd**-2.0) for n, sd in zip(sizes, self.sd, strict=True))])


@dataclass(frozen=True)
class Fit:
    """Coefficients at the mode: intercept, columns, labels, the item's shape; and the sd of the columns."""

    intercept: float
    columns: Float[np.ndarray, "K"]
    columns_sd: Float[np.ndarray, "K"]
    labels: tuple[Float[np.ndarray, "L"], ...]
    shape: Float[np.ndarray, "S"]
    value: float


def maximise(
    item: Item, design: Design, shape: Float[np.ndarray, "S"], intercept: float, shape_sd: float = 1.0
) -> Fit:
    """Find the posterior mode of a regression.

    Parameters
    ----------
    item
        Likelihood of the rows given linear predictor and shape.
    design
        The rows.
    shape
        Where the shape's parameters start, which is also their prior mean.
    intercept
        Where the intercept starts.
    shape_sd
        Prior sd of the shape's parameters.
    """
    matrix, precision, start = design.matrix(), design.precision(), shape.copy()
    coefficients = np.zeros(matrix.shape[1])
    coefficients[0] = intercept

    def penalty(given: np.ndarray, shaped: np.ndarray) -> float:
        return float(precision[1:] @ given[1:] ** 2 + ((shaped - start) ** 2).sum() / shape_sd**2) / 2

    at = item(matrix @ coefficients, shape)
    value = at.value - penalty(coefficients, shape)
    for _ in range(MAX_STEPS):
        curvature = (matrix.T @ csr_array(matrix.multiply(at.information[:, None]))).toarray() + np.diag(
            precision
        )
        step = np.linalg.solve(curvature, matrix.T @ at.slope - precision * coefficients)
        step *= min(1.0, FAR / np.abs(matrix @ step).max())
        outer = at.shape_slopes.T @ at.shape_slopes + np.eye(shape.size) / shape_sd**2
        turn = np.linalg.solve(outer, at.shape_slopes.sum(axis=0) - (shape - start) / shape_sd**2)
        before = value
        for share in 0.5 ** np.arange(12):
            trial, bent = coefficients + share * step, shape + share * turn
            there = item(matrix @ trial, bent)
            if (found := there.value - penalty(trial, bent)) > value:
                coefficients, shape, at, value = trial, bent, there, found
                break
        if value - before < CLOSE * abs(value):
            break
    n, ends = 1 + design.columns.shape[1], np.cumsum(design.sizes)
    spread = np.sqrt(np.diag(np.linalg.inv(curvature)))
    labels = tuple(np.split(coefficients[n:], ends[:-1])) if design.labels else ()
    return Fit(float(coefficients[0]), coefficients[1:n], spread[1:n], labels, shape, at.value)
