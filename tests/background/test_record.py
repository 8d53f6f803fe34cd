"""The public record that ships, and what its reader refuses."""

import datetime
import re
from collections import Counter
from pathlib import Path

import pytest

from sim.background.record import (
    CONTESTED_COLUMNS,
    RECORD_COLUMNS,
    RecordFact,
    load_contested,
    load_record,
    rows_in_force,
)
from sim.errors import InputError
from sim.history.countries import regions
from sim.signals.codebook import load_codebook
from sim.signals.table import load_evidence
from tests.conftest import ROOT
from tests.signals.seed_folder import as_csv

PAGE = (ROOT / "docs" / "public-record.md").read_text(encoding="utf-8")
GOOD = dict.fromkeys(RECORD_COLUMNS, "") | {
    "sender": "KEN", "target": "SOM", "direction": "both", "kind": "broken_relations", "start": "2020-12-15",
    "end": "2021-05-06", "date_precision": "day", "reading": "both", "source": "statements of the government",
}  # fmt: skip
CONTEST = {
    "state": "KOR", "rival": "PRK", "start": "1948-09-09", "end": "", "exclusive": "no",
    "source": "resolution 195 (III)", "note": "",
}  # fmt: skip


@pytest.fixture(scope="module")
def record() -> tuple[RecordFact, ...]:
    return load_record()


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def kinds(
    record: tuple[RecordFact, ...], sender: str, target: str, as_of: str, reading: str = "main"
) -> set[str]:
    return {
        fact.kind.id
        for fact in rows_in_force(record, day(as_of), reading)
        if (fact.sender, fact.target) == (sender, target)
    }


def write(folder: Path, *rows: dict[str, str]) -> Path:
    file = folder / "own.csv"
    file.write_bytes(as_csv(RECORD_COLUMNS, list(rows)))
    return file


def complaints(load, file: Path) -> list[tuple[int | None, str | None, str]]:
    with pytest.raises(InputError) as caught:
        load(file)
    assert {problem.file for problem in caught.value.problems} == {file}
    return [(problem.line, problem.key, problem.reason) for problem in caught.value.problems]


def test_the_shipped_record_is_large_and_of_the_whole_world(record) -> None:
    assert len({fact.line for fact in record}) >= 120
    assert len(set(regions(sorted({fact.sender for fact in record})))) >= 20
    flagship = {fact.line for fact in record if "PRK" in (fact.sender, fact.target)}
    assert len(flagship) < 0.1 * len({fact.line for fact in record})


@pytest.mark.parametrize(
    ("sender", "target", "before", "then", "kind"),
    [
        ("UKR", "RUS", "2022-02-23", "2022-02-24", "broken_relations"),
        ("FIN", "USA", "2023-04-03", "2023-04-04", "alliance"),
        ("SWE", "FIN", "2024-03-06", "2024-03-07", "alliance"),
        ("SAU", "QAT", "2017-06-04", "2017-06-05", "broken_relations"),
        ("SAU", "IRN", "2023-03-09", "2023-03-10", "relations"),
        ("KOR", "CUB", "2024-02-13", "2024-02-14", "relations"),
        ("PRK", "KOR", "2023-12-29", "2023-12-30", "hostile"),
        ("DZA", "MAR", "2021-08-23", "2021-08-24", "broken_relations"),
        ("HUN", "RUS", "2014-07-30", "2014-07-31", "sanctions"),
        ("PRK", "RUS", "2022-03-01", "2022-03-02", "voted_with"),
    ],
)
def test_a_fact_is_in_force_from_its_day(record, sender, target, before, then, kind) -> None:
    assert kind not in kinds(record, sender, target, before)
    assert kind in kinds(record, sender, target, then)


@pytest.mark.parametrize(
    ("sender", "target", "last", "over", "kind"),
    [
        ("QAT", "EGY", "2021-01-04", "2021-01-05", "broken_relations"),
        ("COL", "VEN", "2022-08-28", "2022-08-29", "broken_relations"),
        ("NRU", "TWN", "2024-01-14", "2024-01-15", "relations"),
        ("ARM", "AZE", "2025-08-07", "2025-08-08", "hostile"),
    ],
)
def test_a_fact_ends_the_day_it_is_undone(record, sender, target, last, over, kind) -> None:
    assert kind in kinds(record, sender, target, last)
    assert kind not in kinds(record, sender, target, over)


