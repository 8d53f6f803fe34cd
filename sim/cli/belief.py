"""VERBS of belief: what the coded signals say of each affinity, and why."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.options import AsOf, Code, Draws, Out, Reading, Seeds
from sim.errors import complain, suggest

if TYPE_CHECKING:
    from sim.signals.evidence import Evidence


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
    from sim.calibration.account import affinity_table
    from sim.calibration.posterior import fit_posterior
    from sim.views.terminal.belief import print_affinities

    evidence = _evidence(seeds, reading)
    _refuse_unknown(evidence, sender, target)
    when = as_of or _last_date(evidence)
    rows = affinity_table(fit_posterior(evidence, when, n_draws=draws), sender, target)
    print_affinities(rows, when, as_csv)


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
    from sim.views.terminal.belief import print_account

    evidence = _evidence(seeds, reading)
    _refuse_unknown(evidence, sender, target)
    when = as_of or _last_date(evidence)
    account = explained(fit_posterior(evidence, when, n_draws=draws), evidence, sender, target)
    print_account(account.rows(evidence), sender, target, when, as_csv)


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


def _evidence(seeds: Path, reading: str) -> Evidence:
    from sim.signals.table import load_evidence

    return load_evidence(seeds).reading(_reading(reading))


def _last_date(evidence: Evidence) -> date:
    return evidence.signals[-1].date if evidence.signals else date.today()


def _reading(text: str) -> str | dict[str, str]:
    if "=" not in text:
        return text
    return dict(part.partition("=")[::2] for part in text.split(","))


def _refuse_unknown(evidence: Evidence, *codes: str | None) -> None:
    for code in codes:
        if code is not None and code not in evidence.states:
            raise complain(f"{code!r} is not a state of the signals{suggest(code, evidence.states)}")
