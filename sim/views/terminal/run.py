"""What `sim run` says of a run: its blocs in words, and a table of expectations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

HEADER = ("verdict", "share (its error)", "needed", "difference (90 % of replicas)", "statement")


def bloc_lines(blocs: dict[str, Any]) -> Iterator[str]:
    """Say in words what a run's manifest has under `blocs`, a line at a time."""
    end = blocs["end"]
    proof = (
        "proven best in every replica"
        if end["is_exact"]
        else f"proven in {end['proven_share']:.0%} of replicas"
    )
    yield f"Blocs at the end, {end['date']} ({proof}), with the probability of standing there"
    states = end["states"]
    for bloc in end["consensus"]:
        if len(bloc) > 1:
            yield "  " + "  ".join(f"{name} {states[name]['probability']:.2f}" for name in bloc)
    apart = [bloc[0] for bloc in end["consensus"] if len(bloc) == 1]
    if apart:
        yield "  in none of them: " + ", ".join(_undecided(name, states[name]) for name in apart)
    rivals = f"; {end['n_near_ties']} others are as frequent but for chance" if end["n_near_ties"] else ""
    yield f"Likeliest partition: {_partition(end['modal'])} in {end['share']:.0%} of replicas{rivals}"
    if end["pivotal"]:
        yield "Would flip first: " + ", ".join(_flip(one) for one in end["pivotal"][:3])
    for act, share in blocs["changed_without"].items():
        yield f"Without {act}: other blocs in {share:.0%} of replicas"


def _undecided(name: str, state: dict[str, Any]) -> str:
    nearest = f"with {state['bloc']} {state['probability']:.2f}, " if state["bloc"] else ""
    return f"{name} ({nearest}alone {state['alone']:.2f})"


def _partition(blocs: Sequence[Sequence[str]]) -> str:
    return " | ".join(" ".join(bloc) for bloc in blocs)


def _flip(one: dict[str, Any]) -> str:
    where = f"to {one['to']}" if one["to"] else "to stand alone"
    return f"{one['state']} {where} ({one['share']:.0%} of replicas, margin {one['margin']:.2f})"


def print_expectations(rows: Sequence[dict[str, Any]]) -> None:
    """Print on stderr how each expectation fared, where there are any."""
    if not rows:
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Expectations", title_justify="left", box=None, pad_edge=False)
    for name in HEADER:
        table.add_column(name)
    for row in rows:
        table.add_row(*_verdict(row))
    Console(stderr=True, markup=False, color_system=None).print(table)


def _verdict(r: dict[str, Any]) -> tuple[str, ...]:
    statement = f"{r['quantity']} {r['who']} {r['direction']} on {r['date']} against {r['against']}"
    needed = f"{r['required']:.2f}"
    if r["verdict"] == "moot":
        return r["verdict"], "", needed, "", f"{statement}: it is off or later, there is nothing to leave out"
    share = f"{r['probability']:.2f} ({r['probability_low']:.2f} to {r['probability_high']:.2f})"
    difference = f"{r['difference']:+.2g} ({r['q05']:+.2g} to {r['q95']:+.2g})"
    return r["verdict"], share, needed, difference, statement
