"""Edge lists and matrices of other programs: read where their form is plain, else named for what they are."""

from pathlib import Path

import pytest

from sim.errors import InputError
from sim.network.answer import find_blocs
from sim.network.reading import read_network, read_sizes

TRIAD = {("A", "B"): 1.0, ("A", "C"): -1.0, ("B", "C"): -1.0}
SAME = {
    "with a header": "a,b,sign\nA,B,1\nA,C,-1\nB,C,-1\n",
    "capitals in the header": "From,TO,Sign\nA,B,1\nA,C,-1\nB,C,-1\n",
    "Gephi": "Source,Target,Type,Id,Label,timeset,Weight\n"
    "A,B,Undirected,0,,,1.0\nA,C,Undirected,1,,,-1.0\nB,C,Undirected,2,,,-1.0\n",
    "without a header": "A,B,1\nA,C,-1\nB,C,-1\n",
    "tabs": "a\tb\tsign\nA\tB\t1\nA\tC\t-1\nB\tC\t-1\n",
    "semicolons and decimal commas": "a;b;weight\nA;B;1,0\nA;C;-1,0\nB;C;-1\n",
    "blanks": "a  b sign\nA B   1\nA  C -1\nB C -1 \n",
    "lines of an old Mac": "a,b,sign\rA,B,1\rA,C,-1\rB,C,-1\r",
    "pandas's index": ",source,target,weight\n0,A,B,1\n1,A,C,-1\n2,B,C,-1\n",
    "KONECT": "% sym signed\n% 3 3 3\nA B\t1\t1082040961\nA C -1 1082040961\nB C -1 1082040961\n",
    "SNAP": "# Directed graph: signs.txt\n# Nodes: 3 Edges: 3\n# FromNodeId\tToNodeId\tSign\n"
    "A\tB\t1\nA\tC\t-1\nB\tC\t-1\n",
    "a matrix": "who,A,B,C\nA,0,1,-1\nB,1,0,-1\nC,-1,-1,0\n",
    "a matrix with blanks": '"" "A" "B" "C"\n"A" 0 1 -1\n"B" 1 0 -1\n"C" -1 -1 0\n',
    "a matrix with tabs": "\tA\tB\tC\nA\t0\t1\t-1\nB\t1\t0\t-1\nC\t-1\t-1\t0\n",
    "a matrix in German": ";A;B;C\nA;0;1,0;-1,0\nB;1,0;0;-1\nC;-1;-1;0\n",
    "Pajek": '*Network signs\r\n% remark\n*Vertices 3\n1 "A" 0.1 0.2\n2 "B"\n3 C ic Red\n'
    "*Edges\n1 2 1\n1 3 -1 c Blue\n*Arcs\n2 3 -1\n",
    "GML": 'Creator "somebody"\ngraph [\n node [ id 1 label "A" ]\n node [ id 2 label "B" ]\n node [ id 3 label "C" ]\n'
    " edge [ source 1 target 2 Sign 1 ]\n edge [ source 1 target 3 sign -1 ]\n edge [ source 2 target 3 sign -1 ]\n]\n",
}


@pytest.fixture
def written(tmp_path):
    """Write a text; returns its path."""

    def write(text, name="network.txt"):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8", newline="")
        return file

    return write


def edges_of(network):
    found = network.edges.tocoo()
    names = network.names
    return {(names[i], names[j]): w for i, j, w in zip(*found.coords, found.data, strict=True) if i < j}


@pytest.mark.parametrize("text", SAME.values(), ids=SAME)
def test_every_form_is_the_same_network(written, text):
    network = read_network(written(text))
    assert network.names == ("A", "B", "C")
    assert edges_of(network) == TRIAD
    assert network.asymmetry == 0.0


def test_r_writes_a_matrix_without_names_by_number(written):
    network = read_network(written('"","V1","V2","V3"\n"1",0,1,-1\n"2",1,0,-1\n"3",-1,-1,0\n'))
    assert edges_of(network) == {("V1", "V2"): 1.0, ("V1", "V3"): -1.0, ("V2", "V3"): -1.0}


def test_states_called_like_the_ends_of_a_tie_may_stand_in_a_matrix(written):
    assert edges_of(read_network(written("who,A,B\nA,0,-1\nB,-1,0\n"))) == {("A", "B"): -1.0}


def test_one_direction_is_mutual_and_disagreement_is_told_of_pairs_listed_both_ways(written):
    network = read_network(written("a,b,sign\nA,B,1\nB,A,-1\nB,C,1\nC,D,1\nA,D,-1\n"))
    assert edges_of(network) == {("B", "C"): 1.0, ("C", "D"): 1.0, ("A", "D"): -1.0}
    assert network.asymmetry == 2.0
    assert network.edges.toarray()[1, 2] == network.edges.toarray()[2, 1] == 1.0


