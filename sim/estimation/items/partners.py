"""From the news agency's yearly counts to the panel that the filter reads: one sender, many partners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from sim.estimation.items.dates import date_kept
from sim.estimation.items.occasions import Panel
from sim.history import kcna
from sim.history.countries import Statehood, continents, read_statehood
from sim.history.states import read_capability, read_korea_years
from sim.shapes import Bool, Float

SENDER = "PRK"  # whose agency it is; its own state is nobody's partner
GREETING = (("congratulate_greet", "PRK->X"),)
CONTACT = (
    ("visit_delegation", "undirected"),
    ("meet_talks", "undirected"),
    ("reception_event", "undirected"),
)
CRITICISM = (("denounce", "PRK->X(criticism)"),)
KINDEST = (
    ("gift_floral", "X->PRK"), ("gift_floral", "PRK->X"), ("congratulate_greet", "X->PRK"),
    ("condolence", "PRK->X"), ("message_letter", "PRK->X"), ("credentials", "undirected"),
)  # fmt: skip
RECEIVED = (("gift_floral", "X->PRK"), ("congratulate_greet", "X->PRK"), ("message_letter", "X->PRK"))
MESSAGE_WARMTH = 0.35  # μ of a message, the codebook's G1
MOST_COUNTED = 4  # messages of one partner in one year beyond which more say no more
OLD_TIE = 15  # years
CONTINENTS = ("Africa", "America", "Europe")
COVARIATES = ("log capability", "old tie", *CONTINENTS, "date kept")
N_THIN = 2  # first years of the headlines, printed too thinly for a greeting that is absent to say anything

Keys = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Partners:
    """Everything that was printed of each partner, by year, and what is known of it beforehand.

    Attributes
    ----------
    codes, years
        Axes: states, and years without a gap.
    counts
        Items by (type, direction): arrays partner by year.
    is_state, has_tie
        Membership of the state system, and diplomatic ties, by partner and year, and one year more.
    tie_age
        Years since the tie began or began again, by year and one more; NaN where there is none.
    capability
        Log of the state's share of material capability in the year before the first.
    date_kept
        Share of the last five years in which the state was greeted on its own date, by year and one more.
    ties_until
        Last year in the list of ties; what it says is carried forward.
    last_day
        Day of the last dated item; `None` where there are yearly counts alone.
    """

    codes: tuple[str, ...]
    years: tuple[int, ...]
    counts: dict[tuple[str, str], Float[np.ndarray, "I T"]]
    is_state: Bool[np.ndarray, "I T1"]
    has_tie: Bool[np.ndarray, "I T1"]
    tie_age: Float[np.ndarray, "I T1"]
    capability: Float[np.ndarray, "I"]
    date_kept: Float[np.ndarray, "I T1"]
    ties_until: int
    last_day: date | None = None

    def total(self, keys: Keys) -> Float[np.ndarray, "I T"]:
        """Items of several types, added."""
        blank = np.zeros((len(self.codes), len(self.years)))
        return np.asarray(sum((self.counts.get(key, blank) for key in keys), blank))

    @property
    def stops_early(self) -> date | None:
        """Day on which the last year's items stop, if that is before December."""
        day = self.last_day
        return day if day is not None and day.year == self.years[-1] and day.month < 12 else None

    @cached_property
    def greeted(self) -> Bool[np.ndarray, "I T"]:
        """Whether the sender greeted the partner at least once in the year."""
        return np.asarray(self.total(GREETING) > 0)

    @cached_property
    def is_inferred(self) -> Bool[np.ndarray, "I T1"]:
        """Ties, or what speaks for them: greetings or an ambassador's credentials in an earlier year."""
        spoke = self.greeted | (self.total((("credentials", "undirected"),)) > 0)
        earlier = np.cumsum(np.column_stack([np.zeros(len(self.codes)), spoke]), axis=1) > 0
        return np.asarray((self.has_tie | earlier) & self.is_state)

    def likely_greeted(self, year: int, ahead: int = 1) -> Bool[np.ndarray, "I"]:
        """States of `year` with ties, stated or inferred, as known at the end of the year `ahead` before."""
        inferred = self.is_inferred[:, self.column(year - ahead + 1)]
        return np.asarray(inferred & self.is_state[:, self.column(year)])

    def column(self, year: int) -> int:
        """Place of a year; the year after the last has one too."""
        return year - self.years[0]

    def jubilee(self) -> Float[np.ndarray, "I T1"]:
        """1 in each fifth anniversary of the tie."""
        return np.asarray((self.tie_age % 5 == 0) & (self.tie_age > 0), float)

    def covariate(self) -> Float[np.ndarray, "I T1 C"]:
        """`COVARIATES`, standardised over partners but for the last, which is a share."""
        place = continents()
        still = [
            self.capability,
            *(np.array([place.get(c) == name for c in self.codes]) for name in CONTINENTS),
        ]
        columns = [np.repeat(x.astype(float)[:, None], self.tie_age.shape[1], axis=1) for x in still]
        columns.insert(1, (self.tie_age >= OLD_TIE).astype(float))
        return np.stack([*((x - x.mean()) / (x.std() or 1.0) for x in columns), self.date_kept], axis=-1)

    def panel(
        self, year: int, kinds: Sequence[Keys], population: Bool[np.ndarray, "I"], is_measured: bool,
        n_covariates: int = len(COVARIATES),
    ) -> Panel:  # fmt: skip
        """Occasions of every year before `year`, toward a population.

        Parameters
        ----------
        year
            Nothing printed in it or later is looked at.
        kinds
            For each kind of occasion, the items that count as done.
        population
            Which partners.
        is_measured
            Whether the year's counts are read as measures of θ, too.
        n_covariates
            How many of `COVARIATES` count.
        """
        n = self.column(year)
        was = self.is_state[:, :n]
        done = np.array([np.where(was, self.total(keys)[:, :n] > 0, np.nan) for keys in kinds])
        measures = self._measures(n, population) if is_measured else np.zeros((0, len(self.codes), n))
        received = MESSAGE_WARMTH * sum(
            np.minimum(self.total((key,))[:, :n], MOST_COUNTED) for key in RECEIVED
        )
        return Panel(
            done=done[:, population],
            measure=measures[:, population],
            covariate=self.covariate()[population, : n + 1, :n_covariates],
            jubilee=self.jubilee()[population, : n + 1],
            received=received[population],
        )

    def _measures(self, n: int, population: Bool[np.ndarray, "I"]) -> Float[np.ndarray, "M I T"]:
        """Log counts, standardised within each year: contacts, kindnesses, criticism, greetings if any."""
        where = self.is_state[:, :n] & population[:, None]
        logs = [
            np.where(where, np.log1p(self.total(keys)[:, :n]), np.nan)
            for keys in (CONTACT, KINDEST, CRITICISM)
        ]
        logs.append(np.where(where & self.greeted[:, :n], np.log1p(self.total(GREETING)[:, :n]), np.nan))
        return np.array([_standardised(x) for x in logs])


