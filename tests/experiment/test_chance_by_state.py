"""A state added or moved leaves the chance of every other dyad alone, so that runs of unlike states can be paired."""

from __future__ import annotations

import numpy as np
import pytest

from sim.experiment.ensemble import plan, simulate_chunk
from sim.scenario.load import load_scenario
from sim.scenario.setup import resolve

N_REPLICAS = 24


@pytest.fixture(scope="module")
def outcome(root):
    """Final affinities by codes, and the acts of all replicas in codes, of Havana's states and whoever is added."""
    codes = load_scenario(root / "scenarios/havana.yaml").scenario.states

    def simulated(states, *changes):
        listed = f"states=[{', '.join(states)}]"
        setup = resolve(load_scenario(root / "scenarios/havana.yaml", [listed, *changes]))
        chunk = simulate_chunk(setup, plan(setup.scenario.steps, 52, set()), 0, N_REPLICAS)
        place = [setup.place[code] for code in codes]
        affinity = chunk.record.affinity[:, -1][:, place][:, :, place]
        names = np.array(setup.states)
        rows = zip(chunk.acts[:, 0], chunk.acts[:, 1], names[chunk.acts[:, 2]], names[chunk.acts[:, 3]],
                   chunk.acts[:, 5], strict=True)  # fmt: skip
        return affinity, sorted(tuple(map(str, row)) for row in rows)

    return codes, simulated


@pytest.fixture(scope="module")
def as_shipped(outcome):
    codes, simulated = outcome
    return simulated(codes)


def test_states_in_another_order_live_the_same_lives(outcome, as_shipped):
    codes, simulated = outcome
    affinity, acts = simulated(codes[::-1])
    assert acts == as_shipped[1]
    np.testing.assert_allclose(affinity, as_shipped[0], rtol=0, atol=1e-9)


def test_a_bystander_of_no_weight_changes_nothing_for_others(outcome, as_shipped):
    codes, simulated = outcome
    quiet = "policies={FJI: {activity: -30, attraction: -10}}"
    affinity, acts = simulated(["FJI", *codes], quiet, "capability.FJI=1e-12")
    assert acts == as_shipped[1]
    np.testing.assert_allclose(affinity, as_shipped[0], rtol=0, atol=1e-9)


def test_an_added_state_of_weight_is_paired_dyad_by_dyad(outcome, as_shipped):
    codes, simulated = outcome
    affinity, _ = simulated(["FJI", *codes])
    pairs = [(i, j) for i in range(len(codes)) for j in range(len(codes)) if i != j]
    together = [np.corrcoef(affinity[:, i, j], as_shipped[0][:, i, j])[0, 1] for i, j in pairs]
    assert np.min(together) > 0.9