def test_gephi_s_directions_count(written):
    text = "Source,Target,Type,Weight\nA,B,Directed,1\nB,A,Directed,0\nB,C,Undirected,-1\n"
    network = read_network(written(text))
    assert edges_of(network) == {("A", "B"): 0.5, ("B", "C"): -1.0}
    assert network.asymmetry == 1.0  # of A and B; what is undirected has no two directions
    with pytest.raises(InputError, match=r":5: the edge of 'C' with 'B' appears twice, first on line 4"):
        read_network(written(text + "C,B,Directed,-1\n"))


REFUSED = {
    "numbers without a header": ("6,2,4,1289241911\n1,2,-3,1289241942\n", ":1: the first row holds no names"),
    "a matrix of three or a list of numbers": ("0,1,-1\n1,0,1\n-1,1,0\n", "a list has columns a, b and sign"),
    "two kinds of nodes": ("% bip signed\n1 1 1\n", ":1: a network of two kinds of nodes"),
    "KONECT without signs": ("% sym unweighted\n1 2\n2 3\n", ":2: an edge is two names and its sign or weight"),
    "KONECT listed twice": ("% sym signed\n1 2 1\n2 1 1\n", ":3: the edge of '2' with '1' appears twice"),
    "Pajek of two kinds": ("*Vertices 5 3\n", ":1: a network of two kinds of vertices"),
    "Pajek without number": ("*Vertices\n", ":1: write *Vertices and how many there are"),
    "two networks of Pajek": ("*Vertices 2\n*Vertices 2\n", ":2: a second network"),
    "Pajek's lists": ("*Vertices 2\n*Arcslist\n1 2\n", ":2: '*Arcslist' is not read; write *Edges"),
    "Pajek's matrix": ("*Vertices 2\n*Matrix\n0 1\n1 0\n", ":2: '*Matrix' is not read"),
    "Pajek without value": ("*Vertices 2\n*Edges\n1 2\n", ":3: an edge is two vertices and its value"),
    "Pajek beyond the vertices": ("*Vertices 2\n*Edges\n1 3 1\n", ":3: no vertex has the number '3'"),
    "Pajek's labels twice": ('*Vertices 2\n1 "A"\n2 "A"\n*Edges\n', "two vertices have the same name 'A'"),
    "GML without sign": (
        "graph [ node [ id 1 ] node [ id 2 ] edge [ source 1 target 2 ] ]",
        "the edge of '1' with '2' has neither sign nor weight",
    ),
    "GML of two graphs": ("graph [ ]\ngraph [ ]\n", "not GML: input contains more than one graph"),
    "GML broken": ("graph [ node [ id 1 ]", "not GML"),
    "GML of scalars": ("graph [ node 5 ]", "not GML"),
    "R's table": ('"X" "Y" "Z"\n"X" 0 1 1\n"Y" 1 0 1\n"Z" 1 1 0\n', ":2: one cell more than the first row"),
    "UCINET": ("dl n=3 format=edgelist1\ndata:\n1 2 1\n", ":1: UCINET's DL form is not read"),
    "Graphviz": ("digraph G {\nA -> B;\n}\n", ":1: Graphviz's form is not read"),
    "JSON": ('{"nodes": []}\n', ":1: JSON form is not read"),
    "GEXF": ("<?xml version='1.0'?>\n<gexf/>\n", ":2: not GraphML: its first element is 'gexf'"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), REFUSED.values(), ids=REFUSED)
def test_other_forms_are_named(written, text, said):
    with pytest.raises(InputError) as error:
        read_network(written(text))
    assert said in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no such device here")
def test_a_device_is_not_read_without_end():
    with pytest.raises(InputError, match="/dev/zero: is a device, not a file"):
        read_network(Path("/dev/zero"))


def test_packed_files_are_named(tmp_path):
    for begin, said in (
        (b"PK\x03\x04", "a workbook or an archive"),
        (b"\x1f\x8b\x08", "packed; unpack it first"),
    ):
        (tmp_path / "network.csv").write_bytes(begin + b"\0" * 60)
        with pytest.raises(InputError, match=said):
            read_network(tmp_path / "network.csv")


def test_deep_gml_is_one_line(written):
    with pytest.raises(InputError, match="not GML: maximum recursion depth"):
        read_network(written("graph " + "[ a " * 20_000))


def test_half_a_matrix_is_refused_whichever_half(written):
    upper = ",A,B,C,D\nA,0,1,-1,1\nB,0,0,1,-1\nC,0,0,0,1\nD,0,0,0,0\n"
    with pytest.raises(InputError, match="only the half above the diagonal holds edges"):
        read_network(written(upper))
    listed = "a,b,sign\nA,B,1\nA,C,-1\nA,D,1\nB,C,1\nB,D,-1\nC,D,1\n"
    assert find_blocs(written(listed)).result.frustration_index == 2.0  # by hand: A-C and B-D in one bloc


def test_sizes_may_be_separated_by_semicolons_and_names_look_alike(written):
    file = written("Size;Name\n2,5;North\xa0Korea\n1;China\n")
    assert read_sizes(file, ("China", "North Korea")).tolist() == [1.0, 2.5]
