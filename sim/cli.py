"""VERBS: parse, call one function, print. Nothing heavy is imported before its verb needs it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sim.cli_sweeps import compare, export, sweep
from sim.errors import InputError, Problem, complain
from sim.views.console import print_table

if TYPE_CHECKING:
    from sim.history.inventory import Holding
    from sim.signals.evidence import Evidence

app = typer.Typer(
    help="Simulate alliance dynamics from coded diplomatic signals.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _date(text: str, key: str = "--as-of") -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise complain(f"{text!r} is not a date such as 2024-05-15", key=key) from None


def _cut(text: str) -> date:
    return _date(text, "--cut")


def _reading(text: str) -> str | dict[str, str]:
    if "=" not in text:
        return text
    return dict(part.partition("=")[::2] for part in text.split(","))


Seeds = Annotated[Path, typer.Option("--seeds", help="Folder of coded signals.")]
AsOf = Annotated[
    date | None,
    typer.Option(
        "--as-of", parser=_date, metavar="DATE", help="Signals up to this date count; default: all."
    ),
]
Reading = Annotated[
    str, typer.Option(help="Reading of the traps in the sources: main, rival, or TRAP=rival,TRAP=main.")
]
Draws = Annotated[int, typer.Option(min=1, max=1000, help="Draws of the codebook's uncertain weights.")]
Out = Annotated[Path, typer.Option(help="Results folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print a machine-readable summary.")]
BlocMethod = Literal["auto", "exact", "heuristic"]
Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Folder of public data sets.")]
Code = Annotated[str | None, typer.Option(help="Code of a state, such as PRK.")]


@app.command()
def check(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Scenario files, folders of them, folders of seeds.")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Validate scenario files, coded signals and public data sets: file, line, key, what is wrong."""
    if not paths and data is None:
        raise complain("name a file or folder, or give --data")
    holdings = _holdings(data)
    problems = [problem for path in paths or [] for problem in _problems(path)]
    problems += [problem for holding in holdings for problem in holding.problems]
    if as_json:
        fields = [
            {"file": str(p.file or ""), "line": p.line, "key": p.key, "reason": p.reason} for p in problems
        ]
        print(json.dumps({"ok": not problems, "problems": fields}))
    if problems and not as_json:
        raise InputError(problems)
    if problems:
        raise typer.Exit(2)
    if not as_json:
        for holding in holdings:
            print(holding)
        print("fine: " + ", ".join(map(str, [*(paths or []), *([data] if data else [])])))


def _holdings(data: Path | None) -> Sequence[Holding]:
    if data is None:
        return []
    from sim.history.inventory import take_stock

    return take_stock(data)


def _problems(path: Path) -> Sequence[Problem]:
    if not path.exists():
        return [Problem("no such file or folder", path)]
    if (path / "codebook.csv").exists() or (path / "signals.csv").exists():
        from sim.signals.table import load_evidence

        try:
            load_evidence(path)
        except InputError as error:
            return error.problems
        return []
    from sim.scenario import load

    return load.check(path)


def _evidence(seeds: Path, reading: str) -> Evidence:
    from sim.signals.table import load_evidence

    return load_evidence(seeds).reading(_reading(reading))


def _last_date(evidence: Evidence) -> date:
    return evidence.signals[-1].date if evidence.signals else date.today()