def test_a_group_stands_for_its_members_of_the_day(record) -> None:
    allies = {fact.target for fact in record if fact.sender == "FIN" and fact.kind.id == "alliance"}
    assert len(allies) == 31
    assert "SWE" in allies  # by its own row of 2024
    senders = Counter(
        target
        for target in ("RUS", "BLR")
        for fact in record
        if fact.target == target and fact.sender == "GBR" and fact.kind.id == "sanctions"
    )
    assert senders == {"RUS": 1}  # the Union's measures on Minsk came after the United Kingdom had left


def test_five_stood_with_moscow_on_its_war_and_abstainers_are_not_listed(record) -> None:
    voters = {fact.sender for fact in record if fact.kind.id == "voted_with" and fact.period.start.month == 3}
    assert voters | {"RUS"} == {"RUS", "BLR", "PRK", "SYR", "ERI"}


def test_a_disputed_fact_has_one_reading_at_a_time(record) -> None:
    traps = {fact.trap for fact in record if fact.trap}
    for trap in traps:
        assert any(fact.reading == "main" for fact in record if fact.trap == trap)
        assert f"| {trap} |" in PAGE
    assert kinds(record, "BLR", "UKR", "2023-01-01") == {"backs_enemy"}
    assert kinds(record, "BLR", "UKR", "2023-01-01", "rival") == {"relations"}
    chosen = rows_in_force(record, day("2025-12-31"), {"R-m23": "rival"})
    assert {f.reading for f in chosen if f.trap == "R-m23"} == {"rival"}
    assert {f.reading for f in chosen if f.trap == "R-rsf"} == {"main"}


def test_every_citation_names_a_year_or_a_document(record) -> None:
    for fact in record:
        assert re.search(
            r"\b(1[89]|20)\d\d\b|list of diplomatic allies|country page|Passports", fact.source
        ), fact
        assert "http" not in fact.source + fact.note


def test_relations_are_not_both_broken_and_entertained(record) -> None:
    """The formal tie that the facts state differs on no day for one pair, save where an embassy tops relations."""
    days = sorted({fact.period.start for fact in record})
    for reading in ("main", "rival"):
        for as_of in days:
            ties: dict[tuple[str, str], set[int]] = {}
            for fact in rows_in_force(record, as_of, reading):
                if fact.kind.tie is not None:
                    ties.setdefault((fact.sender, fact.target), set()).add(fact.kind.tie)
            assert all(min(t) >= 2 or max(t) < 2 for t in ties.values()), (as_of, ties)


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"kind": "broken"}, "kind", "'broken' is not a kind of kinds.csv"),
        (
            {"sender": "KNY"},
            "sender",
            "'KNY' is not a state's ISO 3166 code of three letters, nor a group (eu, nato)",
        ),
        ({"sender": "DEU eu"}, "sender", "DEU is in this cell twice"),
        ({"target": "KEN"}, "target", "KEN cannot be both sender and target"),
        ({"end": "2020-12-15"}, "end", "2020-12-15 is not after the start, 2020-12-15"),
        ({"start": "15 December 2020"}, "start", "is not a date"),
        ({"source": " "}, "source", "must not be empty"),
        ({"direction": "back"}, "direction", "'back' is not a direction"),
        ({"reading": "main"}, "trap", "must name its trap"),
        ({"trap": "R-x"}, "trap", "must name its trap, and no other may"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path, change, key, reason) -> None:
    [(line, found, text)] = complaints(load_record, write(tmp_path, GOOD | change))
    assert (line, found) == (2, key)
    assert reason in text


def test_a_fact_that_is_there_twice_is_refused(tmp_path) -> None:
    back = GOOD | {"sender": "SOM", "target": "KEN", "direction": "one", "start": "2021-01-01", "end": ""}
    for second in (GOOD, back):
        [(line, key, text)] = complaints(load_record, write(tmp_path, GOOD, second))
        assert (line, key) == (3, "kind")
        assert "broken_relations, is in line 2 too, from 2020-12-15 to 2021-05-06" in text
    later = back | {"start": "2021-05-06"}
    assert len(load_record(write(tmp_path, GOOD, later))) == 3
    readings = [GOOD | {"trap": "R-x", "reading": reading} for reading in ("main", "rival")]
    assert len(load_record(write(tmp_path, *readings))) == 4


