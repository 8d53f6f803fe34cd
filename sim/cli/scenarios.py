"""VERBS of scenarios: check them, run them, test their belief on its own past, draw what came of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.options import Changes, Data, Json, Out, Strategies, read_date
from sim.errors import InputError, Problem, complain
from sim.views.terminal.progress import progress

if TYPE_CHECKING:
    from sim.history.inventory import Holding
    from sim.scenario.coverage import Support


def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Scenario files, folders of them, folders of seeds.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Validate scenario files, coded signals and public data sets: file, line, key, what is wrong.

    Of each scenario that can be run it tells, on stderr, how many dyads rest on what.
    """
    if not paths and data is None:
        raise complain("name a file or folder, or give --data")
    holdings = _holdings(data)
    problems = [problem for path in paths or [] for problem in _problems(path)]
    problems += [problem for holding in holdings for problem in holding.problems]
    supports = [support for path in paths or [] for support in _supports(path)]
    if as_json:
        fields = [
            {"file": str(p.file or ""), "line": p.line, "key": p.key, "reason": p.reason} for p in problems
        ]
        dyads = [support.entry() for support in supports]
        print(json.dumps({"ok": not problems, "problems": fields, "dyads": dyads}))
    if problems and not as_json:
        raise InputError(problems)
    if problems:
        raise typer.Exit(2)
    if not as_json:
        _print_fine(holdings, supports, [*(paths or []), *([data] if data else [])])


def _print_fine(holdings: Sequence[Holding], supports: Sequence[Support], paths: Sequence[Path]) -> None:
    from sim.views.terminal.check import fine_line, holding_line, support_line

    for holding in holdings:
        print(holding_line(holding))
    for support in supports:
        print(support_line(support), file=sys.stderr)
    print(fine_line(paths))


def _holdings(data: Path | None) -> Sequence[Holding]:
    if data is None:
        return []
    from sim.history.inventory import take_stock

    return take_stock(data)


def _problems(path: Path) -> Sequence[Problem]:
    if not path.exists():
        return [Problem("no such file or folder", path)]
    if _is_seeds(path):
        from sim.signals.table import load_evidence

        try:
            load_evidence(path)
        except InputError as error:
            return error.problems
        return []
    from sim.scenario import load

    return load.check(path)


def _supports(path: Path) -> Sequence[Support]:
    if _is_seeds(path):
        return []
    from sim.scenario.coverage import supports

    return supports(path)


def _is_seeds(path: Path) -> bool:
    return (path / "codebook.csv").exists() or (path / "signals.csv").exists()


def run(
    scenario: Annotated[Path, typer.Argument(help="Scenario file.")],
    replicas: Annotated[int | None, typer.Option(min=1, help="Replicas, in place of the scenario's.")] = None,
    changes: Changes = None,
    out: Out = Path("results"),
    workers: Annotated[
        int | None, typer.Option(min=1, help="Threads or processes; no number depends on it.")
    ] = None,
    strategies: Strategies = None,
    as_json: Json = False,
) -> None:
    """Simulate a scenario and write its results; prints their folder."""
    from sim.experiment.run import run as simulate
    from sim.views.terminal.run import bloc_lines, print_expectations

    with progress() as show:
        result = simulate(
            scenario, replicas=replicas, overrides=changes or [], out=out, workers=workers, progress=show,
            strategies=strategies,
        )  # fmt: skip
    for note in result.notes:
        print(note, file=sys.stderr)
    if as_json:
        summary = {"path": str(result.path), "is_cached": result.is_cached, **result.manifest}
        print(json.dumps(summary, default=str))
        return
    for line in bloc_lines(result.manifest["blocs"]):
        print(line, file=sys.stderr)
    print_expectations(result.expectations)
    print(result.path)


def _cut(text: str) -> date:
    return read_date(text, "--cut")


def backtest(
    scenario: Annotated[Path, typer.Argument(help="Scenario file whose states take part.")],
    cut: Annotated[date, typer.Option(parser=_cut, metavar="DATE", help="Last day of belief's signals.")],
    replicas: Annotated[int, typer.Option(min=20, max=100_000, help="Replicas.")] = 400,
    out: Out = Path("results"),
    as_json: Json = False,
) -> None:
    """Run from belief as of a cut on the known acts, beside belief on all signals; prints a folder."""
    from sim.experiment.backtest import backtest as test
    from sim.views.terminal.backtest import backtest_lines

    with progress() as show:
        result = test(scenario, cut, replicas, out, show)
    if as_json:
        rows = [row._asdict() for row in result.rows]
        print(json.dumps({"path": str(result.path), **result.summary(), "rows": rows}, allow_nan=False))
        return
    for line in backtest_lines(result):
        print(line)
    print(result.path)


def plot(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run or sweep.")],
    out: Annotated[Path | None, typer.Option(help="Where the pictures go; default: RUN/pictures.")] = None,
) -> None:
    """Draw the pictures of a run or a sweep, PNG and SVG; prints their paths."""
    from sim.views.gallery import draw

    for path in draw(folder, out):
        print(path)


def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from sim.scenario.schema.json_schema import schema_text

    print(schema_text(), end="")
