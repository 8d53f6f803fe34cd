"""What scenarios share that believe alike: the signals they name, their codebook, and belief."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.background.prior import PairPrior, prior_beside
from sim.calibration.extent import excess_of_belief
from sim.calibration.likelihood import Weights, draw_weights
from sim.calibration.moves import Moves
from sim.calibration.passes import WEIGHTS_SEED
from sim.calibration.posterior import Belief, fit_posterior
from sim.dynamics.chance import Purpose, stream
from sim.dynamics.world import World
from sim.scenario.load import LoadedScenario
from sim.scenario.schema.models import Scenario
from sim.signals.codebook import Codebook, load_codebook
from sim.signals.evidence import Evidence
from sim.signals.table import load_evidence


@dataclass(frozen=True)
class Sources:
    """What a scenario's belief rests on, read: its codebook, its signals if it names any, its background."""

    codebook: Codebook
    evidence: Evidence | None
    background: PairPrior


@dataclass(frozen=True)
class Ground(Sources):
    """What a scenario's belief rests on and comes to: the fields of the same names of its `Setup`."""

    belief: Belief | None
    weights: Weights

    def among(self, states: Sequence[str]) -> Ground:
        """Keep only what a `Setup` over some states reads: a few megabytes instead of many."""
        background = self.background.among(states)
        if self.belief is None:
            return replace(self, evidence=None, background=background)
        known = self.belief.states
        index = [known.index(code) for code in states if code in known]
        box = np.ix_(index, index)
        own = replace(
            self.belief,
            states=tuple(known[k] for k in index),
            density=self.belief.density[:, box[0], box[1]].copy(),
            level=self.belief.level[box],
            level_sd=self.belief.level_sd[box],
            worlds=tuple(
                World(*(array[index] if array.ndim == 1 else array[box] for array in world))
                for world in self.belief.worlds
            ),
            n_signals=self.belief.n_signals[box],
            moves=Moves(*(values[:0] for values in self.belief.moves)),
            background=background.among([known[k] for k in index]),
            rests_on=self.belief.rests_on[box],
        )
        return replace(self, evidence=None, background=background, belief=own)


def read_sources(loaded: LoadedScenario) -> Sources:
    """Read the signals and the codebook that a scenario names.

    Raises
    ------
    InputError
        Where the signals or the codebook are wrong.
    """
    if loaded.signals_folder is not None:
        evidence = load_evidence(loaded.signals_folder)
        reading = loaded.scenario.beliefs.reading
        if not isinstance(reading, str):  # the rest are traps of the public record
            reading = {trap: choice for trap, choice in reading.items() if trap in evidence.traps}
        evidence = evidence.reading(reading)
        return Sources(evidence.codebook, evidence, read_background(loaded, evidence))
    folder = loaded.codebook_folder
    codebook = load_codebook(folder) if folder else Codebook((), ())
    return Sources(codebook, None, read_background(loaded, None))


def read_background(loaded: LoadedScenario, evidence: Evidence | None) -> PairPrior:
    """Read the prior of every pair of the states of a scenario and of its signals, before these speak.

    Raises
    ------
    InputError
        Where the table of further facts that the scenario names is wrong.
    """
    scenario = loaded.scenario
    return prior_beside(
        evidence, scenario.beliefs.background, scenario.states, scenario.as_of,
        file=loaded.background_file, reading=scenario.beliefs.reading,
    )  # fmt: skip


def fit_ground(loaded: LoadedScenario, sources: Sources) -> Ground:
    """Fit a scenario's belief to the signals it names; without any, draw the codebook's weights alone.

    Raises
    ------
    InputError
        Where belief would take more than there is, or the start lies far past the last signal.
    """
    codebook, evidence, scenario = sources.codebook, sources.evidence, loaded.scenario
    n_draws = scenario.beliefs.draws
    if evidence is None:
        weights = draw_weights(codebook, n_draws, stream(WEIGHTS_SEED, 0, Purpose.WEIGHTS))
        return Ground(codebook, None, sources.background, None, weights)
    statements = {
        pair: value for pair, value in statements_of(scenario).items() if set(pair) <= set(evidence.states)
    }
    known = evidence.until(scenario.as_of)
    if excess := excess_of_belief(known, scenario.start, len(evidence.states), n_draws):
        raise loaded.wrong(("start",) if excess[0] == "as_of" else ("beliefs", "draws"), excess[1])
    belief = fit_posterior(
        known, scenario.start, states=evidence.states, n_draws=n_draws, statements=statements,
        background=sources.background,
    )  # fmt: skip
    return Ground(codebook, evidence, sources.background, belief, belief.weights)


def statements_of(scenario: Scenario) -> dict[tuple[str, str], tuple[float, float]]:
    """Mean and sd of θ of the dyads that a scenario states outright."""
    return {(a.sender, a.target): (float(np.arctanh(a.mean)), a.sd) for a in scenario.beliefs.affinities}
