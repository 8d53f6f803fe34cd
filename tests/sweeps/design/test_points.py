"""Setups of points equal those of files that say the same; what is shared is not mixed up."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from sim.dynamics.chance import Purpose, stream
from sim.experiment.ensemble import compiled, plan
from sim.experiment.replica import blank_record
from sim.scenario.load import canonical_json, load_scenario
from sim.scenario.setup import resolve
from sim.sweeps.plan import Request, plan_sweep

RANGES = {
    "params.noise": [0.008, 0.02],
    "policies.CUB.preset": ["hedger", "bandwagoner"],
    "policies.default.reply": [0.1, 0.9],
    "acts.recognition.on": [True, False],
    "acts.video.type": ["G3", "D7"],
    "capability.USA": [1.0, 20.0],
}


@pytest.fixture(scope="module")
def planned(root):
    request = Request(RANGES, "grid", overrides=["beliefs.draws=2", "steps=30"])
    return plan_sweep(root / "scenarios/havana.yaml", request)


def simulated(setup, draw, copied):
    record = blank_record(1, 30, 2, setup.poles.shape[0], len(setup.states))
    compiled(setup, plan(30, 30, set()), draw, 0, record, copied)
    return record.affinity[0, -1]


def test_null_in_a_point_is_null_in_a_file(root):
    """Over values that the scenario gives, null is the default again, of coefficients, policies and the rest."""
    said = ["beliefs.draws=2", "params.noise=0.02", "policies.CUB={preset: hedger, reply: 0.9}"]
    keys = ("params.noise", "policies.CUB.preset", "policies.CUB.reply", "acts.recognition.on")
    request = Request({key: [None] for key in keys}, "grid", overrides=said)
    setup = plan_sweep(root / "scenarios/havana.yaml", request).job.points.setup(0)
    nulls = [f"{key}=null" for key in keys]
    alone = resolve(load_scenario(root / "scenarios/havana.yaml", [*said, *nulls]))
    assert canonical_json(setup.scenario) == canonical_json(alone.scenario)
    assert setup.scenario.params.noise != 0.02


@pytest.mark.parametrize("point", [0, 13, 27, 42, 63])
def test_a_point_runs_like_a_file_that_says_the_same(root, planned, point):
    values = planned.design.values(point)
    said = [
        f"{key}={str(value).lower() if isinstance(value, bool) else value}" for key, value in values.items()
    ]
    alone = resolve(load_scenario(root / "scenarios/havana.yaml", ["beliefs.draws=2", "steps=30", *said]))
    setup = planned.job.points.setup(point)
    assert canonical_json(setup.scenario) == canonical_json(alone.scenario)
    for draw, copied in ((0, 0), (1, 2)):
        np.testing.assert_array_equal(simulated(setup, draw, copied), simulated(alone, draw, copied))


def test_points_differ_where_their_values_do(planned):
    ends = [simulated(planned.job.points.setup(p), 0, 0) for p in range(0, 64, 7)]
    assert len({end.tobytes() for end in ends}) == len(ends)


def test_points_travel_to_workers_small_and_whole(planned):
    sent = pickle.dumps(planned.job)
    assert len(sent) < 2_000_000  # without the signals, and belief among the scenario's states alone
    there = pickle.loads(sent)
    np.testing.assert_array_equal(
        simulated(there.points.setup(11), 1, 0), simulated(planned.job.points.setup(11), 1, 0)
    )


def test_streams_of_copies_are_keyed_by_draw_purpose_and_copy(planned):
    setup = planned.job.points.setup(0)
    seed = setup.scenario.rng_seed
    first = setup.stream(3, Purpose.NOISE).random(4)
    np.testing.assert_array_equal(first, stream(seed, 3, Purpose.NOISE).random(4))
    keys = [(r, p, c) for r in (0, 3) for p in (Purpose.NOISE, Purpose.OCCASIONS) for c in (0, 1, 2)]
    assert len({setup.stream(*key).random() for key in keys}) == len(keys)


def test_an_act_that_is_off_is_left_out(root):
    off = load_scenario(root / "scenarios/havana.yaml", ["acts.recognition.on=false"]).scenario
    without = load_scenario(root / "scenarios/havana.yaml", ["without=[recognition]", "expect=[]"]).scenario
    assert off.acts_played == without.acts_played
    assert "recognition" not in {act.id for act in off.acts_played}


def test_a_sweep_is_no_part_of_what_a_run_is(root):
    plain = load_scenario(root / "scenarios/havana.yaml").scenario
    swept = load_scenario(
        root / "scenarios/havana.yaml", ["sweep={points: 3, vary: {steps: [3, 4]}}"]
    ).scenario
    assert swept.sweep.points == 3
    assert canonical_json(plain) == canonical_json(swept)
