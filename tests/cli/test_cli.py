"""The command line: bad input is one clear message and exit code 2; nothing heavy is imported early."""

import csv
import io
import json
import subprocess
import sys

import pytest

from sim.calibration.basis import BASES
from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch):
    monkeypatch.chdir(ROOT)


BAD = {
    "no such scenario": (("run", "nowhere.yaml"), "nowhere.yaml"),
    "no such folder of seeds": (("affinity", "--seeds", "nowhere"), "nowhere"),
    "no such path to check": (("check", "nowhere"), "nowhere: no such file or folder"),
    "bad date": (("affinity", "--as-of", "2024-02-31"), "--as-of: '2024-02-31' is not a date"),
    "unknown state": (("explain", "PRK", "CUV"), "'CUV' is not a state; did you mean CUB?"),
    "unknown sender": (("affinity", "--sender", "prk"), "did you mean PRK?"),
    "unknown reading": (("affinity", "--reading", "other"), "other"),
    "unknown trap": (("affinity", "--reading", "T000-chanel=rival"), "T000-channel"),
    "unknown key in --set": (("run", "scenarios/havana.yaml", "--set", "params.balanse=1"), "balance"),
    "value out of bounds": (("run", "scenarios/havana.yaml", "--set", "params.balance=2"), "balance"),
    "abstract scenario": (("run", "scenarios/base.yaml"), "abstract"),
    "not a run": (("plot", "scenarios"), "scenarios"),
    "no replicas": (("run", "scenarios/havana.yaml", "--replicas", "0"), "--replicas"),
    "unknown option": (("run", "scenarios/havana.yaml", "--replica", "3"), "--replica"),
}


@pytest.mark.parametrize(("arguments", "said"), BAD.values(), ids=BAD)
def test_bad_input_is_one_message_and_exit_code_2(sim, arguments, said):
    code, out, err = sim(*arguments)
    assert code == 2
    assert said in err
    assert "Traceback" not in err
    assert out == ""


