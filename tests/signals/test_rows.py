import os
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.signals.rows import MAX_BYTES, parse_rows, read_bytes

FILE = Path("table.csv")


def problems_of(content: bytes) -> list[str]:
    problems = []
    parse_rows(content, FILE, ("a", "b"), problems)
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "table.csv:1: the file is empty; its first line must be a,b"),
        (b"a\n1\n", "table.csv:1: b: this column is missing"),
        (b"a,b,a\n", "table.csv:1: 'a': this column appears twice"),
        (b"a,b,bb\n", "table.csv:1: 'bb': unknown column; did you mean b?"),
        (b"a,b\n1,2\n1,2,3\n", "table.csv:3: 3 fields where the header has 2; quote cells with commas"),
        (b"a,b\n1,\0\n", "table.csv:2: the file holds a NUL byte"),
        (b"a,b\n1,\x1b[31m\n", "table.csv:2: b: '\\x1b[31m' holds a control character"),
        ("a,b\n\u202e1,2\n".encode(), "table.csv:2: a: '\\u202e1' holds a control character"),
        (b"a,b\n1,2\n\xff,2\n", "table.csv:3: the file is not UTF-8 text"),
        (b'a,b\n1,2\n"1,2\n3,4\n', "table.csv:3: not a CSV file from here on: unexpected end of data"),
    ],
)
def test_a_broken_file_is_named_with_its_line(content: bytes, said: str) -> None:
    assert problems_of(content) == [said]


def test_a_byte_order_mark_blank_lines_and_blanks_around_cells_are_harmless() -> None:
    problems: list = []
    rows = parse_rows("\ufeffa,b\r\n\r\n x ,=1+1\r\n".encode(), FILE, ("a", "b"), problems)
    assert not problems
    assert [(row.line, row.cells) for row in rows] == [(3, {"a": "x", "b": "=1+1"})]


def test_the_line_of_a_row_is_its_first_line() -> None:
    rows = parse_rows(b'a,b\n"1\n2",3\n4,5\n', FILE, ("a", "b"), [])
    assert [row.line for row in rows] == [2, 4]


def test_a_large_file_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "signals.csv"
    file.write_bytes(b"x" * (MAX_BYTES + 1))
    with pytest.raises(InputError, match="larger than 5 MB"):
        read_bytes(file)


def test_a_link_out_of_the_folder_tells_nothing_of_what_it_points_to(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("password\n")
    (tmp_path / "seeds").mkdir()
    link = tmp_path / "seeds" / "actors.csv"
    link.symlink_to("../secret")
    with pytest.raises(InputError, match="is a link that leaves its folder") as caught:
        read_bytes(link)
    assert "password" not in str(caught.value)
    (tmp_path / "seeds" / "own.csv").write_text("code\n")
    link.unlink()
    link.symlink_to("own.csv")
    assert read_bytes(link) == b"code\n"


def test_a_pipe_or_a_folder_is_refused_without_waiting_for_its_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "actors.csv")
    for name in ("actors.csv", ""):  # the second is the folder itself
        with pytest.raises(InputError, match="is no plain file"):
            read_bytes(tmp_path / name)


def test_a_link_to_a_device_or_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "zeros.csv").symlink_to("/dev/zero")
    (tmp_path / "round.csv").symlink_to("round.csv")
    for name, said in (("zeros.csv", "leaves its folder"), ("round.csv", "cannot read")):
        with pytest.raises(InputError, match=said):
            read_bytes(tmp_path / name)


@pytest.mark.parametrize("name", ["missing.csv", "a\0b"])
def test_what_cannot_be_read_is_an_input_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot read the file"):
        read_bytes(tmp_path / name)
