"""Tables on disk: the same bytes however their rows come in."""

import hashlib

import numpy as np
import pyarrow.parquet as pq
import pytest

from sim.experiment import store
from sim.experiment.store import TableWriter, codes, floats

N = 1000
NAMES = ["PRK", "CUB", "KOR"]


def columns(first, last):
    number = np.arange(first, last, dtype=np.int32)
    return {"replica": number, "state": codes(number % 3, NAMES), "value": floats(np.sqrt(number))}


def written(path, size):
    writer = TableWriter(path)
    for first in range(0, N, size):
        writer.write(columns(first, min(first + size, N)))
    return writer.close()


@pytest.mark.parametrize("size", [1, 7, 150, 999])
def test_same_bytes_in_whatever_pieces_rows_come(tmp_path, monkeypatch, size):
    monkeypatch.setattr(store, "ROWS_PER_GROUP", 150)
    assert written(tmp_path / "pieces", size) == written(tmp_path / "whole", N)


def test_row_groups_are_full_but_the_last_and_the_entry_is_the_files(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "ROWS_PER_GROUP", 150)
    path = tmp_path / "table.parquet"
    entry = written(path, 7)
    file = pq.ParquetFile(path).metadata
    assert [file.row_group(k).num_rows for k in range(file.num_row_groups)] == [150] * 6 + [100]
    assert entry["rows"] == N
    assert entry["bytes"] == path.stat().st_size
    assert entry["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    table = pq.read_table(path).to_pandas()
    assert table.replica.tolist() == list(range(N))
    assert table.state.tolist() == [NAMES[k % 3] for k in range(N)]
