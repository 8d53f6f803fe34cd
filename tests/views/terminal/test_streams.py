"""Whatever standard output is: an encoding without arrows, a full device, a pipe nobody reads, closed."""

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.views.terminal.streams import GuardedStream, guard_streams, unguarded
from sim.views.terminal.tables import print_table
from tests.conftest import ROOT

SIM = [sys.executable, "-c", "import sys; sys.argv[0] = 'sim'; from sim.cli import main; main()"]
EVIL = "\x1b[31mEVIL\x1b[0m\x1b]0;title\x07"
needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")


@pytest.fixture
def written(monkeypatch):
    """Put guards around streams of this encoding; returns what gets through to each."""

    def guard(encoding):
        streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n") for _ in range(2)]
        monkeypatch.setattr(sys, "stdout", streams[0])
        monkeypatch.setattr(sys, "stderr", streams[1])
        guard_streams()
        return streams

    return guard


def text_of(stream):
    stream.flush()
    return stream.buffer.getvalue().decode(stream.encoding)


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("ascii", "PRK->CUB -1 ... C\\xf4te \\u4e2d\n"),
        ("latin-1", "PRK->CUB -1 ... Côte \\u4e2d\n"),
        ("utf-8", "PRK→CUB −1 … Côte 中\n"),
    ],
)
def test_what_an_encoding_lacks_is_spelled(written, encoding, shown):
    streams = written(encoding)
    for stream in (sys.stdout, sys.stderr):
        print("PRK→CUB −1 … Côte 中", file=stream)
    assert [text_of(stream) for stream in streams] == [shown, shown]


@pytest.mark.parametrize("as_csv", [True, False])
def test_no_cell_steers_the_terminal(written, as_csv):
    out, _ = written("utf-8")
    print_table(f"of {EVIL}", ("name", "tie"), [(EVIL, 0.5), ("[red]B[/red]", -1.0)], as_csv)
    shown = text_of(out)
    assert r"\x1b[31mEVIL\x1b[0m\x1b]0;title\x07" in shown
    assert "[red]B[/red]" in shown
    assert shown.replace("\n", "").isprintable()


def test_no_style_of_a_table_is_mistaken_for_text(written, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    out, _ = written("utf-8")
    print_table("title", ("name", "tie"), [("A", 0.5)], as_csv=False)
    assert "\\x1b" not in text_of(out)


def test_csv_holds_no_formula_and_leaves_numbers_alone(written):
    out, _ = written("utf-8")
    print_table("", ("note", "tie"), [("=HYPERLINK(1)", -0.5), ("-1", -2), ("a\nb", 0.0)], as_csv=True)
    rows = list(csv.reader(io.StringIO(text_of(out))))
    assert rows[1:] == [["'=HYPERLINK(1)", "-0.500000"], ["-1", "-2"], ["a\nb", "0.000000"]]


def test_every_way_to_write_is_guarded_once(written):
    out, _ = written("utf-8")
    guard_streams()
    sys.stdout.writelines([EVIL, "\x07"])
    assert text_of(out) == r"\x1b[31mEVIL\x1b[0m\x1b]0;title\x07\x07"
    assert unguarded(sys.stdout) is out


class _Full(io.StringIO):
    def __init__(self):
        super().__init__()
        self.sink = os.open(os.devnull, os.O_WRONLY)

    def write(self, text):
        raise OSError(28, "No space left on device")

    def fileno(self):
        return self.sink


def test_a_full_output_is_told_again_where_a_caller_swallowed_it():
    guard = GuardedStream(_Full(), is_answer=True)
    for attempt in (lambda: guard.write("x"), guard.flush, guard.flush):
        with pytest.raises(InputError, match="standard output: cannot be written: No space left on device"):
            attempt()


def test_nobody_to_tell_is_no_reason_to_stop():
    guard = GuardedStream(_Full(), is_answer=False)
    assert guard.write("lost") == 4


def called(*arguments, before=(), unbuffered="", **streams):
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": unbuffered}
    return subprocess.run([*before, *SIM, *arguments], cwd=ROOT, env=environment, text=True, **streams)


@needs_full
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("verb", ["schema", "--help"])
def test_a_full_device_is_one_line_and_exit_code_2(verb, unbuffered):
    with Path("/dev/full").open("w") as full:
        done = called(verb, stdout=full, stderr=subprocess.PIPE, unbuffered=unbuffered)
    assert done.returncode == 2
    assert done.stderr == "standard output: cannot be written: No space left on device\n"


@needs_full
def test_bad_input_is_exit_code_2_though_nobody_can_be_told():
    with Path("/dev/full").open("w") as full:
        done = called("blocs", "nowhere.csv", stdout=subprocess.PIPE, stderr=full)
    assert (done.returncode, done.stdout) == (2, "")


def test_a_reader_who_has_gone_is_no_traceback():
    reading, writing = os.pipe()
    os.close(reading)
    done = called("schema", stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.skipif(not Path("/bin/sh").exists(), reason="a shell closes the streams")
@pytest.mark.parametrize(
    ("closed", "code", "said"),
    [(">&-", 2, "standard output: is closed\n"), ("2>&-", 0, ""), (">/dev/null 2>&-", 0, "")],
)
def test_closed_streams(closed, code, said):
    done = called("schema", before=["/bin/sh", "-c", f'"$@" {closed}', "sh"], capture_output=True)
    assert (done.returncode, done.stderr) == (code, said)


def test_a_file_name_in_a_wrong_call_is_shown_as_text():
    done = called("run", "a.yaml", f"b{EVIL}.yaml", capture_output=True)
    assert done.returncode == 2
    assert "EVIL" in done.stderr
    assert "\x1b" not in done.stderr
