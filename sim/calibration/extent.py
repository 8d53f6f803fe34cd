"""How much belief takes, reckoned before it is fitted, and how far it may be carried past the last signal."""

from __future__ import annotations

from datetime import date

from sim.calibration.density import N_GRID
from sim.limits import excess, processors
from sim.signals.evidence import Evidence

MAX_YEARS = 100  # from the last signal to the date of belief: what was seen says nothing of a later one
CHECKPOINT = 6e-7  # seconds to carry one dyad to the next day with a signal
CARRY = 2e-8  # seconds a day of carrying one dyad
IN_MEMORY = 4 + 8  # bytes of a grid point: the density, and the sums that replicas are drawn from
IN_WORK = 2 * 8


def excess_of_belief(evidence: Evidence, as_of: date, n_states: int, n_draws: int) -> tuple[str, str] | None:
    """Say why belief cannot be fitted here: what is at fault, ``as_of`` or ``draws``, and the reason.

    Parameters
    ----------
    evidence
        One reading of the signals, of which those up to the date count.
    as_of, n_states, n_draws
        Date, number of states and of draws of belief.
    """
    days = sorted({signal.date for signal in evidence.signals if signal.date <= as_of})
    if days and as_of.year - days[-1].year > MAX_YEARS:
        return "as_of", f"{as_of} is more than {MAX_YEARS} years after the last signal, of {days[-1]}"
    length = (as_of - days[0]).days if days else 0
    dyads = n_states**2
    seconds = n_draws * dyads * (CHECKPOINT * len(days) + CARRY * length) / processors()
    moves = 8 * len(evidence.signals) * n_states
    memory = dyads * N_GRID * (IN_MEMORY * n_draws + IN_WORK * processors()) + moves * (processors() + 2)
    if reason := excess(memory, seconds):
        who = f"belief of {n_states:,} states from {len(evidence.signals):,} signals in {n_draws} draws"
        return "draws", f"{who} {reason}; take fewer draws, or seeds of fewer states"
    return None
