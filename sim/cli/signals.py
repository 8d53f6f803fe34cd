"""An end by signal that leaves nothing behind, with the exit code that shells expect."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

ENDING = (signal.SIGTERM, signal.SIGHUP)


class SignalledError(BaseException):
    """A signal asked the process to end. No `Exception`, so that nothing takes it for a failure of its own."""


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """On SIGTERM and SIGHUP end as on an error, so that half-written folders are removed: exit code 128 + signal.

    A signal that whoever started the program wants ignored, as `nohup` does, stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in ENDING}
    for number, handler in before.items():
        if handler is signal.SIG_DFL:
            signal.signal(number, _end)
    try:
        yield
    except SignalledError as error:
        raise SystemExit(128 + error.args[0]) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    raise SignalledError(number)
