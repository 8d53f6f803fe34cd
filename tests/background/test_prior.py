"""The prior of a pair: the measured level, the facts in force on it, and the formal tie that both leave."""

from datetime import date

import numpy as np
import pytest

from sim.background.prior import (
    BASE_SD,
    DEFAULT_TIE,
    RECORD,
    background_hash,
    blank_prior,
    pair_prior,
    public_prior,
)
from sim.background.reading import load_background
from sim.background.record import load_record, rows_in_force
from sim.background.table import PARTS
from tests.background.test_record import GOOD, write

DAY = date(2024, 2, 1)
HORN = ("KEN", "SOM")


def cell(prior, sender, target):
    i, j = prior.states.index(sender), prior.states.index(target)
    return prior.mean[i, j], prior.sd[i, j], prior.tie[i, j]


def test_precisions_of_level_and_facts_add():
    levels = load_background(DAY, ("RUS", "UKR"))
    facts = [f for f in rows_in_force(load_record(), DAY) if (f.sender, f.target) == ("UKR", "RUS")]
    assert len(facts) > 1
    observed = [(levels.mean[1, 0], levels.sd[1, 0]), *((f.kind.level, f.kind.sd) for f in facts)]
    weight = np.array([sd**-2 for _, sd in observed])
    mean, sd, _ = cell(pair_prior("public", ("RUS", "UKR"), DAY), "UKR", "RUS")
    assert sd == pytest.approx(weight.sum() ** -0.5)
    assert mean == pytest.approx(weight @ [level for level, _ in observed] / weight.sum())


def test_parts_add_up_to_the_mean_and_say_what_the_record_adds():
    prior = pair_prior("public", ("PRK", "KOR", "CUB", "USA"), DAY)
    for sender in prior.states:
        for target in prior.states:
            assert sum(prior.explain(sender, target).values()) == pytest.approx(
                cell(prior, sender, target)[0]
            )
    levels = load_background(DAY, prior.states)
    assert prior.explain("PRK", "KOR")[RECORD] == pytest.approx((prior.mean - levels.mean)[0, 1])


def test_facts_count_while_they_are_in_force():
    before, during, after = (pair_prior("public", ("SAU", "QAT"), date(2017 + n, 7, 1)) for n in (-1, 0, 4))
    assert cell(during, "SAU", "QAT")[0] < cell(before, "SAU", "QAT")[0] - 0.15
    assert [p.tie[0, 1] for p in (before, during, after)] == [DEFAULT_TIE, 1, DEFAULT_TIE]


def test_levels_are_the_data_without_the_record():
    levels, bare = load_background(DAY, ("RUS", "UKR")), pair_prior("levels", ("RUS", "UKR"), DAY)
    np.testing.assert_allclose(bare.mean, levels.mean)
    assert np.isnan(bare.parts[RECORD]).all()
    assert bare.tie[0, 1] == DEFAULT_TIE
    assert set(bare.parts) == {*PARTS, RECORD}


def test_no_background_says_the_same_of_every_pair():
    prior = pair_prior("none", ("PRK", "KOR", "USA"), DAY)
    off = ~np.eye(3, dtype=bool)
    assert (prior.mean == 0).all()
    assert (prior.sd == BASE_SD).all()
    assert (prior.tie[off] == DEFAULT_TIE).all()
    assert not prior.is_known.any()
    assert prior.explain("PRK", "KOR") == {}
    np.testing.assert_array_equal(prior.sd, blank_prior(prior.states).sd)


def test_what_nothing_is_known_of_stands_at_zero_with_an_empty_explanation():
    prior = pair_prior("public", ("PSE", "BRB", "USA"), DAY)
    assert prior.explain("PSE", "BRB") == {}
    assert not prior.is_known[0, 1]
    assert prior.is_known[1, 2]
    mean, sd, _ = cell(prior, "PSE", "BRB")
    assert mean == 0.0
    assert sd > cell(prior, "BRB", "USA")[1]


def test_a_table_of_ones_own_adds_to_the_shipped_record(tmp_path):
    file = write(tmp_path, GOOD | {"kind": "alliance", "start": "2023-01-01", "end": ""})
    own, shipped = (pair_prior("public", HORN, DAY, file=f) for f in (file, None))
    assert cell(own, *HORN)[0] > cell(shipped, *HORN)[0] + 0.3
    assert cell(own, *HORN)[1] < cell(shipped, *HORN)[1]
    assert background_hash(file) != background_hash()


def test_an_own_fact_of_the_same_pair_and_kind_replaces_the_shipped_one(tmp_path):
    same = {"sender": "RUS", "target": "UKR", "kind": "hostile", "start": "2014-03-18", "end": ""}
    file = write(tmp_path, GOOD | same)
    own, shipped = (pair_prior("public", ("RUS", "UKR"), DAY, file=f) for f in (file, None))
    np.testing.assert_allclose(own.mean, shipped.mean)
    np.testing.assert_allclose(own.sd, shipped.sd)


