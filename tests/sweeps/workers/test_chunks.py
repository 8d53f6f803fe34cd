"""Chunks: how long they take, and where they are cut."""

from __future__ import annotations

import numpy as np

from sim.sweeps.storage.parts import Rows
from sim.sweeps.workers.chunks import ChunkSize, cut_into_chunks


def test_chunks_take_about_a_quarter_of_a_second():
    size = ChunkSize()
    assert size.runs == 4
    for _ in range(20):
        size.learn(Rows(np.arange(10), np.zeros((10, 1)), seconds=0.02))
    assert 0.1 < size.runs * 0.002 < 0.5
    for _ in range(20):
        size.learn(Rows(np.arange(1), np.zeros((1, 1)), seconds=3.0))
    assert size.runs == 1


def test_chunks_keep_to_their_part_and_to_what_is_missing():
    missing = np.array([*range(5), *range(7, 20), 30])
    chunks = list(cut_into_chunks(missing, 8, ChunkSize(fixed=6), lambda: False))
    ends = [(0, 5), (7, 8), (8, 14), (14, 16), (16, 20), (30, 31)]
    assert chunks == [range(*pair) for pair in ends]
    assert list(cut_into_chunks(missing, 8, ChunkSize(), lambda: True)) == []
