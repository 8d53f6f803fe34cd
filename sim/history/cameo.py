"""CAMEO: codes of acts with their Goldstein values, and the newer PLOVER scheme's names for them.

Codes are text: '010' is not '10'. Tables in circulation disagree on the Goldstein value of 016, 164 and 165.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from sim.errors import InputError, Problem, complain
from sim.history.frames import MAX_BYTES, Column, read_frame

GOLDSTEIN_FILE = Path("cameo_goldstein", "cameo_goldstein.csv")
PLOVER_FILE = Path("cameo_goldstein", "CAMEO2PLOVER-2021.txt")
_LINE = re.compile(r"(\d{2,4}):\s*([A-Z]+)\s*(?:,([^#]*))?(?:#.*)?")


def read_goldstein(data: Path) -> pd.DataFrame:
    """Read the table of codes: code (text), name, goldstein from -10 (most hostile) to 10.

    Raises
    ------
    InputError
        Naming file, line and column of what is wrong.
    """
    columns = {"code": Column(pattern="[0-9]{2,4}"), "name": Column(), "goldstein": Column("number", -10, 10)}
    return read_frame(data / GOLDSTEIN_FILE, columns, key=("code",))


def read_plover(data: Path) -> pd.DataFrame:
    """Read the conversion from CAMEO codes: code (text) and plover, the newer scheme's name.

    Lines that are blank or begin with ``#`` or ``~`` are no rows; what PLOVER adds after the name is left out.

    Raises
    ------
    InputError
        Naming file and line of what is wrong.
    """
    file = data / PLOVER_FILE
    try:
        with file.open(encoding="utf-8") as stream:
            text = stream.read(MAX_BYTES)
    except (OSError, UnicodeDecodeError) as error:
        raise complain(f"cannot read the file: {error}", file=file) from error
    rows, problems = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip()[0] in "#~":
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            problems.append(Problem("is not a line such as 0311: AGREE, , economic", file, number))
        else:
            rows.append((match[1], match[2]))
    if problems:
        raise InputError(problems[:20])
    return pd.DataFrame(rows, columns=["code", "plover"])
