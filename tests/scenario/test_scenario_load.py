"""A scenario file is read whole, or refused with every problem: file, line, key, reason, nearest word."""

from __future__ import annotations

import json
from datetime import date

import pytest

from sim.dynamics.params import Params
from sim.errors import InputError
from sim.scenario.load import canonical_json, check, load_scenario
from sim.scenario.schema.models import Scenario

# What is put in place of what, and the line, key and reason that must then be named.
REFUSED = {
    "unknown key": ("steps: 20", "steps: 20\nstep_day: 7", 4, "step_day", "did you mean step_days?"),
    "unknown nested key": ("ids: x", "ids: x", 0, "", ""),
    "unknown act key": ("level: head", "levle: head", 9, "acts.snub.levle", "did you mean level?"),
    "unknown param": ("poles:", "params: {balanc: 1}\npoles:", 12, "params.balanc", "did you mean balance?"),
    "param out of bounds": ("poles:", "params:\n  noise: -1\npoles:", 13, "params.noise", "greater than"),
    "unknown policy field": (
        "poles:", "policies:\n  PRK: {reply: 1, activty: 2}\npoles:", 13, "policies.PRK.activty", "activity?",
    ),
    "policy of nobody": ("poles:", "policies: {PKR: {reply: 1}}\npoles:", 12, "policies.PKR", "mean PRK?"),
    "no ISO code": ("CUB, KOR]", "CUB, KOR, PRX]", 5, "states.3", "did you mean PRY?"),
    "no code at all": ("CUB, KOR]", "CUB, KOR, prk]", 5, "states.3", "capital letters"),
    "a state twice": ("CUB, KOR]", "CUB, KOR, CUB]", 5, "states.3", "twice"),
    "one state": ("states: [PRK, CUB, KOR]", "states: [PRK]", 5, "states", "at least 2"),
    "unknown sender": ("sender: KOR", "sender: KRO", 8, "acts.recognition.sender", "did you mean KOR?"),
    "unknown target": ("target: CUB, type: D2", "target: CUBA, type: D2", 9, "acts.snub.target", "mean CUB?"),
    "unknown third": ("type: R1", "type: R1, third: USA", 8, "acts.recognition.third", "unknown state USA"),
    "third is target": ("type: R1", "type: R1, third: CUB", 8, "acts.recognition.third", "also the"),
    "to oneself": ("sender: KOR, target: CUB", "sender: CUB, target: CUB", 8, "acts.recognition.target", "same"),
    "unknown type": ("type: R1", "type: R11", 8, "acts.recognition.type", "did you mean R1?"),
    "unknown level": ("level: head", "level: heads", 9, "acts.snub.level", "did you mean head?"),
    "date and step": ("id: snub,", "id: snub, date: 2024-02-14,", 9, "acts.snub", "exactly one of date and step"),
    "neither": ("step: 5, ", "", 9, "acts.snub", "exactly one of date and step"),
    "before the start": ("2024-02-14", "2024-01-30", 8, "acts.recognition.date", "2024-01-31..2024-06-19"),
    "after the end": ("2024-02-14", "2024-06-20", 8, "acts.recognition.date", "outside the horizon"),
    "step after the end": ("step: 5", "step: 21", 9, "acts.snub.step", "last step 20"),
    "past the calendar": ("steps: 20\n", "steps: 20000\nstep_days: 366\n", 3, "steps", "year 9999"),
    "no date": ("2024-02-14", "spring", 8, "acts.recognition.date", "such as 2024-01-31, not spring"),
    "a time of day": ("2024-02-14", "2024-02-14 10:00:00", 8, "acts.recognition.date", "such as 2024-01-31"),
    "duplicate act": ("id: snub", "id: recognition", 9, "acts.recognition", "duplicate id"),
    "duplicate shock": ("id: thaw", "id: snub", 11, "shocks.snub.id", "duplicate id snub"),
    "no slug": ("id: thaw", "id: The Thaw", 11, "shocks.The Thaw.id", "slug"),
    "shock of no kind": ("kind: affinity", "kind: afinity", 11, "shocks.thaw.kind", "'affinity'"),
    "shock without pair": ("sender: CUB, target: KOR, by", "by", 11, "shocks.thaw", "needs a sender"),
    "shock with state": ("by: 0.5", "by: 0.5, state: PRK", 11, "shocks.thaw.state", "takes no state"),
    "by and to": ("by: 0.5", "by: 0.5, to: 1", 11, "shocks.thaw", "exactly one of by and to"),
    "tie off the ladder": ("kind: affinity, sender: CUB, target: KOR, by: 0.5",
        "kind: tie, sender: CUB, target: KOR, to: 4", 11, "shocks.thaw", "0, 1, 2 or 3"),
    "negative weight": ("kind: affinity, sender: CUB, target: KOR, by: 0.5",
        "kind: capability, state: CUB, to: -1", 11, "shocks.thaw.to", "between 0"),
    "unknown pole member": ("south: [KOR]", "south: [KRO]", 13, "poles.south.0", "did you mean KOR?"),
    "empty pole": ("south: [KOR]", "south: []", 13, "poles.south", "at least one"),
    "unknown pole": (
        "quantity: affinity\n    who: [PRK, CUB]", "quantity: alignment\n    who: [PRK, soth]",
        17, "expect.cooler.who.1", "did you mean south?",
    ),
    "expectation of nobody": ("who: [PRK, CUB]", "who: [PRK, CBU]", 17, "expect.cooler.who.1", "mean CUB?"),
    "three names": ("who: [PRK, CUB]", "who: [PRK, CUB, KOR]", 17, "expect.cooler.who", "at most 2"),
    "against no act": (
        "{without: recognition}", "{without: recogntion}", 18, "expect.cooler.against.without", "recognition?",
    ),
    "against what is out": ("poles:", "without: [recognition]\npoles:", 19, "expect.cooler.against.without", "already"),
    "same without width": ("direction: lower", "direction: same", 15, "expect.cooler.margin", "margin above 0"),
    "no direction": ("direction: lower", "direction: down", 19, "expect.cooler.direction", "'lower'"),
    "improbable": ("probability: 0.6", "probability: 60", 20, "expect.cooler.probability", "less than or equal to 1"),
    "expected too late": ("direction", "when: 2030-01-01\n    direction", 19, "expect.cooler.when", "outside"),
    "step too late": ("direction", "when: {step: 99}\n    direction", 19, "expect.cooler.when.step", "last step"),
    "without nothing": ("poles:", "without: [recogniton]\npoles:", 12, "without.0", "did you mean recognition?"),
    "looking ahead": (
        "signals: ../seeds", "signals: ../seeds, as_of: 2024-02-01", 6, "beliefs.as_of", "may not look ahead",
    ),
    "unknown trap": (
        "signals: ../seeds", "signals: ../seeds, reading: {two-list: rival}", 6, "beliefs.reading.two-list",
        "did you mean two-lists?",
    ),
    "no reading": ("signals: ../seeds", "signals: ../seeds, reading: rivl", 6, "beliefs.reading", "'rival'"),
    "traps of nothing": (
        "beliefs: {signals: ../seeds}", "codebook: ../seeds\nbeliefs: {reading: {two-lists: rival}}",
        7, "beliefs.reading.two-lists", "unknown trap",
    ),
    "no codebook": ("beliefs: {signals: ../seeds}\n", "", 1, "codebook", "name a folder"),
    "two codebooks": ("steps: 20", "steps: 20\ncodebook: ../seeds", 4, "codebook", "leave one"),
    "no such folder": ("../seeds", "../sedes", 6, "beliefs.signals", "no such folder: ../sedes"),
    "absolute folder": ("../seeds", "/etc", 6, "beliefs.signals", "absolute path"),
    "drive": ("../seeds", "'C:\\seeds'", 6, "beliefs.signals", "absolute path"),
    "far folder": ("../seeds", "../../seeds", 6, "beliefs.signals", "leaves the folder"),
    "folder that is a file": ("../seeds", "seoul.yaml", 6, "beliefs.signals", "no such folder"),
    "impossible folder": ("../seeds", '"a\\0b"', 6, "beliefs.signals", ""),
    "certain belief": (
        "signals: ../seeds", "signals: ../seeds, affinities: [{sender: PRK, target: CUB, mean: 1, sd: 1}]",
        6, "beliefs.affinities.0.mean", "less than 1",
    ),
    "a belief twice": (
        "signals: ../seeds",
        "signals: ../seeds, affinities: [{sender: PRK, target: CUB, mean: 0, sd: 1}, "
        "{sender: PRK, target: CUB, mean: 0, sd: 2}]",
        6, "beliefs.affinities.1", "PRK CUB appears twice",
    ),
    "tie to oneself": ("poles:", "ties: [{sender: PRK, target: PRK, tie: 1}]\npoles:", 12, "ties.0.target", "same"),
    "dyad of one": ("poles:", "record: {dyads: [[PRK, PRK]]}\npoles:", 12, "record.dyads.0", "same state"),
    "weight of nobody": ("poles:", "capability: {USA: 1}\npoles:", 12, "capability.USA", "unknown state USA"),
    "no weight": ("poles:", "capability: {PRK: 0, CUB: 0, KOR: 0}\npoles:", 12, "capability", "more than 0"),
    "infinite": ("poles:", "resolution: .inf\npoles:", 12, "resolution", "finite"),
    "truth is no number": ("replicas: 10", "replicas: true", 4, "replicas", "whole number, not true"),
    "fraction of a step": ("steps: 20", "steps: 20.5", 3, "steps", "whole number, not 20.5"),
    "text for number": ("steps: 20", "steps: '20'", 3, "steps", "whole number, not 20"),
    "no steps": ("steps: 20\n", "", 1, "steps", "is required"),
    "no question": ("question: D", "why: D", 1, "question", "is required"),
    "mapping for list": ("states: [PRK, CUB, KOR]", "states: {a: 1}", 5, "states", "should be a list"),
    "text for mapping": ("{signals: ../seeds}", "../seeds", 6, "beliefs", "should be a mapping"),
    "a # in the question": ("question: Does a", "question: Does act #3, a", 1, "question", "in quotes"),
    "a # in a reason": ("direction: lower", "why: see #3\n    direction: lower", 19, "expect.cooler.why", "in quotes"),
    "a # in a name": ("steps: 20", "steps: 20\nnames:\n  CUB: Cuba #1", 5, "names.CUB", "in quotes"),
    "a start in 9999": ("start: 2024-01-31", "start: 9999-01-01", 2, "start", "by the year 2199"),
    "more than 64 bits": ("steps: 20", "steps: 20\nrng_seed: 9223372036854775808", 4, "rng_seed", "64 bits"),
    "thousands of digits": ("steps: 20", f"steps: 0x{'f' * 9000}", 3, "steps", "64 bits"),
    "infinite shock": ("by: 0.5", "by: -.inf", 11, "shocks.thaw.by", "finite"),
    "a shock beyond numbers": ("by: 0.5", "by: 1.0e+308", 11, "shocks.thaw.by", "less than"),
    "huge step of saving": ("poles:", "record: {every: 99999999999}\npoles:", 12, "record.every", "20000"),
    "control character": ("steps: 20", 'steps: 20\nnames: {PRK: "a\\u202eb"}', 4, "names.PRK", "printable"),
}  # fmt: skip
del REFUSED["unknown nested key"]


