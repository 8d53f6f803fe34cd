"""Points from a CSV file: of one's own, of a spreadsheet, or of an export."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import InputError, Problem, complain, shorten
from sim.scenario.files.yaml import MAX_PROBLEMS, Scalar
from sim.sweeps.design.cells import from_spreadsheet, has_comma, read_cell
from sim.sweeps.design.factors import Design, Factor, Kind
from sim.sweeps.design.layouts import MAX_KEYS, MAX_POINTS

MAX_KEY = 200  # characters, as `sweep.vary` has it


@dataclass(frozen=True)
class _Text:
    """The cells of a file: its keys, the rows below them, the line of each row, and how numbers are written."""

    file: Path
    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    has_semicolons: bool
    has_commas: bool  # in numbers


def read_table(file: Path) -> Design:
    """Read points from a CSV file: a header of dotted keys, one row for each point.

    A column `point` is passed over, so that the table of points of an earlier sweep can be used again; the
    cell `null` is the key's default. Where semicolons separate the cells, as spreadsheets of many languages
    write them, 0,5 is a number, 1.2.2024 a date, and WAHR and FALSCH are true and false.

    Raises
    ------
    InputError
        With every cell that is empty or no plain value, on its own line; or where the file cannot be read.
    """
    text = _check(_split(file, _content(file)))
    named = [k for k, key in enumerate(text.header) if key != "point"]
    if not named:
        raise complain("no column of values; the header is one of dotted keys", file=file, line=1)
    columns = [_column(text, k) for k in named]
    factors, table, unit = zip(*columns, strict=True)
    return Design("table", factors, np.stack(unit, axis=1), table)


def _content(file: Path) -> str:
    try:
        if not file.is_file():
            raise complain("cannot be read: no such file", file=file)
        content = file.read_bytes()
    except (OSError, ValueError) as error:
        raise complain(f"cannot be read: {shorten(error, 160)}", file=Path(shorten(file, 200))) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise complain("cannot be read: is not UTF-8 text", file=file, line=line) from error


def _split(file: Path, content: str) -> _Text:
    """Split a file into cells, by commas or, where its first line has none, by semicolons or tabs."""
    first = content.partition("\n")[0]
    mark = next((mark for mark in ",;\t" if mark in first), ",")
    reader = csv.reader(io.StringIO(content, newline=""), strict=True, delimiter=mark)
    rows, lines, line = list[list[str]](), list[int](), 1
    try:
        for row in reader:
            rows.append([part.strip() for part in row])
            lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise complain(f"cannot be read: {shorten(error, 160)}", file=file, line=line) from error
    while rows and not any(rows[-1]):  # what a spreadsheet or an editor leaves at the end
        rows.pop()
    if not rows:
        raise complain("is empty; a table of points has a header of dotted keys", file=file)
    has_commas = mark == ";" and any(has_comma(cell) for row in rows for cell in row)
    return _Text(file, rows[0], rows[1:], lines[1 : len(rows)], mark == ";", has_commas)


def _check(text: _Text) -> _Text:
    problems = list(_of_header(text)) or list(_of_rows(text))
    if problems:
        raise InputError(problems[:MAX_PROBLEMS])
    return text


def _of_header(text: _Text) -> Iterator[Problem]:
    n = len(text.rows)
    if not 1 <= n <= MAX_POINTS:
        yield Problem(f"{n} points; between 1 and {MAX_POINTS} can be run", text.file, 1)
    if len(text.header) > MAX_KEYS + 1:
        yield Problem(f"{len(text.header)} columns; at most {MAX_KEYS} keys can vary", text.file, 1)
        return
    for place, key in enumerate(text.header):
        if not key:
            yield Problem(f"column {place + 1} has no key", text.file, 1)
        elif len(key) > MAX_KEY:
            yield Problem(f"is a key of more than {MAX_KEY} characters", text.file, 1, shorten(key))
        elif key in text.header[:place]:
            yield Problem("appears twice", text.file, 1, shorten(key))


def _of_rows(text: _Text) -> Iterator[Problem]:
    for line, row in zip(text.lines, text.rows, strict=True):
        if len(row) != len(text.header):
            yield Problem(f"{len(row)} cells under {len(text.header)} keys", text.file, line)
            continue
        for key, cell in zip(text.header, row, strict=True):
            if not cell:
                yield Problem("an empty cell; null is the key's default", text.file, line, shorten(key))


def _column(text: _Text, place: int) -> tuple[Factor, np.ndarray, np.ndarray]:
    """Read one column: its factor, the coded values, and their positions in [0, 1]."""
    cells = [row[place] for row in text.rows]
    lines = dict[str, int]()
    for cell, line in zip(cells, text.lines, strict=True):
        lines.setdefault(cell, line)
    values = _values(text, shorten(text.header[place]), lines)
    about: dict[str, Any] = {"file": text.file, "line": 1, "label": shorten(text.header[place])}
    is_number = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values.values())
    read = _numbers if is_number else _listed
    return read(text.header[place], cells, values, lines, about)


def _numbers(
    key: str, cells: list[str], values: Mapping[str, Any], lines: Mapping[str, int], about: dict[str, Any]
) -> tuple[Factor, np.ndarray, np.ndarray]:
    is_whole = all(isinstance(value, int) for value in values.values())
    kind: Kind = "whole" if is_whole else "number"
    coded = np.array([values[cell] for cell in cells], np.int64 if is_whole else np.float64)
    ordered = sorted(values, key=values.__getitem__)
    broken = [cell for cell in ordered if isinstance(values[cell], float)]  # wrong for keys of whole numbers
    extremes = dict.fromkeys([ordered[0], ordered[-1], *broken[:1]])
    checks = tuple((values[cell], values[cell], lines[cell]) for cell in extremes)
    low, high = coded.min().item(), coded.max().item()
    half = high / 2 - low / 2  # halves, for the whole may be beyond what a number holds
    unit = (coded / 2 - low / 2) / half if half else np.full(coded.size, 0.5)
    return Factor(key, kind, float(low), float(high), checks=checks, **about), coded, unit


def _listed(
    key: str, cells: list[str], values: Mapping[str, Any], lines: Mapping[str, int], about: dict[str, Any]
) -> tuple[Factor, np.ndarray, np.ndarray]:
    code_of = {cell: k for k, cell in enumerate(values)}
    listed = tuple(values.values())
    checks = tuple((float(k), listed[k], lines[cell]) for cell, k in code_of.items())
    coded = np.array([code_of[cell] for cell in cells], np.int64)
    factor = Factor(key, "listed", 0.0, float(len(listed)), listed, checks=checks, **about)
    return factor, coded, (coded + 0.5) / len(listed)


def _values(text: _Text, key: str, lines: Mapping[str, int]) -> dict[str, Scalar]:
    """Read every different cell of a column once."""
    values, problems = dict[str, Scalar](), list[Problem]()
    for cell, line in lines.items():
        try:
            values[cell] = read_cell(from_spreadsheet(cell, text.has_commas) if text.has_semicolons else cell)
        except InputError as error:
            problems += [Problem(p.reason, text.file, line, key) for p in error.problems]
    if problems:
        raise InputError(problems[:MAX_PROBLEMS])
    return values
