import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.network.solvers.landscape import (
    couple,
    landscape,
    near_optimal,
)
from tests.outcomes.signed_matrices import (
    affinities,
    all_splits,
    random_ties,
    relabelled,
    split_energy,
    switch_cost,
)


def slow_landscape(coupling):
    """All splits with their energies, and where steepest descent takes each: dictionaries and nothing clever."""
    n = len(coupling)
    energy = {tuple(split): split_energy(coupling, split) for split in all_splits(n)}

    def switched(split, i):
        other = list(split)
        other[i] = 1 - other[i]
        return tuple(1 - side for side in other) if other[0] else tuple(other)

    def end(split):
        rivals = [switched(split, i) for i in range(n)]
        lowest = min(rivals, key=energy.__getitem__)
        return end(lowest) if energy[lowest] < energy[split] - 1e-9 else split

    basin: dict[tuple[int, ...], int] = {}
    for split in energy:
        basin[end(split)] = basin.get(end(split), 0) + 1
    return energy, basin


@given(st.integers(0, 10_000), st.integers(2, 8))
@settings(max_examples=40)
def test_minima_energies_and_basins_match_plain_enumeration(seed, n):
    W = random_ties(np.random.default_rng(seed), n)
    found = landscape(W)
    energy, basin = slow_landscape(W)
    keys = [tuple(sides) for sides in found.sides.tolist()]
    assert dict(zip(keys, found.basin.tolist(), strict=True)) == basin
    assert found.energy == pytest.approx([energy[key] for key in keys], abs=1e-9)
    assert found.energy[0] == pytest.approx(min(energy.values()), abs=1e-9)


@given(affinities(max_states=8))
def test_every_minimum_is_one_and_the_lowest_is_the_lowest(affinity):
    found = landscape(affinity)
    assert (np.diff(found.energy) >= -1e-9).all()
    assert found.basin.sum() == found.n_splits == found.n_descents
    assert found.basin_share.sum() == pytest.approx(1.0)
    for sides, energy in zip(found.sides, found.energy, strict=True):
        assert split_energy(found.coupling, sides) == pytest.approx(energy, abs=1e-9)
        assert (switch_cost(found.coupling, sides) >= -1e-9).all()
    lowest = min(split_energy(found.coupling, split) for split in all_splits(len(affinity)))
    assert found.energy[0] == pytest.approx(lowest, abs=1e-9)


@given(affinities(max_states=7), st.sampled_from([0.0, 0.5, 2.0]))
def test_near_optimal_lists_exactly_the_splits_within_the_margin(affinity, within):
    coupling = couple(affinity)
    tied = coupling[np.ix_(coupling.any(axis=1), coupling.any(axis=1))]
    sides, energy = near_optimal(affinity, within=within)
    every = (
        np.array([split_energy(tied, split) for split in all_splits(len(tied))]) if len(tied) else np.zeros(1)
    )
    assert len(energy) == (every <= every.min() + within + 1e-9).sum()
    assert (np.diff(energy) >= -1e-9).all()
    assert energy == pytest.approx([split_energy(coupling, split) for split in sides], abs=1e-9)


def test_relabelling_the_states_relabels_the_minima():
    rng = np.random.default_rng(5)
    W = random_ties(rng, 11)
    order = rng.permutation(11)
    one, other = landscape(W), landscape(relabelled(W, order))
    assert one.energy == pytest.approx(other.energy)
    assert one.basin.tolist() == other.basin.tolist()
    turned = one.sides[:, order]
    assert np.array_equal(turned ^ turned[:, :1], other.sides)


def test_neutral_states_have_no_side_and_multiply_nothing():
    W = np.zeros((5, 5))
    W[1, 3] = W[3, 1] = -1.0
    found = landscape(W)
    assert found.sides.tolist() == [[-1, 0, -1, 1, -1]]
    assert found.energy.tolist() == [-2.0]
    assert np.isinf(found.gap)
    assert np.isinf(switch_cost(W, found.sides[0])[[0, 2, 4]]).all()
    nothing = landscape(np.zeros((3, 3)))
    assert nothing.sides.tolist() == [[-1, -1, -1]]
    assert near_optimal(np.zeros((3, 3)))[0].tolist() == [[-1, -1, -1]]


def test_sampled_basins_agree_with_the_full_ones():
    W = random_ties(np.random.default_rng(8), 12)
    full = landscape(W, basins="full")
    sampled = landscape(W, basins="sampled", n_descents=20_000)
    assert sampled.basin.sum() == sampled.n_descents == 20_000
    assert sampled.basin_share == pytest.approx(full.basin_share, abs=5 * np.sqrt(0.25 / 20_000))
    assert np.array_equal(sampled.basin, landscape(W, basins="sampled", n_descents=20_000).basin)
    assert not landscape(W, basins="none").basin.any()


def test_only_the_lowest_minima_are_kept_but_all_are_counted():
    everyone_hostile = -np.ones((10, 10))
    found = landscape(everyone_hostile, keep=5, basins="none")
    assert found.n_minima == 126  # 10 choose 5, mirrored pairs once
    assert len(found.energy) == 5
    assert landscape(everyone_hostile, keep=5).basin.size == 5


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: landscape(np.ones((40, 40))), "too many"),
        (lambda: landscape(np.ones((26, 26)), basins="full"), "sample"),
        (lambda: landscape(np.ones((3, 3)), np.ones(2)), "sizes"),
        (lambda: landscape(np.ones((2, 2)), np.array([1.0, -1.0])), "sizes"),
        (lambda: landscape(np.ones((2, 3))), "square"),
        (lambda: near_optimal(np.ones((40, 40))), "too many"),
    ],
)
def test_what_cannot_be_listed_is_refused(call, words):
    with pytest.raises(InputError, match=words):
        call()
