"""docs/outputs.md names every file, table, column and key that comes of a small run, and no others."""

from __future__ import annotations

import json
import re
from datetime import date

import networkx as nx
import pyarrow.parquet as pq
import pytest

from sim.experiment.backtest import Comparison
from sim.experiment.belief import write_belief
from sim.experiment.run import run
from sim.network.answer import find_blocs
from sim.outcomes.catalogue import CATALOGUE
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "outputs.md").read_text(encoding="utf-8")
SHARED = "Columns that several tables share"
TABLES = ["dyads", "states", "measures", "acts", "contrasts", "expectations", "co_assignment"]


def rows(heading):
    """Cells of the rows of the table below a heading that begins so."""
    [section] = re.findall(rf"^#+ {heading}.*?\n(.*?)(?=^#|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    cells = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in section.splitlines()
        if "|" in line
    ]
    return [row for row in cells[1:] if not row[0].startswith("---")]


def named(cell):
    return re.findall(r"`([^`]+)`", cell)


def columns(heading):
    return {name for first, *_ in rows(heading) for name in named(first)}


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    scenario = ROOT / "scenarios" / "havana.yaml"
    return run(scenario, replicas=4, overrides=["beliefs.draws=2"], out=tmp_path_factory.mktemp("results"))


def test_every_file_is_named(result):
    files = columns("What a run writes") - {"strategies.py"}
    assert {file.name for file in result.path.iterdir()} == files
    assert files >= {f"{table}.parquet" for table in TABLES}


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_named_with_its_unit(result, table):
    written = set(pq.read_schema(result.path / f"{table}.parquet").names)
    own = columns(f"{table}:")
    if "alignment_<pole>" in own:
        own = own - {"alignment_<pole>"} | {f"alignment_{pole}" for pole in ("moscow", "beijing", "seoul")}
    assert own <= written
    assert written - own <= columns(SHARED)
    assert all(unit and meaning for _, unit, meaning in rows(f"{table}:"))


def line(measure):
    name = measure.name + "_<pole>" * (measure.kind == "poles")
    bounds = f", {measure.low:g} to {measure.high:g}" if measure.high < float("inf") else ""
    return [f"`{name}`", f"{measure.unit}{bounds}", measure.meaning]


@pytest.mark.parametrize(
    ("table", "kinds"), [("measures", ("steps", "saved")), ("states", ("states", "poles"))]
)
def test_measures_are_described_as_in_the_catalogue(table, kinds):
    wanted = [line(measure) for kind in kinds for measure in CATALOGUE if measure.kind == kind]
    assert [row for row in rows(f"{table}:") if row[0] != "`bloc`"] == wanted


def test_every_key_of_the_manifest_is_named(result):
    assert set(result.manifest) == columns("manifest.json") - {"strategies"}


def test_every_column_of_belief_is_named(evidence, tmp_path):
    folder = write_belief(evidence, date(2024, 5, 15), "main", 2, tmp_path)
    said = {named(file)[0]: set(named(text)) for file, _, text in rows("What belief writes")[:3]}
    for file, found in said.items():
        assert set(pq.read_schema(folder / file).names) - {"sender", "target"} == found
    assert {file.name for file in folder.iterdir()} == {*said, "manifest.json"}


def test_every_column_of_a_backtest_is_named():
    found = {name for first, *_ in rows("What belief writes")[4:] for name in named(first)}
    assert found == set(Comparison._fields) - {"sender", "target"}


def test_a_network_is_read_and_answered_as_told(tmp_path):
    graph = nx.DiGraph()
    graph.add_node("n0", name="North", label="N", size=3)
    graph.add_node("n1", name="South", label="S")
    graph.add_edge("n0", "n1", sign=-1, year=1950)
    nx.write_graphml(graph, tmp_path / "g.graphml")
    answer = find_blocs(tmp_path / "g.graphml", with_landscape=True)
    assert answer.network.names == ("North", "South")
    assert answer.network.edges.toarray().tolist() == [[0, -1], [-1, 0]]
    [section] = re.findall(r"^# A network of your own\n(.*)", PAGE, re.DOTALL | re.MULTILINE)
    summary = json.loads(json.dumps(answer.summary()))
    assert {*summary, *summary["minima"][0]} <= set(named(section))
