import gzip

import pytest

from sim.errors import InputError
from sim.history import kcna


def test_no_greeting_to_burma_while_ties_are_cut(data):
    years = kcna.read_partner_years(data)
    greeted = years[(years.type == "congratulate_greet") & (years.direction == "PRK->X")]
    assert greeted[greeted.partner_iso3 == "MMR"].year.min() == 2008


def test_days_and_years_tell_the_same_of_greetings(data):
    days, years = kcna.read_signals(data), kcna.read_partner_years(data)
    of = {"type": "congratulate_greet", "direction": "PRK->X", "partner_iso3": "CUB"}
    by_day = days[(days[list(of)] == list(of.values())).all(axis=1)].date.dt.year.value_counts()
    by_year = years[(years[list(of)] == list(of.values())).all(axis=1)].set_index("year").n
    assert (by_year.loc[1999:2009] >= 1).all()
    assert by_day.reindex(by_year.index).corr(by_year) > 0.9


def test_items_on_koreans_in_japan_are_undirected(data):
    days = kcna.read_signals(data)
    japan = days[days.partner_iso3 == "JPN"]
    assert (japan.direction == "undirected").mean() > 0.2


def test_three_letters_that_are_no_state_are_said_of_third_states_too(tmp_path):
    (tmp_path / kcna.SIGNALS_FILE).parent.mkdir()
    rows = "2004-01-02,meet_talks,undirected,CUB,\n2004-01-03,meet_talks,undirected,CUB,JPN;XQZ\n"
    with gzip.open(tmp_path / kcna.SIGNALS_FILE, "wt") as file:
        file.write("date,type,direction,partner_iso3,other_iso3\n" + rows)
    with pytest.raises(InputError, match=r":3: other_iso3: 'XQZ' is not a code of a state"):
        kcna.read_signals(tmp_path)
