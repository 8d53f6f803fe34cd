"""VERBS of belief: what the coded signals say of each affinity, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.options import (
    AsOf,
    Background,
    Code,
    Draws,
    Out,
    Reading,
    Seeds,
    background_source,
    states_known,
)

if TYPE_CHECKING:
    from sim.background.prior import PairPrior
    from sim.calibration.posterior import Belief
    from sim.signals.evidence import Evidence


def affinity(
    as_of: AsOf = None,
    sender: Code = None,
    target: Code = None,
    seeds: Seeds = Path("seeds"),
    reading: Reading = "main",
    draws: Draws = 32,
    background: Background = "public",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Print what the signals say of each directed affinity on a date, with its uncertainty."""
    from sim.calibration.account import affinity_table
    from sim.views.terminal.belief import print_affinities

    evidence = _evidence(seeds, reading)
    belief = _belief(evidence, as_of, reading, draws, background, [code for code in (sender, target) if code])
    print_affinities(affinity_table(belief, sender, target), belief.as_of, as_csv)


def explain(
    sender: Annotated[str, typer.Argument(help="Whose affinity, such as PRK.")],
    target: Annotated[str, typer.Argument(help="Toward whom, such as CUB.")],
    as_of: AsOf = None,
    seeds: Seeds = Path("seeds"),
    reading: Reading = "main",
    draws: Draws = 32,
    background: Background = "public",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """List what a dyad rests on and each signal that moved it: how far, by which path, and where it is printed."""
    from sim.calibration.account import explain as explained
    from sim.views.terminal.belief import print_account

    evidence = _evidence(seeds, reading)
    belief = _belief(evidence, as_of, reading, draws, background, [sender, target])
    account = explained(belief, evidence, sender, target)
    print_account(account.rows(evidence), sender, target, belief.as_of, as_csv)


def calibrate(
    as_of: AsOf = None,
    seeds: Seeds = Path("seeds"),
    reading: Reading = "main",
    draws: Draws = 32,
    background: Background = "public",
    out: Out = Path("results"),
) -> None:
    """Write belief: posterior affinities, what moved each dyad, and the smoothed paths."""
    from sim.background.prior import background_hash
    from sim.experiment.belief import write_belief

    evidence = _evidence(seeds, reading)
    when = as_of or _last_date(evidence)
    source, file = background_source(background)
    prior = _prior(evidence, background, when, reading)
    named = f"{source} {background_hash(file)}"
    print(write_belief(evidence, when, _reading(reading), draws, out, prior, named))


def _belief(
    evidence: Evidence, as_of: date | None, reading: str, draws: int, background: str, others: list[str]
) -> Belief:
    """Fit belief about the states of the signals and some others."""
    from sim.calibration.posterior import fit_posterior

    states_known([code for code in others if code not in evidence.states], near=evidence.states)
    when = as_of or _last_date(evidence)
    prior = _prior(evidence, background, when, reading, others)
    return fit_posterior(evidence, when, states=others, n_draws=draws, background=prior)


def _prior(
    evidence: Evidence, background: str, when: date, reading: str, others: Sequence[str] = ()
) -> PairPrior:
    from sim.background.prior import prior_beside

    source, file = background_source(background)
    return prior_beside(evidence, source, others, when, file=file, reading=_reading(reading))


def _evidence(seeds: Path, reading: str) -> Evidence:
    from sim.signals.table import load_evidence

    return load_evidence(seeds).reading(_reading(reading))


def _last_date(evidence: Evidence) -> date:
    return evidence.signals[-1].date if evidence.signals else date.today()


def _reading(text: str) -> str | dict[str, str]:
    if "=" not in text:
        return text
    return dict(part.partition("=")[::2] for part in text.split(","))
