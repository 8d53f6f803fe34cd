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
