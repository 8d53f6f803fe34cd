"""`sim world`: every pair as CSV, a summary of many states, pictures, and what it refuses."""

import csv
import io

import pytest

COLUMNS = ["sender", "target", "mean", "sd", "q05", "q95", "evidence"]


def rows(out):
    return list(csv.DictReader(io.StringIO(out)))


def test_csv_holds_every_ordered_pair_of_the_world_and_nothing_else(sim, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = sim("world", "--as-of", "2024-06-01", "--csv")
    found = rows(out)
    assert (code, err) == (0, "")
    assert list(found[0]) == COLUMNS
    assert len(found) == 195 * 194
    assert "nothing" in {row["evidence"] for row in found}
    assert list(tmp_path.iterdir()) == []


def test_a_few_states_are_printed_pair_by_pair_and_drawn(sim, tmp_path):
    code, out, _ = sim("world", "--as-of", "2024-06-01", "--states", "PRK,KOR,USA", "--out", tmp_path)
    assert code == 0
    assert "evidence" in out
    pictures = [line for line in out.splitlines() if line.endswith((".png", ".svg"))]
    assert len(pictures) == len(list(tmp_path.iterdir())) == 6


def test_many_states_are_summed_up_by_state_and_bloc(sim, tmp_path):
    states = "PRK,KOR,USA,CHN,RUS,JPN,CUB,UKR,FRA,DEU"
    code, out, _ = sim("world", "--as-of", "2024-06-01", "--states", states, "--out", tmp_path)
    assert code == 0
    assert "warmest" in out
    assert "blocs at a mutual affinity above 0.1" in out


def test_without_a_background_nothing_is_known(sim):
    _, out, _ = sim("world", "--states", "IND,PAK", "--background", "none", "--csv")
    assert [(row["mean"], row["evidence"]) for row in rows(out)] == [("0.000000", "nothing")] * 2


def test_a_table_of_further_facts_counts(sim, tmp_path):
    file = tmp_path / "own.csv"
    header = "sender,target,direction,kind,start,end,date_precision,trap,reading,source,note"
    file.write_text(f"{header}\nVUT,XKX,one,hostile,2020-01-01,,day,,both,a source,\n")
    arguments = ("world", "--as-of", "2024-06-01", "--states", "VUT,XKX", "--csv", "--background")
    [own, back] = rows(sim(*arguments, file)[1])
    assert own["evidence"] == "record"
    assert float(own["mean"]) < -0.2
    assert back["evidence"] == "nothing"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--states", "USA"), "--states: name two or more states"),
        (("--states", "USA,USA"), "--states: name two or more states, each once"),
        (("--states", "USA,KORR"), "--states: 'KORR' is not a state; did you mean KOR?"),
        (("--background", "publik"), "--background: no such file: publik; else public, levels, none"),
        (("--as-of", "2024"), "--as-of: '2024' is not a date"),
    ],
)
def test_bad_input_is_one_message(sim, arguments, said):
    code, out, err = sim("world", *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1