@app.command()
def affinity(
    as_of: AsOf = None,
    sender: Code = None,
    target: Code = None,
    seeds: Seeds = Path("seeds"),
    reading: Reading = "main",
    draws: Draws = 32,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Print what the signals say of each directed affinity on a date, with its uncertainty."""
    from sim.calibration.account import AffinityRow, affinity_table
    from sim.calibration.posterior import fit_posterior

    evidence = _evidence(seeds, reading)
    _refuse_unknown(evidence, sender, target)
    when = as_of or _last_date(evidence)
    rows = affinity_table(fit_posterior(evidence, when, n_draws=draws), sender, target)
    print_table(f"Affinity on {when}", AffinityRow._fields, rows, as_csv)


@app.command()
def explain(
    sender: Annotated[str, typer.Argument(help="Whose affinity, such as PRK.")],
    target: Annotated[str, typer.Argument(help="Toward whom, such as CUB.")],
    as_of: AsOf = None,
    seeds: Seeds = Path("seeds"),
    reading: Reading = "main",
    draws: Draws = 32,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """List each signal that moved a dyad, how far, by which path, and where it is printed."""
    from sim.calibration.account import explain as explained
    from sim.calibration.posterior import fit_posterior

    evidence = _evidence(seeds, reading)
    _refuse_unknown(evidence, sender, target)
    when = as_of or _last_date(evidence)
    account = explained(fit_posterior(evidence, when, n_draws=draws), evidence, sender, target)
    header = ("date", "change", "path", "signal", "act", "source", "note")
    print_table(f"What moved {sender} → {target} up to {when}", header, account.rows(evidence), as_csv)


def _refuse_unknown(evidence: Evidence, *wanted: str | None) -> None:
    from difflib import get_close_matches

    for code in wanted:
        if code is not None and code not in evidence.states:
            near = get_close_matches(code.upper(), evidence.states, 1, 0)
            raise complain(
                f"{code!r} is not a state of the signals; nearest: {near[0]}" if near else "no states"
            )


@app.command()
def calibrate(
    as_of: AsOf = None,
    seeds: Seeds = Path("seeds"),
    reading: Reading = "main",
    draws: Draws = 32,
    out: Out = Path("results"),
) -> None:
    """Write belief: posterior affinities, what moved each dyad, and the smoothed paths."""
    from sim.experiment.belief import write_belief

    evidence = _evidence(seeds, reading)
    print(write_belief(evidence, as_of or _last_date(evidence), _reading(reading), draws, out))


@app.command()
def run(
    scenario: Annotated[Path, typer.Argument(help="Scenario file.")],
    replicas: Annotated[int | None, typer.Option(min=1, help="Replicas, in place of the scenario's.")] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override one value; repeatable.")
    ] = None,
    out: Out = Path("results"),
    workers: Annotated[
        int | None, typer.Option(min=1, help="Threads or processes; no number depends on it.")
    ] = None,
    strategies: Annotated[
        Path | None,
        typer.Option(metavar="FILE.py", help="Python file by which some states decide; it is run as code."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Simulate a scenario and write its results; prints their folder."""
    from sim.experiment.run import run as simulate

    with _progress() as progress:
        result = simulate(
            scenario, replicas=replicas, overrides=changes or [], out=out, workers=workers, progress=progress,
            strategies=strategies,
        )  # fmt: skip
    if as_json:
        summary = {"path": str(result.path), "is_cached": result.is_cached, **result.manifest}
        print(json.dumps(summary, default=str))
        return
    from sim.experiment.partitions import tell

    for line in tell(result.manifest["blocs"]):
        print(line, file=sys.stderr)
    _print_expectations(result.expectations)
    print(result.path)


@app.command()
def backtest(
    scenario: Annotated[Path, typer.Argument(help="Scenario file whose states take part.")],
    cut: Annotated[date, typer.Option(parser=_cut, metavar="DATE", help="Last day of belief's signals.")],
    replicas: Annotated[int, typer.Option(min=20, max=100_000, help="Replicas.")] = 400,
    out: Out = Path("results"),
    as_json: Json = False,
) -> None:
    """Run from belief as of a cut on the known acts, beside belief on all signals; prints a folder."""
    from sim.experiment.backtest import backtest as test

    with _progress() as progress:
        found = test(scenario, cut, replicas, out, progress)
    if as_json:
        rows = [row._asdict() for row in found.rows]
        print(json.dumps({"path": str(found.path), **found.summary(), "rows": rows}, allow_nan=False))
        return
    for line in found.lines():
        print(line)
    print(found.path)


@app.command()
def plot(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run or sweep.")],
    out: Annotated[Path | None, typer.Option(help="Where the pictures go; default: RUN/pictures.")] = None,
) -> None:
    """Draw the pictures of a run or a sweep, PNG and SVG; prints their paths."""
    if (folder / "sweep.json").exists():
        from sim.views.sweeps.gallery import draw_sweep as draw
    else:
        from sim.views.gallery import draw_run as draw

    for path in draw(folder, out):
        print(path)


@app.command()
def blocs(
    file: Annotated[
        Path, typer.Argument(help="Matrix or edge list (a,b,sign or weight) as CSV, or GraphML.")
    ],
    method: Annotated[
        BlocMethod, typer.Option(help="How to search; beyond 1000 states only heuristic.")
    ] = "auto",
    is_free: Annotated[bool, typer.Option("--free/--two", help="Any number of blocs, or two camps.")] = False,
    resolution: Annotated[
        float | None,
        typer.Option(help="With --free: the tie from which two states are worth joining; 0 if left out."),
    ] = None,
    landscape: Annotated[bool, typer.Option(help="List the local minima of the two-camp landscape.")] = False,
    sizes: Annotated[
        Path | None, typer.Option(help="CSV of name,size: ties count as much as the states that hold them.")
    ] = None,
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds for the proof.")] = 60.0,
    out: Annotated[Path | None, typer.Option(help="Folder for pictures, PNG and SVG.")] = None,
    as_json: Json = False,
) -> None:
    """Partition a signed network of your own into blocs, with a certificate.

    Frustration index: weight of the ties at odds with the blocs. Energy: sum of the ties between
    different blocs, each pair counted both ways, as Axelrod and Bennett have it.
    """
    from sim.network.answer import find_blocs

    if resolution is not None and not is_free:
        raise complain("counts only with --free", key="--resolution")
    gamma = (resolution or 0.0) if is_free else None
    answer = find_blocs(
        file, method=method, resolution=gamma, time_limit=time_limit, sizes=sizes, with_landscape=landscape
    )
    pictures = []
    if out is not None:
        from sim.views.network import draw_answer

        pictures = draw_answer(answer, out, file.stem)
    if as_json:
        print(json.dumps(answer.summary()))
        return
    for line in answer.lines(landscape):
        print(line)
    for path in pictures:
        print(path)


@app.command()
def fit(
    what: Annotated[Literal["kcna"], typer.Argument(help="What to fit: kcna, items of the codebook.")],
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder of public data sets.")],
    until: Annotated[int, typer.Option(metavar="Y", help="Last year looked at.")] = 2004,
    seeds: Seeds = Path("seeds"),
    is_written: Annotated[
        bool, typer.Option("--write", help="Replace the priors in the codebook of --seeds.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fit coefficients to public history by belief's own filter, with their uncertainty."""
    from sim.fitting.acts import fit_acts
    from sim.fitting.codebook import write_codebook
    from sim.fitting.partners import read_partners
    from sim.signals.codebook import load_codebook

    codebook, partners = load_codebook(seeds), read_partners(data)
    with _progress(what) as progress:
        acts = fit_acts(partners, codebook, until, progress)
    if as_json:
        print(json.dumps(acts.summary(), allow_nan=False))
    else:
        print("\n".join(acts.lines()))
    if is_written:
        print(write_codebook(acts, seeds), file=sys.stderr)


def _years(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    try:
        return int(first), int(last or first)
    except ValueError:
        raise complain(f"{text!r} is not a span of years such as 2005-2009", key="--test") from None


@app.command()
def validate(
    targets: Annotated[
        list[str], typer.Argument(help="kcna, korea-ties, un, atop, cow, published, sbc or all.")
    ],
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder of public data sets.")],
    fit_until: Annotated[
        int | None, typer.Option(metavar="Y", help="Last year looked at for fitting.")
    ] = None,
    test: Annotated[
        str | None, typer.Option(metavar="A-B", help="Years forecast; default: the target's own.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write tables, pictures and limits, such as docs/validation.md."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Score forecasts against history, beside naive baselines computed in the same run."""
    from sim.validation.targets import validate as score

    if not data.is_dir():
        raise complain("no such folder", file=data, key="--data")
    with _progress("targets") as progress:
        results = score(targets, data, fit_until, _years(test) if test else None, progress)
    if report is not None:
        from sim.views.validation.report import write_report

        for path in write_report(results, report):
            print(path, file=sys.stderr)
    if as_json:
        print(json.dumps([result.summary() for result in results], allow_nan=False))
        return
    for result in results:
        print("\n".join(result.lines()))


for verb in (sweep, export, compare):
    app.command()(verb)


@app.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from sim.scenario.schema import schema_text

    print(schema_text(), end="")


def _print_expectations(rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Expectations", title_justify="left", box=None, pad_edge=False)
    for name in ("verdict", "share", "needed", "difference", "statement"):
        table.add_column(name)
    for r in rows:
        statement = f"{r['quantity']} {r['who']} {r['direction']} on {r['date']} against {r['against']}"
        share = f"{r['probability']:.2f} [{r['low']:.2f}, {r['high']:.2f}]"
        table.add_row(r["verdict"], share, f"{r['required']:.2f}", f"{r['difference']:+.2g}", statement)
    Console(stderr=True, markup=False).print(table)


@contextmanager
def _progress(what: str = "replicas") -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on stderr where a terminal is there, else nothing."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def main() -> None:
    """Run the command line; what is wrong with the input is said in one line a problem, exit code 2."""
    try:
        app()
    except InputError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
