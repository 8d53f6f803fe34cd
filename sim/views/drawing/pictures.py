"""Pictures on disk: each drawn and written whole or not at all, as PNG and as SVG, with what it is about inside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from matplotlib import style as styles
from matplotlib.figure import Figure

from sim.errors import complain
from sim.experiment.staging import written_whole
from sim.plaintext import visible
from sim.views.drawing.sheet import style

type Pictures[T] = Mapping[str, Callable[[T], Figure | None]]
"""What draws each picture of a subject, by the picture's name; `None` is drawn where there is nothing to show."""


def write_pictures[T](
    pictures: Pictures[T],
    subject: T,
    out: Path,
    *,
    title: str,
    about: str,
    identity: str,
    suffix: str = "",
    is_named: bool = False,
) -> list[Path]:
    """Draw pictures of a subject one by one and write those that show something.

    Parameters
    ----------
    pictures, subject
        What draws each, by its name, and what of.
    out
        Folder, made where it is not there.
    title, about
        What the files say that the pictures are, and of what they are.
    identity
        Of the subject; the same identity and figure give the same bytes.
    suffix, is_named
        What ends the name of each file; whether the files carry the identity.

    Returns
    -------
    list of Path
        The files, in order.

    Raises
    ------
    InputError
        Where they cannot be written.
    """
    files = []
    named = {"Identifier": identity} if is_named else {}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, draw in pictures.items():
            with styles.context(["default", style(identity)]):
                figure = draw(subject)
                if figure is not None:
                    words = {"Title": visible(title), "Description": visible(f"{name} of {about}"), **named}
                    files += _write_both(figure, out / f"{name}{suffix}", words)
    except OSError as error:
        raise complain(f"cannot write pictures: {error.strerror or error}", file=out) from error
    return files


def _write_both(figure: Figure, place: Path, about: dict[str, str]) -> list[Path]:
    return [
        _write(figure, place.with_name(f"{place.name}.png"), about | {"Software": None}),
        _write(figure, place.with_name(f"{place.name}.svg"), about | {"Date": None, "Creator": None}),
    ]


def _write(figure: Figure, file: Path, about: dict[str, str | None]) -> Path:
    """Write so that a reader never sees half a picture."""
    with written_whole(file) as waiting:
        figure.savefig(waiting, format=file.suffix[1:], metadata=about)
    return file
