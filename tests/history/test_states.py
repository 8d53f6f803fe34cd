import pandas as pd
import pytest

from sim.errors import InputError
from sim.history import states


def test_cuba_has_no_ties_with_the_south_after_the_revolution(data):
    ties = states.read_korea_ties(data)
    cuba = ties[ties.code == "CUB"].set_index("year")
    assert cuba.KOR[cuba.KOR == 1].index.max() <= 1959
    assert cuba.PRK[1961:].all()
    assert not ties.duplicated(["code", "year"]).any()


def test_great_powers_and_capability_are_as_known(data):
    share = states.read_capability(data).set_index(["code", "year"]).cinc
    assert share["USA", 1950] == share.xs(1950, level="year").max()
    assert share["CHN", 2010] > share["USA", 2010]
    assert share["KOR", 1990] > share["PRK", 1990]
    majors = states.read_majors(data).set_index("code")
    assert majors.loc["USA", "first"] == 1898


def write_ties(folder, rows):
    (folder / "korea_ties").mkdir()
    table = pd.DataFrame(rows, columns=["iso3c", "korea", "year", "diplomatic_ties"])
    table.to_csv(folder / "korea_ties" / "country_year.csv.gz", index=False)
    return folder


def test_later_years_are_read_as_they_come(tmp_path):
    rows = [("FRA", "ROK", 2040, 1), ("FRA", "DPRK", 2040, 0)]
    [row] = states.read_korea_ties(write_ties(tmp_path, rows)).to_dict("records")
    assert row == {"code": "FRA", "year": 2040, "KOR": 1, "PRK": 0}


def test_rows_of_the_two_koreas_themselves_are_left_out(tmp_path):
    rows = [
        ("FRA", "ROK", 2040, 1),
        ("FRA", "DPRK", 2040, 0),
        ("KOR", "DPRK", 2039, 0),
        ("PRK", "ROK", 2039, 0),
    ]
    assert states.read_korea_ties(write_ties(tmp_path, rows)).code.tolist() == ["FRA"]


def test_a_row_for_one_korea_alone_is_told_with_state_and_year(tmp_path):
    rows = [("FRA", "ROK", 2040, 1), ("FRA", "DPRK", 2040, 0), ("LAO", "ROK", 2040, 1)]
    with pytest.raises(InputError, match=r"LAO has no row for DPRK in 2040"):
        states.read_korea_ties(write_ties(tmp_path, rows))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("FRA", "Korea", 1950, 1), "korea: 'Korea' is not one of DPRK, ROK"),
        (("QQQ", "ROK", 1950, 1), "iso3c: 'QQQ' is not a code of a state"),
        (("FRA", "ROK", 1950, 3), "diplomatic_ties: '3' is not a whole number from 0 to 1"),
        (("FRA", "DPRK", 1950, 1), "appears twice"),
    ],
)
def test_a_wrong_row_is_told_with_its_line(tmp_path, row, words):
    with pytest.raises(InputError) as error:
        states.read_korea_ties(write_ties(tmp_path, [("FRA", "DPRK", 1950, 0), row]))
    assert words in str(error.value)
    assert "country_year.csv.gz:3" in str(error.value)
