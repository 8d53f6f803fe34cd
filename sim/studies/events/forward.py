"""The law run forward from belief at a cut, with every mechanism on and with each one off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from sim.background.prior import DEFAULT_TIE
from sim.calibration.density import inverse_cdf
from sim.calibration.likelihood import Weights, law_types
from sim.calibration.passes import default_policies
from sim.dynamics.chance import Chance, DyadKeys, Purpose, draw_uniforms, dyad_keys, stream
from sim.dynamics.params import Params
from sim.dynamics.step import advance, kernel_params, law_tables
from sim.dynamics.world import ActTypes, Policies, World, blank_world, no_acts, no_shocks, refresh_affinity
from sim.shapes import Float
from sim.signals.codebook import Codebook
from sim.studies.events.belief import YEAR, grid

STEP_DAYS = 7.0
NOTHING = {"friendship_decay": 0.0, "hostility_decay": 0.0, "reciprocity": 0.0, "balance": 0.0}


@dataclass(frozen=True)
class Variant:
    """The law with something off.

    Attributes
    ----------
    params, policies
        Coefficients that differ from the defaults; a policy's for every state.
    has_choice
        Whether states act at all.
    """

    params: Mapping[str, Any] = MappingProxyType({})
    policies: Mapping[str, float] = MappingProxyType({})
    has_choice: bool = True


VARIANTS: Mapping[str, Variant] = MappingProxyType(
    {
        "law": Variant(),
        "law without observers": Variant(policies={"vigilance": 0.0}),
        "law without targets' response": Variant(policies={"susceptibility": 0.0}),
        "law without acts": Variant(has_choice=False),
        "law without decay": Variant({"friendship_decay": 0.0, "hostility_decay": 0.0}),
        "law without reciprocity": Variant({"reciprocity": 0.0}),
        "law without balance": Variant({"balance": 0.0}),
        "law without noise": Variant({"noise": 0.0}),
        "noise alone": Variant(NOTHING, has_choice=False),
    }
)
"""Each way in which the law is run, by the name of its row."""


@dataclass(frozen=True)
class Start:
    """What every run from one cut shares.

    Attributes
    ----------
    codes
        The states.
    cumulative
        Belief at the cut, from `sim.studies.events.belief.cumulative`.
    codebook, weights
        Act types, and draws of their weights: replica r runs under draw r.
    rng_seed
        Root of chance.
    """

    codes: tuple[str, ...]
    cumulative: Float[np.ndarray, "N N G1"]
    codebook: Codebook
    weights: Weights
    rng_seed: int

    @property
    def n_replicas(self) -> int:
        """One for each draw of the weights."""
        return len(self.weights.warmth)

    def draws(self, keys: DyadKeys) -> Float[np.ndarray, "R N N"]:
        """θ of each replica at the cut."""
        n, theta = len(self.codes), np.empty((self.n_replicas, len(self.codes), len(self.codes)))
        for r in range(self.n_replicas):
            uniform = draw_uniforms(stream(self.rng_seed, r, Purpose.BELIEF), keys.dyad.ravel()).reshape(n, n)
            theta[r] = inverse_cdf(self.cumulative, grid(), uniform)
            np.fill_diagonal(theta[r], 0.0)
        return theta


def run_forward(start: Start, variant: Variant, years: int) -> Float[np.ndarray, "T R N N"]:
    """θ at the cut and after each year, in every replica; replicas of all variants share their chance."""
    keys = dyad_keys(start.codes)
    path = np.empty((years + 1, start.n_replicas, len(start.codes), len(start.codes)))
    path[0] = start.draws(keys)
    params = kernel_params(replace(Params(), **variant.params))
    policies = default_policies(len(start.codes))
    policies = policies._replace(**{k: np.full(len(start.codes), v) for k, v in variant.policies.items()})
    for r in range(start.n_replicas):
        types = law_types(start.codebook, start.weights, r)
        if not variant.has_choice:
            types = types._replace(choosable=np.zeros(0, np.int64))
        occasions, noise = (stream(start.rng_seed, r, p) for p in (Purpose.OCCASIONS, Purpose.NOISE))
        chance = Chance(occasions, noise, keys)
        path[1:, r] = _one_replica(path[0, r], types, policies, params, chance, years)
    return path


def _one_replica(
    theta: Float[np.ndarray, "N N"],
    types: ActTypes,
    policies: Policies,
    params: Any,
    chance: Chance,
    years: int,
) -> Float[np.ndarray, "T N N"]:
    world, tables = _world(theta, types, params), law_tables(types, STEP_DAYS)
    thetas = np.empty((years, *theta.shape))
    ends = np.round(YEAR / STEP_DAYS * np.arange(1, years + 1)).astype(int)
    for step in range(1, int(ends[-1]) + 1):
        advance(world, step, STEP_DAYS, no_acts(), no_shocks(), types, tables, policies, params, chance)
        if step in ends:
            thetas[np.searchsorted(ends, step)] = world.theta
    return thetas


def _world(theta: Float[np.ndarray, "N N"], types: ActTypes, params: Any) -> World:
    """A world of equal states with relations everywhere, whose long-run level is the prior's, as belief has it."""
    world = blank_world(len(theta), types.half_life.size)
    world.theta[:] = theta
    world.tie[:] = DEFAULT_TIE
    np.fill_diagonal(world.tie, 0)
    refresh_affinity(world, params)
    return world
