"""What `sim check` says: what belief about scenarios rests on, what public data there are, and that all is fine."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from sim.plaintext import visible

if TYPE_CHECKING:  # a scenario is checked without pandas
    from sim.history.inventory import Holding
    from sim.scenario.coverage import Support


def support_line(support: Support) -> str:
    """Say how many dyads of a scenario rest on what."""
    return (
        f"{support.file}: of {support.n_dyads} dyads {support.signals} rest on signals of their own, {support.facts} "
        f"on standing facts or statements, {support.background} on the background alone, {support.nothing} on nothing"
    )


def holding_line(holding: Holding) -> str:
    """Say what one file of a folder of public data holds."""
    if holding.problems:
        return f"{holding.file}: {len(holding.problems)} problems"
    return (
        f"{holding.file}: {holding.rows} rows, {holding.span}" if holding.rows else f"{holding.file}: absent"
    )


def fine_line(paths: Iterable[Path]) -> str:
    """Say that nothing is wrong with any of these."""
    return "fine: " + ", ".join(visible(str(path)) for path in paths)
