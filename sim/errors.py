"""The one way this program says that an input is wrong: file, line, key, reason, and the nearest valid word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from sim.plaintext import visible

MAX_LIST = 400  # characters of a list of valid words; a longer one is left out
MAX_WORD = 60  # characters of a wrong word that are compared with the valid ones


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input, and where.

    Parameters
    ----------
    reason
        What is wrong and what would be right, in one line.
    file, line, key
        Where: the file, the 1-based line and the dotted key (or column); `None` where it has none.
    """

    reason: str
    file: Path | None = None
    line: int | None = None
    key: str | None = None

    def __str__(self) -> str:
        """Read as ``file:line: key: reason``, in one line that steers no terminal."""
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        return visible(": ".join(part for part in (place, self.key, self.reason) if part))


class InputError(Exception):
    """What the user gave cannot be used; carries every `Problem` found.

    The command line prints the problems, one a line, and exits with code 2.
    """

    def __init__(self, problems: Problem | Sequence[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)  # so that it reaches a parent process whole


def complain(
    reason: str, *, file: Path | None = None, line: int | None = None, key: str | None = None
) -> InputError:
    """Build the error for a single problem, to be raised by the caller."""
    return InputError(Problem(reason, file, line, key))


def shorten(value: object, width: int = 60) -> str:
    """Write a value on one short line, so that no input can flood or fake a message."""
    text = "".join(mark if mark.isprintable() else "�" for mark in str(value)[: width + 1])
    return text if len(text) <= width else text[: width - 1] + "…"


def nearest(word: object, options: Iterable[str]) -> str | None:
    """Find the option that is written most like a word, whatever the case of its letters; `None` where none is near."""
    by_folded = {option.casefold(): option for option in options}
    near = get_close_matches(str(word)[:MAX_WORD].casefold(), sorted(by_folded), n=1)
    return by_folded[near[0]] if near else None


def suggest(word: object, options: Iterable[str]) -> str:
    """Name the nearest valid word, ready to follow a reason; where none is near, all of them if they are few."""
    valid = sorted(options)
    if near := nearest(word, valid):
        return f"; did you mean {shorten(near)}?"
    listed = ", ".join(valid)
    return f"; valid: {listed}" if 0 < len(listed) <= MAX_LIST else ""
