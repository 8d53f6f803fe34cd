"""Sweeps: the same content however they are run, cut off, or resumed; a bad point is a row."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.experiment.ensemble import plan, simulate_chunk
from sim.scenario.load import load_scenario
from sim.scenario.setup import resolve
from sim.sweeps.plan import Asked
from sim.sweeps.storage import ledger as ledgers
from sim.sweeps.storage import parts
from sim.sweeps.storage.parts import Rows
from sim.sweeps.storage.result import read_sweep
from sim.sweeps.sweep import SweepStoppedError, run_sweep
from sim.sweeps.workers.chunks import Pace, spans
from tests.conftest import ROOT


@pytest.fixture(scope="session")
def swept(small, tmp_path_factory):
    return run_sweep(small, Asked(), out=tmp_path_factory.mktemp("results"))


@pytest.fixture
def blocks_of_eight(monkeypatch):
    """Parts so small that a sweep of 36 runs has several."""
    monkeypatch.setattr("sim.sweeps.plan.block_size", lambda *_: 8)


def unfinished(out: Path) -> Path:
    [folder] = out.glob("*/sweep-*")
    return folder


class Stop:
    """A progress callback that ends the sweep, as a power failure would, after some chunks."""

    def __init__(self, chunks):
        self.left = chunks

    def __call__(self, done, total, failed):
        self.left -= 1
        if self.left == 0:
            raise RuntimeError("power failure")


def cut_off(small, out, chunks=5, asked=None, **how):
    with pytest.raises(RuntimeError, match="power failure"):
        run_sweep(small, asked or Asked(), out=out, chunk=3, progress=Stop(chunks), **how)
    return unfinished(out)


def test_runs_every_point_draw_and_replica_once(swept):
    runs = swept.table("runs")
    assert len(runs) == 6 * 3 * 2 == swept.manifest["replicas"] == swept.manifest["done"]
    assert swept.manifest["failed"] == 0
    assert list(runs[["point", "draw", "replica"]].itertuples(index=False, name=None)) == [
        (p, d, r) for p in range(6) for d in range(3) for r in range(2)
    ]
    assert runs[swept.outcomes].notna().all().all()
    assert {"affinity_PRK_RUS", "same_bloc_PRK_RUS", "alignment_PRK_moscow"} <= set(runs)
    points = swept.table("points")
    assert points["params.noise"].between(0.005, 0.02).all()
    assert set(points["acts.visit.on"]) == {True, False}


def test_first_replica_of_each_draw_is_that_of_a_run(small, swept):
    point = swept.table("points").iloc[2]
    values = [f"params.noise={point['params.noise']!r}".replace("np.float64(", "").replace(")", "")]
    values += [f"acts.visit.on={str(point['acts.visit.on']).lower()}"]
    setup = resolve(load_scenario(small, values))
    record = simulate_chunk(setup, plan(6, 6, set()), 0, 3).record
    runs = swept.table("runs").query("point == 2 and replica == 0")
    i, j = setup.place["PRK"], setup.place["RUS"]
    np.testing.assert_array_equal(runs["affinity_PRK_RUS"], record.affinity[:, -1, i, j].astype(np.float32))
    np.testing.assert_array_equal(runs["gestures"], record.of("gestures").sum(axis=1))


def test_points_share_their_chance(small, tmp_path):
    """Two points that differ by nothing give the same runs; other copies of a draw start alike and part."""
    asked = Asked(ranges={"resolution": [0.1, 0.1]}, design="grid", overrides=["sweep.vary=null"])
    found = run_sweep(small, asked, out=tmp_path)
    y = found.outcome("mean_affinity")
    assert y.shape == (2, 3, 2)
    np.testing.assert_array_equal(y[0], y[1])
    assert (np.abs(y[0, :, 0] - y[0, :, 1]) > 0).all()


@pytest.mark.parametrize(
    ("executor", "workers", "chunk"), [("threads", 1, 1), ("threads", 2, 5), ("processes", 2, 4)]
)
def test_same_content_for_any_executor_workers_and_chunks(small, swept, tmp_path, executor, workers, chunk):
    other = run_sweep(small, Asked(), out=tmp_path, executor=executor, workers=workers, chunk=chunk)
    assert other.manifest["content_hash"] == swept.manifest["content_hash"]
    assert [p.read_bytes() for p in other.parts] == [p.read_bytes() for p in swept.parts]


def test_another_chance_is_another_sweep(small, swept, tmp_path):
    other = run_sweep(small, Asked(overrides=["rng_seed=8"]), out=tmp_path)
    assert other.manifest["sweep_id"] != swept.manifest["sweep_id"]
    assert other.manifest["content_hash"] != swept.manifest["content_hash"]


def test_a_finished_sweep_is_found(small, swept):
    again = run_sweep(small, Asked(), out=swept.path.parent.parent)
    assert again.is_cached
    assert again.manifest == swept.manifest


@pytest.mark.usefixtures("blocks_of_eight")
def test_resume_runs_exactly_what_is_missing(small, tmp_path):
    whole = run_sweep(small, Asked(), out=tmp_path / "whole")
    folder = cut_off(small, tmp_path / "cut")
    with ledgers.Ledger(folder, whole_shape := _shape(folder)) as ledger:
        kept = int(ledger.done().sum())
    assert 0 < kept < whole_shape.n_runs
    with pytest.raises(InputError, match="an unfinished sweep lies here; --resume"):
        run_sweep(small, Asked(), out=tmp_path / "cut")
    with pytest.raises(InputError, match="unfinished sweep"):
        read_sweep(folder)
    seen = []
    done = run_sweep(
        small, Asked(), out=tmp_path / "cut", is_resumed=True, chunk=2, workers=2,
        progress=lambda done, *_: seen.append(done),
    )  # fmt: skip
    assert done.manifest["content_hash"] == whole.manifest["content_hash"]
    assert seen[-1] == whole_shape.n_runs
    assert seen[0] > kept  # nothing was run twice
    assert len(seen) >= (whole_shape.n_runs - kept) / 2
    assert list((folder / "chunks").iterdir()) == []
    assert len(done.parts) == 5


def _shape(folder):
    import json

    facts = json.loads((folder / "sweep.json").read_text())
    s = facts["shape"]
    return parts.Shape(
        s["points"], s["draws"], s["replicas"], s["block"], tuple(facts["outcomes"]), s["has_paths"]
    )


def test_resume_with_other_settings_says_what_lies_there(small, tmp_path):
    folder = cut_off(small, tmp_path)
    other = run_sweep(small, Asked(points=5), out=tmp_path, is_resumed=True)
    assert any(f"{folder} is unfinished" in note for note in other.manifest["notes"])


def test_cut_off_with_many_at_work_says_nothing_more(small, tmp_path, recwarn):
    cut_off(small, tmp_path, asked=Asked(points=60), workers=2)
    assert not recwarn.list


@pytest.mark.usefixtures("blocks_of_eight")
@pytest.mark.parametrize("which", ["chunks", "parts"])
@pytest.mark.parametrize("left", [0, 0.5, -9])
def test_a_truncated_file_is_found_and_its_runs_made_again(small, tmp_path, which, left):
    whole = run_sweep(small, Asked(), out=tmp_path / "whole")
    folder = cut_off(small, tmp_path / "cut", chunks=4)
    file = sorted((folder / which).iterdir())[0]
    content = file.read_bytes()
    file.write_bytes(content[: int(left * len(content)) if left >= 0 else left])
    done = run_sweep(small, Asked(), out=tmp_path / "cut", is_resumed=True)
    assert any(f"{which}/{file.name} is damaged" in note for note in done.manifest["notes"])
    assert done.manifest["content_hash"] == whole.manifest["content_hash"]


@pytest.mark.parametrize("call", ["write_table", "replace"])
def test_a_full_disk_is_said_and_nothing_is_lost(small, swept, tmp_path, monkeypatch, call):
    n, target = [0], ledgers if call == "write_table" else Path
    real = getattr(target, call)

    def full(*arguments):
        n[0] += 1
        if n[0] > 4:
            raise OSError(28, "No space left on device")
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(target, call, full)
        with pytest.raises(InputError, match=r"No space left on device; what was done is kept, --resume"):
            run_sweep(small, Asked(), out=tmp_path, chunk=3)
    assert not list(unfinished(tmp_path).rglob(".writing-*"))
    done = run_sweep(small, Asked(), out=tmp_path, is_resumed=True)
    assert done.manifest["content_hash"] == swept.manifest["content_hash"]


def test_a_full_disk_for_real(small, swept, tmp_path):
    """A limit on the size of files stands in for the end of a disk: a write fails in the middle of a file."""
    code = (
        "import resource, signal, sys\n"
        "sys.dont_write_bytecode = True\n"
        "from sim.errors import InputError\n"
        "from sim.sweeps.sweep import Asked, run_sweep\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "full = lambda *_: resource.setrlimit(resource.RLIMIT_FSIZE, (1500, -1))\n"
        f"try: run_sweep({str(small)!r}, Asked(), out={str(tmp_path)!r}, chunk=3, progress=full)\n"
        "except InputError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert "cannot write results" in done.stdout, done.stderr
    assert "--resume goes on" in done.stdout
    folder = unfinished(tmp_path)
    with ledgers.Ledger(folder, _shape(folder)) as ledger:
        assert ledger.done().sum() == 3
    after = run_sweep(small, Asked(), out=tmp_path, is_resumed=True)
    assert after.manifest["content_hash"] == swept.manifest["content_hash"]


def test_a_folder_that_cannot_be_written_is_said(small):
    with pytest.raises(InputError, match="cannot write results"):
        run_sweep(small, Asked(), out="/proc/self/nowhere")


def test_two_sweeps_on_one_folder(small, tmp_path):
    folder = cut_off(small, tmp_path)
    with (
        ledgers.Ledger(folder, _shape(folder)),
        pytest.raises(InputError, match=rf"a sweep is at work in this folder \(process {os.getpid()}"),
    ):
        run_sweep(small, Asked(), out=tmp_path, is_resumed=True)
    assert run_sweep(small, Asked(), out=tmp_path, is_resumed=True).manifest["failed"] == 0


def start(small, out, *more):
    line = [sys.executable, "-c", "from sim.cli import main; main()", "sweep", str(small), "--out", str(out)]
    return subprocess.Popen(
        [*line, "--points", "300", "--chunk", "5", *more], cwd=ROOT, text=True, stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )  # fmt: skip


def wait_for_chunks(out, process, n=3):
    for _ in range(1200):
        if len(list(out.glob("small/sweep-*/chunks/*.parquet"))) >= n or process.poll() is not None:
            return
        time.sleep(0.02)


def test_kill_9_at_any_moment_then_resume(small, tmp_path):
    """Killed twice on the way, then finished in this process: the same content as in one go."""
    asked = Asked(points=300)
    for n in (2, 9):
        process = start(small, tmp_path, "--resume", "--workers", "2")
        wait_for_chunks(tmp_path, process, n)
        process.kill()
        process.communicate()
        assert process.returncode == -9
    [folder] = tmp_path.glob("small/sweep-*")
    with ledgers.Ledger(folder, _shape(folder)) as ledger:
        assert ledger.done().any()
    done = run_sweep(small, asked, out=tmp_path, is_resumed=True, workers=2)
    whole = run_sweep(small, asked, out=tmp_path / "whole", workers=2)
    assert done.manifest["content_hash"] == whole.manifest["content_hash"]


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
    with ledgers.Ledger(folder, _shape(folder)) as ledger:
        assert ledger.done().sum() >= 15


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stop_in_this_process_tells_how_far_it_came(small, tmp_path, number):
    def press(done, *_):
        if done >= 9:
            signal.raise_signal(number)

    before = signal.getsignal(number)
    with pytest.raises(SweepStoppedError, match=r"stopped: \d+ of 36 runs are kept") as stopped:
        run_sweep(small, Asked(), out=tmp_path, chunk=3, progress=press)
    assert stopped.value.number == number
    assert signal.getsignal(number) is before


def test_a_signal_that_is_ignored_stays_so(small, swept, tmp_path):
    """As under `nohup`."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        done = run_sweep(
            small, Asked(), out=tmp_path, chunk=3, progress=lambda *_: signal.raise_signal(signal.SIGHUP)
        )
    finally:
        signal.signal(signal.SIGHUP, before)
    assert done.manifest["content_hash"] == swept.manifest["content_hash"]


