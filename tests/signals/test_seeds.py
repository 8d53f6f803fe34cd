"""Facts about the coding that ships with the project: true whatever the model makes of it."""

import datetime
import hashlib
import re
from pathlib import Path

import pytest

from sim.signals.table import COLUMNS, Evidence, Signal, load_evidence
from tests.signals.seed_folder import ROOT, SEEDS, TEXTS

needs_texts = pytest.mark.skipif(not TEXTS.is_dir(), reason="the source texts (../shared/seeds) are not here")
README = (SEEDS / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return load_evidence(SEEDS)


@pytest.fixture(scope="module")
def main(evidence: Evidence) -> Evidence:
    return evidence.reading("main")


def test_there_are_enough_signals_and_facts_from_every_source(main: Evidence) -> None:
    assert len(main.signals) >= 40
    assert sum(main.counted()) >= 40
    assert {s.seed for s in main.signals} == {f.seed for f in main.standing} == {s.seed for s in main.sources}


def test_no_facet_is_counted_twice(evidence: Evidence) -> None:
    for choice in ("main", "rival"):
        chosen = evidence.reading(choice)
        seen = [
            (s.cluster, s.sender, s.target, chosen.type_of(s).is_warm)
            for s, is_counted in zip(chosen.signals, chosen.counted(), strict=True)
            if is_counted and s.cluster is not None
        ]
        assert len(seen) == len(set(seen))


def test_an_analyst_never_outweighs_the_act(main: Evidence) -> None:
    """Where an act and its interpretation share a cluster, the interpretation is not what counts."""
    for signal, is_counted in zip(main.signals, main.counted(), strict=True):
        if is_counted and signal.certainty == "analyst_interpretation":
            ends = (signal.cluster, signal.sender, signal.target)
            facets = [s for s in main.signals if (s.cluster, s.sender, s.target) == ends]
            assert all(s.certainty == "analyst_interpretation" for s in facets)


def test_the_contested_invitation_is_three_acts_told_twice_and_counted_once(main: Evidence) -> None:
    counted = [
        (s.sender, s.type, s.date.isoformat(), s.certainty)
        for s, is_counted in zip(main.signals, main.counted(), strict=True)
        if s.cluster == "C2025-01-claim" and is_counted
    ]
    assert counted == [
        ("BLR", "G4", "2025-01-17", "reported"),
        ("PRK", "D6", "2025-01-20", "reported"),
        ("PRK", "G4", "2025-01-20", "reported"),
    ]
    before = main.until(datetime.date(2025, 1, 19))
    assert any(s.id == "S001-01" and c for s, c in zip(before.signals, before.counted(), strict=True))


@pytest.mark.parametrize(
    ("date", "sender", "target", "act_type"),
    [
        ("2024-02-15", "CUB", "KOR", "R1"),
        ("2024-04-19", "PRK", "CUB", "D3"),
        ("2024-05-01", "PRK", "CUB", "D1"),
        ("2024-06-15", "PRK", "RUS", "G7"),
        ("2024-10-07", "PRK", "RUS", "G3"),
        ("2025-01-20", "PRK", "BLR", "D6"),
        ("2025-02-03", "PRK", "BLR", "G1"),
        ("2025-09-03", "PRK", "CHN", "G6"),
        ("2025-09-11", "PRK", "BLR", "D2"),
    ],
)
def test_what_the_texts_are_about_is_counted_in_the_main_reading(
    main: Evidence, date: str, sender: str, target: str, act_type: str
) -> None:
    counted = {
        (s.date.isoformat(), s.sender, s.target, s.type)
        for s, is_counted in zip(main.signals, main.counted(), strict=True)
        if is_counted
    }
    assert (date, sender, target, act_type) in counted


def test_page_and_rank_of_the_two_greetings_of_february_2025(main: Evidence) -> None:
    greetings = {s.target: s for s in main.signals if s.date.isoformat() == "2025-02-03"}
    assert (greetings["BLR"].prominence, greetings["BLR"].first_of_kind) == ("inner", True)
    assert greetings["VNM"].prominence == "front"


def test_the_closed_border_of_2020_touches_nobody_in_the_main_reading(evidence: Evidence) -> None:
    main, rival = evidence.reading("main"), evidence.reading({"T002-border": "rival"})
    year = 2020
    assert any(shock.date.year == year for shock in main.shocks)
    assert not [s for s in main.signals if s.date.year == year]
    assert [(s.sender, s.target) for s in rival.signals if s.date.year == year] == [("PRK", "CHN")]


def test_switching_the_list_of_may_2024_turns_its_direction(evidence: Evidence) -> None:
    def ends(choice: str) -> set[tuple[str, str]]:
        rows = evidence.reading({"T003-list": choice}).signals
        return {(s.sender, s.target) for s in rows if s.trap == "T003-list"}

    assert ends("rival") == {(target, sender) for sender, target in ends("main")}


def rows_in_readme() -> dict[str, set[str]]:
    """Trap id to the ids that the table of doubtful passages names, ranges written out."""
    named = {}
    for trap, rows in re.findall(r"^\| (T\d{3}-\w+) \|.*\| ([^|]*) \|$", README, flags=re.MULTILINE):
        ids = set()
        for first, number, last in re.findall(r"([SFK]\d{3}-)(\d\d)(?: to (\d\d))?", rows):
            ids |= {f"{first}{i:02d}" for i in range(int(number), int(last or number) + 1)}
        named[trap] = ids
    return named


def test_the_readme_and_the_tables_agree_on_every_doubtful_passage(evidence: Evidence) -> None:
    coded: dict[str, set[str]] = {}
    for row in (*evidence.signals, *evidence.standing, *evidence.shocks):
        if row.trap is not None:
            coded.setdefault(row.trap, set()).add(row.id)
    assert rows_in_readme() == coded
    for trap in evidence.traps:
        assert evidence.reading({trap: "rival"}) != evidence.reading({trap: "main"})


def test_the_readme_names_every_column_type_and_actor(evidence: Evidence) -> None:
    for name, columns in COLUMNS.items():
        (line,) = [line for line in README.splitlines() if line.startswith(f"| `{name}`")]
        assert tuple(re.findall(r"`(\w+)`", line.split("|")[3])) == columns
    for act_type in evidence.codebook.type_ids:
        assert re.search(rf"\b{act_type}\b", README)
    own = {code: name for code, name in evidence.names.items() if code in {"CRY", "DNR", "KFA", "LNR"}}
    assert len(own) == 4
    for code, name in own.items():
        assert f"{code} {name}" in README


def test_ids_begin_with_their_source(evidence: Evidence) -> None:
    for rows, letter in ((evidence.signals, "S"), (evidence.standing, "F"), (evidence.shocks, "K")):
        assert all(re.fullmatch(rf"{letter}{row.seed}-\d\d", row.id) for row in rows)


def test_every_inferred_date_says_how(evidence: Evidence) -> None:
    silent = [s.id for s in evidence.signals if s.date_precision != "day" and not s.note]
    assert silent == []
    for signal in evidence.signals:
        day = {"month": (15,), "year": (1,)}.get(signal.date_precision)
        assert day is None or signal.date.day in day, signal.id


def test_no_dyad_is_said_to_have_and_to_lack_relations(main: Evidence) -> None:
    ties: dict[tuple[str, str], set[bool]] = {}
    for fact in main.standing:
        tie = main.codebook.kinds[main.codebook.kind_index(fact.kind)].tie
        if tie is not None:
            ties.setdefault((fact.sender, fact.target), set()).add(tie > 0)
    assert [dyad for dyad, said in ties.items() if len(said) > 1] == []


def test_every_act_type_that_needs_a_third_has_one(evidence: Evidence) -> None:
    contested = [s for s in evidence.signals if s.type == "R6"]
    assert contested
    assert all(s.third == "UKR" for s in contested)


def text_of(source_file: str) -> str:
    return (TEXTS / source_file).read_text(encoding="utf-8")


@needs_texts
def test_the_texts_are_the_ones_that_were_coded(evidence: Evidence) -> None:
    for source in evidence.sources:
        assert hashlib.sha256((TEXTS / source.file_name).read_bytes()).hexdigest() == source.sha256
    assert {source.file_name for source in evidence.sources} == {file.name for file in TEXTS.glob("*.txt")}


# words that the cited paragraph must hold, where a row names a person or place
SPOKEN_OF = {
    "S000-05": "invited", "S000-12": "omit", "S001-03": "statement", "S001-06": "two years",
    "S001-07": "two sentences", "S001-09": "Vietnam", "S001-10": "Shestakov", "S001-12": "Ryzhenkov",
    "S002-07": "Hanoi", "S002-10": "Donetsk", "S002-13": "arms", "S002-15": "Incheon", "S003-01": "Cuba",
    "S003-03": "Ma Chol Su", "S003-04": "video", "S003-11": "social media", "S003-13": "Raul",
    "S003-15": "without the country name", "S003-21": "Cuba did not", "S003-28": "Japan",
    "S003-31": "embassy", "S003-36": "Vietnam", "S004-01": "army", "S004-02": "Moscow", "S004-03": "birthday",
    "S004-05": "friend", "S004-15": "June", "F000-01": "Belarus", "F001-07": "Belarus", "K002-01": "borders",
}  # fmt: skip
NAMES = {
    "AGO": "Angola", "CHN": "Chin", "CRY": "Chongyron", "DZA": "Algeria", "EGY": "Egypt", "JPN": "Japan",
    "KFA": "Korean Friendship", "KHM": "Sihanouk", "KWT": "Kuwait", "LAO": "Laos", "MNG": "Mongolia",
    "MYS": "Malaysia", "NAM": "Namibia", "NIC": "Nicaragua", "PAK": "Pakistan", "SGP": "Singapore",
    "SYR": "Syria", "VEN": "Venezuela", "VNM": "Vietnam",
}  # fmt: skip


@needs_texts
def test_every_locator_points_to_a_paragraph_that_speaks_of_the_matter(evidence: Evidence) -> None:
    paragraphs = {
        source.seed: [line for line in text_of(source.file_name).split("\n") if line.strip()]
        for source in evidence.sources
    }
    rows = (*evidence.signals, *evidence.standing, *evidence.shocks)
    for row in rows:
        assert int(row.paragraph[1:]) <= len(paragraphs[row.seed]), row.id
    by_id = {row.id: row for row in rows}
    for row_id, words in SPOKEN_OF.items():
        row = by_id[row_id]
        assert words in paragraphs[row.seed][int(row.paragraph[1:]) - 1], row_id
    for fact in evidence.standing:
        paragraph = paragraphs[fact.seed][int(fact.paragraph[1:]) - 1]
        for code in (fact.sender, fact.target):
            assert NAMES.get(code, "") in paragraph, fact.id


def runs(text: str, length: int = 9) -> set[tuple[str, ...]]:
    words = re.findall(r"[^\W_]+", text.lower())
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}


