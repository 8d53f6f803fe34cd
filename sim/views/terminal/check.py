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
    """Say how many dyads of a scenario no signal speaks of."""
    return (
        f"{support.file}: {support.n_alone} of {support.n_dyads} dyads rest on the prior alone "
        f"({support.n_signals} have signals of their own, {support.n_facts} more standing facts or statements)"
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
