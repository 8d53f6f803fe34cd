"""`beliefs.background`: what a scenario's pairs rest on before signals, facts and statements speak."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.background.prior import BASE_SD, DEFAULT_TIE, pair_prior
from sim.background.record import RECORD_COLUMNS
from sim.scenario.load import check, load_scenario
from sim.scenario.setup import resolve
from sim.signals.table import COLUMNS
from tests.signals.seed_folder import as_csv

ALLIANCE = {
    "sender": "CUB", "target": "KOR", "direction": "both", "kind": "alliance", "start": "2023-01-01", "end": "",
    "date_precision": "day", "trap": "", "reading": "both", "source": "an invented treaty of 2023", "note": "",
}  # fmt: skip


def facts(file, *rows):
    file.write_bytes(as_csv(RECORD_COLUMNS, list(rows)))
    return file


@pytest.fixture
def start(write, good):
    """What the world of a scenario of three starts from, given the rest of its key `beliefs`."""

    def resolved(beliefs, more=""):
        text = good.replace("{signals: ../seeds}", f"{{{beliefs}}}") + more
        if "signals" not in beliefs:
            text += "codebook: ../seeds\n"
        return resolve(load_scenario(write(text)))

    return resolved


def level(setup, sender, target):
    return setup.initial_world(0).level[setup.place[sender], setup.place[target]]


def tie(setup, sender, target):
    return setup.initial_world(0).tie[setup.place[sender], setup.place[target]]


@pytest.mark.parametrize("beliefs", ["background: public", "background: public, signals: ../seeds"])
def test_public_is_the_default_with_signals_and_without(start, beliefs):
    told, default = start(beliefs), start(beliefs.removeprefix("background: public").lstrip(", "))
    expected = pair_prior("public", told.states, told.scenario.as_of)
    for setup in (told, default):
        np.testing.assert_array_equal(setup.background.mean, expected.mean)
        np.testing.assert_allclose(setup.initial_world(0).level, expected.mean)
    assert tie(told, "PRK", "KOR") == 0
    assert level(told, "PRK", "KOR") < -0.8


@pytest.mark.parametrize("signals", ["", ", signals: ../seeds"])
def test_none_is_the_same_prior_for_every_pair(start, signals):
    setup = start(f"background: none{signals}")
    assert (setup.initial_world(0).level == 0).all()
    assert (setup.background.sd == BASE_SD).all()
    assert tie(setup, "PRK", "KOR") == DEFAULT_TIE


def test_levels_leave_the_record_out(start):
    bare, public = start("background: levels"), start("background: public")
    assert tie(bare, "CUB", "KOR") == DEFAULT_TIE
    assert tie(public, "CUB", "KOR") == 1


def test_a_table_beside_the_scenario_adds_facts(start, project):
    facts(project / "scenarios" / "own.csv", ALLIANCE)
    own, public = start("background: own.csv"), start("background: public")
    assert level(own, "CUB", "KOR") > level(public, "CUB", "KOR") + 0.5
    assert level(own, "PRK", "KOR") == level(public, "PRK", "KOR")


def test_a_statement_replaces_what_the_background_says(start):
    stated = "affinities: [{sender: PRK, target: KOR, mean: 0.5, sd: 0.1}]"
    for signals in ("", "signals: ../seeds, "):
        setup = start(signals + stated)
        assert level(setup, "PRK", "KOR") == pytest.approx(np.arctanh(0.5))
        assert level(setup, "KOR", "PRK") == pytest.approx(
            start(signals or "draws: 32").background.mean[2, 0]
        )


def test_a_stated_tie_replaces_that_of_the_background(start):
    setup = start("background: public", "ties: [{sender: PRK, target: KOR, tie: 3}]\n")
    assert tie(setup, "PRK", "KOR") == 3


def test_standing_facts_of_the_signals_add(start, project):
    file = project / "seeds" / "standing.csv"
    fact = {
        "id": "f1",
        "seed": "001",
        "paragraph": "P1",
        "sender": "PRK",
        "target": "CUB",
        "kind": "friendly",
    }
    fact |= {"trap": "", "reading": "both", "note": "a note"}
    before = start("signals: ../seeds")
    (project / "seeds" / "kinds.csv").write_text(
        "id,meaning,level,sd,tie,source\nfriendly,good,-0.9,0.5,,prior\n"
    )
    file.write_bytes(as_csv(COLUMNS["standing.csv"], [fact]))
    after = start("signals: ../seeds")
    m, s = before.background.mean[0, 1], before.background.sd[0, 1]
    assert after.initial_world(0).level[0, 1] == pytest.approx(
        (m / s**2 - 0.9 / 0.25) / (1 / s**2 + 1 / 0.25)
    )


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("pubilc", "no such file: pubilc; else public, levels, none"),
        ("own.csv", "no such file: own.csv"),
        ("../../own.csv", "leaves the folder"),
        ("/etc/hosts", "absolute path"),
        ("../seeds", "no such file"),
    ],
)
def test_what_is_no_background_is_one_message(write, good, value, reason):
    path = write(good.replace("{signals: ../seeds}", f"{{signals: ../seeds, background: {value}}}"))
    (problem,) = check(path)
    assert (problem.file, problem.line, problem.key) == (path, 6, "beliefs.background")
    assert reason in problem.reason


@pytest.mark.parametrize("verb", ["check", "run"])
def test_a_broken_table_is_one_line_that_names_it(sim, write, good, project, monkeypatch, verb):
    monkeypatch.chdir(project)
    facts(project / "scenarios" / "own.csv", ALLIANCE, ALLIANCE | {"sender": "PRK", "kind": "aliance"})
    path = write(good.replace("{signals: ../seeds}", "{signals: ../seeds, background: own.csv}"))
    code, out, err = sim(verb, path)
    said = [line for line in (out + err).splitlines() if "own.csv" in line]
    assert code == 2
    assert len(said) == 1
    assert "own.csv:3: kind: 'aliance' is not a kind" in said[0]
    assert "Traceback" not in out + err
    assert not list(project.glob("results/*/*"))


def test_the_run_id_changes_with_the_bytes_of_the_table(root, write, good, project):
    from sim.experiment.run import run

    table = project / "scenarios" / "own.csv"
    path = write(good.replace("{signals: ../seeds}", "{signals: ../seeds, background: own.csv, draws: 2}"))
    ids = []
    for note in ("", "", "a word more"):
        facts(table, ALLIANCE | {"note": note})
        ids.append(run(path, replicas=2, out=project / "results").path.name)
    assert ids[0] == ids[1] != ids[2]


def test_a_sweep_compares_backgrounds(write, good, project):
    from sim.sweeps.plan import Request
    from sim.sweeps.sweep import run_sweep

    path = write(good.replace("{signals: ../seeds}", "{signals: ../seeds, draws: 2}"))
    ranges = {"beliefs.background": ["public", "none"]}
    request = Request(design="grid", draws=2, replicas=2, ranges=ranges, overrides=["expect=[]"])
    done = run_sweep(path, request, out=project / "results")
    runs = pd.concat(pd.read_parquet(part) for part in done.parts)
    at_start = runs.groupby("point").mean_affinity.mean()
    assert runs.error.isna().all()
    assert abs(at_start[0]) > abs(at_start[1])
