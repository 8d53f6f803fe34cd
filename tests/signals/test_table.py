import datetime
import pickle
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.errors import InputError, Problem
from sim.signals.codebook import AUDIENCE, CERTAINTY, LEVEL, PROMINENCE, load_codebook
from sim.signals.table import COLUMNS, load_evidence
from tests.signals.seed_folder import SEEDS, as_csv, copy_of_seeds

SIGNAL_COLUMNS = COLUMNS["signals.csv"]
TYPES = load_codebook(SEEDS).type_ids
CODES = ("PRK", "CUB", "KOR", "DNR", "RUS")
GOOD = dict.fromkeys(SIGNAL_COLUMNS, "") | {
    "id": "S003-01",
    "seed": "003",
    "paragraph": "P4",
    "date": "2024-02-15",
    "date_precision": "month",
    "sender": "CUB",
    "target": "KOR",
    "third": "PRK",
    "type": "R1",
    "certainty": "reported",
    "reading": "both",
}


def write(folder: Path, *rows: dict[str, str]) -> Path:
    return copy_of_seeds(folder, signals=as_csv(SIGNAL_COLUMNS, list(rows)))


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("type", "G9", "'G9' is not an act type of codebook.csv; valid: D1, "),
        ("level", "heads", "'heads' is not a level; did you mean head?"),
        ("prominence", "back", "'back' is not a prominence"),
        ("audience", "everyone", "'everyone' is not an audience"),
        ("certainty", "", "must not be empty"),
        ("certainty", "sure", "'sure' is not a certainty"),
        ("date", "2024-02-30", "'2024-02-30' is not a date; write it as 2024-04-15"),
        ("date", "20240215", "'20240215' is not a date"),
        ("date", "2205-02-15", "2205-02-15 cannot have been seen: not between 1800-01-01 and today, "),
        ("date", "0024-02-15", "0024-02-15 cannot have been seen"),
        ("date", "", "must not be empty"),
        ("date_precision", "week", "'week' is not a precision"),
        ("sender", "PKR", "'PKR' is not a state's ISO 3166 code"),
        ("target", "CUB", "CUB cannot be both sender and target"),
        ("third", "KOR", "KOR is already the target"),
        ("third", "CUB", "CUB is already the sender"),
        ("third", "Mars", "'Mars' is not a state's"),
        ("paragraph", "4", "'4' does not have the form P10"),
        ("paragraph", "P0", "'P0' does not have the form P10"),
        ("seed", "03", "'03' is not a seed of sources.csv; did you mean 003?"),
        ("id", "", "must not be empty"),
        ("id", "F000-01", "'F000-01' appears twice"),
        ("first_of_kind", "perhaps", "'perhaps' is not yes or no"),
        ("reading", "rivals", "'rivals' is not a reading; did you mean rival?"),
        ("reading", "rival", "a row of the rival reading must name its trap"),
    ],
)
def test_each_wrong_cell_is_named_with_file_line_and_column(
    tmp_path: Path, column: str, value: str, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        load_evidence(write(tmp_path, GOOD | {"id": "S003-00"}, GOOD | {column: value}))
    (problem,) = caught.value.problems
    is_in_standing = value == "F000-01"  # ids are unique over the tables: the second use is the wrong one
    expected = ("standing.csv", 2, "id") if is_in_standing else ("signals.csv", 3, _blamed(column, value))
    assert (problem.file, problem.line, problem.key) == (tmp_path / expected[0], *expected[1:])
    assert problem.reason.startswith(said)


def _blamed(column: str, value: str) -> str:
    return "trap" if (column, value) == ("reading", "rival") else column


def test_all_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    folder = write(tmp_path, GOOD | {"type": "X", "date": "?"}, GOOD)
    (folder / "shocks.csv").write_bytes(b"id,seed\n")
    (folder / "actors.csv").write_bytes(b"code,name,note\nPRK,Twice,\nd,Bad,\n")
    (folder / "kinds.csv").unlink()
    with pytest.raises(InputError) as caught:
        load_evidence(folder)
    keys = {(problem.file.name, problem.line, problem.key) for problem in caught.value.problems}
    assert {("signals.csv", 2, "type"), ("signals.csv", 2, "date"), ("signals.csv", 3, "id")} <= keys
    assert {("kinds.csv", None, None), ("actors.csv", 2, "code"), ("actors.csv", 3, "code")} <= keys
    assert {("shocks.csv", 1, "date"), ("shocks.csv", 1, "reading")} <= keys


def test_a_table_that_cannot_be_read_is_one_problem(tmp_path: Path) -> None:
    folder = copy_of_seeds(tmp_path)
    (folder / "actors.csv").unlink()
    (folder / "actors.csv").symlink_to("/etc/passwd")
    with pytest.raises(InputError) as caught:
        load_evidence(folder)
    assert [problem.reason for problem in caught.value.problems] == ["is a link that leaves its folder"]


@pytest.mark.parametrize("where", ["nowhere", "signals.csv"])
def test_a_folder_that_is_none_is_an_input_error(where: str) -> None:
    with pytest.raises(InputError, match="cannot read the file") as caught:
        load_evidence(SEEDS / where)
    assert len(caught.value.problems) == len(COLUMNS)


def test_a_wrong_source_and_a_wrong_fact_are_named(tmp_path: Path) -> None:
    source = {"seed": "1", "file_name": "t", "sha256": "abc", "publisher": "p", "date": "2024-01-01"}
    source |= {"date_precision": "day", "reliability": "r"}
    fact = {"id": "F1", "seed": "1", "paragraph": "P1", "sender": "PRK", "target": "PRK", "kind": "frend"}
    fact |= {"trap": "", "reading": "both", "note": ""}
    tables = {"sources": source, "standing": fact}
    files = {name: as_csv(COLUMNS[f"{name}.csv"], [row]) for name, row in tables.items()}
    folder = copy_of_seeds(
        tmp_path, **files, signals=as_csv(SIGNAL_COLUMNS, []), shocks=as_csv(COLUMNS["shocks.csv"], [])
    )
    with pytest.raises(InputError) as caught:
        load_evidence(folder)
    assert [problem.key for problem in caught.value.problems] == ["sha256", "target", "kind"]
    assert "did you mean friendly?" in str(caught.value)


def test_tables_of_headers_alone_are_valid_evidence(tmp_path: Path) -> None:
    empty = {name.removesuffix(".csv"): as_csv(columns, []) for name, columns in COLUMNS.items()}
    evidence = load_evidence(copy_of_seeds(tmp_path, **empty))
    assert evidence.states == ()
    assert evidence.counted() == ()


def _cell(alphabet: str = "abc é=,;\"'\n-@") -> st.SearchStrategy[str]:
    return st.text(alphabet, max_size=12).map(str.strip)


@st.composite
def signal_rows(draw: st.DrawFn) -> dict[str, str]:
    sender, target, third = draw(st.permutations(CODES))[:3]
    reading = draw(st.sampled_from(["both", "main", "rival"]))
    row = {
        "id": "",
        "seed": draw(st.sampled_from(["000", "003"])),
        "paragraph": f"P{draw(st.integers(1, 999))}",
        "date": draw(st.dates(datetime.date(1800, 1, 1), datetime.date.today())).isoformat(),
        "date_precision": draw(st.sampled_from(["day", "month", "year", "approx"])),
        "sender": sender,
        "sender_role": draw(_cell()),
        "target": target,
        "third": draw(st.sampled_from(["", third])),
        "type": draw(st.sampled_from(TYPES)),
        "certainty": draw(st.sampled_from([*CERTAINTY])),
        "first_of_kind": draw(st.sampled_from(["yes", "no"])),
        "cluster": draw(st.sampled_from(["", "C1", "C2"])),
        "trap": draw(st.sampled_from(["T1", "T2"] if reading != "both" else ["", "T1"])),
        "reading": reading,
        "note": draw(_cell()),
    }
    for column, table in (("prominence", PROMINENCE), ("level", LEVEL), ("audience", AUDIENCE)):
        row[column] = draw(st.sampled_from(["", *table]))
    return row


def tables(rows: list[dict[str, str]]) -> bytes:
    return as_csv(SIGNAL_COLUMNS, [row | {"id": f"X{i}"} for i, row in enumerate(rows)])


SLOW_FILES = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@given(rows=st.lists(signal_rows(), max_size=6))
@SLOW_FILES
def test_what_is_written_is_what_is_loaded(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]]
) -> None:
    evidence = load_evidence(copy_of_seeds(tmp_path_factory.mktemp("seeds"), signals=tables(rows)))
    loaded = {}
    for signal in evidence.signals:
        cells = {column: getattr(signal, column) for column in SIGNAL_COLUMNS}
        cells |= {"date": signal.date.isoformat(), "first_of_kind": "yes" if signal.first_of_kind else "no"}
        loaded[signal.id] = {column: value or "" for column, value in cells.items()}
    assert loaded == {f"X{i}": row | {"id": f"X{i}"} for i, row in enumerate(rows)}
    assert [s.date for s in evidence.signals] == sorted(s.date for s in evidence.signals)


