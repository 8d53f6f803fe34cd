"""Told to end, the command line ends as on an error, with the exit code that shells expect."""

from __future__ import annotations

import signal

import pytest

from sim.cli.signals import ended_by_signals


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_what_is_half_done_is_cleared_away(number, code):
    seen, before = [], signal.getsignal(number)

    def work():
        with ended_by_signals():
            try:
                signal.raise_signal(number)
            except Exception:
                seen.append("taken for a failure")
            finally:
                seen.append("cleared away")

    with pytest.raises(SystemExit) as stop:
        work()
    assert stop.value.code == code
    assert seen == ["cleared away"]
    assert signal.getsignal(number) is before


def test_what_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ended_by_signals():
            signal.raise_signal(signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
