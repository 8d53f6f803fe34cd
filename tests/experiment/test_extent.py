"""A run that would take more than there is is refused before anything is written."""

import pytest

from sim import limits
from sim.errors import InputError
from sim.experiment.run import run

STATES = [f"A{k:03d}" for k in range(500)]
WIDE = f"""\
question: Who stands with whom?
start: 2024-01-01
steps: 20000
states: [{", ".join(STATES)}]
names: {{{", ".join(f"{code}: x" for code in STATES)}}}
codebook: ../seeds
record: {{every: 1}}
"""


@pytest.fixture
def machine(monkeypatch):
    monkeypatch.setattr(limits, "memory", lambda: 16 * 2**30)
    monkeypatch.setattr(limits, "free_disk", lambda folder: 100 * 2**30)
    monkeypatch.setattr(limits, "processors", lambda: 2)


@pytest.mark.parametrize(
    ("changes", "key", "said"),
    [
        ([], "record.every", "1,192 GiB of memory, and this machine has 16 GiB; save more seldom"),
        (["record.every=20000", "replicas=1000000"], "replicas", "723 days of 2 processors, and 30 are the most"),
        (
            [f"states=[{', '.join(STATES[:2])}]", "record.every=20000", "replicas=1000000"],
            "record.every", "about 186 GiB, and the disk has 100 GiB free",
        ),
    ],
)  # fmt: skip
def test_an_excessive_run_is_refused_with_the_estimate(clone, machine, changes, key, said):
    (clone / "scenarios" / "wide.yaml").write_text(WIDE)
    with pytest.raises(InputError) as caught:
        run("scenarios/wide.yaml", overrides=changes, out="results")
    (problem,) = caught.value.problems
    assert problem.key.removeprefix("--set ") == key
    assert said in problem.reason
    assert not (clone / "results").exists()


def test_a_container_has_no_more_memory_than_its_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "_CONTAINER", tmp_path / "memory.max")
    whole = limits.memory()
    for text, expected in (("max\n", whole), ("1048576\n", 2**20)):
        (tmp_path / "memory.max").write_text(text)
        assert limits.memory() == expected
