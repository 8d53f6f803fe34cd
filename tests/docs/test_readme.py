"""The README's sessions run and print what they say."""

import doctest
import re
import shlex
import sys

import pytest

from sim.cli import app, main
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_python_session(clone):
    [session] = blocks("python")
    test = doctest.DocTestParser().get_doctest(session, {}, "README.md", "README.md", 0)
    outcome = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test)
    assert outcome.attempted >= 10
    assert outcome.failed == 0


def test_command_line_session(clone, capsys, monkeypatch):
    [session] = blocks("console")
    steps = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", session, re.MULTILINE)
    assert len(steps) >= 5
    for command, wanted in steps:
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        with pytest.raises(SystemExit) as stop:
            main()
        printed = capsys.readouterr().out
        assert stop.value.code == 0, command
        assert doctest.OutputChecker().check_output(wanted, printed, doctest.ELLIPSIS), (command, printed)


def test_scenario_in_the_readme_is_fine(clone, capsys, monkeypatch):
    [text] = blocks("yaml")
    (clone / "scenarios" / "mine.yaml").write_text(text)
    monkeypatch.setattr(sys, "argv", ["sim", "check", "scenarios/mine.yaml"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 0
    assert capsys.readouterr().out == "fine: scenarios/mine.yaml\n"


@pytest.mark.parametrize("verb", [c.callback.__name__ for c in app.registered_commands])
def test_every_verb_stands_in_the_readme_and_has_help(verb):
    [command] = [c for c in app.registered_commands if c.callback.__name__ == verb]
    assert f"`sim {verb}" in README
    assert command.callback.__doc__.strip()
