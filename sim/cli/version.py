"""`sim --version`: an option of the program itself, not of a verb."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.errors import complain


def show_version(is_wanted: bool) -> None:
    """Print name and version of the installed distribution, and end.

    Raises
    ------
    InputError
        Where the sources run without being installed, and so have no version.
    """
    if not is_wanted:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        print("blocshift", version("blocshift"))
    except PackageNotFoundError:
        raise complain(
            "Blocshift is not installed here: its sources alone have no version", key="--version"
        ) from None
    raise typer.Exit


def program(
    version: Annotated[
        bool, typer.Option("--version", help="Show name and version.", callback=show_version, is_eager=True)
    ] = False,
) -> None:
    """Take the options that stand before any verb."""
