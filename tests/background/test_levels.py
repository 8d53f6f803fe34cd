"""The shipped table and its reader: whole numbers within their unit, nothing known is no zero, statehood by year."""

from datetime import date

import numpy as np
import pytest

from sim.background.reading import about_background, load_background
from sim.background.table import (
    KEY,
    MUTUAL,
    NO_TIE,
    PARTS,
    RELATIONS,
    SD_STEP,
    STEP,
    TABLE_FILE,
    UNTOLD,
    Year,
    read_year,
    write_table,
)
from sim.errors import InputError

VOTES = PARTS.index("votes")


def made_up(rng_seed, states=(0, 2, 3, 5)):
    rng = np.random.default_rng(rng_seed)
    parts = rng.normal(0, 0.9, (len(PARTS), 4, 4)).clip(-3, 3)
    parts[: len(MUTUAL)] = (parts[: len(MUTUAL)] + parts[: len(MUTUAL)].transpose(0, 2, 1)) / 2
    parts[:, np.arange(4), np.arange(4)] = 0.0
    parts[VOTES, 0, 1] = parts[VOTES, 1, 0] = np.nan
    ties = np.full((4, 4), UNTOLD)
    ties[2, 3] = ties[3, 2] = NO_TIE
    return Year(np.array(states), parts, rng.uniform(0.2, 1.2, (4, 4)), ties)


@pytest.fixture(scope="module")
def years():
    return {1990 + n: made_up(n, (0, 2, 3, 4 + n % 2)) for n in range(2 * KEY + 1)}


@pytest.fixture
def file(tmp_path, years):
    file = tmp_path / "levels.npz"
    write_table(file, list("ABCDEF"), years, {"sd_of_strangers": 0.9})
    return file


def test_what_is_read_lies_within_half_a_unit_of_what_was_written(file, years):
    for when, year in years.items():
        codes, found_year, found = read_year(file, when)
        assert (codes, found_year) == (tuple("ABCDEF"), when)
        assert np.array_equal(found.states, year.states)
        assert np.nanmax(np.abs(found.parts - year.parts)) <= STEP / 2 + 1e-9
        assert np.abs(found.sd - year.sd).max() <= SD_STEP / 2 + 1e-9
        assert np.array_equal(np.isnan(found.parts), np.isnan(year.parts))
        assert np.array_equal(found.ties, year.ties)


def test_the_same_levels_are_the_same_bytes(file, tmp_path, years):
    again = tmp_path / "again.npz"
    write_table(again, list("ABCDEF"), dict(reversed(years.items())), {"sd_of_strangers": 0.9})
    assert again.read_bytes() == file.read_bytes()


def test_votes_that_are_missing_do_not_speak_and_a_state_that_is_missing_is_a_stranger(file):
    world = load_background(date(1991, 5, 1), ["A", "C", "B"], file)
    assert not world.spoken[VOTES, 0, 1]
    assert "votes" not in world.explain("A", "C")
    assert world.is_known.tolist() == [True, True, False]
    assert (world.mean[0, 2], world.sd[0, 2], world.explain("A", "B")) == (0.0, 0.9, {})
    assert world.mean[0, 1] == pytest.approx(sum(world.explain("A", "C").values()))


def test_dates_beyond_the_table_have_its_nearest_year(file):
    assert load_background(date(1950, 1, 1), file=file).year == 1990
    assert load_background(date(2030, 1, 1), file=file).year == 1998


def test_what_is_no_table_is_one_message(tmp_path):
    wrong = tmp_path / "wrong.npz"
    wrong.write_bytes(b"garbage")
    with pytest.raises(InputError, match=r"wrong\.npz: not a table of levels"):
        load_background(date(2000, 1, 1), file=wrong)


def test_states_come_and_go():
    then, now = load_background(date(1985, 1, 1)), load_background(date(2015, 1, 1))
    assert {"DDR", "YMD"} <= set(then.codes)
    assert not {"UKR", "SSD", "XKX"} & set(then.codes)
    assert {"UKR", "SSD", "XKX"} <= set(now.codes)
    assert not {"DDR", "YMD"} & set(now.codes)


@pytest.mark.parametrize(
    ("sender", "target", "record", "sign"),
    [
        ("USA", "JPN", "pacts", 1),
        ("PRK", "CHN", "pacts", 1),
        ("USA", "ISR", "votes", 1),
        ("IND", "PAK", "rivalry", -1),
        ("PRK", "KOR", "rivalry", -1),
        ("ARM", "AZE", "disputes", -1),
        ("PRK", "USA", "blocs", -1),
        ("PRK", "KOR", "events", -1),
    ],
)
def test_known_facts_come_each_from_its_own_record(sender, target, record, sign):
    world = load_background(date(2012, 1, 1), [sender, target])
    assert sign * world.explain(sender, target)[record] > 0.05


@pytest.mark.parametrize(
    "pair", [("USA", "GBR"), ("USA", "JPN"), ("DEU", "FRA"), ("PRK", "CHN"), ("RUS", "BLR")]
)
def test_old_allies_are_warm(pair):
    assert np.tanh(load_background(date(2024, 1, 1), pair).mean[0, 1]) > 0.4


@pytest.mark.parametrize(
    "pair",
    [
        ("PRK", "KOR"),
        ("IND", "PAK"),
        ("ARM", "AZE"),
        ("ISR", "IRN"),
        ("SAU", "IRN"),
        ("RUS", "UKR"),
        ("CUB", "USA"),
    ],
)
def test_rivals_are_cold(pair):
    assert np.tanh(load_background(date(2024, 1, 1), pair).mean[0, 1]) < -0.4


def test_strangers_stand_near_nothing_and_more_widely_than_allies():
    world = load_background(date(2024, 1, 1))
    silent = ~world.spoken[1:].any(axis=0) & ~np.eye(len(world.codes), dtype=bool)
    assert np.abs(world.mean[silent]).mean() < 0.1
    assert np.quantile(np.abs(np.tanh(world.mean[silent])), 0.99) < 0.3
    allies = load_background(date(2024, 1, 1), ["USA", "JPN"])
    assert np.median(world.sd[silent]) > 0.8 > allies.sd[0, 1]


def test_ties_are_told_where_a_table_tells_them():
    world = load_background(date(1985, 1, 1), ["KOR", "CHN", "USA", "CUB", "FRA"])
    assert world.ties[0].tolist() == [UNTOLD, NO_TIE, RELATIONS, NO_TIE, RELATIONS]
    assert world.ties[1, 2] == UNTOLD


def test_votes_that_a_state_never_cast_are_missing():
    world = load_background(date(1985, 1, 1), ["PRK", "KOR", "CHE", "USA"])
    assert not world.spoken[VOTES].any()


def test_the_table_names_what_it_was_made_of():
    about = about_background(TABLE_FILE)
    assert all(len(digest) == 64 for digest in about["files"].values())
    assert about["scores"]["model"]["log_score"] > about["scores"]["constant"]["log_score"]
    assert TABLE_FILE.stat().st_size < 1_700_000
