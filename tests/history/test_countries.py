from pathlib import Path

import pandas as pd
import pytest

from sim.errors import InputError
from sim.history.countries import iso3_of_columns, iso3_of_cow, iso3_of_names, read_aliases, read_statehood


def test_names_old_and_new():
    codes = iso3_of_names(["Namibia", "Czechia", "German Democratic Republic", "Yugoslavia", "North Korea"])
    assert list(codes.values()) == ["CZE", "DDR", "NAM", "PRK", "SRB"]


# A state that ended has its own code, whichever way it is written, and its neighbour of like name keeps its own.
FORMER = {
    "YMD": [
        "Democratic Yemen", "Yemen, Democratic", "People's Democratic Republic of Yemen", "Yemen PDR", "PDRY",
        "Yemen People’s Republic", "South Yemen", "YEMEN (ADEN)", "Yemen, P.D.R.", "Dem. Yemen",
    ],
    "YEM": ["Yemen", "Yemen Arab Republic", "North Yemen", "Yemen, Republic of"],
    "DDR": ["East Germany", "Germany, East", "GDR"],
    "DEU": ["West Germany", "German Federal Republic", "Germany, Federal Republic of", "Germany"],
    "RVN": ["South Vietnam", "Republic of Vietnam", "Vietnam, South"],
    "VNM": ["Vietnam", "Viet Nam", "Democratic Republic of Vietnam", "Vietnam, North"],
    "RUS": ["USSR", "Soviet Union", "SUN", "Russia"],
    "SRB": ["Yugoslavia", "Serbia and Montenegro", "YUG"],
    "CZE": ["Czechoslovakia", "CSK"],
    "MKD": ["Macedonia, the former Yugoslav Republic of"],
}  # fmt: skip


def test_former_states_are_not_pooled_with_others():
    names = {name: code for code, names in FORMER.items() for name in names}
    assert iso3_of_names(names) == names


def test_only_codes_of_states_pass_as_codes():
    assert iso3_of_names(["PRK", "YMD", "XYZ", "PKR", "12", "Austria-Hungary", ""]) == {
        "PRK": "PRK",
        "YMD": "YMD",
    }


def test_a_code_in_small_letters_is_that_code():
    """The library takes "prk" for Cambodia, "vgb" for Great Britain."""
    codes = ("PRK", "VGB", "USA", "YMD")
    assert iso3_of_names(map(str.lower, codes)) == {code.lower(): code for code in codes}


NAMES = pd.DataFrame({"c1": ["Chile", "Chile", "Mauritanja"], "c2": ["Peru", "Ruritania", "Ruritania"]})


def test_unknown_names_are_said_with_line_column_and_nearest_name():
    with pytest.raises(InputError) as caught:
        iso3_of_columns(NAMES, ("c1", "c2"), Path("votes.csv"), {})
    first, second = caught.value.problems
    assert (first.line, first.key, second.line, second.key) == (4, "c1", 3, "c2")
    assert "'Mauritanja'; give it a code in aliases.csv" in first.reason
    assert first.reason.endswith("; did you mean Mauritania?")
    assert "'Ruritania'" in second.reason


def test_an_alias_gives_a_name_its_code(tmp_path):
    assert read_aliases(tmp_path) == {}
    (tmp_path / "aliases.csv").write_text("name,code\nRuritania,ROU\nMauritanja,MRT\n")
    codes = iso3_of_columns(NAMES, ("c1", "c2"), Path("votes.csv"), read_aliases(tmp_path))
    assert codes == {"Chile": "CHL", "Mauritanja": "MRT", "Peru": "PER", "Ruritania": "ROU"}


def test_an_alias_of_no_state_is_refused(tmp_path):
    (tmp_path / "aliases.csv").write_text("name,code\nRuritania,XYZ\n")
    with pytest.raises(InputError, match=r"aliases\.csv:2: code: 'XYZ' is not a code of a state"):
        read_aliases(tmp_path)


def test_cow_numbers_follow_the_correlates_of_war():
    codes = iso3_of_cow()
    assert [codes[n] for n in (2, 255, 260, 265, 315, 316, 345, 365, 678, 679, 680, 731, 816, 970)] == [
        "USA", "DEU", "DEU", "DDR", "CZE", "CZE", "SRB", "RUS", "YEM", "YEM", "YMD", "PRK", "VNM", "NRU",
    ]  # fmt: skip


def test_statehood(data):
    states = read_statehood(data)
    assert states.exists("GHA", 1957)
    assert not states.exists("GHA", 1956)
    assert states.exists("DDR", 1980)
    assert not states.exists("DDR", 1995)
    assert states.exists("PRK", 2050)