BAD_POINTS = Asked(
    ranges={"steps": [2, 6], "acts.visit.date": ["2024-01-05", "2024-02-01"]}, design="grid",
    overrides=["sweep.vary=null"],
)  # fmt: skip


def test_a_bad_point_is_a_row_and_the_others_are_run(small, tmp_path):
    """Two steps end before the act of 1 February: that point fails, the three others do not."""
    found = run_sweep(small, BAD_POINTS, out=tmp_path, chunk=4)
    assert found.manifest["failed"] == 6
    assert found.manifest["done"] == 18
    failures = found.table("failures")
    assert set(failures["point"]) == {1}
    assert sorted(zip(failures["draw"], failures["replica"], strict=True)) == [
        (d, r) for d in range(3) for r in range(2)
    ]
    assert set(failures["rng_seed"]) == {7}
    assert failures["error"].str.contains("outside the horizon").all()
    assert failures["error"].str.startswith("Traceback").all()
    y = found.outcome("mean_affinity")
    assert np.isnan(y[1]).all()
    assert np.isfinite(y[[0, 2, 3]]).all()


def test_retry_failed_runs_those_alone(small, tmp_path, monkeypatch):
    from sim.sweeps.workers import chunks

    whole = run_sweep(small, Asked(), out=tmp_path / "whole")
    real, seen = chunks.compiled, []

    def fails_sometimes(setup, layout, replica, row, record, copied=0):
        if replica == 1 and copied == 1:
            raise ZeroDivisionError("a bad day")
        return real(setup, layout, replica, row, record, copied)

    def watched(*arguments):
        seen.append(arguments)
        return real(*arguments)

    monkeypatch.setattr(chunks, "compiled", fails_sometimes)
    bad = run_sweep(small, Asked(), out=tmp_path / "bad", chunk=4)
    assert bad.manifest["failed"] == 6
    assert bad.first_failure() == "point 0, draw 1: ZeroDivisionError: a bad day"
    monkeypatch.setattr(chunks, "compiled", watched)
    assert run_sweep(small, Asked(), out=tmp_path / "bad", is_resumed=True).manifest["failed"] == 6
    assert not seen
    good = run_sweep(small, Asked(), out=tmp_path / "bad", is_retried=True)
    assert len(seen) == 6
    assert good.manifest["failed"] == 0
    assert good.manifest["content_hash"] == whole.manifest["content_hash"]


