"""Greetings that come back on their date: a national day is on the sender's calendar, a congratulation is not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sim.shapes import Bool, Float

DAYS = 365  # the last day of a leap year counts as the first of the next
SLACK = 4  # days by which a greeting on its date may be early or late: weekends, the hour of the telegram
TWICE = 2  # years with a greeting around the same date that make it a date
RECENT = 5  # years


def date_kept(
    greetings: pd.DataFrame, codes: Sequence[str], years: Sequence[int], n_thin: int
) -> Float[np.ndarray, "I T1"]:
    """Share of the last years in which a partner was greeted on its own date, before each year and one year more.

    A partner's own date, as of a year, is the date around which most earlier years saw a greeting; one that had
    a greeting around no date in two years has none, and its share is 0. Years without any dated item do not count.

    Parameters
    ----------
    greetings
        Dated items: date and partner_iso3.
    n_thin
        First years that are covered too thinly for a missing greeting to say anything; not counted in the share.
    """
    around = _around(greetings, codes, years)
    counts = around.any(axis=(0, 2)) & (np.arange(len(years)) >= n_thin)
    share = np.zeros((len(codes), len(years) + 1))
    for t in range(n_thin + 1, len(years) + 1):
        n_years = around[:, :t].sum(axis=1)
        own = n_years.argmax(axis=1)
        recent = np.flatnonzero(counts[:t])[-RECENT:]
        near = around[np.arange(len(codes))[:, None], recent, own[:, None]]
        share[:, t] = near.sum(axis=1) / max(recent.size, 1) * (n_years.max(axis=1) >= TWICE)
    return share


def _around(greetings: pd.DataFrame, codes: Sequence[str], years: Sequence[int]) -> Bool[np.ndarray, "I T D"]:
    """Whether a partner was greeted within `SLACK` days of each date, by year."""
    around = np.zeros((len(codes), len(years), DAYS), bool)
    date = pd.to_datetime(greetings.date)
    row = pd.Index(codes).get_indexer(pd.Index(greetings.partner_iso3))
    column = pd.Index(years).get_indexer(pd.Index(date.dt.year))
    known = (row >= 0) & (column >= 0)
    for days in range(-SLACK, SLACK + 1):
        day = (date.dt.day_of_year.to_numpy() - 1 + days) % DAYS
        around[row[known], column[known], day[known]] = True
    return around
