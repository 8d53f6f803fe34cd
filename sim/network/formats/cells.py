"""A text file as rows of cells: separated by commas, semicolons, tabs or blanks, each row with its line."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TextIO

from sim.errors import complain

LARGEST = 1e30  # of a weight or a size: products and sums of many stay far from the end of the numbers


class Row(NamedTuple):
    """Cells of a row, stripped, and the line on which it ends."""

    line: int
    cells: list[str]


class Lead(NamedTuple):
    """How a text begins: remarks (lines that begin with ``%`` or ``#`` and a blank), and the first line of content."""

    remarks: list[str]
    skipped: int
    first: str


@dataclass(frozen=True)
class Table:
    """Rows of a text file, the first apart.

    Attributes
    ----------
    file
        For messages.
    remarks
        Lines before the first row that are addressed to a reader.
    first
        The first row, whether it is a header or not; without cells where the file is empty.
    rows
        The others, to be read once.
    delimiter
        What separates the cells: a comma, a semicolon, a tab, or a blank for any run of blanks.
    """

    file: Path
    remarks: list[str]
    first: Row
    rows: Iterator[Row]
    delimiter: str

    @property
    def header(self) -> list[str]:
        """Cells of the first row, capitals folded."""
        return [cell.casefold() for cell in self.first.cells]

    def number(self, text: str, what: str, line: int) -> float:
        """Read a number; where semicolons separate the cells, a comma is the decimal point.

        Raises
        ------
        InputError
            Where it is blank, no finite number, or beyond 1e30.
        """
        return number(text.replace(",", ".") if self.delimiter == ";" else text, what, self.file, line)

    def check_width(self, row: Row) -> None:
        """Refuse a row that is longer or shorter than the first."""
        if len(row.cells) != len(self.first.cells):
            reason = f"{len(row.cells)} cells where the first row has {len(self.first.cells)}"
            raise complain(reason, file=self.file, line=row.line)


def read_lead(text: TextIO) -> Lead:
    """Read up to the first line that is neither blank nor a remark."""
    remarks, skipped = list[str](), 0
    for line in text:
        bare = line.strip()
        if bare in ("%", "#") or bare.startswith(("% ", "# ")):
            remarks.append(bare)
        elif bare.strip(',;"'):
            return Lead(remarks, skipped, line)
        skipped += 1
    return Lead(remarks, skipped, "")


def table_of(file: Path, lead: Lead, text: TextIO) -> Table:
    """Split a text into cells, by what separates those of its first line."""
    is_konect = any(remark.startswith("%") for remark in lead.remarks)
    delimiter = " " if is_konect else _delimiter(lead.first)
    lines: Iterable[str] = chain([lead.first], text)
    if delimiter == " ":
        lines = (" ".join(line.split()) for line in lines)
    rows = _rows(file, csv.reader(lines, delimiter=delimiter, strict=True), lead.skipped)
    return Table(file, lead.remarks, next(rows, Row(0, [])), rows, delimiter)


def _delimiter(line: str) -> str:
    """Choose what splits a line into most cells; blanks only where nothing else does."""
    bare = re.sub(r'"[^"]*"', "quoted", line)
    best = max("\t;,", key=bare.count)
    return best if best in bare or len(bare.split()) < 2 else " "


def _rows(file: Path, reader: Iterator[list[str]], skipped: int) -> Iterator[Row]:
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            line = skipped + reader.line_num  # type: ignore[attr-defined]
            raise complain(f"not CSV: {error}", file=file, line=line) from error
        stripped = [cell.strip() for cell in cells]
        if any(stripped):
            yield Row(skipped + reader.line_num, stripped)  # type: ignore[attr-defined]


def is_number(text: str) -> bool:
    """Whether a text is a number, infinite ones and NaN among them."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def number(text: str, what: str, file: Path, line: int | None) -> float:
    """Read a finite number of at most 1e30, or complain about what it is of."""
    value = float(text) if is_number(text) else math.nan
    if not math.isfinite(value):
        wrong = f"{text[:20]!r}, not a number" if text else "blank; write 0 for none"
        raise complain(f"{what} is {wrong}", file=file, line=line)
    if abs(value) > LARGEST:
        reason = f"{what} is {value:g}, beyond {LARGEST:g}; give all in a larger unit"
        raise complain(reason, file=file, line=line)
    return value


def sign(text: str, what: str, file: Path, line: int | None) -> float:
    """Read a sign: −1, 0 or 1."""
    value = number(text, what, file, line)
    if value not in (-1.0, 0.0, 1.0):
        raise complain(f"a sign is -1, 0 or 1, not {text[:20]}; call it weight", file=file, line=line)
    return value