def test_a_measure_that_fails_is_a_row_too(small, tmp_path, monkeypatch):
    def broken(*_):
        raise ValueError("no measure")

    monkeypatch.setattr("sim.sweeps.workers.chunks.outcomes", broken)
    found = run_sweep(small, Asked(), out=tmp_path)
    assert (found.manifest["failed"], found.manifest["done"]) == (36, 0)
    assert found.first_failure().endswith("ValueError: no measure")


def test_paths_are_kept_where_asked(small, swept, tmp_path):
    found = run_sweep(small, Asked(paths=True), out=tmp_path, chunk=5)
    steps = found.table("paths")
    assert len(steps) == 36 * 7
    last = steps[steps["step"] == 6].reset_index(drop=True)
    np.testing.assert_array_equal(last["polarisation"], swept.table("runs")["polarisation"])
    assert steps.loc[steps["step"] == 2, "n_blocs"].notna().all()
    assert steps.loc[steps["step"] == 3, "n_blocs"].isna().all()
    again = run_sweep(small, Asked(paths=True), out=tmp_path / "again", workers=2, chunk=3)
    assert again.manifest["content_hash"] == found.manifest["content_hash"]


def test_states_by_own_strategies_run_in_processes(small, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "from sim import StateAgent\n"
        "class Silent(StateAgent):\n"
        "    def decide(self, target, uniform):\n"
        "        return None\n"
        "strategies = {'PRK': Silent}\n"
    )
    asked = Asked(points=2, draws=2, strategies=file, overrides=["acts=[]", "sweep.vary=null"],
                  ranges={"params.noise": "0.005:0.02"})  # fmt: skip
    one = run_sweep(small, asked, out=tmp_path / "one", executor="threads")
    two = run_sweep(small, asked, out=tmp_path / "two", workers=2, chunk=2)
    assert one.manifest["content_hash"] == two.manifest["content_hash"]
    assert one.manifest["failed"] == 0