@given(rows=st.lists(signal_rows(), max_size=6))
@SLOW_FILES
def test_one_facet_of_an_act_is_counted_and_readings_part_the_rows(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]]
) -> None:
    evidence = load_evidence(copy_of_seeds(tmp_path_factory.mktemp("seeds"), signals=tables(rows)))
    readings = [evidence.reading(choice).signals for choice in ("main", "rival")]
    assert set(readings[0]) | set(readings[1]) == set(evidence.signals)
    assert all(signal.reading == "both" for signal in set(readings[0]) & set(readings[1]))
    facets: dict[tuple[object, ...], list[tuple[float, bool]]] = {}
    for signal, is_counted in zip(evidence.signals, evidence.counted(), strict=True):
        key = (signal.cluster, signal.sender, signal.target, evidence.type_of(signal).is_warm)
        if signal.cluster is None:
            assert is_counted
        else:
            facets.setdefault(key, []).append((evidence.weight(signal), is_counted))
    for weights in facets.values():
        assert [weight for weight, is_counted in weights if is_counted] == [max(weights)[0]]


LIKELY = st.sampled_from(
    ["2024-01-01", "PRK", "G1", "P1", "003", "both", '"', "\n", ",", "T1", "yes", "=1+1"]
)


@given(
    name=st.sampled_from(sorted(COLUMNS)),
    is_headed=st.booleans(),
    body=st.one_of(
        st.binary(max_size=400),
        st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.lists(st.lists(LIKELY, max_size=20).map(",".join), max_size=8).map(
            lambda x: "\n".join(x).encode()
        ),
    ),
)
@settings(deadline=None, max_examples=200)
def test_garbage_is_loaded_or_refused_but_never_breaks(
    tmp_path_factory: pytest.TempPathFactory, name: str, is_headed: bool, body: bytes
) -> None:
    header = ",".join(COLUMNS[name]).encode() + b"\n" if is_headed else b""
    folder = copy_of_seeds(tmp_path_factory.mktemp("seeds"), **{name.removesuffix(".csv"): header + body})
    problems: tuple[Problem, ...] = ()
    try:
        load_evidence(folder)
    except InputError as error:
        problems = error.problems or (Problem("an error without a problem\n"),)
    assert all("\n" not in str(problem) for problem in problems)