def test_check_names_file_line_key_and_nearest(sim, tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("question: why?\nstart: 2024-01-01\nsteps: 3\nstates: [PRK, CUB]\nrepliccas: 5\n")
    code, _, err = sim("check", file)
    assert code == 2
    assert f"{file}:5: repliccas:" in err
    assert "replicas" in err.replace("repliccas", "")


def test_check_says_how_many_dyads_rest_on_what(sim):
    code, out, err = sim("check", "scenarios/havana.yaml")
    assert (code, out) == (0, "fine: scenarios/havana.yaml\n")
    assert "of 156 dyads 9 rest on signals of their own" in err
    _, told, _ = sim("check", "--json", "scenarios/havana.yaml")
    [dyads] = json.loads(told)["dyads"]
    assert sum(dyads[name] for name in BASES) == dyads["dyads"] == 156


def test_check_of_seeds_names_file_line_and_column(sim, tmp_path):
    import shutil

    shutil.copytree(ROOT / "seeds", tmp_path / "seeds")
    signals = tmp_path / "seeds" / "signals.csv"
    signals.write_text(signals.read_text().replace(",G6,", ",G66,", 1))
    code, _, err = sim("check", tmp_path / "seeds")
    assert code == 2
    assert f"{signals}:2: type:" in err
    code, out, _ = sim("check", "--json", tmp_path / "seeds")
    assert code == 2
    [problem] = json.loads(out)["problems"]
    assert (problem["line"], problem["key"]) == (2, "type")


def test_run_prints_its_path_or_a_summary(sim, tmp_path):
    code, out, err = sim("run", "scenarios/tokyo.yaml", "--replicas", 3, "--out", tmp_path)
    assert code == 0
    assert "tokyo-listens" not in out
    assert "Expectations" in err
    code, summary, _ = sim("run", "scenarios/tokyo.yaml", "--replicas", 3, "--out", tmp_path, "--json")
    summary = json.loads(summary)
    assert summary["path"] == out.strip()
    assert summary["is_cached"]
    assert {e["id"] for e in summary["expectations"]} == {"tokyo-listens", "wedge-works", "camp-holds"}


def test_bad_set_writes_nothing(sim, tmp_path):
    code, _, _ = sim(
        "run", "scenarios/havana.yaml", "--set", "acts.recognition.date=1999-01-01", "--out", tmp_path
    )
    assert code == 2
    assert list(tmp_path.iterdir()) == []


def test_explain_gives_source_and_paragraph_of_each_signal(sim):
    code, out, _ = sim("explain", "PRK", "CUB", "--as-of", "2024-05-15", "--draws", 2, "--csv")
    assert code == 0
    rows = [line.split(",") for line in out.splitlines()[1:]]
    signals = [row for row in rows if row[3]]
    assert len(signals) >= 5
    assert all(row[5].split()[1].startswith("P") for row in signals)


def test_explain_shows_what_the_prior_rests_on_and_adds_up(sim):
    _, out, _ = sim("explain", "PRK", "KOR", "--as-of", "2024-05-15", "--draws", 2, "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert rows[0]["path"] == "background"
    assert "rivalry −" in rows[0]["note"].replace("-", "−")
    recorded = [row for row in rows if row["path"] == "record"]
    assert recorded
    assert all(row["date"] and row["source"] for row in recorded)
    assert [row for row in rows if row["path"] == "fact"]
    assert rows[-1]["path"] == "posterior"
    total = sum(float(row["change"]) for row in rows[:-1])
    assert total == pytest.approx(float(rows[-1]["change"]), abs=1e-5)


def test_affinity_of_states_that_no_signal_names_rests_on_the_background(sim):
    arguments = ("affinity", "--sender", "IND", "--target", "PAK", "--draws", 2, "--csv", "--background")
    [known] = csv.DictReader(io.StringIO(sim(*arguments, "public")[1]))
    [blank] = csv.DictReader(io.StringIO(sim(*arguments, "none")[1]))
    assert (known["rests_on"], blank["rests_on"]) == ("background", "nothing")
    assert float(known["mean"]) < -0.3 < float(blank["mean"])


def test_affinity_says_what_each_dyad_rests_on(sim):
    _, out, _ = sim("affinity", "--as-of", "2024-05-15", "--sender", "PRK", "--draws", 2, "--csv")
    rests = {row["target"]: row["rests_on"] for row in csv.DictReader(io.StringIO(out))}
    assert rests["KOR"] == "signals"
    assert {"signals", "facts", "background"} <= set(rests.values())


def test_calibrate_writes_belief_once(sim, tmp_path):
    arguments = ("calibrate", "--as-of", "2024-05-15", "--draws", 2, "--out", tmp_path)
    code, first, _ = sim(*arguments)
    assert code == 0
    assert sim(*arguments) == (0, first, "")
    import pandas as pd

    folder = first.strip()
    affinity, moves, paths = (
        pd.read_parquet(f"{folder}/{n}.parquet") for n in ("affinity", "moves", "paths")
    )
    assert len(affinity) == affinity.sender.nunique() * (affinity.sender.nunique() - 1)
    assert set(moves.path) == {"evidence", "response", "observer"}
    assert (paths.smoothed_q05 <= paths.smoothed_mean).all()


def test_schema_is_the_committed_one(sim):
    code, out, _ = sim("schema")
    assert code == 0
    assert json.loads(out) == json.loads((ROOT / "scenarios" / "scenario.schema.json").read_text())


HEAVY = ("mesa", "pandas", "numba", "matplotlib")


@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        (("--help",), HEAVY),
        (("check", "seeds", "scenarios"), HEAVY),
        (("run", "scenarios/tokyo.yaml", "--replicas", "2"), ("mesa", "matplotlib")),
    ],
    ids=["help", "check", "run"],
)
def test_nothing_heavy_is_imported(arguments, refused, tmp_path):
    code = (
        "import sys, atexit\n"
        f"atexit.register(lambda: print('IMPORTED', [m for m in {refused!r} if m in sys.modules]))\n"
        f"sys.argv = ['sim', *{arguments!r}]\n"
        f"sys.argv += ['--out', {str(tmp_path)!r}] if 'run' in sys.argv else []\n"
        "from sim.cli import main; main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("IMPORTED []")


def test_public_face_has_at_most_twelve_names_and_each_is_there():
    import sim

    assert len(sim.__all__) <= 12
    for name in sim.__all__:
        assert getattr(sim, name).__doc__
        assert name in sim.__doc__
