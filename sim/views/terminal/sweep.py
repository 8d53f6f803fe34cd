"""What `sim sweep` and `sim compare` say: where the spread comes from, what moves each outcome, what failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from sim.errors import shorten
from sim.sweeps.quantities import MEASURES
from sim.sweeps.storage.result import SweepResult

MAX_OUTCOMES = 8


def sweep_lines(result: SweepResult) -> Iterator[str]:
    """Say in a few lines what matters: for each outcome its spread, and the key that moves it most."""
    if failed := result.manifest["failed"]:
        yield (
            f"{failed} of {result.manifest['replicas']} runs failed: `--retry-failed` runs them again; "
            f"the first: {result.first_failure()}"
        )
    shares, effects = result.table("shares"), result.table("effects")
    outcomes = [name for name in result.outcomes if name not in MEASURES] or list(MEASURES)
    yield "share of variance: parameters / belief / chance; and the key that explains most between points"
    for outcome in outcomes[:MAX_OUTCOMES]:
        own = shares[shares["outcome"] == outcome].set_index("source")["share"]
        percents = " / ".join("  ?" if np.isnan(v) else f"{v:3.0%}" for v in own)
        moving = effects[(effects["outcome"] == outcome) & (effects["swing"] > 0)]
        strongest = moving.sort_values(["share", "swing"], na_position="first").tail(1)
        yield f"  {outcome}: {percents}{''.join(map(_strongest, strongest.itertuples()))}"


def _strongest(row: Any) -> str:
    how_much = "?" if np.isnan(row.share) else f"{row.share:.0%} [{row.low:.0%}, {row.high:.0%}]"
    return f"; {row.key} {how_much}, swing {row.swing:.3f}"


def alone_line(states: Sequence[str]) -> str:
    """Say which states only one of two compared runs has."""
    names = shorten(", ".join(states))
    return f"in one of the two alone: {names}; figures of the whole world are each over its own states"


def comparison_title(a: str, b: str, is_paired: bool) -> str:
    """Say which way the differences go, and whether they are those of pairs."""
    how = "in pairs of the same chance" if is_paired else "not in pairs: chance differs"
    return f"{b} less {a}, {how}"