@pytest.mark.parametrize(("old", "new", "line", "key", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_mistake_is_named_with_file_line_key_and_reason(write, good, old, new, line, key, reason):
    assert good.count(old) >= 1
    path = write(good.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    said = str(caught.value).splitlines()
    assert any(text.startswith(f"{path}:{line}: {key}: ") and reason in text for text in said), said


def test_a_good_file_has_no_problems(write):
    assert check(write()) == []


def test_what_a_file_says_is_what_is_loaded(write, project):
    loaded = load_scenario(write())
    scenario = loaded.scenario
    assert scenario.name == "seoul"
    assert scenario.start == date(2024, 1, 31)
    assert scenario.states == ("PRK", "CUB", "KOR")
    assert (scenario.step_days, scenario.rng_seed, scenario.params) == (7, 0, Params())
    assert [act.type for act in scenario.acts] == ["R1", "D2"]
    assert loaded.signals_folder == loaded.codebook_folder == (project / "seeds").resolve()
    assert loaded.files == (project / "scenarios" / "seoul.yaml",)


def test_without_signals_the_codebook_has_a_folder_of_its_own(write, good, project):
    loaded = load_scenario(write(good.replace("beliefs: {signals: ../seeds}", "codebook: ../seeds")))
    assert loaded.signals_folder is None
    assert loaded.codebook_folder == (project / "seeds").resolve()


def test_no_codebook_is_needed_where_nobody_acts(write):
    text = "question: q\nstart: 2024-01-01\nsteps: 3\nstates: [PRK, CUB]\nchoice: false\n"
    loaded = load_scenario(write(text))
    assert loaded.codebook_folder is loaded.signals_folder is None


def test_a_codebook_that_is_wrong_is_told_by_its_own_file(write, project):
    (project / "seeds" / "codebook.csv").write_text("id\n")
    assert any("codebook.csv" in str(problem.file) for problem in check(write()))


def test_a_trap_can_be_read_either_way(write, good):
    text = good.replace("signals: ../seeds", "signals: ../seeds, reading: {two-lists: rival}")
    assert load_scenario(write(text)).scenario.beliefs.reading == {"two-lists": "rival"}


def test_a_trap_of_the_public_record_can_be_read_either_way_too(write, good):
    text = good.replace("signals: ../seeds", "signals: ../seeds, reading: {R-minsk: rival}")
    assert check(write(text)) == []
    (problem,) = check(write(text.replace("signals: ../seeds,", "background: none, signals: ../seeds,")))
    assert problem.key == "beliefs.reading.R-minsk"


def test_a_declared_code_needs_no_iso(write, good):
    text = good.replace("CUB, KOR]", "CUB, KOR, UNSC]\nnames: {UNSC: Security Council}")
    assert load_scenario(write(text)).scenario.states[-1] == "UNSC"


def test_problems_of_every_sort_are_told_together(write, good):
    text = good.replace("steps: 20", "steps: 20\nstep_day: 7").replace("sender: PRK", "sender: PKR")
    text = text.replace("type: R1", "type: R0")
    assert [problem.line for problem in check(write(text))] == [4, 9, 10]


def test_an_act_is_told_by_its_line_in_block_style(write):
    text = "question: q\nstart: 2024-01-01\nsteps: 3\nstates: [PRK, CUB]\ncodebook: ../seeds\nacts:\n"
    text += "  - id: a\n    step: 1\n    sender: PRK\n    target:\n      CUBA\n    type: G1\n"
    problem = check(write(text))[0]
    assert (problem.line, problem.key) == (10, "acts.a.target")


def test_ten_thousand_mistakes_are_refused_in_good_time(write, good):
    text = good + "without: [" + "x, " * 30_000 + "]\n" + "".join(f"k{n}: 1\n" for n in range(5_000))
    assert 0 < len(check(write(text))) <= 200


def test_a_folder_is_checked_file_by_file(write, good, project):
    write()
    write(good.replace("steps: 20", "steps: 0"), "broken.yml")
    write("not a scenario", "notes.txt")
    assert [problem.file.name for problem in check(project / "scenarios")] == ["broken.yml"]


@pytest.mark.parametrize(
    ("file", "name"),
    [("My Small Case.yaml", "my-small-case"), ("v1.2 Café.yml", "v1-2-cafe"), ("-x-.yaml", "x")],
)
def test_a_scenario_is_named_after_its_file_in_small_letters(write, file, name):
    assert load_scenario(write(name=file)).scenario.name == name


def test_a_name_that_is_no_slug_is_refused(write, good):
    assert [problem.key for problem in check(write(name="서울.yaml"))] == ["name"]
    assert [problem.key for problem in check(write(good + "name: My Case\n"))] == ["name"]


@pytest.mark.parametrize(
    "question", ['"Does act #3 matter?"', "'Taiwan: will it hold?'", "Is it so?\n# a comment"]
)
def test_marks_in_quotes_and_comments_on_their_own_line_are_fine(write, good, question):
    first, rest = good.split("\n", 1)
    assert first.startswith("question: ")
    assert check(write(f"question: {question}\n{rest}")) == []


def test_a_colon_in_the_question_is_told(write, good):
    (problem,) = check(write(good.replace("Does a", "Seoul: does a", 1)))
    assert problem.line == 1
    assert "text with a colon, a # or another such mark in it stands in quotes" in problem.reason


def test_a_link_out_of_a_folder_of_scenarios_is_refused_unread(write, project):
    write()
    (project / "secret").write_text("password: x\n")
    (project / "scenarios" / "link.yaml").symlink_to("../secret")
    (problem,) = check(project / "scenarios")
    assert (problem.file.name, problem.reason) == ("link.yaml", "is a link that leaves this folder")


def test_the_question_is_one_line(write, good):
    text = good.replace("question: Does", "question: >\n  Does\n ")
    assert load_scenario(write(text)).scenario.question.startswith("Does a recognition")


def test_canonical_json_is_a_scenario_file_itself(write):
    first = load_scenario(write()).scenario
    again = load_scenario(write(canonical_json(first), "copy.yaml")).scenario
    assert again == first
    assert Scenario.model_validate_json(canonical_json(first)) == first


def test_canonical_json_knows_nothing_of_the_machine(write, project):
    text = canonical_json(load_scenario(write()).scenario)
    assert str(project) not in text
    assert json.loads(text)["beliefs"]["signals"] == "../seeds"


def test_canonical_json_changes_with_every_value(write, good):
    texts = [good, good.replace("steps: 20", "steps: 21"), good.replace("by: 0.5", "by: 0.6")]
    assert len({canonical_json(load_scenario(write(text)).scenario) for text in texts}) == 3


def test_canonical_json_does_not_change_with_comments_order_or_written_defaults(write, good):
    lines = good.splitlines(keepends=True)
    moved = "# a comment\n" + "".join(lines[6:] + lines[:6]) + "rng_seed: 0\nparams: {balance: 2.0e-5}\n"
    assert canonical_json(load_scenario(write(moved)).scenario) == canonical_json(
        load_scenario(write()).scenario
    )