@pytest.mark.parametrize(
    ("workers", "noise", "how"),
    [
        pytest.param(1, 0.011, "SIGSEGV", id="one", marks=pytest.mark.slow),
        pytest.param(2, 0.012, "exit code 7", id="two"),
    ],
)
def test_a_point_that_kills_its_process_is_a_row_too(small, tmp_path, deadly, workers, noise, how):
    asked = deadly(noise, 0.013)
    found = run_sweep(small, asked, out=tmp_path, executor="processes", workers=workers, chunk=2 // workers)
    assert found.manifest["failed"] == 1
    assert found.first_failure() == f"point 0, draw 0: WorkerDied: the run ended its process ({how})"
    assert list(np.isfinite(found.outcome("mean_affinity")[:, 0, 0])) == [False, True]
    assert run_sweep(small, asked, out=tmp_path, is_resumed=True).is_cached


def test_an_innocent_run_whose_process_the_system_kills_is_tried_once_more(small, tmp_path):
    own, killed = tmp_path / "own.py", tmp_path / "killed"
    own.write_text(KILLED_ONCE.format(killed=str(killed)))
    asked = Asked(points=2, draws=1, replicas=1, strategies=own)
    found = run_sweep(small, asked, out=tmp_path, executor="processes", workers=1, chunk=1)
    assert killed.exists()
    assert found.manifest["failed"] == 0


KILLED_ONCE = """import os, pathlib, signal
from sim import StateAgent

class Innocent(StateAgent):
    def __init__(self, model, index):
        super().__init__(model, index)
        if not os.path.exists({killed!r}):
            pathlib.Path({killed!r}).touch()
            os.kill(os.getpid(), signal.SIGKILL)

    def decide(self, target, uniform):
        return None

strategies = {{"PRK": Innocent}}
"""


@pytest.mark.slow
def test_points_that_kill_are_the_same_rows_however_they_are_run(small, tmp_path, deadly):
    """Half of the points kill; the sweep is cut off and resumed, retried, and run by others."""
    asked = deadly(0.01, 0.011, 0.012, 0.013, 0.014, 0.011)
    whole = run_sweep(small, asked, out=tmp_path / "whole", workers=2, chunk=1)
    assert whole.manifest["failed"] == 3
    with pytest.raises(RuntimeError, match="power failure"):
        run_sweep(small, asked, out=tmp_path / "cut", workers=1, chunk=3, progress=Stop(2))
    done = run_sweep(small, asked, out=tmp_path / "cut", workers=1, is_resumed=True)
    assert done.manifest["content_hash"] == whole.manifest["content_hash"]
    again = run_sweep(small, asked, out=tmp_path / "cut", workers=2, is_retried=True)
    assert not again.is_cached
    assert again.manifest["content_hash"] == whole.manifest["content_hash"]


@pytest.mark.slow
def test_a_killed_worker_process_costs_its_chunks_alone(small, swept, tmp_path):
    """Worker processes are killed once; the sweep starts others and gives out again what they had."""
    killed = []

    def kill(done, total, failed):
        if not killed:
            mine = subprocess.run(
                ["pgrep", "-P", str(os.getpid()), "-f", "loky"], capture_output=True, text=True
            )
            for pid in mine.stdout.split():
                command_line = Path(f"/proc/{pid}/cmdline").read_bytes()
                if b"popen_loky" in command_line:
                    os.kill(int(pid), signal.SIGKILL)
                    killed.append(pid)

    asked = Asked(points=60)
    done = run_sweep(
        small, asked, out=tmp_path / "killed", executor="processes", workers=2, chunk=4, progress=kill
    )
    assert killed
    whole = run_sweep(small, asked, out=tmp_path / "whole")
    assert done.manifest["failed"] == 0
    assert done.manifest["content_hash"] == whole.manifest["content_hash"]


def test_chunks_take_about_a_quarter_of_a_second():
    pace = Pace()
    assert pace.runs == 4
    for _ in range(20):
        pace.learn(Rows(np.arange(10), np.zeros((10, 1)), seconds=0.02))
    assert 0.1 < pace.runs * 0.002 < 0.5
    for _ in range(20):
        pace.learn(Rows(np.arange(1), np.zeros((1, 1)), seconds=3.0))
    assert pace.runs == 1


def test_chunks_keep_to_their_part_and_to_what_is_missing():
    missing = np.array([*range(5), *range(7, 20), 30])
    found = list(spans(missing, 8, Pace(fixed=6), lambda: False))
    assert found == [(0, 5), (7, 1), (8, 6), (14, 2), (16, 4), (30, 1)]
    assert list(spans(missing, 8, Pace(), lambda: True)) == []


def test_no_storm_of_files(small, tmp_path, monkeypatch):
    monkeypatch.setattr("sim.sweeps.plan.block_size", lambda *_: 64)
    most = []
    found = run_sweep(
        small, Asked(points=100), out=tmp_path, chunk=2, workers=2,
        progress=lambda *_: most.append(len(list(tmp_path.rglob("*.parquet")))),
    )  # fmt: skip
    assert len(found.parts) == 10
    assert max(most) < 10 + 2 * 32 + 2
    assert len(list(found.path.rglob("*.parquet"))) == 11  # the parts and the points


def test_parts_are_single_precision_split_and_compressed(swept):
    import pyarrow.parquet as pq

    group = pq.ParquetFile(swept.parts[0]).metadata.row_group(0)
    columns = {group.column(k).path_in_schema: group.column(k) for k in range(group.num_columns)}
    for name in swept.outcomes:
        assert columns[name].physical_type == "FLOAT"
        assert columns[name].compression == "ZSTD"
        assert "BYTE_STREAM_SPLIT" in columns[name].encodings


@pytest.mark.slow
def test_workers_of_a_killed_parent_hold_nothing(small, tmp_path):
    """The parent of worker processes is killed: the folder is free at once, and they end."""
    process = start(small, tmp_path, "--workers", "2", "--executor", "processes")
    wait_for_chunks(tmp_path, process)
    workers = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
    process.kill()
    process.communicate()
    assert workers
    done = run_sweep(small, Asked(points=300), out=tmp_path, is_resumed=True, workers=2)
    assert done.manifest["failed"] == 0
    for _ in range(100):
        left = [pid for pid in workers if _is_alive(pid)]
        if not left:
            break
        time.sleep(0.2)
    assert not left


def _is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
