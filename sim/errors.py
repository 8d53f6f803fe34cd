"""The one way this program says that what it was given is wrong: file, line, key, reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.plaintext import visible


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