def _standardised(values: np.ndarray) -> np.ndarray:
    """Less the year's mean, over the year's sd; years in which all are alike say nothing."""
    is_there = ~np.isnan(values)
    n = np.maximum(is_there.sum(axis=0), 1)
    mean = np.where(is_there, values, 0).sum(axis=0) / n
    centred = np.where(is_there, values - mean, 0)
    sd = np.sqrt((centred**2).sum(axis=0) / n)
    return np.where(is_there, centred / np.where(sd > 0, sd, np.inf), np.nan)


def read_partners(data: Path) -> Partners:
    """Read the yearly counts, the ties and the states of a folder of public data.

    A tie is that of the last listed year where the list of ties ends before the year asked for.

    Raises
    ------
    InputError
        Where a file is absent or wrong.
    """
    items, ties, states = kcna.read_partner_years(data), _ties(data), read_statehood(data)
    years = tuple(range(int(items.year.min()), int(items.year.max()) + 1))
    with_next = (*years, years[-1] + 1)
    codes = tuple(sorted((set(items.partner_iso3) | set(ties.index.get_level_values(0))) - {SENDER}))
    counts = {}
    for key, part in items.groupby(["type", "direction"]):
        table = part.pivot_table(index="partner_iso3", columns="year", values="n", aggfunc="sum")
        counts[(str(key[0]), str(key[1]))] = table.reindex(index=codes, columns=years).fillna(0.0).to_numpy()
    has_tie, age = _tie_course(ties, codes, with_next)
    dated = _dated_items(data)
    is_state = _existence(states, codes, with_next)
    return Partners(
        codes=codes,
        years=years,
        counts=counts,
        is_state=is_state,
        has_tie=has_tie & is_state,
        tie_age=age,
        capability=_capability(data, codes, years[0] - 1),
        date_kept=date_kept(_greetings(dated), codes, years, N_THIN),
        ties_until=int(ties.index.get_level_values("year").max()),
        last_day=dated.date.max().date() if len(dated) else None,
    )


def _dated_items(data: Path) -> pd.DataFrame:
    """Items by day; none where the folder has yearly counts alone."""
    if not (data / kcna.SIGNALS_FILE).exists():
        return pd.DataFrame({"date": [], "partner_iso3": [], "type": [], "direction": []})
    return kcna.read_signals(data)


def _greetings(items: pd.DataFrame) -> pd.DataFrame:
    ((kind, direction),) = GREETING
    return items[(items.type == kind) & (items.direction == direction)]


def _existence(states: Statehood, codes: Sequence[str], years: Sequence[int]) -> np.ndarray:
    return np.array([[states.exists(code, year) for year in years] for code in codes])


def _ties(data: Path) -> pd.DataFrame:
    table = read_korea_years(data, "est_year", "reest_year")
    return table[table.korea == "DPRK"].set_index(["iso3c", "year"]).sort_index()


def _tie_course(
    ties: pd.DataFrame, codes: Sequence[str], years: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Tie in each year, the last listed one carried forward, and its age."""
    table = ties.reset_index()
    wide = table.pivot_table(index="iso3c", columns="year", values="diplomatic_ties").reindex(list(codes))
    wide = wide.ffill(axis="columns")  # a state whose rows end earlier than others'
    last = int(max(wide.columns))
    held = np.array([wide[min(year, last)].fillna(0).to_numpy() == 1 for year in years]).T
    began = ties.groupby(level=0)[["est_year", "reest_year"]].max().reindex(list(codes)).to_numpy(float)
    now = np.array(years)
    age = np.where(now >= began[:, 1:], now - began[:, 1:], now - began[:, :1])
    return held, np.where(held, age, np.nan)


def _capability(data: Path, codes: Sequence[str], year: int) -> np.ndarray:
    table = read_capability(data)
    share = table[table.year == year].set_index("code")["cinc"]
    known = share.reindex(list(codes)).to_numpy(float)
    return np.log(np.maximum(np.where(np.isnan(known), np.nanquantile(known, 0.1), known), 1e-6))
