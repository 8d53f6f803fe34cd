import pytest

from sim.errors import InputError
from sim.history.countries import iso3_of_cow, iso3_of_names, read_statehood


def test_names_old_and_new():
    codes = iso3_of_names(["Namibia", "Czechia", "German Democratic Republic", "Yugoslavia", "North Korea"])
    assert list(codes.values()) == ["CZE", "DDR", "NAM", "PRK", "SRB"]


def test_unknown_names_are_said():
    with pytest.raises(InputError, match="Ruritania"):
        iso3_of_names(["Chile", "Ruritania"])


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