def dated(date: str, sender: str, target: str, act_type: str, **more: str) -> dict[str, str]:
    row = GOOD | {"date": date, "sender": sender, "target": target, "third": "", "type": act_type} | more
    return row | {"id": f"{date}{sender}{target}{act_type}"}


def test_a_reply_answers_the_like_within_two_weeks(tmp_path: Path) -> None:
    evidence = load_evidence(
        write(
            tmp_path,
            dated("2024-01-01", "PRK", "CUB", "G4"),
            dated("2024-01-01", "CUB", "PRK", "G5"),  # the same day: no reply
            dated("2024-01-15", "CUB", "PRK", "G1"),  # fourteen days later
            dated("2024-01-15", "CUB", "PRK", "D6"),  # a rebuttal does not return a courtesy
            dated("2024-01-15", "CUB", "KOR", "G1"),  # to someone else
            dated("2024-01-16", "CUB", "PRK", "G2"),  # too late
        )
    )
    assert [s.id for s in evidence.signals if evidence.is_reply(s)] == ["2024-01-15CUBPRKG1"]


def test_a_facet_that_is_not_counted_calls_for_no_reply(tmp_path: Path) -> None:
    rows = [
        dated("2024-01-10", "PRK", "CUB", "G3", cluster="C"),
        dated("2024-01-01", "PRK", "CUB", "G1", cluster="C"),
        dated("2024-01-05", "CUB", "PRK", "G1"),
    ]
    evidence = load_evidence(write(tmp_path, *rows))
    assert evidence.counted() == (False, True, True)
    assert not evidence.is_reply(evidence.signals[1])


def test_until_keeps_the_day_itself_and_only_knows_what_was_known(tmp_path: Path) -> None:
    rows = [
        dated("2024-01-10", "PRK", "CUB", "G3", cluster="C"),
        dated("2024-01-01", "PRK", "CUB", "G1", cluster="C"),
    ]
    evidence = load_evidence(write(tmp_path, *rows))
    earlier = evidence.until(datetime.date(2024, 1, 1))
    assert (evidence.counted(), earlier.counted()) == ((False, True), (True,))
    assert earlier.standing == evidence.standing


def test_a_reading_can_be_chosen_trap_by_trap(tmp_path: Path) -> None:
    rows = [
        dated(f"2024-01-0{day}", "PRK", "CUB", "G1", trap=trap, reading=reading)
        for day, (trap, reading) in enumerate(
            [("T1", "main"), ("T1", "rival"), ("T2", "main"), ("T2", "rival")], 1
        )
    ]
    evidence = load_evidence(write(tmp_path, *rows))

    def days(choice: str | dict[str, str]) -> list[int]:
        return [signal.date.day for signal in evidence.reading(choice).signals]

    assert days("main") == days({}) == [1, 3]
    assert days("rival") == [2, 4]
    assert days({"T2": "rival"}) == [1, 4]
    with pytest.raises(InputError, match="T3: no row depends on this trap; valid: T"):
        evidence.reading({"T3": "rival"})
    with pytest.raises(InputError, match="T1: 'both' is not a reading"):
        evidence.reading({"T1": "both"})
    with pytest.raises(InputError, match="did you mean rival"):
        evidence.reading("rivals")


def test_evidence_can_be_hashed_pickled_and_told_apart_by_content(tmp_path: Path) -> None:
    evidence = load_evidence(SEEDS)
    assert pickle.loads(pickle.dumps(evidence)) == evidence
    assert hash(evidence) == hash(load_evidence(SEEDS))
    other = load_evidence(write(tmp_path, GOOD))
    assert other.content_hash != evidence.content_hash
    assert load_evidence(copy_of_seeds(tmp_path / "same")).content_hash == evidence.content_hash
