"""Forecast relations: for each present relation, a ridge multinomial logit of the relation some windows later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.errors import complain
from sim.shapes import Bool, Float, Int
from sim.studies.alliances.features import fade, pair_features
from sim.studies.alliances.panel import Panel, Surroundings
from sim.studies.scores import multi_log_loss

NEVER = np.inf  # a half-life without end
HALF_LIVES = (NEVER, 40.0, 20.0, 10.0, 5.0)
Shares = Float[np.ndarray, "C 3"]


@dataclass(frozen=True)
class Cases:
    """Pairs at their origins: what was known, the relation then (0 cold, 1 none, 2 warm) and the relation later.

    `first` and `second` are the two states' codes; `origin` the last year of the window known.
    """

    known: Mapping[str, Float[np.ndarray, "C"]]
    before: Int[np.ndarray, "C"]
    after: Int[np.ndarray, "C"]
    first: np.ndarray
    second: np.ndarray
    origin: Int[np.ndarray, "C"]

    def only(self, chosen: Bool[np.ndarray, "C"]) -> Cases:
        """Some of the cases."""
        parts = (self.before, self.after, self.first, self.second, self.origin)
        return Cases({n: v[chosen] for n, v in self.known.items()}, *(part[chosen] for part in parts))

    def with_pledges(self, half_life: float) -> Cases:
        """The cases with pledges that fade; see `sim.studies.alliances.features.fade`."""
        return replace(self, known=fade(self.known, half_life))


def gather(panel: Panel, around: Surroundings, origins: Sequence[int], ahead: int) -> Cases:
    """Lay out all pairs in being at some origins, given by their place among the windows."""
    codes = np.asarray(panel.codes)
    parts: list[Any] = []
    for t in origins:
        first, second = panel.pairs(t)
        before, after = (panel.sign[s, first, second] + 1 for s in (t, t + ahead))
        origin = np.full(first.size, panel.last[t])
        parts.append((pair_features(panel, around, t), before, after, codes[first], codes[second], origin))
    known = {name: np.concatenate([p[0][name] for p in parts]) for name in parts[0][0]}
    return Cases(known, *(np.concatenate([p[i] for p in parts]) for i in range(1, 6)))


def persistence(train: Cases, test: Cases) -> Shares:
    """Each relation becomes what relations of its kind became in the training years."""
    counts = np.full((3, 3), 0.5)
    np.add.at(counts, (train.before, train.after), 1.0)
    return (counts / counts.sum(1, keepdims=True))[test.before]


def logit(train: Cases, test: Cases, names: Sequence[str], ridge: float) -> Shares:
    """Forecast from some of what is known, apart for each present relation; `ridge` is the inverse of the penalty.

    Raises
    ------
    InputError
        Where scikit-learn is absent.
    """
    try:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError as error:
        raise complain("needs scikit-learn: install blocshift[validate]") from error
    past, ahead = (np.column_stack([cases.known[name] for name in names]) for cases in (train, test))
    shares = np.zeros((len(ahead), 3))
    for relation in np.unique(train.before):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=ridge, max_iter=500))
        rows, chosen = train.before == relation, test.before == relation
        if len(ends := np.unique(train.after[rows])) == 1:
            shares[chosen, ends[0]] = 1.0  # such relations have only ever had one end
            continue
        model.fit(past[rows], train.after[rows])
        if chosen.any():
            shares[np.ix_(chosen, model.classes_)] = model.predict_proba(ahead[chosen])
    return shares


def choose_half_life(train: Cases, names: Sequence[str], ridge: float, ahead: int) -> float:
    """Half-life of a pledge that does best within the fitting period: fitted to its first two thirds, for the rest.

    Parameters
    ----------
    train
        The cases of the fitting period.
    names, ridge
        As for `logit`.
    ahead
        Years from an origin to its outcome: so many before the cut are left out, for they reach beyond it.
    """
    cut = np.quantile(np.unique(train.origin), 2 / 3)
    early, late = train.only(train.origin <= cut - ahead), train.only(train.origin > cut)
    if not early.after.size or not late.after.size:
        return NEVER
    losses = []
    for half_life in HALF_LIVES:
        one, other = early.with_pledges(half_life), late.with_pledges(half_life)
        losses.append(multi_log_loss(logit(one, other, names, ridge), other.after))
    return HALF_LIVES[int(np.argmin(losses))]
