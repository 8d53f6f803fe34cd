"""Standard output and standard error: nothing printed steers the terminal, and a failure to print is one line."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, TextIO, cast

from sim.errors import complain
from sim.plaintext import visible

SPELLED = {"→": "->", "−": "-", "–": "-", "·": "|", "…": "...", "±": "+-", "≥": ">=", "≤": "<=", "²": "^2"}
SPELLING = "blocshift-spelled"  # how characters are written that the terminal's encoding lacks
UNREAD = 1  # exit code where whoever read the output has gone, as Python's own documentation has it


class GuardedStream:
    """A stream that shows control characters as text.

    If standard output cannot be written, the command ends: in silence where a pipe's reader has gone (exit code 1),
    else with an `InputError`. Where standard error cannot be written, there is nobody to tell, and work goes on.
    """

    def __init__(self, stream: TextIO, is_answer: bool) -> None:
        self.stream = stream
        self.is_answer = is_answer
        self.failure: OSError | None = None

    def write(self, text: str) -> int:
        """Write text, with all but line breaks and tabs of its control characters as escapes."""
        self._try(lambda: self.stream.write(visible(text, keep="\n\t")))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Hand on what waits to be written."""
        self._try(self.stream.flush)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def _try(self, work: Callable[[], object]) -> None:
        """Work unless that has failed before; whoever calls may have swallowed the error, so it is raised again."""
        if self.failure is None:
            try:
                work()
            except OSError as error:
                self.failure = error
                _sink(self.stream)
        if self.failure is not None and self.is_answer:
            _end(self.failure)


def _sink(stream: TextIO) -> None:
    """Send what still waits to nowhere: it would fail again when the process ends."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, stream.fileno())
    os.close(sink)


def _end(error: OSError) -> NoReturn:
    if isinstance(error, BrokenPipeError):
        raise SystemExit(UNREAD) from None
    raise complain(f"cannot be written: {error.strerror}", key="standard output") from None


def guard_streams() -> None:
    """Put guards around standard output and standard error, whatever their encoding.

    Raises
    ------
    InputError
        Where standard output is closed.
    """
    if sys.stderr is None:  # closed: a file opened later must not get its number
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    sys.stderr = _guarded(sys.stderr, is_answer=False)
    if sys.stdout is None:
        raise complain("is closed", key="standard output")
    sys.stdout = _guarded(sys.stdout, is_answer=True)


def _guarded(stream: TextIO, is_answer: bool) -> TextIO:
    bare = unguarded(stream)
    if isinstance(bare, io.TextIOWrapper):
        codecs.register_error(SPELLING, _spell)
        bare.reconfigure(errors=SPELLING)
    return cast(TextIO, GuardedStream(bare, is_answer))


def unguarded(stream: TextIO) -> TextIO:
    """Get the stream behind a guard, for a bar that moves the terminal's cursor and shows nobody's text."""
    return stream.stream if isinstance(stream, GuardedStream) else stream


def _spell(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(SPELLED.get(c) or c.encode("unicode_escape").decode("ascii") for c in lacking), error.end
