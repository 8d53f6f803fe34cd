"""What `sim fit` says of the coefficients it fits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sim.estimation.items.acts import KINDS, FittedActs, FittedItem


def fit_lines(acts: FittedActs) -> Iterator[str]:
    """Say each act type's item in a line, then what holds for all."""
    yield from map(_item, acts.items)
    for name in acts.mode.prior.names[3 * len(KINDS) :]:
        yield f"{name}: {acts.mode[name]:.3f} ± {acts.mode.spread(name):.3f}"


def _item(i: FittedItem) -> str:
    return (
        f"{i.type}: λ {i.prior_discrimination:g} → {i.discrimination:.3f} (fitted {i.fitted_discrimination:.3f}, "
        f"log-sd {i.fitted_log_sd:.2f}); b {i.prior_difficulty:g} → {i.difficulty:.3f} "
        f"(fitted {i.fitted_difficulty:.3f} ± {i.fitted_difficulty_sd:.2f}); habit sd {i.habit_sd:.2f}; "
        f"done in {i.base_rate:.0%} of partner-years"
    )


def background_lines(summary: Mapping[str, Any]) -> Iterator[str]:
    """Say what each indicator is worth, and how the background forecasts beside what is naive."""
    yield "indicator            θ by unit   quarrel (sd)     company (sd)"
    for name, row in summary["coefficients"].items():
        sides = (f"{row[side]:+.2f} ({row[side + '_sd']:.2f})" for side in ("quarrel", "company"))
        yield f"{name:<20} {row['quarrel'] + row['company']:+9.2f}   " + "     ".join(sides)
    yield from ("", "forecast of the next year's cold acts        log score   rank correlation")
    for name, row in summary["scores"].items():
        if "log_score" in row:
            yield f"{name:<42} {row['log_score']:11.4f} {row['rank_correlation']:12.3f}"
    yield f"90 % intervals hold {summary['scores']['interval']['coverage']:.1%}"
