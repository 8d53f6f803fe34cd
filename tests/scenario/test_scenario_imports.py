"""Checking a scenario is light: none of the heavy libraries is imported for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = ("mesa", "pandas", "numba", "matplotlib", "scipy", "pyarrow", "networkx")


def test_checking_a_scenario_imports_nothing_heavy(write):
    code = (
        "import sys; from sim.scenario.load import check, load_scenario, canonical_json\n"
        "from sim.scenario.schema.json_schema import json_schema\n"
        f"assert check({str(write())!r}) == []; canonical_json(load_scenario({str(write())!r}).scenario)\n"
        f"json_schema(); found = set({HEAVY!r}) & set(sys.modules); assert not found, found"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
