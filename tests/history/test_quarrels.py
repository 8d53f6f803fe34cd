"""Rivalries, disputes, borders and net votes, as they come."""

from sim.history.borders import read_contiguity
from sim.history.dyads import read_net_agreement
from sim.history.quarrels import read_disputes, read_rivalries


def pair(table, sender, target):
    return table[(table.sender == sender) & (table.target == target)]


def test_rivalries_stand_in_both_orders(data):
    table = read_rivalries(data)
    assert len(pair(table, "IND", "PAK")) == len(pair(table, "PAK", "IND")) > 0
    assert (table["first"] <= table["last"]).all()


def test_disputes_are_directed(data):
    table = read_disputes(data)
    war = pair(table, "IRQ", "KWT")
    assert war[war.year == 1990].hostility.tolist() == [5]
    assert table.hostility.between(1, 5).all()


def test_neighbours_are_mutual(data):
    table = read_contiguity(data)
    assert set(pair(table, "PRK", "KOR").nearness) == {1}
    assert len(pair(table, "KOR", "PRK")) == len(pair(table, "PRK", "KOR"))
    assert not len(pair(table, "PRK", "BRA"))


def test_net_votes_are_a_cosine(data):
    table = read_net_agreement(data)
    assert table.net.between(-1, 1).all()
    assert (table.a < table.b).all()
    assert table[(table.a == "ISR") & (table.b == "USA")].net.min() > 0.7
