import numpy as np
import pandas as pd
import pytest

from sim.errors import InputError
from sim.history import dyads


@pytest.fixture(scope="module")
def alliances(data):
    return dyads.read_alliances(data)


def bound(alliances, sender, target):
    rows = alliances[(alliances.sender == sender) & (alliances.target == target) & (alliances.defense == 1)]
    return set(rows.year)


def test_known_pacts_begin_when_they_did(alliances):
    atlantic = bound(alliances, "USA", "GBR") & set(range(1946, 2100))
    assert min(atlantic) == 1949
    assert set(range(1949, 1999)) <= atlantic
    assert min(bound(alliances, "PRK", "CHN")) == 1961
    assert min(bound(alliances, "PRK", "RUS")) == 1961


def test_each_pair_of_each_year_stands_once_in_each_direction(alliances):
    assert not alliances.duplicated(["sender", "target", "year"]).any()
    turned = alliances.rename(columns={"sender": "target", "target": "sender"})
    assert len(alliances.merge(turned, on=["sender", "target", "year"])) == len(alliances)


def test_votes_of_allies_agree_and_those_of_rivals_do_not(data):
    votes = dyads.read_agreement(data)
    assert (votes.a < votes.b).all()
    pooled = votes[votes.year.between(1975, 1985)].groupby(["a", "b"]).agree.mean()
    assert pooled["BLR", "UKR"] > 0.98
    assert pooled["RUS", "USA"] < 0.3
    assert votes.agree.between(0, 1).all()
    assert (votes.agree + votes.opposed <= 1.0002).all()  # printed with four digits


def test_signed_relations_know_friends_from_enemies(data):
    ties = dyads.read_signed(data).set_index(["window_start", "a", "b"]).sign
    assert ties[1980, "KOR", "PRK"] == -1
    assert ties[1980, "KOR", "USA"] == 1
    assert ties[1962, "PRK", "RUS"] == 1
    assert ties[1950, "GBR", "PRT"] == 1  # PRG is Portugal among the Atlantic allies
    assert ties[1975, "CPV", "NER"] == 1  # NIG is Niger, NGA Nigeria
    assert ties[1980, "DDR", "RUS"] == 1


def write_signed(folder, rows):
    (folder / "states_capability").mkdir()
    (folder / "cow_signed").mkdir()
    states = "stateabb,ccode,statenme,styear,endyear\nUSA,2,United States,1816,2016\nGFR,260,West,1955,1990\n"
    (folder / "states_capability" / "states.csv").write_text(states + "GMY,255,Germany,1990,2016\n")
    table = pd.DataFrame(rows, columns=["window_start", "window_end", "a", "b", "sign"])
    table.to_csv(folder / "cow_signed" / "edges.csv.gz", index=False)
    return folder


def test_later_windows_unifications_and_strange_abbreviations_are_read(tmp_path):
    rows = [(2031, 2034, "USA", "GFR", 1), (2031, 2034, "GMY", "USA", -1), (2031, 2034, "GFR", "GMY", 1)]
    ties = dyads.read_signed(write_signed(tmp_path, [*rows, (2031, 2034, "USA", "QXQ", 1)]))
    assert ties[["a", "b", "sign"]].to_numpy().tolist() == [["DEU", "USA", -1], ["QXQ", "USA", 1]]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ((1946, 1949, "USA", "GFR", 0), "edges.csv.gz:3: sign: 0 is neither"),
        ((1946, 1949, "GMY", "USA", 1), "edges.csv.gz:2: a: the pair stands in both orders"),
        ((1946, 1949, "usa", "GFR", 1), "edges.csv.gz:3: a: 'usa' is not of the form"),
        ((1946, 1949, "USA", "GFR", 2), "edges.csv.gz:3: sign: '2' is not a whole number from -1 to 1"),
    ],
)
def test_a_wrong_row_is_told_with_its_line(tmp_path, row, words):
    folder = write_signed(tmp_path, [(1946, 1949, "USA", "GMY", 1), row])
    with pytest.raises(InputError) as error:
        dyads.read_signed(folder)
    assert words in str(error.value)


def test_votes_under_two_names_of_one_state_are_pooled(tmp_path):
    (tmp_path / "un_agreement").mkdir()
    rows = [
        (1990, "Germany", "France", 10, 1.0, 0.0),
        (1990, "Federal Republic of Germany", "France", 30, 0.6, 0.4),
    ]
    table = pd.DataFrame(rows, columns=["year", "c1", "c2", "n", "agree", "opposed"])
    table.to_parquet(tmp_path / "un_agreement" / "dyad_year.parquet")
    [row] = dyads.read_agreement(tmp_path).to_dict("records")
    assert (row["a"], row["b"], row["n"]) == ("DEU", "FRA", 40)
    np.testing.assert_allclose([row["agree"], row["opposed"]], [0.7, 0.3])


def test_tribes_are_sixteen_with_29_ties_of_either_sign(data):
    ties = dyads.read_tribes(data)
    assert len({*ties.a, *ties.b}) == 16
    assert ties.sign.value_counts().to_dict() == {1: 29, -1: 29}
