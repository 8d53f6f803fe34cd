"""Read one CSV file strictly: every cell is checked and every problem is kept with its place."""

from __future__ import annotations

import contextlib
import csv
import datetime
import io
import math
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import Problem, complain, suggest

MAX_BYTES = 5_000_000
_MAX_SUGGESTIONS = 100  # finding the nearest word is slow: a file of garbage must still fail fast
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIRST_DAY = datetime.date(1800, 1, 1)  # no state system to speak of before; an earlier year is a slip
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")  # a terminal obeys them


def shown(value: str) -> str:
    """Quote a value for a message: short, on one line, without control characters."""
    return repr(value if len(value) <= 60 else value[:57] + "...")


@dataclass(frozen=True)
class Row:
    """One row of a CSV file; a wrong cell adds to `problems` and yields a stand-in value.

    Whoever parses rows must raise when `problems` is not empty: only then are the values trustworthy.
    """

    file: Path
    line: int
    cells: dict[str, str]
    problems: list[Problem]

    def wrong(self, column: str, reason: str) -> None:
        """Note a problem with one cell of this row."""
        self.problems.append(Problem(reason, self.file, self.line, column))

    def optional(self, column: str) -> str | None:
        """Return the text of a cell, or `None` where it is blank."""
        return self.cells[column] or None

    def text(self, column: str) -> str:
        """Return the text of a cell that must not be blank."""
        if not self.cells[column]:
            self.wrong(column, "must not be empty")
        return self.cells[column]

    def choice(self, column: str, allowed: Collection[str], what: str) -> str:
        """Return a cell that must hold one of the allowed words; `what` names them in the message."""
        value = self.text(column)
        is_checkable = allowed or not self.problems  # a list that could not be read has been complained of
        if value and is_checkable and value not in allowed:
            hint = suggest(value, allowed) if len(self.problems) < _MAX_SUGGESTIONS else ""
            self.wrong(column, f"{shown(value)} is not {what}{hint}")
        return value

    def optional_choice(self, column: str, allowed: Collection[str], what: str) -> str | None:
        """Return a cell that must be blank or hold one of the allowed words."""
        return self.choice(column, allowed, what) if self.cells[column] else None

    def pattern(self, column: str, pattern: re.Pattern[str], example: str) -> str:
        """Return a cell that must have a given form, such as a paragraph's locator."""
        value = self.text(column)
        if value and not pattern.fullmatch(value):
            self.wrong(column, f"{shown(value)} does not have the form {example}")
        return value

    def date(self, column: str) -> datetime.date:
        """Return a calendar date written year-month-day, of something seen: from 1800 to today."""
        value = self.text(column)
        today = datetime.date.today()
        with contextlib.suppress(ValueError):
            if _DATE.fullmatch(value):
                day = datetime.date.fromisoformat(value)
                if not _FIRST_DAY <= day <= today:
                    self.wrong(
                        column, f"{value} cannot have been seen: not between {_FIRST_DAY} and today, {today}"
                    )
                return day
        if value:
            self.wrong(column, f"{shown(value)} is not a date; write it as 2024-04-15")
        return datetime.date.min

    def number(self, column: str, low: float = -math.inf, high: float = math.inf) -> float:
        """Return a finite number within bounds (inclusive)."""
        value = self.text(column)
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if value and not (math.isfinite(number) and low <= number <= high):
            bounds = f" between {low:g} and {high:g}" if low > -math.inf or high < math.inf else ""
            self.wrong(column, f"{shown(value)} is not a number{bounds}")
        return number

    def flag(self, column: str) -> bool:
        """Return a yes or a no; blank means no."""
        return self.optional_choice(column, ("yes", "no"), "yes or no") == "yes"


def read_bytes(file: Path) -> bytes:
    """Return the bytes of a file that must exist, lie in its folder and be small.

    Raises
    ------
    InputError
        Where the file is missing, unreadable, a link out of its folder, a device or a pipe, or larger than
        5 MB.
    """
    try:
        if not file.resolve(strict=True).is_relative_to(file.parent.resolve()):
            raise complain("is a link that leaves its folder", file=file)
        if not file.is_file():
            raise complain("is no plain file", file=file)
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable file name"
        raise complain(f"cannot read the file: {reason}", file=file) from error
    if len(content) > MAX_BYTES:
        raise complain(f"the file is larger than {MAX_BYTES // 1_000_000} MB", file=file)
    return content


def parse_rows(content: bytes, file: Path, columns: Sequence[str], problems: list[Problem]) -> list[Row]:
    """Cut a CSV file (UTF-8, comma, first line the columns' names) into rows, in file order.

    Every cell is plain text and loses surrounding blanks; a cell that starts like a spreadsheet's formula
    is text too. The rows share the list `problems`, to which everything wrong is added; a file whose
    header is wrong gives no rows.
    """
    wrong: list[Problem] = []
    text = _decode(content, file, wrong)
    lines = _records(text, file, wrong) if text is not None else iter(())
    header = next(lines, None)
    rows = []
    if header is None:
        if not wrong:
            wrong.append(Problem(f"the file is empty; its first line must be {','.join(columns)}", file, 1))
    elif _is_right_header(header[1], columns, file, wrong):
        for line, cells in lines:
            if len(cells) == len(header[1]):
                row = Row(file, line, dict(zip(header[1], map(str.strip, cells), strict=True)), problems)
                rows.append(row)
                wrong.extend(
                    Problem(f"{shown(cell)} holds a control character", file, line, name)
                    for name, cell in row.cells.items()
                    if _CONTROL.search(cell)
                )
            else:
                reason = f"{len(cells)} fields where the header has {len(header[1])}; quote cells with commas"
                wrong.append(Problem(reason, file, line))
    problems.extend(wrong)
    return rows


def _decode(content: bytes, file: Path, problems: list[Problem]) -> str | None:
    at = content.find(b"\0")
    if at >= 0:
        problems.append(Problem("the file holds a NUL byte", file, content.count(b"\n", 0, at) + 1))
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.append(Problem("the file is not UTF-8 text", file, line))
        return None


def _records(text: str, file: Path, problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """Yield (first line, cells) of each record that is not blank; stop at the first that cannot be read."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(f"not a CSV file from here on: {error}", file, line))


def _is_right_header(
    header: Sequence[str], columns: Sequence[str], file: Path, problems: list[Problem]
) -> bool:
    before = len(problems)
    missing = (name for name in columns if name not in header)
    problems.extend(Problem("this column is missing", file, 1, name) for name in missing)
    for position, name in enumerate(header):
        if name in header[:position]:
            problems.append(Problem("this column appears twice", file, 1, shown(name)))
        elif name not in columns:
            problems.append(Problem(f"unknown column{suggest(name, columns)}", file, 1, shown(name)))
    return len(problems) == before
