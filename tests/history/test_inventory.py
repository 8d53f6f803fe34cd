import pytest

from sim.errors import InputError
from sim.history.inventory import READERS, take_stock
from sim.views.terminal.check import holding_line


def test_every_file_of_the_folder_is_read_and_fine(data):
    holdings = take_stock(data)
    assert [h.file for h in holdings] == list(READERS)
    assert all(h.rows and not h.problems for h in holdings), holdings


def test_a_folder_without_data_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"holds none of kcna/signals\.csv\.gz"):
        take_stock(tmp_path)


def test_a_wrong_file_is_told_and_an_absent_one_is_no_problem(tmp_path):
    (tmp_path / "kcna").mkdir()
    (tmp_path / "kcna" / "partner_year.csv.gz").write_bytes(b"garbage")
    lines = [holding_line(h) for h in take_stock(tmp_path)]
    assert "kcna/partner_year.csv.gz: 1 problems" in lines
    assert "kcna/signals.csv.gz: absent" in lines
