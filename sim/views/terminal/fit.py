"""What `sim fit` says of the coefficients it fits."""

from __future__ import annotations

from collections.abc import Iterator

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
