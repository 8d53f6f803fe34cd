"""Files on top of files, and `--set` on top of both."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.scenario.files.overrides import LISTS_BY_ID, merge
from sim.scenario.files.yaml import Node, plain
from sim.scenario.load import canonical_json, check, load_scenario


def test_an_empty_overlay_changes_only_the_name(write):
    base = load_scenario(write()).scenario
    over = load_scenario(write("extends: seoul.yaml\n", "over.yaml"))
    assert over.scenario.name == "over"
    assert over.scenario.model_copy(update={"name": "seoul"}) == base
    assert [file.name for file in over.files] == ["over.yaml", "seoul.yaml"]


def test_the_last_file_wins_and_mappings_merge_deeply(write):
    write()
    write("extends: seoul.yaml\nparams: {balance: 0.1, noise: 0.5}\nsteps: 30\n", "middle.yaml")
    scenario = load_scenario(write("extends: middle.yaml\nparams: {noise: 0.25}\n", "top.yaml")).scenario
    assert (scenario.params.balance, scenario.params.noise) == (0.1, 0.25)
    assert scenario.steps == 30
    assert scenario.question.startswith("Does a recognition")


def test_acts_merge_by_id_and_new_ones_are_appended(write):
    write()
    text = (
        "extends: seoul.yaml\nacts:\n  - {id: snub, type: G1}\n"
        "  - {step: 9, sender: PRK, target: KOR, type: D2}\n"
    )
    acts = load_scenario(write(text, "over.yaml")).scenario.acts
    assert [(act.id, act.type, act.step) for act in acts] == [
        ("recognition", "R1", None), ("snub", "G1", 5), (None, "D2", 9),
    ]  # fmt: skip


def test_null_clears_what_the_base_says(write):
    write()
    text = "extends: seoul.yaml\nacts: [{id: recognition, date: null, step: 3}]\n"
    assert load_scenario(write(text, "over.yaml")).scenario.acts[0].step == 3


def test_null_gives_back_the_default_whatever_the_base_says(write, good):
    text = "params: {noise: 0.02}\npolicies: {CUB: {activity: -6}}\nrecord: {every: 2}\nresolution: 0.3\n"
    write(good + text, "base.yaml")
    over = write("extends: base.yaml\nparams: {noise: null}\npolicies: {CUB: null}\n", "over.yaml")
    plain = load_scenario(write()).scenario
    found = load_scenario(over, ["record=null", "resolution=null"]).scenario
    assert found.policy_of("CUB") == plain.policy_of("CUB")
    assert (found.params, found.record, found.resolution) == (plain.params, plain.record, plain.resolution)
    for key, said in {
        "policies.CUV": "did you mean CUB",
        "params.nois": "did you mean noise",
        "steps": "not empty",
    }.items():
        with pytest.raises(InputError, match=said):
            load_scenario(over, [f"{key}=null"])


def test_states_that_a_later_word_leaves_out_are_one_line(write, good):
    base = write(good)
    with pytest.raises(InputError) as stop:
        load_scenario(base, ["states=[PRK, CUB]"])
    [problem] = stop.value.problems
    assert str(problem) == ("--set states: leaves out what other keys name: KOR (acts.recognition.sender)")
    over = write("extends: seoul.yaml\nstates: [PRK, NIC]\nrecord: {dyads: [[CUB, NIC]]}\n", "over.yaml")
    assert [(p.file, p.line, p.key) for p in check(over)] == [
        (over, 2, "states"),
        (over, 3, "record.dyads.0.0"),
    ]


def test_other_lists_are_replaced(write):
    write()
    text = "extends: seoul.yaml\npoles: {south: [KOR, CUB], north: [PRK]}\n"
    poles = load_scenario(write(text, "over.yaml")).scenario.poles
    assert poles == {"south": ("KOR", "CUB"), "north": ("PRK",)}


def test_a_problem_is_told_where_its_value_stands(write, good):
    base = write(good.replace("sender: KOR", "sender: KRO"))
    over = write("extends: seoul.yaml\n\nreplicate: 0\nacts: [{id: snub, third: USA}]\n", "over.yaml")
    assert [(p.file, p.line, p.key) for p in check(over)] == [
        (over, 3, "replicate"), (over, 4, "acts.snub.third"), (base, 8, "acts.recognition.sender"),
    ]  # fmt: skip


def test_the_problem_of_a_shared_base_is_told_once(write, good, project):
    write(good.replace("steps: 20", "steps: 0"))
    write("extends: seoul.yaml\n", "over.yaml")
    assert len(check(project / "scenarios")) == 1


def test_an_abstract_base_may_be_incomplete_and_is_not_run(write, project):
    base = write(
        "abstract: true\nparams: {noise: 0.5}\nacts: [{id: a, step: 9, sender: PRK, target: CUB, type: G1}]\n",
        "b.yaml",
    )
    assert check(base) == []
    with pytest.raises(InputError, match=r"b\.yaml:1: abstract: this file is abstract"):
        load_scenario(base)
    over = write(
        "extends: b.yaml\nquestion: q\nstart: 2024-01-01\nsteps: 9\nstates: [PRK, CUB]\ncodebook: ../seeds\n",
        "o.yaml",
    )
    assert load_scenario(over).scenario.params.noise == 0.5
    assert check(project / "scenarios") == []


def test_an_abstract_base_is_checked_in_what_it_says(write):
    text = "abstract: true\nstates: [PRK, CUB]\nbeliefs: {signals: ../seeds}\nstep: 3\n"
    text += "acts: [{id: a, step: 9, sender: PKR, target: CUB, type: G2}]\n"
    assert [p.key for p in check(write(text))] == ["step", "acts.a.sender", "acts.a.type"]


def test_a_circle_of_files_is_told_with_its_chain(write):
    write("extends: b.yaml\n", "a.yaml")
    write("\nextends: a.yaml\n", "b.yaml")
    problem = check(write("extends: a.yaml\n", "top.yaml"))[0]
    assert (problem.file.name, problem.line, problem.key) == ("b.yaml", 2, "extends")
    assert "top.yaml → a.yaml → b.yaml → a.yaml" in problem.reason


@pytest.mark.parametrize(
    ("extends", "reason"),
    [
        ("../outside.yaml", "leaves the folder scenarios"),
        ("link.yaml", "leaves the folder scenarios"),
        ("sub/../../outside.yaml", "leaves the folder scenarios"),
        ("/etc/passwd", "absolute"),
        ("'\\\\server\\x.yaml'", "absolute"),
        ("seol.yaml", "did you mean seoul.yaml?"),
        ("notes.txt", ".yaml or .yml"),
        ("[seoul.yaml]", "should be the path"),
        ('"a\\0.yaml"', ""),
        ("x" * 5000 + ".yaml", ""),
        ("over.yaml", "circle: over.yaml → over.yaml"),
        ("loop.yaml", ""),
    ],
)  # fmt: skip
def test_a_base_must_be_a_scenario_file_of_the_same_folder(write, project, extends, reason):
    write()
    outside = project / "outside.yaml"
    outside.write_text("steps: 3\n")
    (project / "scenarios" / "sub").mkdir()
    (project / "scenarios" / "link.yaml").symlink_to(outside)
    (project / "scenarios" / "loop.yaml").symlink_to("loop.yaml")
    over = write(f"question: q\nextends: {extends}\n", "over.yaml")
    problem = check(over)[0]
    assert (problem.file, problem.line, problem.key) == (over, 2, "extends")
    assert reason in problem.reason


def test_paths_are_relative_to_the_file_they_stand_in(write, good, project):
    write(good.replace("../seeds", "../../seeds"), "bases/deep.yaml")
    loaded = load_scenario(write("extends: bases/deep.yaml\n", "over.yaml"))
    assert loaded.signals_folder == (project / "seeds").resolve()
    assert loaded.scenario.beliefs.signals == "../seeds"


def test_a_folder_of_signals_may_not_be_a_link_out_of_the_project(
    write, good, project, tmp_path_factory: pytest.TempPathFactory
):
    (project / "elsewhere").symlink_to(tmp_path_factory.mktemp("other"))
    problem = check(write(good.replace("../seeds", "../elsewhere")))[0]
    assert problem.key == "beliefs.signals"
    assert "leaves the folder" in problem.reason


@pytest.mark.parametrize(
    ("override", "read", "value"),
    [
        ("params.balance=0.1", lambda s: s.params.balance, 0.1),
        ("policies.PRK.temperature=2", lambda s: s.policy_of("PRK").temperature, 2.0),
        ("acts.recognition.date=2024-02-20", lambda s: s.acts[0].date.isoformat(), "2024-02-20"),
        ("acts.1.step=6", lambda s: s.acts[1].step, 6),
        ("states=[PRK, CUB, KOR, USA]", lambda s: s.states[-1], "USA"),
        ("record={every: 2, acts: false}", lambda s: (s.record.every, s.record.acts), (2, False)),
        ("without=[thaw]", lambda s: len(s.shocks_played), 0),
        ("question=a = b", lambda s: s.question, "a = b"),
        ("name=other", lambda s: s.name, "other"),
    ],
)  # fmt: skip
def test_set_changes_one_value(write, override, read, value):
    assert read(load_scenario(write(), [override]).scenario) == value


def test_a_later_set_wins_and_no_set_changes_nothing(write):
    path = write()
    assert load_scenario(path, ["steps=30", "steps=40"]).scenario.steps == 40
    assert load_scenario(path, []) == load_scenario(path)


@pytest.mark.parametrize(
    ("override", "start"),
    [
        ("params.balanc=0.1", "--set params.balanc: unknown key; did you mean balance?"),
        ("parms.balance=0.1", "--set parms: unknown key; did you mean params?"),
        ("params.balance=hot", "--set params.balance: should be a number, not hot"),
        ("params.balance.x=1", "--set params.balance.x: 0.5 is a single value"),
        ("acts.snob.step=1", "--set acts.snob.step: no item snob in a list of 2; did you mean snub?"),
        ("acts.2.step=1", "--set acts.2.step: no item 2"),
        ("acts.-1.step=1", "--set acts.-1.step: no item -1"),
        ("acts.snub.sender=PKR", "--set acts.snub.sender: unknown state PKR; did you mean PRK?"),
        ("steps", "--set steps: write it as --set key.path=value"),
        ("=3", "--set =3: write it"),
        ("a..b=3", "--set a..b=3: write it"),
        ("steps=", "--set steps: no value after ="),
        ("steps=[1", "--set steps: is not valid YAML"),
        ("name=!!python/name:x ''", "--set name: tags"),
        ("extends=b.yaml", "--set extends: what a scenario extends"),
        ("beliefs.signals=/etc", "--set beliefs.signals: an absolute path"),
    ],
)  # fmt: skip
def test_a_wrong_set_is_named_as_such(write, good, override, start):
    path = write(good + "params: {balance: 0.5}\n")
    with pytest.raises(InputError) as caught:
        load_scenario(path, [override])
    assert str(caught.value).startswith(start)


def test_set_survives_in_canonical_json(write):
    text = canonical_json(load_scenario(write(), ["params.balance=0.5", "rng_seed=9"]).scenario)
    assert '"balance": 0.5' in text
    assert '"rng_seed": 9' in text


_ids = st.sampled_from(["a", "b", "c"])
_leaves = st.integers(0, 9) | st.none()


def _node(value: object, file: Path | None = None) -> Node:
    if isinstance(value, dict):
        return Node({key: _node(child, file) for key, child in value.items()}, file)
    if isinstance(value, list):
        return Node([_node(child, file) for child in value], file)
    return Node(value, file)  # type: ignore[arg-type]


# Each key keeps its shape from file to file, as it does in scenario files.
_items = st.lists(
    st.fixed_dictionaries({"id": _ids, "x": _leaves}), unique_by=lambda item: item["id"], max_size=3
)
_shallow = st.dictionaries(_ids, _leaves, max_size=3)
_shapes = {
    "acts": _items,
    "shocks": _items,
    "params": _shallow,
    "policies": st.dictionaries(_ids, _shallow, max_size=3),
    "states": st.lists(_leaves, max_size=3),
    "steps": _leaves,
}
_trees = st.fixed_dictionaries({}, optional=_shapes)


@given(_trees)
def test_merging_nothing_or_itself_changes_nothing(tree):
    assert plain(merge(_node(tree), _node({}))) == plain(_node(tree))
    assert plain(merge(_node({}), _node(tree))) == plain(_node(tree))
    assert plain(merge(_node(tree), _node(tree))) == plain(_node(tree))


@given(_trees, _trees)
def test_the_overlay_wins_and_the_rest_remains(below, above):
    merged = plain(merge(_node(below), _node(above)))
    assert merged.keys() == below.keys() | above.keys()
    for key, value in above.items():
        if not isinstance(value, dict | list):
            assert merged[key] == value
        elif isinstance(value, list) and key in LISTS_BY_ID:
            found = {item["id"]: item["x"] for item in merged[key]}
            assert all(found[item["id"]] == item["x"] for item in value)
    assert all(merged[key] == plain(_node(below[key])) for key in below.keys() - above.keys())


@given(_trees, _trees, _trees)
def test_overlays_may_be_merged_in_any_grouping(one, two, three):
    a, b, c = _node(one), _node(two), _node(three)
    assert plain(merge(merge(a, b), c)) == plain(merge(a, merge(b, c)))


def test_a_base_reached_over_a_link_is_the_file_that_was_checked(write, project):
    """``inner/..`` is the parent of what the link points to, not of where the link stands."""
    write(name="deep/seoul.yaml")
    (project / "scenarios" / "deep" / "er").mkdir()
    (project / "scenarios" / "inner").symlink_to("deep/er")
    (project / "secret").write_text("password: x\n")
    (project / "scenarios" / "seoul.yaml").symlink_to("../secret")
    over = write("extends: inner/../seoul.yaml\nbeliefs: {signals: ../seeds}\n", "over.yaml")
    loaded = load_scenario(over)
    assert [file.resolve() for file in loaded.files] == [over, project / "scenarios" / "deep" / "seoul.yaml"]


def test_a_base_that_is_a_link_out_of_the_folder_is_refused(write, project):
    (project / "secret.yaml").write_text("password: x\n")
    (project / "scenarios" / "base.yaml").symlink_to("../secret.yaml")
    with pytest.raises(InputError, match="leaves the folder") as caught:
        load_scenario(write("extends: base.yaml\n", "over.yaml"))
    assert "password" not in str(caught.value)


def test_a_key_of_thousands_of_parts_is_refused(write):
    with pytest.raises(InputError, match="deeper than 50 levels"):
        load_scenario(write(), [".".join("a" * 3000) + "=1"])


def test_a_pipe_is_no_file_a_scenario_may_name(write, project):
    os.mkfifo(project / "scenarios" / "base.yaml")
    with pytest.raises(InputError, match="is a device or a pipe"):
        load_scenario(write("extends: base.yaml\n", "over.yaml"))
    with pytest.raises(InputError, match="is no plain file"):
        load_scenario(project / "scenarios" / "base.yaml")
