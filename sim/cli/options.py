"""Options that several verbs share, and how a date is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from sim.errors import complain, nearest, shorten, suggest


def read_date(text: str, key: str = "--as-of") -> date:
    """Read a date as ISO 8601 writes it.

    Raises
    ------
    InputError
        Naming the option, where it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise complain(f"{text!r} is not a date such as 2024-05-15", key=key) from None


def background_source(text: str) -> tuple[str, Path | None]:
    """Read what belief starts from: one of the shipped backgrounds, or the public one and a table of further facts.

    Raises
    ------
    InputError
        Naming the option, where it is neither.
    """
    from sim.background.names import BACKGROUNDS

    if text in BACKGROUNDS:
        return text, None
    file = Path(text)
    if not file.is_file():
        raise complain(f"no such file: {shorten(text)}; else {', '.join(BACKGROUNDS)}", key="--background")
    return "public", file


def states_known(codes: Iterable[str], key: str | None = None, near: Sequence[str] = ()) -> None:
    """Refuse codes that are no state's, and suggest the nearest, first of those in `near`.

    Raises
    ------
    InputError
        Naming the first.
    """
    from sim.background.names import codes_with_levels, is_state

    for code in codes:
        if not is_state(code):
            options = near if nearest(code, near) else codes_with_levels()
            raise complain(f"{code!r} is not a state{suggest(code, options)}", key=key)


Seeds = Annotated[Path, typer.Option("--seeds", help="Folder of coded signals.")]
AsOf = Annotated[
    date | None,
    typer.Option(
        "--as-of", parser=read_date, metavar="DATE", help="Signals up to this date count; default: all."
    ),
]
Reading = Annotated[
    str, typer.Option(help="Reading of the traps in the sources: main, rival, or TRAP=rival,TRAP=main.")
]
Draws = Annotated[int, typer.Option(min=1, max=1000, help="Draws of the codebook's uncertain weights.")]
Out = Annotated[Path, typer.Option(help="Results folder.")]
Background = Annotated[
    str,
    typer.Option(
        metavar="NAME|FILE.csv",
        help="What belief starts from: public, levels, none, or public and a table of further facts.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print a machine-readable summary.")]
Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Folder of public data sets.")]
Code = Annotated[str | None, typer.Option(help="Code of a state, such as PRK.")]
Strategies = Annotated[
    Path | None,
    typer.Option(metavar="FILE.py", help="Python file by which some states decide; it is run as code."),
]
Changes = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override one value; repeatable.")
]
