"""Read one public table, CSV or Parquet, and check every column: problems name file, line and column."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from sim.errors import InputError, Problem, complain

MAX_BYTES = 200_000_000
MAX_PROBLEMS = 20  # a file of garbage must not fill the screen


@dataclass(frozen=True)
class Column:
    """What may stand in one column.

    Parameters
    ----------
    kind
        ``text`` (codes too: '010' is not '10'), ``whole``, ``number`` or ``date`` (year-month-day).
    low, high
        Smallest and largest number, inclusive. Years carry no upper bound: later ones are welcome.
    allowed
        The only words that may stand there; empty: any.
    pattern
        Regular expression that the whole text must match.
    may_be_blank
        Whether a cell may be empty; a blank number is NaN and a blank text ''.
    """

    kind: Literal["text", "whole", "number", "date"] = "text"
    low: float = -np.inf
    high: float = np.inf
    allowed: Collection[str] = ()
    pattern: str | None = None
    may_be_blank: bool = False


def read_frame(file: Path, columns: Mapping[str, Column], key: Sequence[str] = ()) -> pd.DataFrame:
    """Read a table and check it; columns that are not asked for are left out.

    Parameters
    ----------
    file
        ``.csv``, ``.csv.gz`` or ``.parquet``.
    columns
        What each column must hold.
    key
        Columns whose combination may stand only once.

    Raises
    ------
    InputError
        With the first `MAX_PROBLEMS` problems. The line of a Parquet file counts rows from 1.
    """
    raw, first_line = _raw(file)
    missing = [Problem("this column is missing", file, 1, name) for name in columns if name not in raw]
    if missing:
        raise InputError(missing)
    if raw.empty:
        raise complain("the table has no rows", file=file)
    problems: list[Problem] = []
    frame = pd.DataFrame(
        {name: _checked(raw[name], column, file, first_line, problems) for name, column in columns.items()}
    )
    if key and not problems:
        for row in np.flatnonzero(frame.duplicated(list(key)).to_numpy())[:MAX_PROBLEMS]:
            named = ", ".join(f"{name} {frame[name].iloc[row]}" for name in key)
            problems.append(Problem(f"{named} appears twice", file, int(row) + first_line, key[0]))
    if problems:
        raise InputError(problems[:MAX_PROBLEMS])
    return frame


def _raw(file: Path) -> tuple[pd.DataFrame, int]:
    """The table, CSV cells as text, and the line on which its first row stands."""
    content = _content(file)
    try:
        if file.suffix == ".parquet":
            return pd.read_parquet(io.BytesIO(content)), 1
        return pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False), 2
    except (ValueError, OSError, pd.errors.ParserError) as error:
        raise complain(f"not a table that can be read: {error}", file=file) from error


def _content(file: Path) -> bytes:
    try:
        if file.suffix == ".gz":
            with gzip.open(file) as stream:
                content = stream.read(MAX_BYTES + 1)
        else:
            with file.open("rb") as plain:
                content = plain.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise complain(f"cannot read the file: {reason}", file=file) from error
    if len(content) > MAX_BYTES:
        raise complain(f"the table is larger than {MAX_BYTES // 1_000_000} MB", file=file)
    return content


def _checked(
    raw: pd.Series, column: Column, file: Path, first_line: int, problems: list[Problem]
) -> pd.Series:
    """One column, converted; what is wrong with it is added to `problems`."""
    values, is_good, expected = _converted(raw, column)
    is_blank = raw.isna() | (raw.astype(str).str.strip() == "")
    is_wrong = (is_blank & (not column.may_be_blank)) | (~is_blank & ~is_good)
    for row in np.flatnonzero(is_wrong.to_numpy())[:MAX_PROBLEMS]:
        shown = str(raw.iloc[row])[:60]
        reason = f"{shown!r} is not {expected}" if not is_blank.iloc[row] else "must not be empty"
        problems.append(Problem(reason, file, int(row) + first_line, str(raw.name)))
    if column.kind == "whole" and not column.may_be_blank and not is_wrong.any():
        return values.astype(np.int64)
    return values


def _converted(raw: pd.Series, column: Column) -> tuple[pd.Series, pd.Series, str]:
    """The column's values, which of them are right, and what would have been right."""
    if column.kind == "date":
        dates = pd.to_datetime(raw, format="%Y-%m-%d", errors="coerce")
        return dates, dates.notna(), "a date such as 2004-07-20"
    if column.kind == "text":
        text = raw.fillna("").astype(str).str.strip()
        is_good = text.isin(list(column.allowed)) if column.allowed else text == text
        if column.pattern:
            is_good &= text.str.fullmatch(column.pattern)
        expected = (
            f"one of {', '.join(column.allowed)}" if column.allowed else f"of the form {column.pattern}"
        )
        return text, is_good, expected
    numbers = pd.to_numeric(raw, errors="coerce").astype(float)
    is_good = numbers.between(column.low, column.high) & np.isfinite(numbers)
    if column.kind == "whole":
        is_good &= numbers == numbers.round()
    what = "a whole number" if column.kind == "whole" else "a number"
    bounds = (
        f" from {column.low:g} to {column.high:g}" if np.isfinite([column.low, column.high]).any() else ""
    )
    return numbers, is_good, what + bounds
