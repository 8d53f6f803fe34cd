"""Sweeps that someone stops: Ctrl-C, SIGTERM and SIGHUP, once and twice."""

from __future__ import annotations

import signal
import time

import pytest

from sim.sweeps.plan import Request
from sim.sweeps.runs import SweepStoppedError
from sim.sweeps.storage.folder import SweepFolder
from sim.sweeps.sweep import run_sweep
from tests.sweeps.interruptions import shape_of, start, unfinished, wait_for_chunks


@pytest.mark.parametrize(
    ("number", "times"),
    [
        (signal.SIGINT, 2),
        *(pytest.param(n, 1, marks=pytest.mark.slow) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)),
        pytest.param(signal.SIGTERM, 2, marks=pytest.mark.slow),
    ],
)
def test_a_signal_stops_after_the_chunks_at_work_and_twice_at_once(small, tmp_path, number, times):
    process = start(small, tmp_path, "--workers", "2")
    wait_for_chunks(tmp_path, process)
    for _ in range(times):
        process.send_signal(number)
        time.sleep(0.01)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number, err
    assert "runs are kept in" in err
    assert "--resume goes on" in err
    assert "Traceback" not in err
    folder = unfinished(tmp_path)
    assert not list(folder.rglob(".*"))
    with SweepFolder(folder, shape_of(small, Request(points=300))) as held:
        assert held.done().sum() >= 15


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stop_in_this_process_tells_how_far_it_came(small, tmp_path, number):
    def press(done, *_):
        if done >= 9:
            signal.raise_signal(number)

    before = signal.getsignal(number)
    with pytest.raises(SweepStoppedError, match=r"stopped: \d+ of 36 runs are kept") as stopped:
        run_sweep(small, Request(), out=tmp_path, chunk=3, progress=press)
    assert stopped.value.number == number
    assert signal.getsignal(number) is before


def test_a_signal_that_is_ignored_stays_so(small, swept, tmp_path):
    """As under `nohup`."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        done = run_sweep(
            small, Request(), out=tmp_path, chunk=3, progress=lambda *_: signal.raise_signal(signal.SIGHUP)
        )
    finally:
        signal.signal(signal.SIGHUP, before)
    assert done.manifest["content_hash"] == swept.manifest["content_hash"]
