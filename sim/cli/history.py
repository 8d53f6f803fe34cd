"""VERBS of public data: fit coefficients to history, score forecasts against it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from sim.cli.options import Data, Json, Seeds
from sim.errors import complain
from sim.views.terminal.progress import progress

Fitted = tuple[dict[str, Any], Iterable[str], Callable[[], Path]]
"""What was fitted, as a record and as printed lines, and how to write it where it is used."""


def fit(
    what: Annotated[
        Literal["kcna", "background"],
        typer.Argument(
            help="What to fit: kcna, items of the codebook; background, what every pair is to each other."
        ),
    ],
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder of public data sets.")],
    until: Annotated[int, typer.Option(metavar="Y", help="kcna: last year looked at.")] = 2004,
    seeds: Seeds = Path("seeds"),
    is_written: Annotated[
        bool,
        typer.Option(
            "--write", help="Replace the priors in the codebook of --seeds, or the table that ships."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Fit coefficients to public history, with their uncertainty."""
    summary, lines, write = _fit_background(data) if what == "background" else _fit_kcna(data, until, seeds)
    print(json.dumps(summary, allow_nan=False) if as_json else "\n".join(lines))
    if is_written:
        print(write(), file=sys.stderr)


def _fit_kcna(data: Path, until: int, seeds: Path) -> Fitted:
    from sim.estimation.items.acts import fit_acts
    from sim.estimation.items.codebook import write_codebook
    from sim.estimation.items.partners import read_partners
    from sim.signals.codebook import load_codebook
    from sim.views.terminal.fit import fit_lines

    codebook, partners = load_codebook(seeds), read_partners(data)
    with progress("kcna") as show:
        acts = fit_acts(partners, codebook, until, show)
    return acts.summary(), fit_lines(acts), lambda: write_codebook(acts, seeds)


def _fit_background(data: Path) -> Fitted:
    from sim.background.table import TABLE_FILE
    from sim.estimation.background.shipping import fit_background
    from sim.views.terminal.fit import background_lines

    with progress("background") as show:
        fitted = fit_background(data, show)
    summary = fitted.summary()
    return summary, background_lines(summary), lambda: fitted.write(TABLE_FILE)


def validate(
    targets: Annotated[
        list[str], typer.Argument(help="kcna, korea-ties, un, atop, cow, events, published, sbc or all.")
    ],
    data: Data = None,
    fit_until: Annotated[
        int | None, typer.Option(metavar="Y", help="Last year looked at for fitting.")
    ] = None,
    test: Annotated[
        str | None,
        typer.Option(
            metavar="A-B",
            help="Years forecast; korea-ties: from the ties of A those of B; default: the target's own.",
        ),
    ] = None,
    ahead: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Years from what is known to what is forecast.")
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write tables, pictures and limits, such as docs/validation.md."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Score forecasts against history, beside naive baselines computed in the same run."""
    from sim.studies.targets import validate as score
    from sim.views.terminal.studies import study_lines

    if data is not None and not data.is_dir():
        raise complain("no such folder", file=data, key="--data")
    with progress("targets") as show:
        results = score(targets, data, fit_until, _years(test) if test else None, show, ahead)
    if report is not None:
        from sim.views.studies.report import write_report

        for path in write_report(results, report):
            print(path, file=sys.stderr)
    if as_json:
        print(json.dumps([result.summary() for result in results], allow_nan=False))
        return
    for result in results:
        print("\n".join(study_lines(result)))


def _years(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    try:
        return int(first), int(last or first)
    except ValueError:
        raise complain(f"{text!r} is not a span of years such as 2005-2009", key="--test") from None
