"""With NUMBA_DISABLE_JIT=1 everything is plain Python: slow, and the same numbers but for rounding."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest

from sim.experiment.run import run
from tests.conftest import ROOT

SCENARIO = """question: Small?
start: 2024-01-01
steps: 4
states: [AAA, BBB]
names: {AAA: A land, BBB: B land}
codebook: ../seeds
acts:
  - {id: gift, date: 2024-01-10, sender: AAA, target: BBB, type: G1}
"""
PLAIN = """
import sys
import numpy as np
from sim.dynamics.drift import symmetric_product
from sim.experiment.run import run
half = np.random.default_rng(1).random((120, 120)).T
expected = half @ half.T / 120
assert np.allclose(symmetric_product(half, np.ones(120)), expected)
run(sys.argv[1], replicas=3, out=sys.argv[2])
"""


@pytest.mark.slow
def test_a_run_in_plain_python_gives_the_numbers_of_a_compiled_one(tmp_path):
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    (tmp_path / "scenarios").mkdir()
    scenario = tmp_path / "scenarios" / "small.yaml"
    scenario.write_text(SCENARIO)
    run(scenario, replicas=3, out=tmp_path / "compiled")
    command = [sys.executable, "-W", "error", "-c", PLAIN, str(scenario), str(tmp_path / "plain")]
    subprocess.run(command, env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)}, check=True)
    for name in ("acts", "measures"):
        files = (tmp_path.glob(f"{how}/small/*/{name}.parquet") for how in ("compiled", "plain"))
        one, other = (pq.read_table(file).to_pandas().select_dtypes("number") for [file] in files)
        assert one.shape == other.shape
        assert one.size
        assert np.allclose(one, other, atol=1e-6, equal_nan=True)
