"""Whatever a file of a network holds, it is answered in JSON or refused in one line, never anything else."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.network.answer import find_blocs
from sim.network.names import state_name
from sim.network.reading import read_network, read_sizes
from sim.plaintext import visible

pytestmark = pytest.mark.slow
many = settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

GOOD = {
    "matrix.csv": "who,A,B,C\nA,0,1,-1\nB,1,0,0.5\nC,-1,1,0\n",
    "list.csv": "a,b,sign\nA,B,1\nB,C,-1\nC,A,0\n",
    "german.csv": "Source;Target;Type;Weight\nA;B;Undirected;0,5\nB;C;Directed;-1\n",
    "bare.tsv": "A\tB\t1\nB\tC\t-2.5\n",
    "konect.out": "% asym signed\n1 2 1\n2 3 -1\n",
    "snap.txt": "# FromNodeId\tToNodeId\tSign\n1\t2\t1\n2\t3\t-1\n",
    "pajek.net": '*Vertices 3\n1 "A"\n2 "B b"\n*Edges\n1 2 1\n*Arcs\n2 3 -1\n',
    "some.gml": 'graph [\n directed 1\n node [ id 1 label "A" ]\n node [ id 2 ]\n'
    " edge [ source 1 target 2 sign -1 ]\n]\n",
    "some.graphml": '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    '<key id="s" for="edge" attr.name="sign"><default>1</default></key><key id="n" for="node" attr.name="name"/>'
    '<graph id="G" edgedefault="directed"><node id="A"><data key="n">x</data></node><node id="g"><graph>'
    '<node id="B"/></graph></node><edge source="A" target="B" directed="false"><data key="s">-1</data></edge>'
    "</graph></graphml>",
}
_slips = st.sampled_from(
    ["", "\n", ",", ";", "\t", " ", '"', "'", "0", "-1", "1e308", "1e-320", "nan", "inf", "-", "A", "B", "a", "sign",
     "weight", "Weight", "*", "*Vertices 9", "*Edges", "% ", "# ", "[", "]", "<", "</graph>", "<graph>",
     "<node id='A'/>", "<edge/>", "&x;", "<!DOCTYPE a>", "=1+1", "\0", "\r", "\x1b[2J", "\u00a0", "\u200b", "\u0302",
     "\ufeff", "\u2028",
     "9" * 400, "1_0", "١"]
)  # fmt: skip


def check_answered_or_refused(file):
    try:
        network = read_network(file, most=200)
    except InputError as error:
        [problem] = error.problems
        assert len(str(problem).splitlines()) == 1
        assert visible(str(problem)) == str(problem)
        assert problem.file == file
        return None
    assert len(network.names) >= 2
    assert all(state_name(name) == name for name in network.names)
    assert np.isfinite(network.edges.data).all()
    assert (network.edges != network.edges.T).nnz == 0
    return network


@pytest.fixture
def written(tmp_path):
    """Write bytes under a name; returns the path."""

    def write(name, content):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


@many
@given(
    st.sampled_from([*GOOD]), st.lists(st.tuples(st.integers(0, 500), st.integers(0, 12), _slips), max_size=4)
)
def test_a_good_file_with_slips(written, name, slips):
    text = GOOD[name]
    for at, width, slip in slips:
        at %= len(text) + 1
        text = text[:at] + slip + text[at + width :]
    file = written(name, text.encode("utf-8", "surrogatepass"))
    network = check_answered_or_refused(file)
    if network is not None and len(network.names) <= 6:
        try:
            answer = find_blocs(file).summary()
        except InputError as error:  # weights that read well may still be too small to be told from none
            if "too little to be told from none" not in str(error):
                raise
            return
        json.dumps(answer, allow_nan=False)


@many
@given(
    st.sampled_from([*GOOD]),
    st.binary(max_size=80) | st.text(max_size=80).map(lambda t: t.encode(errors="replace")),
)
def test_any_bytes(written, name, content):
    check_answered_or_refused(written(name, content))


@many
@given(st.sampled_from([*GOOD]), st.integers(0, 500), st.binary(min_size=1, max_size=4))
def test_a_good_file_with_other_bytes(written, name, at, content):
    whole = GOOD[name].encode()
    at %= len(whole)
    check_answered_or_refused(written(name, whole[:at] + content + whole[at + len(content) :]))


@many
@given(st.lists(st.lists(_slips | st.sampled_from(["name", "size"]), max_size=3).map(",".join), max_size=4))
def test_any_sizes(written, rows):
    file = written("sizes.csv", "\n".join(["name,size", *rows]).encode())
    try:
        sizes = read_sizes(file, ("A", "B"))
    except InputError as error:
        [problem] = error.problems
        assert visible(str(problem)) == str(problem)
    else:
        assert np.isfinite(sizes).all()
        assert (sizes >= 0.0).all()
