"""Fit the background on a folder of public data and write the table that ships."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.background.table import MUTUAL, PARTS, SD_STEP, STEP, Year, write_table
from sim.estimation.background.indicators import GROUPS, NAMES
from sim.estimation.background.level import Levels, levels
from sim.estimation.background.measure import KINDS, Measurement, Weights, fit_measurement
from sim.estimation.background.record import LAST_YEAR, Record, read_record
from sim.estimation.background.scores import score
from sim.history.borders import CONTIGUITY_FILE
from sim.history.countries import STATES_FILE
from sim.history.dyads import ALLIANCES_FILE, NET_VOTES_FILE, VOTES_FILE
from sim.history.events import DYAD_YEARS_FILE
from sim.history.quarrels import DISPUTES_FILE, RIVALRIES_FILE
from sim.history.states import CAPABILITY_FILE, KOREA_FILE
from sim.shapes import Int

FIRST = 1949  # so that a scenario of January 1950 has a background
FILES = (
    STATES_FILE, CAPABILITY_FILE, VOTES_FILE, NET_VOTES_FILE, ALLIANCES_FILE, RIVALRIES_FILE, DISPUTES_FILE,
    CONTIGUITY_FILE, DYAD_YEARS_FILE, KOREA_FILE,
)  # fmt: skip
COMMAND = "sim fit background --data DIR --write"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Background:
    """The fitted model on its record, and the files that it rests on with their SHA-256."""

    record: Record
    fitted: Measurement
    files: dict[str, str]
    scores: dict[str, dict[str, float]]

    def write(self, file: Path) -> Path:
        """Write the table and what it is."""
        found = levels(self.record, self.fitted, FIRST, LAST_YEAR)
        ties = self.record.ties
        years = {now.year: _row(now, ties[self.record.row(now.year)]) for now in found}
        write_table(file, self.record.codes, years, self.summary())
        return file

    def summary(self) -> dict[str, Any]:
        """Give everything that goes beside the table."""
        first, last = self.record.span_of_acts
        return {
            "command": COMMAND,
            "span": [FIRST, LAST_YEAR],
            "records_end": self.record.ends,
            "acts": [first, last],
            "files": self.files,
            "units": {"step": STEP, "sd_step": SD_STEP},
            "coefficients": _coefficients(self.fitted.full),
            "coefficients_without_votes": _coefficients(self.fitted.without_votes),
            "ln_residual_sd": dict(zip(KINDS, _rounded(self.fitted.full.kinds), strict=True)),
            "sd_of_strangers": round(float(np.exp(self.fitted.without_votes.kinds[0])), 4),
            "intercept": round(self.fitted.quarrel.intercept, 4),
            "persistence": round(self.fitted.memory.persistence, 4),
            "concentration": round(self.fitted.memory.concentration, 2),
            "company_scale": round(self.fitted.scale, 4),
            "company_dispersion": round(self.fitted.dispersion, 4),
            "scores": {name: {k: round(v, 4) for k, v in row.items()} for name, row in self.scores.items()},
        }


def fit_background(data: Path, progress: Progress = lambda done, of: None) -> Background:
    """Score the measurement model by rolling origin, then fit it to all acts there are.

    Raises
    ------
    InputError
        Naming file, line and column of what is wrong or absent.
    """
    record = read_record(data)
    scores = score(record, lambda done, of: progress(done, of + 1))
    first, last = record.span_of_acts
    fitted = fit_measurement(record, first, last)
    progress(1, 1)
    files = {str(file): hashlib.sha256((data / file).read_bytes()).hexdigest() for file in FILES}
    return Background(record, fitted, files, scores)


def _row(now: Levels, ties: Int[np.ndarray, "N N"]) -> Year:
    """One year as it is stored, its parts in the order of the table."""
    here = np.flatnonzero(now.exists.any(axis=1))
    box = np.ix_(here, here)
    place = dict(zip((*GROUPS, "events"), range(len(PARTS)), strict=True))
    parts = np.stack([now.parts[place[name]][box] for name in PARTS])
    parts[MUTUAL.index("votes")][~now.spoke[place["votes"]][box]] = np.nan
    return Year(here, parts, now.sd[box], ties[box])


def _coefficients(weights: Weights) -> dict[str, dict[str, float]]:
    """θ by unit of each indicator: of quarrel and of company, each with its sd."""
    columns = {
        "quarrel": weights.quarrel, "quarrel_sd": weights.quarrel_sd,
        "company": weights.company, "company_sd": weights.company_sd,
    }  # fmt: skip
    return {
        name: {word: round(float(values[k]), 4) for word, values in columns.items()}
        for k, name in enumerate(NAMES)
        if weights.quarrel[k] or weights.company[k]
    }


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), 4) for value in values]
