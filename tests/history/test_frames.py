import gzip
from pathlib import Path

import pandas as pd
import pytest

from sim.errors import InputError
from sim.history.frames import Column, read_frame

COLUMNS = {"code": Column(pattern="[0-9]+"), "year": Column("whole", 1816), "share": Column("number", 0, 1)}


def written(folder: Path, text: str) -> Path:
    file = folder / "table.csv.gz"
    with gzip.open(file, "wt") as stream:
        stream.write(text)
    return file


def complaints(file: Path) -> list[tuple[int | None, str | None]]:
    with pytest.raises(InputError) as caught:
        read_frame(file, COLUMNS, key=("code", "year"))
    assert all(p.file == file for p in caught.value.problems)
    return [(p.line, p.key) for p in caught.value.problems]


def test_codes_stay_text_and_other_columns_are_left_out(tmp_path):
    table = read_frame(written(tmp_path, "code,year,share,more\n010,2050,.5,x\n10,2050,1,y\n"), COLUMNS)
    assert table.code.tolist() == ["010", "10"]
    assert table.year.tolist() == [2050, 2050]
    assert list(table) == ["code", "year", "share"]


def test_wrong_cells_are_named_by_line_and_column(tmp_path):
    text = "code,year,share\nx,1990,0\n11,soon,0\n12,1990,7\n,1990,0\n13,1990.5,0\n"
    assert sorted(complaints(written(tmp_path, text))) == [
        (2, "code"), (3, "year"), (4, "share"), (5, "code"), (6, "year"),
    ]  # fmt: skip


def test_a_row_that_appears_twice_is_named(tmp_path):
    assert complaints(written(tmp_path, "code,year,share\n1,1990,0\n1,1990,1\n")) == [(3, "code")]


def test_a_missing_column_is_named(tmp_path):
    assert complaints(written(tmp_path, "code,year\n1,1990\n")) == [(1, "share")]


@pytest.mark.parametrize("content", [b"", b"\x1f\x8bgarbage", b"no gzip"])
def test_what_is_no_table_is_one_problem(tmp_path, content):
    file = tmp_path / "table.csv.gz"
    file.write_bytes(content)
    assert len(complaints(file)) == 1


def test_parquet_is_checked_like_csv(tmp_path):
    file = tmp_path / "table.parquet"
    pd.DataFrame({"code": ["1", "2"], "year": [1990, 1990], "share": [0.5, 1.5]}).to_parquet(file)
    assert complaints(file) == [(2, "share")]
