"""Where the coded sources and the texts behind them are, and how to write a folder of small tables."""

import csv
import io
import shutil
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "seeds"
TEXTS = ROOT.parent / "shared" / "seeds"


def as_csv(columns: tuple[str, ...], rows: list[Mapping[str, str]]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode()


def copy_of_seeds(folder: Path, **replaced: bytes) -> Path:
    """Copy the coded sources, with some tables (named without ending) replaced by other bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in SEEDS.glob("*.csv"):
        shutil.copy(file, folder / file.name)
    for name, content in replaced.items():
        (folder / f"{name}.csv").write_bytes(content)
    return folder