def test_a_table_of_ones_own_may_use_the_groups(tmp_path) -> None:
    own = GOOD | {"sender": "nato", "target": "nato", "direction": "one", "kind": "alliance", "end": ""}
    facts = load_record(write(tmp_path, own | {"start": "1950-01-01"}))
    assert len(facts) == 12 * 11
    assert rows_in_force(facts, day("1949-12-31")) == ()


def test_a_table_without_end_is_refused_before_it_fills_the_memory(tmp_path) -> None:
    many = GOOD | {"sender": "eu", "target": "nato", "direction": "one", "end": ""}
    [(_, key, text), *_] = complaints(load_record, write(tmp_path, *[many] * 200))
    assert key == "sender"
    assert "more than 100000 facts" in text


def test_the_contested_pairs_are_those_of_the_law(tmp_path) -> None:
    contests = load_contested()
    pairs = {(contest.state, contest.rival): contest for contest in contests}
    assert {("KOR", "PRK"), ("CHN", "TWN"), ("DEU", "DDR"), ("VNM", "RVN")} <= set(pairs)
    assert pairs["DEU", "DDR"].period.covers(day("1972-12-20"))
    assert not pairs["DEU", "DDR"].period.covers(day("1972-12-21"))
    assert pairs["KOR", "PRK"].period.covers(day("2024-02-14"))
    assert {pair for pair, contest in pairs.items() if contest.is_exclusive} == {
        ("CHN", "TWN"),
        ("VNM", "RVN"),
    }
    file = tmp_path / "contested.csv"
    file.write_bytes(as_csv(CONTESTED_COLUMNS, [CONTEST, CONTEST | {"state": "PRK", "rival": "KOR"}]))
    assert complaints(load_contested, file) == [
        (3, "rival", "PRK and KOR are in line 2 already, from 1948-09-09")
    ]
    file.write_bytes(as_csv(CONTESTED_COLUMNS, [CONTEST | {"state": "KOR PRK"}, CONTEST | {"rival": "KOR"}]))
    assert [(line, key) for line, key, _ in complaints(load_contested, file)] == [(2, "state"), (3, "rival")]


def test_the_kinds_of_the_record_alone_move_no_seed(record) -> None:
    """Kinds that the five sources do not use come last, so that nothing computed from them moves."""
    used = {fact.kind for fact in load_evidence(ROOT / "seeds").standing}
    ids = load_codebook(ROOT / "seeds").kind_ids
    new = {row[0] for row in table("The kinds that came with it")}
    assert new == set(ids[-len(new) :])
    assert new <= {fact.kind.id for fact in record}
    assert not new & used


def test_the_session_of_the_page_runs() -> None:
    [session] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    exec(session, names)  # the page is ours
    assert names["facts"]
    assert len(names["pairs"]) == 5


def table(heading: str) -> list[list[str]]:
    """Cells of the rows of the page's table below a heading."""
    [section] = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_page_names_the_columns_and_the_kinds_with_their_numbers(record) -> None:
    assert [row[0] for row in table("Columns")] == list(RECORD_COLUMNS)
    shipped = {kind.id: kind for kind in load_codebook(ROOT / "seeds").kinds}
    for name, level, sd, tie, _ in table("The kinds that came with it"):
        assert (float(level), float(sd)) == (shipped[name].level, shipped[name].sd)
        assert tie == ("–" if shipped[name].tie is None else str(shipped[name].tie))


def test_the_page_counts_the_record_by_region(record) -> None:
    codes = sorted({code for fact in record for code in (fact.sender, fact.target)})
    region_of = dict(zip(codes, regions(codes), strict=True))
    rows: dict[str, set[int]] = {}
    current: dict[str, set[int]] = {}
    sent: Counter[str] = Counter()
    in_force = set(rows_in_force(record, day("2025-12-31")))
    for fact in record:
        sent[region_of[fact.sender]] += 1
        for place in {region_of[fact.sender], region_of[fact.target]}:
            rows.setdefault(place, set()).add(fact.line)
            if fact in in_force:
                current.setdefault(place, set()).add(fact.line)
    expected = [
        [name, str(len(rows[name])), str(len(current.get(name, ()))), str(sent[name])]
        for name in sorted(rows)
    ]
    lines = len({fact.line for fact in record})
    total = ["the world", str(lines), str(len({fact.line for fact in in_force})), str(len(record))]
    assert table("How many, and where") == [*expected, total]
