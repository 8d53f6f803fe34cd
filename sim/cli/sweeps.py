"""VERBS of sweeps: run one scenario under many settings, export them, compare their points."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from sim.cli.options import Changes, Json, Out, Strategies
from sim.errors import complain, shorten

FAILED = 3  # exit code


def sweep(
    scenario: Annotated[Path, typer.Argument(help="Scenario file, with or without a section `sweep`.")],
    vary: Annotated[
        list[str] | None,
        typer.Option(
            "--vary",
            metavar="KEY=RANGE",
            help="LOW:HIGH[:LEVELS][:log], an end left out being the key's own bound; or values with commas.",
        ),
    ] = None,
    design: Annotated[
        str | None,
        typer.Option(help="A design, such as lhs (all are in docs/sweeps.md), or FILE.csv: one point a row."),
    ] = None,
    points: Annotated[int | None, typer.Option(min=1, help="Points asked for; a grid has its own.")] = None,
    draws: Annotated[int | None, typer.Option(min=1, help="Draws from belief at each point.")] = None,
    replicas: Annotated[int | None, typer.Option(min=1, help="Stochastic copies of each draw.")] = None,
    changes: Changes = None,
    paths: Annotated[
        bool | None, typer.Option("--paths/--no-paths", help="Keep every measure at every step.")
    ] = None,
    strategies: Strategies = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="How many work at once; default: as many as processors.")
    ] = None,
    executor: Annotated[
        Literal["threads", "processes", "dask"] | None,
        typer.Option(help="Who works; default: threads, or processes where there are strategies."),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Dask scheduler, such as tcp://127.0.0.1:8786.")
    ] = None,
    is_resumed: Annotated[
        bool, typer.Option("--resume", help="Go on with a sweep that was cut off.")
    ] = False,
    is_retried: Annotated[bool, typer.Option("--retry-failed", help="Run again what failed.")] = False,
    chunk: Annotated[int | None, typer.Option(min=1, help="Runs in a chunk; default: by the clock.")] = None,
    out: Out = Path("results"),
    as_json: Json = False,
) -> None:
    """Run a scenario under many settings; what is done is kept, whatever happens. Exit code 3: runs failed."""
    from sim.sweeps.analysis.answer import sweep as sweep_and_answer
    from sim.sweeps.runs import SweepStoppedError
    from sim.views.terminal.progress import sweep_progress
    from sim.views.terminal.sweep import sweep_lines

    try:
        with sweep_progress() as progress:
            result = sweep_and_answer(
                scenario, _ranges(vary or []), design=design, points=points, draws=draws, replicas=replicas,
                paths=paths, overrides=changes or [], strategies=strategies, out=out, executor=executor,
                workers=workers, scheduler=scheduler, resume=is_resumed, retry_failed=is_retried, chunk=chunk,
                progress=progress,
            )  # fmt: skip
    except SweepStoppedError as stopped:
        print(stopped, file=sys.stderr)
        raise typer.Exit(128 + stopped.number) from None
    for note in () if result.is_cached else result.manifest["notes"]:
        print(note, file=sys.stderr)
    if as_json:
        print(json.dumps(result.summary()))
    else:
        for line in sweep_lines(result):
            print(line, file=sys.stderr)
        print(result.path)
    if result.manifest["failed"]:
        raise typer.Exit(FAILED)


def export(
    folder: Annotated[Path, typer.Argument(metavar="SWEEP", help="Folder of a finished sweep.")],
    kind: Annotated[
        Literal["csv", "ema"], typer.Option("--format", help="CSV, or the archive of ema_workbench.")
    ] = "csv",
    out: Annotated[Path | None, typer.Option(help="Where to; default: SWEEP/export.")] = None,
) -> None:
    """Write a sweep as CSV or for ema_workbench; prints the files."""
    from sim.sweeps.analysis.export import export as exported

    for path in exported(folder, kind, out):
        print(path)


def compare(
    a: Annotated[str, typer.Argument(help="Folder of a run, or SWEEP#POINT.")],
    b: Annotated[str, typer.Argument(help="Another; differences are B less A.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare two runs or points outcome by outcome, in pairs where both met the same chance."""
    from sim.sweeps.analysis.contrast import Difference, states_of_one
    from sim.sweeps.analysis.contrast import compare as compared
    from sim.views.terminal.sweep import alone_line, comparison_title
    from sim.views.terminal.tables import print_table

    rows = compared(a, b)
    if alone := states_of_one(a, b):
        print(alone_line(alone), file=sys.stderr)
    if as_json:
        print(json.dumps([_strict(row._asdict()) for row in rows]))
        return
    title = comparison_title(a, b, bool(rows) and rows[0].is_paired)
    print_table(title, Difference._fields, rows, as_csv)


def _strict(row: dict[str, Any]) -> dict[str, Any]:
    return {key: None if isinstance(value, float) and value != value else value for key, value in row.items()}


def _ranges(vary: list[str]) -> dict[str, str]:
    ranges: dict[str, str] = {}
    for text in vary:
        key, equals, spec = text.partition("=")
        key = key.strip()
        if not equals or not key or not spec.strip():
            raise complain("write it as --vary KEY=LOW:HIGH or --vary KEY=A,B", key=f"--vary {shorten(text)}")
        if key in ranges:
            raise complain("appears twice", key=f"--vary {shorten(key)}")
        ranges[key] = spec.strip()
    return ranges
