"""A small project in a temporary folder: scenarios/ beside seeds/, and one good scenario."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sim.signals.table import COLUMNS

GOOD = """\
question: Does a recognition of a friend by a rival cool the friendship?
start: 2024-01-31
steps: 20
replicas: 10
states: [PRK, CUB, KOR]
beliefs: {signals: ../seeds}
acts:
  - {id: recognition, date: 2024-02-14, sender: KOR, target: CUB, type: R1}
  - {id: snub, step: 5, sender: PRK, target: CUB, type: D2, level: head}
shocks:
  - {id: thaw, step: 7, kind: affinity, sender: CUB, target: KOR, by: 0.5}
poles:
  south: [KOR]
expect:
  - id: cooler
    quantity: affinity
    who: [PRK, CUB]
    against: {without: recognition}
    direction: lower
    probability: 0.6
"""

_ROWS = {
    "codebook.csv": [
        "R1,recognition,recognises,054,,1.5,.5,1,1.2,1,2,1825,0..1>2,yes,prior",
        "D2,denial,omits,,,-.5,.25,0,.8,.5,.1,90,,yes,prior",
        "G1,gesture,congratulates,051,,.35,.2,-.15,.5,1,.2,90,,yes,prior",
    ],
    "signals.csv": [
        "s1,001,P1,2024-01-02,day,PRK,head,CUB,,G1,front,head,public,reported,no,,two-lists,main,a note",
        "s2,001,P1,2024-01-02,day,CUB,head,PRK,,G1,front,head,public,reported,no,,two-lists,rival,a note",
    ],
    "sources.csv": [f"001,one.txt,{'0' * 64},a paper,2024-01-03,day,fair"],
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "seeds").mkdir()
    for name, columns in COLUMNS.items():
        lines = [",".join(columns), *_ROWS.get(name, [])]
        (tmp_path / "seeds" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def good() -> str:
    return GOOD


@pytest.fixture
def write(project: Path) -> Callable[..., Path]:
    """Write a scenario file into the project's folder of scenarios and give its path."""

    def write_file(text: str | bytes = GOOD, name: str = "seoul.yaml") -> Path:
        path = project / "scenarios" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_file
