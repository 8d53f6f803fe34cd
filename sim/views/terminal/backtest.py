"""What `sim backtest` says: coverage and direction over all dyads, then the dyads that the run explains least."""

from __future__ import annotations

from collections.abc import Iterator

from sim.experiment.backtest import Backtest, Comparison

N_DYADS = 10


def backtest_lines(backtest: Backtest) -> Iterator[str]:
    """Say in words how far the run came to where belief on all signals is."""
    s = backtest.summary()
    yield f"cut {s['cut']}, {s['acts_after_the_cut']} known acts to {s['end']}"
    yield (
        f"within the 90 % range of replicas: {_percent(s['coverage'])} of {s['dyads']} dyads, "
        f"{_percent(s['coverage_with_signals'])} of the {s['dyads_with_signals']} with signals of their own"
    )
    yield f"same direction: {_percent(s['direction'])}, with signals {_percent(s['direction_with_signals'])}"
    yield from map(_dyad, sorted(backtest.rows, key=lambda row: -abs(row.rest))[:N_DYADS])


def _dyad(row: Comparison) -> str:
    return (
        f"{row.sender}→{row.target}: cut {row.at_cut:+.3f}, run {row.simulated:+.3f} "
        f"[{row.low:+.3f}, {row.high:+.3f}], all signals {row.filtered:+.3f}; "
        f"rest {row.rest:+.3f}, most by {row.act or 'drift'} ({row.path or '-'} {row.change:+.3f})"
    )


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{share:.0%}"
