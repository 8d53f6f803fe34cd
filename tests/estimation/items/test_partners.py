from dataclasses import replace

import numpy as np

from sim.estimation.items.occasions import follow
from sim.estimation.items.partners import CONTACT, GREETING
from sim.estimation.items.ritual import PRIOR, habits, panel_as_of


def test_nothing_of_the_year_forecast_or_later_is_looked_at(partners):
    panel, population = panel_as_of(partners, 2003)
    assert panel.done.shape[2] == 2003 - partners.years[0]
    later = {key: n.copy() for key, n in partners.counts.items()}
    for n in later.values():
        n[:, partners.column(2003) :] += 7
    changed = replace(partners, counts=later)
    again, same = panel_as_of(changed, 2003)
    np.testing.assert_array_equal(population, same)
    one, two = (follow(p, habits(PRIOR.mean)).forecast for p in (panel, again))
    np.testing.assert_array_equal(one, two)


def test_nothing_of_the_years_between_is_looked_at_when_forecasting_further_ahead(partners):
    panel, population = panel_as_of(partners, 2006, 3)
    changed = {key: n.copy() for key, n in partners.counts.items()}
    for n in changed.values():
        n[:, partners.column(2004) :] += 7
    again, same = panel_as_of(replace(partners, counts=changed), 2006, 3)
    np.testing.assert_array_equal(population, same)
    far, unchanged = (follow(p, habits(PRIOR.mean)).forecast[0, :, -1] for p in (panel, again))
    np.testing.assert_array_equal(far, unchanged)
    near = follow(panel_as_of(partners, 2006)[0], habits(PRIOR.mean)).forecast[0, :, -1]
    assert far.std() < near.std()  # further ahead is less sure


def test_states_before_their_time_have_no_occasions(partners):
    everyone = np.ones(len(partners.codes), bool)
    panel = partners.panel(2005, (GREETING, CONTACT), everyone, False)
    timor = partners.codes.index("TLS")
    assert np.isnan(panel.done[:, timor, : partners.column(2002)]).all()
    assert not np.isnan(panel.done[:, timor, partners.column(2002) :]).any()


def test_jubilees_are_every_fifth_year_of_the_tie(partners):
    cuba = partners.codes.index("CUB")  # ties since 1960
    years = [partners.years[t] for t in np.flatnonzero(partners.jubilee()[cuba, :-1])]
    assert years == [2000, 2005]


def test_burma_has_no_ties_while_they_are_cut(partners):
    assert not partners.has_tie[partners.codes.index("MMR")].any()


def test_a_partner_greeted_on_its_national_day_has_kept_its_date(partners):
    laos, burma = (partners.date_kept[partners.codes.index(code)] for code in ("LAO", "MMR"))
    assert (laos[partners.column(2001) : partners.column(2004)] > 0.7).all()  # 2 December
    assert not burma[: partners.column(2008)].any()
