from dataclasses import replace
from datetime import date

import pytest

from sim.errors import InputError
from sim.estimation.items.partners import read_partners
from sim.studies import scores
from sim.studies.kcna.target import METRICS, _partial, validate


@pytest.fixture(scope="module")
def partners(data):
    return read_partners(data)


def nothing(done: int, of: int) -> None:
    pass


def test_forecast_beats_persistence_on_years_not_used(data, monkeypatch):
    monkeypatch.setattr(scores, "N_BOOTSTRAP", 50)
    found = validate(data, 2001, (2002, 2003), nothing)
    by_metric = {score.metric.partition(",")[0]: score for score in found.scores[:4]}
    assert set(by_metric) == set(METRICS)
    assert by_metric["log loss"].model < by_metric["log loss"].baselines["partner rate"]
    assert by_metric["AUC"].model > by_metric["AUC"].baselines["last year"]
    assert found.n > 250  # all states with ties, not only those of the list


@pytest.mark.parametrize(("until", "test"), [(1990, None), (2050, None), (2004, (2005, 2090))])
def test_years_that_the_data_lack_are_refused(data, until, test):
    with pytest.raises(InputError, match="headlines are known for 1997-2009"):
        validate(data, until, test, nothing)


def test_a_last_year_that_stops_early_is_said(partners):
    assert not _partial(partners, 2009)
    cut = replace(partners, last_day=date(2009, 9, 14))
    assert "2009 is not whole**: its headlines stop on 14 September" in _partial(cut, 2009)[0]
    assert not _partial(cut, 2008)
