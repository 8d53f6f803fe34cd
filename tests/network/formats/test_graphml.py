"""GraphML as it is meant: defaults, groups, directions; or refused with its line."""

import pytest

from sim.errors import InputError
from sim.network.reading import read_network

KEYS = """\
<key id="s" for="edge" attr.name="sign" attr.type="int"/>
<key id="w" for="edge" attr.name="weight" attr.type="double"/>
<key id="n" for="node" attr.name="label" attr.type="string"/>"""
NODES = '<node id="A"/><node id="B"/><node id="C"/>'


def edge(source, target, more="", **data):
    told = "".join(f'<data key="{key}">{value}</data>' for key, value in data.items())
    return f'\n<edge source="{source}" target="{target}" {more}>{told}</edge>'


def document(content, keys=KEYS, edgedefault="undirected"):
    return (
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:y="http://www.yworks.com/xml/graphml">'
        f'{keys}\n<graph id="G" edgedefault="{edgedefault}">{content}</graph></graphml>'
    )


@pytest.fixture
def read(tmp_path):
    """Read a network from this GraphML."""

    def from_text(text, encoding="utf-8"):
        file = tmp_path / "g.graphml"
        file.write_bytes(text.encode(encoding))
        return read_network(file)

    return from_text


def dense(network):
    return network.edges.toarray().tolist()


def test_a_default_counts_where_an_edge_says_nothing(read):
    keys = '<key id="s" for="edge" attr.name="sign"><default>-1</default></key>'
    network = read(document(NODES + edge("A", "B") + edge("B", "C", s=1), keys))
    assert dense(network) == [[0, -1, 0], [-1, 0, 1], [0, 1, 0]]


def test_capitals_of_an_attribute_do_not_matter(read):
    keys = '<key id="k" for="all" attr.name="Sign"/>'
    assert dense(read(document(NODES + edge("A", "B", k=-1), keys)))[0][1] == -1.0


def test_an_attribute_of_nodes_is_none_of_edges(read):
    keys = '<key id="s" for="node" attr.name="sign"/>'
    with pytest.raises(InputError, match="has neither sign nor weight"):
        read(document(NODES + edge("A", "B", s=-1), keys))


def test_a_group_is_no_state_and_labels_of_yed_are_names(read):
    def node(name, label, more=""):
        shape = f"<y:ShapeNode><y:NodeLabel>{label}<y:LabelModel/></y:NodeLabel></y:ShapeNode>"
        return f'<node id="{name}"><data key="d6">{shape}</data>{more}</node>'

    members = node("g::0", "KOR") + node("g::1", "USA") + edge("g::0", "g::1", s=1)
    inside = f'<graph id="g:" edgedefault="undirected">{members}</graph>'
    keys = KEYS + '<key id="d6" for="node" yfiles.type="nodegraphics"/>'
    content = (
        node("n0", "PRK") + node("g", "Allies", inside) + edge("n0", "g::0", s=-1) + edge("n0", "g::1", s=-1)
    )
    network = read(document(content, keys))
    assert network.names == ("PRK", "KOR", "USA")
    assert dense(network) == [[0, -1, -1], [-1, 0, 1], [-1, 1, 0]]
    with pytest.raises(InputError, match="an edge ends at 'g', which is a group"):
        read(document(content + edge("n0", "g", s=1), keys))


def test_each_edge_has_its_own_direction(read):
    both = edge("A", "B", s=1) + edge("B", "A", s=0)
    network = read(document(NODES + both + edge("B", "C", 'directed="false"', s=-1), edgedefault="directed"))
    assert dense(network) == [[0, 0.5, 0], [0.5, 0, -1], [0, -1, 0]]
    assert network.asymmetry == 1.0
    single = edge("A", "B", 'directed="true"', s=1) + edge("B", "A", 'directed="true"', s=0)
    assert dense(read(document(NODES + single)))[0][1] == 0.5
    with pytest.raises(InputError, match=r":6: the edge of 'B' with 'A' appears twice, first on line 5"):
        read(document(NODES + both))


def test_encodings_are_those_of_the_file(read):
    text = '<?xml version="1.0" encoding="{}"?>' + document(
        '<node id="Côte"/><node id="B"/>' + edge("Côte", "B", s=1)
    )
    for encoding in ("utf-8", "latin-1", "utf-16"):
        assert read(text.format(encoding), encoding).names == ("Côte", "B")


TWO = '</graph>\n<graph id="1951" edgedefault="undirected">'
REFUSED = {
    "a second graph": (document(NODES + edge("A", "B", s=1) + TWO), ":6: a second graph '1951' after 'G'"),
    "a sign that is an index": (document(NODES + edge("A", "B", s=2)), ":5: a sign is -1, 0 or 1, not 2"),
    "sign beside weight": (
        document(NODES + edge("A", "B", s=1, w=0.1)), ":5: the edge of 'A' with 'B' has sign and weight",
    ),
    "sign here, weight there": (
        document(NODES + edge("A", "B", s=1) + edge("B", "C", w=-5)),
        ":6: the edge of 'B' with 'C' has weight; give every edge a sign, or every edge a weight",
    ),
    "two keys of one name": (
        document(NODES + edge("A", "B", s=1, t=1), KEYS + '<key id="t" for="edge" attr.name="SIGN"/>'),
        ":5: two keys are called sign",
    ),
    "a value given twice": (
        document(NODES + '<edge source="A" target="B"><data key="s">1</data>\n<data key="s">-1</data></edge>'),
        ":5: the key 's' is given twice",
    ),
    "no such key": (document(NODES + edge("A", "B", q=1)), ":5: no key 'q' is declared"),
    "no such node": (document(NODES + edge("A", "Z", s=1)), ":5: an edge ends at 'Z', which is no node"),
    "a node twice": (document(NODES + '\n<node id="A"/>'), ":5: the node 'A' appears twice"),
    "an edge of one end": (document(NODES + '<edge source="A"/>'), ":4: an edge has a source and a target"),
    "a hyperedge": (document(NODES + "<hyperedge/>"), ":4: a hyperedge joins more than two"),
    "own edge": (document(NODES + edge("A", "A", s=1)), ":5: 'A' has an edge with itself"),
    "no number": (document(NODES + edge("A", "B", w="many")), ":5: the edge of 'A' with 'B' is 'many', not a number"),
    "two of a name": (
        document('<node id="1"><data key="n">A</data></node><node id="2"><data key="n">A\u200b</data></node>'),
        "two nodes have the same label 'A'",
    ),
    "an unknown encoding": ('<?xml version="1.0" encoding="martian"?><graphml/>', ":1: its encoding cannot be read"),
    "an encoding of many bytes": ('<?xml version="1.0" encoding="shift_jis"?><graphml/>', ":1: its encoding cannot"),
    "entities": ('<!DOCTYPE g [<!ENTITY a "aaaa">]><graphml>&a;</graphml>', ":1: declares entities"),
    "deep elements": (document("<a>" * 100_000), ":4: not XML"),
    "deep groups": (document('<node id="A"><graph>' * 2), ":4: the node 'A' appears twice"),
    "nothing": ("", ":1: not XML: no element found"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_plain_is_refused_with_its_line(read, text, said):
    with pytest.raises(InputError) as error:
        read(text)
    assert said in str(error.value)
    assert len(str(error.value).splitlines()) == 1