def test_coded_facts_do_not_count_twice():
    shipped = {(f.sender, f.target, f.kind.id) for f in rows_in_force(load_record(), DAY)}
    coded = ("PRK", "KOR", "hostile")
    assert coded in shipped
    without = pair_prior("public", ("PRK", "KOR"), DAY, coded=[coded])
    rest = [f for f in rows_in_force(load_record(), DAY) if (f.sender, f.target, f.kind.id) != coded]
    np.testing.assert_array_equal(without.mean, public_prior(("PRK", "KOR"), DAY, rest).mean)
    assert cell(without, "PRK", "KOR")[1] > cell(pair_prior("public", ("PRK", "KOR"), DAY), "PRK", "KOR")[1]


def test_the_other_reading_of_a_disputed_fact_can_be_chosen():
    main, rival = (pair_prior("public", ("BLR", "UKR"), DAY, reading=r) for r in ("main", "rival"))
    assert cell(rival, "BLR", "UKR")[0] > cell(main, "BLR", "UKR")[0]


@pytest.mark.parametrize(
    ("pair", "day", "tie"),
    [
        (("PRK", "KOR"), "2024-02-01", 0),
        (("UKR", "RUS"), "2022-02-23", DEFAULT_TIE),
        (("UKR", "RUS"), "2022-02-24", 1),
        (("PRY", "TWN"), "2024-02-01", DEFAULT_TIE),
        (("PRY", "CHN"), "2024-02-01", 0),
        (("HND", "TWN"), "2023-03-01", DEFAULT_TIE),
        (("HND", "CHN"), "2023-03-01", 0),
        (("HND", "TWN"), "2023-04-01", 0),
        (("HND", "CHN"), "2023-04-01", DEFAULT_TIE),
        (("USA", "TWN"), "2024-02-01", 0),
        (("CHN", "TWN"), "2024-02-01", 0),
        (("USA", "IRN"), "2024-02-01", 1),
        (("KOR", "CUB"), "2024-02-01", 1),
        (("FRA", "BRA"), "2024-02-01", DEFAULT_TIE),
    ],
)
def test_the_formal_tie_of_the_day(pair, day, tie):
    prior = pair_prior("public", sorted({*pair, "CHN", "TWN"}), date.fromisoformat(day)).among(pair)
    assert prior.tie[0, 1] == prior.tie[1, 0] == tie


def test_the_tie_of_taipei_does_not_hang_on_the_presence_of_beijing():
    alone = pair_prior("public", ("PRY", "USA", "TWN"), DAY)
    assert alone.tie[2].tolist() == [DEFAULT_TIE, 0, 0]


def test_an_order_of_its_own_and_a_part_of_the_states():
    states = ("USA", "PRK", "CUB", "KOR")
    whole, part = pair_prior("public", states, DAY), pair_prior("public", ("KOR", "USA"), DAY)
    np.testing.assert_array_equal(whole.among(("KOR", "USA")).mean, part.mean)
    np.testing.assert_array_equal(whole.among(("KOR", "USA")).is_known, part.is_known)


@pytest.mark.parametrize(
    ("pair", "day", "evidence", "sign"),
    [
        (("USA", "GBR"), "1955-01-01", "pacts", 1),
        (("USA", "JPN"), "1985-01-01", "pacts", 1),
        (("RUS", "POL"), "1970-01-01", "pacts", 1),
        (("RUS", "CHN"), "1955-01-01", "pacts", 1),
        (("RUS", "CHN"), "1975-01-01", "rivalry", -1),
        (("IND", "PAK"), "1965-01-01", "rivalry", -1),
        (("ISR", "EGY"), "1970-01-01", "rivalry", -1),
        (("IRN", "IRQ"), "1985-01-01", "disputes", -1),
        (("VNM", "USA"), "1970-01-01", "disputes", -1),
        (("ARG", "GBR"), "1983-01-01", "disputes", -1),
        (("USA", "ISR"), "2000-01-01", "votes", 1),
        (("USA", "CUB"), "2000-01-01", "votes", -1),
        (("RUS", "UKR"), "2023-01-01", RECORD, -1),
        (("POL", "UKR"), "2023-01-01", RECORD, 1),
        (("FIN", "USA"), "2024-01-01", RECORD, 1),
        (("SAU", "QAT"), "2018-01-01", RECORD, -1),
        (("SAU", "QAT"), "2022-01-01", RECORD, 1),
        (("DZA", "MAR"), "2022-01-01", RECORD, -1),
    ],
)
def test_known_facts_each_from_its_own_evidence(pair, day, evidence, sign):
    prior = pair_prior("public", pair, date.fromisoformat(day))
    assert sign * prior.explain(*pair)[evidence] > 0.05
    if evidence != "votes":
        assert sign * prior.mean[0, 1] > 0 or pair == ("SAU", "QAT")
