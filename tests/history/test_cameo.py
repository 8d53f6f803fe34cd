import csv

import pytest

from sim.errors import InputError
from sim.history.cameo import read_goldstein, read_plover
from tests.conftest import ROOT


def test_codes_are_text_and_values_those_known(data):
    value = read_goldstein(data).set_index("code").goldstein
    assert value["051"] == 3.4
    assert value["016"] == -5.0  # -2.0 in another table in circulation
    assert {"01", "010", "016", "164", "165"} <= set(value.index)
    assert value["161"] > value["125"]  # breaking relations milder than rejecting a meeting


def test_every_code_of_the_codebook_is_known_to_both_tables(data):
    with (ROOT / "seeds" / "codebook.csv").open(encoding="utf-8", newline="") as stream:
        used = {code for row in csv.DictReader(stream) for code in row["cameo"].split()}
    assert len(used) > 20
    assert used <= set(read_goldstein(data).code)
    plover = read_plover(data).drop_duplicates("code").set_index("code").plover
    assert plover["111"] == "ACCUSE"
    assert used - set(plover.index) <= {code for code in used if code.startswith("01")}


def test_a_line_of_another_form_is_named(tmp_path):
    folder = tmp_path / "cameo_goldstein"
    folder.mkdir()
    (folder / "CAMEO2PLOVER-2021.txt").write_text("# comment\n03: AGREE\nnonsense\n")
    with pytest.raises(InputError, match=r"2021\.txt:3: is not a line"):
        read_plover(tmp_path)
