"""docs/agents.md says what the code does: its tables are those of the records, its example and session run."""

from __future__ import annotations

import doctest
import re
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest

from sim.cli import main
from sim.dynamics.params import PRESETS, Policy, coefficients
from sim.signals.codebook import load_codebook
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "agents.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "docs" / "examples" / "my_states.py"


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the shipped data and docs, to run in."""
    for name in ("seeds", "scenarios", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def policy_rows() -> list[str]:
    return [
        f"| `{item.name}` | {about['meaning']} | {about['unit']} | {about['low']:g} to {about['high']:g} "
        f"| {item.default:g} | {about['source']} |"
        for item in coefficients(Policy)
        for about in [item.metadata]
    ]


def preset_rows() -> list[str]:
    rows = []
    for name, preset in PRESETS.items():
        settings = ", ".join(f"`{field}` {value:g}" for field, value in preset.policy.items())
        rows.append(f"| `{name}` | {preset.meaning} | {settings} | {preset.source} |")
    return rows


def rows_after(head: str) -> list[str]:
    """The rows of the table with this header."""
    lines = PAGE.splitlines()
    found = []
    for line in lines[lines.index(head) + 2 :]:
        if not line.startswith("|"):
            break
        found.append(line)
    return found


def test_the_table_of_policy_fields_is_that_of_the_record() -> None:
    assert rows_after("| field | meaning | unit | bounds | default | source |") == policy_rows()


def test_the_table_of_presets_is_that_of_the_law() -> None:
    assert rows_after("| preset | what such a state does | fields | source |") == preset_rows()
    for preset in PRESETS.values():
        for author, year in re.findall(r"(\w+) (\d{4})", preset.source):
            assert re.search(rf"^- {author}, .*\({year}\)", PAGE, re.MULTILINE), f"{author} {year}"


def test_the_table_of_ties_is_that_of_the_codebook() -> None:
    codebook = load_codebook(ROOT / "seeds")
    formal = {t.id: t for t in codebook.types if t.tie_effect}
    rows = rows_after("| type | feasible on | leads to |")
    assert [row.split()[1] for row in rows] == list(formal)
    for row in rows:
        what, feasible, leads_to = (cell.strip() for cell in row.strip("|").split("|"))
        act = formal[what.split()[0]]
        effect = act.tie_effect
        assert effect is not None
        assert [int(rung) for rung in feasible.split(", ")] == [*range(effect.lowest, effect.highest + 1)]
        assert leads_to.startswith("the same" if effect.to is None else str(effect.to))
        assert act.choosable == ("scenarios only" not in what)


def test_the_policies_shown_are_a_scenarios(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [policies] = blocks("yaml")
    text = "extends: base.yaml\nquestion: Why?\nstart: 2024-01-31\nsteps: 5\n" + policies
    (clone / "scenarios" / "mine.yaml").write_text(text)
    monkeypatch.setattr(sys, "argv", ["sim", "check", "scenarios/mine.yaml"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 0


def test_the_example_shown_is_the_file_and_takes_some_twenty_lines() -> None:
    [shown] = [block for block in blocks("python") if not block.startswith(">>>")]
    assert shown == EXAMPLE.read_text(encoding="utf-8")
    assert sum(bool(line.strip()) for line in shown.splitlines()) <= 24


def test_the_example_runs_on_the_command_line(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [command] = re.findall(r"^    (sim run .*--strategies.*)$", PAGE, re.MULTILINE)
    monkeypatch.setattr(sys, "argv", [*command.split(), "--replicas", "8", "--workers", "1"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 0
    folder = clone / capsys.readouterr().out.strip()
    acts = pd.read_parquet(folder / "acts.parquet")
    own = acts[acts.act_id.isna()]
    of_builder = set(own[own.sender == "CUB"].type)
    assert of_builder
    assert not of_builder & {"R3", "R4", "R5"}
    assert (own.sender == "NIC").any()


def test_the_session_in_mesa_runs(clone: Path) -> None:
    [session] = [block for block in blocks("python") if block.startswith(">>>")]
    test = doctest.DocTestParser().get_doctest(session, {}, "agents.md", "agents.md", 0)
    outcome = doctest.DocTestRunner().run(test)
    assert outcome.attempted >= 10
    assert outcome.failed == 0
