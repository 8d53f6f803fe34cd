"""Whatever a file holds, the loader answers with a scenario or an InputError, never with anything else."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from sim.errors import InputError
from sim.experiment.ensemble import plan, simulate_chunk
from sim.scenario.load import load_scenario
from sim.scenario.schema.models import Scenario
from sim.scenario.setup import resolve

quick = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

_keys = st.sampled_from([*Scenario.model_fields, "id", "kind", "step", "PRK", "default", "a.b", ""])
_scalars = (
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.dates().map(str)
    | st.sampled_from(["PRK", "CUB", "G1", "../seeds", "seoul.yaml", "end", "", "\0", "\ud800", "x" * 300])
)  # fmt: skip
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=12,
)
_yaml_bits = st.sampled_from(
    ["a", ":", " ", "\n", "- ", "? ", "[", "]", "{", "}", ",", "&a ", "*a", "!!str ", "!", "'", '"', "|", ">", "#",
     "---\n", "...\n", "%", "\t", "\\", "2024-01-01", "1e5", "acts", "steps", "<<", "=", "\r", "\x85",
     "\u2028", "\ufeff"]
)  # fmt: skip


def check_loaded_or_refused(path, overrides=()):
    try:
        return load_scenario(path, overrides)
    except InputError as error:
        problems = error.problems
    assert problems
    assert all(len(str(problem).splitlines()) == 1 for problem in problems)
    assert all(problem.file or (problem.key or "").startswith("--set") for problem in problems)
    return None


@quick
@given(st.dictionaries(_keys, _values, max_size=6))
def test_any_mapping_is_loaded_or_refused(write, values):
    check_loaded_or_refused(write(json.dumps(values)))


@quick
@given(_keys, _values)
def test_any_value_in_a_good_file_is_loaded_or_refused(write, good, key, value):
    values = YAML(typ="safe", pure=True).load(good) | {key: value}
    check_loaded_or_refused(write(json.dumps(values, default=str)))


@quick
@given(st.lists(_yaml_bits, max_size=40).map("".join) | st.text(max_size=60) | st.binary(max_size=60))
def test_any_text_is_loaded_or_refused(write, text):
    check_loaded_or_refused(write(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text))


@quick
@given(
    st.integers(0, 600),
    st.text(max_size=4) | st.lists(_yaml_bits, max_size=3).map("".join),
    st.integers(0, 20),
)
def test_a_good_file_with_a_slip_is_loaded_or_refused(write, good, at, slip, width):
    text = good[:at] + slip + good[at + width :]
    check_loaded_or_refused(write(text.encode("utf-8", "surrogatepass")))


@quick
@given(_keys, st.lists(_keys, max_size=3), _values | st.text(max_size=20))
def test_any_override_is_taken_or_refused(write, first, rest, value):
    told = value if isinstance(value, str) else json.dumps(value)
    check_loaded_or_refused(write(), [f"{'.'.join([first, *rest])}={told}"])


@pytest.mark.parametrize("override", ["", "=", ".", "acts", "acts.0", "steps=\ud800", "\0=1", "acts.²=1"])
def test_an_odd_override_is_refused(write, override):
    assert check_loaded_or_refused(write(), [override]) is None


PLACES = """start steps step_days rng_seed resolution choice states.0 acts.recognition.step acts.0.level acts.snub.date
shocks.thaw.by shocks.thaw.to shocks.thaw.kind shocks.thaw.step record.every params params.noise params.balance
params.theta_max params.squash params.balance_form policies.PRK.reply policies.default.temperature policies.CUB.preset
beliefs.as_of beliefs.draws beliefs.reading beliefs.affinities capability.CUB poles.south ties without expect.0.margin
names.PRK"""
ODD = """0 -0.0 3 -1 1e12 -1e12 1e308 1e-308 .inf -.inf .nan 9223372036854775807 9223372036854775808 null true X2 linear
head tie level 2024-02-01 9999-12-31 0001-01-01 [] {} [recognition] a: *a !a ' rival 1_000 12:30"""
_places = st.sampled_from(PLACES.split())
_odd = st.sampled_from(
    [
        *ODD.split(),
        "a #b",
        "0x" + "f" * 5000,
        "[{sender: PRK, target: CUB, mean: 0.9999999999, sd: 0.0000001}]",
        "[{sender: PRK, target: KOR, tie: 3}]",
    ]
)


@pytest.mark.slow
@settings(quick, max_examples=1500)
@given(st.lists(st.tuples(_places, _odd), min_size=1, max_size=4))
def test_what_is_loaded_runs_on_numbers(write, changes):
    loaded = check_loaded_or_refused(write(), [f"{key}={value}" for key, value in changes])
    if loaded is None or loaded.scenario.steps > 1000:
        return
    setup = resolve(loaded)
    layout = plan(loaded.scenario.steps, loaded.scenario.record.every, set())
    record = simulate_chunk(setup, layout, 0, 1).record
    assert np.isfinite(record.affinity).all()
    assert np.isfinite(record.steps).all()


@pytest.mark.slow
@settings(quick, max_examples=3000)
@given(st.integers(0, 600), st.lists(_yaml_bits, max_size=6).map("".join) | _odd, st.integers(0, 20))
def test_a_good_file_with_a_longer_slip_is_loaded_or_refused(write, good, at, slip, width):
    check_loaded_or_refused(write((good[:at] + slip + good[at + width :]).encode("utf-8", "surrogatepass")))
