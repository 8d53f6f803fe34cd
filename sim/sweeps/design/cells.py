"""A value in a cell of a table of points: how it is written, and how it is read."""

from __future__ import annotations

import re
from datetime import date
from math import isfinite

from sim.errors import InputError, complain, shorten
from sim.plaintext import FORMULA
from sim.scenario.files.overrides import scalar
from sim.scenario.files.yaml import Scalar
from sim.sweeps.design.factors import WIDE, is_wide

_QUOTES = "\"'"
_COMMA_NUMBER = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
_POINT_NUMBER = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_WORDS = {"WAHR": "true", "FALSCH": "false"}


def write_cell(value: Scalar) -> str:
    """Write a value so that `read_cell` gives it back, of the same kind; `None` as null.

    Text that would be read as something else, or reckoned out by a spreadsheet, is put in double quotes.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return value.isoformat() if isinstance(value, date) else repr(value)
    if value.isprintable() and not value.startswith(FORMULA) and _is_read_as_it_stands(value):
        return value
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08X}" for c in value) + '"'


def _is_read_as_it_stands(text: str) -> bool:
    try:
        return text == text.strip() and read_cell(text) == text
    except InputError:
        return False


def read_cell(cell: str) -> Scalar:
    """Read the plain value of a cell, as a scenario file would say it.

    Raises
    ------
    InputError
        Where it is no plain value, not finite, beyond 64 bits, or text of which YAML would cut a part.
    """
    value = scalar(cell, "").value
    if isinstance(value, dict | list):
        raise complain(f"{shorten(cell)} is no plain value")
    if isinstance(value, float) and not isfinite(value):
        raise complain(f"should be a finite number, not {shorten(cell)}")
    if is_wide(value):
        raise complain(f"{shorten(cell)} {WIDE}")
    is_cut = " #" in cell or (isinstance(value, str) and value != cell)
    if is_cut and cell[0] not in _QUOTES:
        raise complain(f"{shorten(cell)} is not read as it stands; put the text in double quotes")
    return value


def has_comma(cell: str) -> bool:
    """Whether a cell is a number with a decimal comma."""
    return _COMMA_NUMBER.fullmatch(cell) is not None


def from_spreadsheet(cell: str, has_commas: bool) -> str:
    """Write a cell of a spreadsheet that separates cells by semicolons as a scenario would say it.

    Raises
    ------
    InputError
        Where decimal commas appear elsewhere in the file, so that a point may separate thousands.
    """
    if has_commas and _POINT_NUMBER.fullmatch(cell):
        raise complain(f"{shorten(cell)} has a decimal point where other numbers of the file have a comma")
    if day := _DAY_FIRST.fullmatch(cell):
        return f"{day[3]}-{day[2]:0>2}-{day[1]:0>2}"
    return cell.replace(",", ".") if has_comma(cell) else _WORDS.get(cell, cell)
