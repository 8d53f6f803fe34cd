"""Write fitted items into the codebook: only the figures that were fitted, and where they come from."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from sim.estimation.items.acts import FittedActs
from sim.signals.codebook import load_codebook
from sim.signals.rows import read_bytes

DIGITS = 3


def write_codebook(acts: FittedActs, seeds: Path) -> Path:
    """Replace difficulty, discrimination and source of the fitted types in ``codebook.csv``, in place.

    Raises
    ------
    InputError
        Where the folder's codebook cannot be read.
    """
    file = seeds / "codebook.csv"
    load_codebook(seeds)
    rows = list(csv.DictReader(io.StringIO(read_bytes(file).decode("utf-8-sig"), newline="")))
    fitted = {item.type: item for item in acts.items}
    for row in rows:
        if (item := fitted.get(row["id"])) is not None:
            row["difficulty"] = f"{item.difficulty:.{DIGITS}g}"
            row["discrimination"] = f"{item.discrimination:.{DIGITS}g}"
            row["source"] = acts.source(item)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    file.write_text(text.getvalue(), encoding="utf-8")
    return file
