"""docs/sweeps.md says what the code does: its sessions run, its section of a scenario is valid, its SQL answers."""

from __future__ import annotations

import doctest
import re
import shlex
import sys

import pytest
import typer

from sim.cli import app, main
from sim.sweeps.design.layouts import LAYOUTS
from sim.sweeps.plan import Request, plan_sweep
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "sweeps.md").read_text(encoding="utf-8")


def block(language):
    [found] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return found


def test_the_table_has_every_design():
    first_cells = re.findall(r"^\| (.*?) \|", PAGE.split("| design |")[1].split("\n\n")[0], re.MULTILINE)
    assert re.findall(r"`(\w+)`", " ".join(first_cells)) == list(LAYOUTS)


def test_command_line_session(clone, capsys, monkeypatch):
    for command, wanted in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block("console"), re.MULTILINE):
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        with pytest.raises(SystemExit) as stop:
            main()
        assert stop.value.code in (0, None), command
        printed = capsys.readouterr().out
        checker = doctest.OutputChecker()
        assert checker.check_output(wanted.rstrip() + "...", printed.rstrip() + "...", doctest.ELLIPSIS), (
            printed
        )


def test_python_session(clone):
    test = doctest.DocTestParser().get_doctest(block("python"), {}, "sweeps.md", "sweeps.md", 0)
    outcome = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test)
    assert outcome.attempted >= 5
    assert outcome.failed == 0


def test_the_section_of_a_scenario_is_valid(clone):
    head = "extends: havana.yaml\nquestion: What moves Havana?\n"
    (clone / "scenarios" / "mine.yaml").write_text(head + block("yaml"))
    design = plan_sweep(clone / "scenarios" / "mine.yaml", Request(overrides=["beliefs.draws=2"])).design
    assert design.n_points == 128
    assert len(design.factors) == 7


def test_the_sql_answers(clone):
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    import sim

    result = sim.sweep(
        "scenarios/havana.yaml", {"params.noise": [0.006, 0.02]}, design="grid", draws=2, replicas=2,
        overrides=["beliefs.draws=2", "steps=20"],
    )  # fmt: skip
    [sql] = re.findall(r'duckdb -c "(.*)"', PAGE)
    rows = duckdb.sql(sql).fetchall()
    means = result.outcome("same_bloc_CUB_PRK").mean(axis=(1, 2))
    assert sorted(rows) == [(point, pytest.approx(mean)) for point, mean in enumerate(means)]


def test_every_option_of_the_page_is_one_of_the_verb():
    verbs = typer.main.get_command(app).commands
    known = {option for verb in ("sweep", "export") for param in verbs[verb].params for option in param.opts}
    dask = {"--host", "--port", "--nworkers", "--nthreads", "--tls-ca-file", "--tls-cert", "--tls-key"}
    assert set(re.findall(r"--[a-z][a-z-]*", PAGE)) - known - dask == set()