@needs_texts
@pytest.mark.parametrize("file", sorted(SEEDS.iterdir()), ids=lambda file: file.name)
def test_nothing_is_copied_from_the_texts(evidence: Evidence, file: Path) -> None:
    copied = runs(file.read_text(encoding="utf-8"))
    for source in evidence.sources:
        assert not copied & runs(text_of(source.file_name))


def test_nothing_here_names_a_machine() -> None:
    for file in SEEDS.iterdir():
        assert str(ROOT) not in file.read_text(encoding="utf-8")


def test_the_belief_has_what_it_needs_on_the_right_side_of_its_dates(main: Evidence) -> None:
    def between(sender: str, target: str, after: str, until: str) -> list[Signal]:
        return [
            s
            for s, c in zip(main.signals, main.counted(), strict=True)
            if c and (s.sender, s.target) == (sender, target) and after < s.date.isoformat() <= until
        ]

    def signs(sender: str, target: str, after: str, until: str) -> set[bool]:
        return {main.type_of(s).is_warm for s in between(sender, target, after, until)}

    assert False in signs("PRK", "CUB", "2024-01-31", "2024-05-15")
    assert signs("CUB", "PRK", "2024-01-31", "2024-05-15") == {True}
    assert False in signs("PRK", "BLR", "2025-01-16", "2025-01-21")
    assert signs("PRK", "BLR", "2025-01-21", "2025-02-05") == {True}
    assert signs("PRK", "BLR", "2025-02-05", "2025-09-04") == {True}
    assert False in signs("PRK", "BLR", "2025-09-04", "2025-09-12")
    assert signs("PRK", "NIC", "2023-01-01", "2024-12-31") == {True}
