"""Files of signed networks: read as they are meant, or refused with the line that is wrong."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.network.edges import Edge, network_of_edges, network_of_matrix
from sim.network.formats.lists import ENDS
from sim.network.reading import read_network, read_sizes
from sim.outcomes.measures import asymmetry, mutual_affinity
from tests.outcomes.signed_matrices import affinities


@pytest.fixture
def written(tmp_path):
    """Write a text under a name; returns its path."""

    def write(text, name="network.csv"):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return file

    return write


@given(affinities(max_states=6))
def test_a_matrix_becomes_its_mutual_affinity_and_tells_what_that_drops(affinity):
    names = tuple("abcdefg"[: len(affinity)])
    network = network_of_matrix(names, affinity.copy())
    np.testing.assert_allclose(network.edges.toarray(), mutual_affinity(affinity), atol=1e-15)
    assert network.asymmetry == pytest.approx(asymmetry(affinity), abs=1e-12)


@given(affinities(max_states=6))
def test_matrix_edge_list_and_graphml_are_one_network(tmp_path_factory, affinity):
    assume(bool(np.triu(affinity).any()) == bool(np.tril(affinity).any()))  # half a matrix is refused
    folder = tmp_path_factory.mktemp("one")
    names = [f"n{i}" for i in range(len(affinity))]
    rows = [[name, *map(repr, row.tolist())] for name, row in zip(names, affinity, strict=True)]
    matrix, listed, graph = (folder / name for name in ("m.csv", "l.csv", "g.graphml"))
    matrix.write_text("\n".join(",".join(row) for row in [["", *names], *reversed(rows)]))
    edges = [
        f"{a},{b},{float(affinity[i, j])!r}"
        for i, a in enumerate(names)
        for j, b in enumerate(names)
        if i != j
    ]
    listed.write_text("a,b,weight\n" + "\n".join(edges))
    directed = nx.DiGraph()
    directed.add_nodes_from(names)
    directed.add_weighted_edges_from(
        (a, b, float(affinity[i, j])) for i, a in enumerate(names) for j, b in enumerate(names) if i != j
    )
    nx.write_graphml(directed, graph)
    first, *others = map(read_network, (matrix, listed, graph))
    np.testing.assert_allclose(first.edges.toarray(), mutual_affinity(affinity), atol=1e-12)
    for other in others:
        assert other.names == first.names
        np.testing.assert_allclose(other.edges.toarray(), first.edges.toarray(), atol=1e-12)
        assert other.asymmetry == pytest.approx(first.asymmetry, abs=1e-12)


@pytest.mark.parametrize(("a", "b"), ENDS)
def test_ends_of_a_tie_have_several_names(tmp_path, a, b):
    (tmp_path / "edges.csv").write_text(f"{a},weight,{b}\nA,2,B\n")
    network = read_network(tmp_path / "edges.csv")
    assert network.names == ("A", "B")
    assert network.edges.toarray().tolist() == [[0, 2], [2, 0]]


def test_a_pair_listed_once_is_mutual_and_listed_twice_the_mean():
    network = network_of_edges([Edge("x", "y", -1.0), Edge("y", "z", 1.0), Edge("z", "y", 0.0)])
    assert network.names == ("x", "y", "z")
    assert network.edges.toarray().tolist() == [[0, -1, 0], [-1, 0, 0.5], [0, 0.5, 0]]
    assert network.asymmetry == 1.0  # of the one pair listed both ways


def test_names_with_commas_bom_blank_lines_and_other_columns(written):
    file = written('\ufeffyear,a,b,sign,note\n1950,"Korea, North",China,1,"a, b"\n\n1950,China,Japan,-1,\n')
    network = read_network(file)
    assert network.names == ("Korea, North", "China", "Japan")
    assert network.edges.toarray()[0, 1] == 1.0


def test_the_diagonal_is_not_looked_at(written):
    file = written("who,x,y\nx,,1\ny,-1,nan\n")
    assert read_network(file).edges.toarray().tolist() == [[0, 0], [0, 0]]


def test_graphml_nodes_go_by_their_label_and_keep_the_lonely(tmp_path):
    graph = nx.Graph()
    for k, label in enumerate(("North", "South", "Far")):
        graph.add_node(f"n{k}", label=label)
    graph.add_edge("n0", "n1", sign=-1)
    nx.write_graphml(graph, tmp_path / "g.graphml")
    network = read_network(tmp_path / "g.graphml")
    assert network.names == ("North", "South", "Far")
    assert network.edges.nnz == 2


MATRIX = "who,x,y,z\nx,0,1,1\ny,1,0,-1\nz,1,-1,0\n"
BAD = {
    "empty": ("", "the file is empty"),
    "blank lines": ("\n\n , ,\n", "the file is empty"),
    "one state": ("who,x\nx,0\n", ":1: a network needs at least two states"),
    "header alone of a list": ("a,b,sign\n", "at least two states; here are none"),
    "not square, row missing": (
        MATRIX.replace("z,1,-1,0\n", ""),
        "not square: 3 columns, 2 rows; no row of 'z'",
    ),
    "not square, cell missing": (
        MATRIX.replace("y,1,0,-1", "y,1,0"),
        ":3: 3 cells where the first row has 4",
    ),
    "row without column": (
        MATRIX.replace("z,1,-1", "q,1,-1").replace("y", "yy"),
        ":4: the row 'q' has no column of that name",
    ),
    "nearest name": (MATRIX.replace("x", "Britain").replace("\nBritain", "\nBritian"), "nearest: 'Britain'"),
    "row twice": (MATRIX.replace("z,1,-1,0", "y,1,-1,0"), ":4: the row 'y' appears twice, first on line 3"),
    "column twice": (MATRIX.replace("x,y,z", "x,y,y"), ":1: the name 'y' appears twice"),
    "column without name": (MATRIX.replace("x,y,z", "x,,z"), ":1: column 3 has no name"),
    "nan": (MATRIX.replace("y,1,0,-1", "y,1,0,nan"), ":3: the edge of 'y' with 'z' is 'nan', not a number"),
    "infinite": (
        MATRIX.replace("y,1,0,-1", "y,1,0,inf"),
        ":3: the edge of 'y' with 'z' is 'inf', not a number",
    ),
    "word": (MATRIX.replace("y,1,0,-1", "y,1,0,bad"), ":3: the edge of 'y' with 'z' is 'bad', not a number"),
    "blank": (
        MATRIX.replace("y,1,0,-1", "y,1,0,"),
        ":3: the edge of 'y' with 'z' is blank; write 0 for none",
    ),
    "no names": ("0,1,-1\n1,0,1\n-1,1,0\n", ":1: the first row holds no names; a matrix has names"),
    "no value": ("a,b\nx,y\n", ":1: an edge list has a column sign or a column weight"),
    "two values": ("a,b,sign,weight\nx,y,1,2\n", ":1: an edge list has a column sign or a column weight"),
    "own edge": ("a,b,sign\nx,y,1\ny,y,1\n", ":3: 'y' has an edge with itself"),
    "edge twice": (
        "a,b,sign\nx,y,1\nx,y,-1\n",
        ":3: the edge of 'x' with 'y' appears twice, first on line 2",
    ),
    "no sign": ("a,b,sign\nx,y,0.5\n", ":2: a sign is -1, 0 or 1, not 0.5; call it weight"),
    "blank name": ("a,b,sign\nx,,1\n", ":2: an edge is between two names; one is blank"),
    "list with nan": ("a,b,weight\nx,y,NaN\n", ":2: the edge of 'x' with 'y' is 'NaN', not a number"),
    "upper half": (
        "who,x,y\nx,0,1\ny,0,0\n",
        "only the half above the diagonal holds edges; fill both halves",
    ),
    "lower half": (
        MATRIX.replace("0,1,1", "0,0,0").replace(",-1\n", ",0\n"),
        "only the half below the diagonal",
    ),
    "too large": ("a,b,weight\nx,y,-1e308\n", ":2: the edge of 'x' with 'y' is -1e+308, beyond 1e+30"),
    "too large, of a matrix": (
        MATRIX.replace("x,0,1,1", "x,0,1,2e30"),
        ":2: the edge of 'x' with 'z' is 2e+30",
    ),
    "one column twice": ("Weight,a,b,weight\n1,x,y,1\n", ":1: two columns are called weight"),
    "value without ends": ("who,whom,sign\nx,y,1\n", ":1: which columns hold the two ends?"),
    "rows without names": ("x,y\n0,1\n1,0\n", "a matrix has names in its first row and column"),
    "rows with numbers": (",x,y\n1,0,1\n2,1,0\n", ":2: the row begins with the number 1, not with the name"),
    "open quote": ('a,b,sign\nx,"y,1\n', "not CSV"),
}


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD)
def test_what_cannot_be_a_network_is_said_with_its_line(written, text, said):
    file = written(text)
    with pytest.raises(InputError) as error:
        read_network(file)
    assert said in str(error.value)
    assert str(error.value).startswith(str(file))
    assert len(error.value.problems) == 1


GRAPHML = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">{}</graphml>'
BAD_GRAPHML = {
    "no XML": ("a,b,sign\n", ":1: not XML"),
    "no graph": (GRAPHML.format(""), "at least two states; here are none"),
    "no sign": (
        GRAPHML.format('<graph edgedefault="undirected"><node id="x"/><node id="y"/>'
                       '<edge source="x" target="y"/></graph>'),
        "the edge of 'x' with 'y' has neither sign nor weight",
    ),
    "one node": (GRAPHML.format('<graph edgedefault="undirected"><node id="x"/></graph>'), "here is one"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), BAD_GRAPHML.values(), ids=BAD_GRAPHML)
def test_what_is_no_graphml_is_said(written, text, said):
    with pytest.raises(InputError, match=r"network\.graphml") as error:
        read_network(written(text, "network.graphml"))
    assert said in str(error.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_network(tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_network(tmp_path / "nowhere.graphml")
    with pytest.raises(InputError, match="cannot be read"):
        read_network(tmp_path)
    (tmp_path / "binary.csv").write_bytes(b"a,b,sign\n\xff\xfe,y,1\n")
    with pytest.raises(InputError, match="UTF-8"):
        read_network(tmp_path / "binary.csv")


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_one_line(tmp_path_factory, text):
    file = tmp_path_factory.mktemp("any") / "network.csv"
    file.write_text(text, encoding="utf-8", errors="replace", newline="")
    try:
        assert len(read_network(file).names) >= 2
    except InputError as error:
        problems = error.problems
    else:
        problems = ()
    assert all("\n" not in problem.reason for problem in problems)
    assert len(problems) <= 1


def test_too_many_states_are_refused_before_their_rows_are_read(written):
    names = ",".join(f"n{i}" for i in range(1200))
    with pytest.raises(InputError, match=r"1200 states are too many .* --method heuristic"):
        read_network(written(f"who,{names}\nthis is not even a row\n"), most=1000)


def test_sizes_come_in_the_order_of_the_network(written):
    file = written("size,name\n2,y\n0.5,x\n")
    assert read_sizes(file, ("x", "y")).tolist() == [0.5, 2.0]


BAD_SIZES = {
    "columns": ("who,size\nx,1\n", ":1: sizes have columns name and size"),
    "unknown": ("name,size\nx,1\nyy,1\n", ":3: 'yy' is not in the network; nearest: 'y'"),
    "missing": ("name,size\nx,1\n", "no size of 'y'"),
    "negative": ("name,size\nx,1\ny,-1\n", ":3: the size of 'y' is -1, below 0"),
    "nan": ("name,size\nx,nan\ny,1\n", ":2: the size of 'x' is 'nan', not a number"),
    "twice": ("name,size\nx,1\nx,1\n", ":3: the size of 'x' appears twice"),
    "empty": ("", "sizes have columns name and size"),
}


@pytest.mark.parametrize(("text", "said"), BAD_SIZES.values(), ids=BAD_SIZES)
def test_wrong_sizes_are_said(written, text, said):
    with pytest.raises(InputError) as error:
        read_sizes(written(text), ("x", "y"))
    assert said in str(error.value)
