"""VERBS: parse, call one function, print. Nothing heavy is imported before its verb needs it."""

from __future__ import annotations

import gc
import sys

import typer

from sim.cli.belief import affinity, calibrate, explain
from sim.cli.history import fit, validate
from sim.cli.networks import blocs
from sim.cli.scenarios import backtest, check, plot, run, schema
from sim.cli.signals import ended_by_signals
from sim.cli.sweeps import compare, export, sweep
from sim.cli.version import program
from sim.cli.world import world
from sim.errors import InputError
from sim.isolation import import_elsewhere
from sim.views.terminal.streams import guard_streams, unguarded

SELDOM = 500_000  # objects made between searches for cycles: Numba makes many objects and few cycles

app = typer.Typer(
    help="Simulate alliance dynamics from coded diplomatic signals.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # colours of its own would pass for those of a file name
)

VERBS = (
    check, world, affinity, explain, calibrate, run, backtest, plot, blocs, fit, validate, sweep, export, compare,
    schema,
)  # fmt: skip
app.callback()(program)
for verb in VERBS:
    app.command()(verb)


def main() -> None:
    """Run the command line; what is wrong with the input is said in one line a problem, exit code 2."""
    gc.set_threshold(SELDOM)
    import_elsewhere()
    try:
        with ended_by_signals():
            guard_streams()
            try:
                app()
            finally:
                sys.stdout.flush()
    except InputError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    finally:
        sys.stdout = unguarded(sys.stdout)  # the interpreter flushes it once more
        gc.freeze()  # the process ends: to search what Numba leaves for cycles first would take 0.4 s
