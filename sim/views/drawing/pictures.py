"""Pictures on disk: each drawn and written whole or not at all, as PNG and as SVG, with what it is about inside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from matplotlib import style as styles
from matplotlib.figure import Figure

from sim.errors import complain
from sim.experiment.staging import written_whole
from sim.plaintext import visible
from sim.views.drawing.sheet import style


@dataclass(frozen=True)
class Picture:
    """A picture to be drawn.

    Attributes
    ----------
    name
        Of its files, without suffix.
    draw
        Draws it; `None` where there is nothing to show.
    title, description
        What its files say that it is.
    identity
        Of what it shows; the same identity and figure give the same bytes.
    is_named
        Whether the files carry the identity.
    """

    name: str
    draw: Callable[[], Figure | None]
    title: str
    description: str
    identity: str
    is_named: bool = False

    def about(self) -> dict[str, str]:
        """What its files say of it."""
        named = {"Identifier": self.identity} if self.is_named else {}
        return {"Title": visible(self.title), "Description": visible(self.description), **named}


def write_pictures(pictures: Iterable[Picture], out: Path) -> list[Path]:
    """Draw pictures one by one and write those that show something.

    Parameters
    ----------
    pictures
        What to draw.
    out
        Folder, made where it is not there.

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
    try:
        out.mkdir(parents=True, exist_ok=True)
        for picture in pictures:
            with styles.context(["default", style(picture.identity)]):
                figure = picture.draw()
                if figure is not None:
                    files += _write_both(figure, out / picture.name, picture.about())
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
