"""What scenarios share that believe alike: the signals they name, their codebook, and belief."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.calibration.likelihood import Weights, draw_weights
from sim.calibration.posterior import WEIGHTS_SEED, Belief, fit_posterior
from sim.dynamics.chance import Purpose, stream
from sim.scenario.form.models import Scenario
from sim.scenario.load import LoadedScenario
from sim.signals.codebook import Codebook, load_codebook
from sim.signals.evidence import Evidence
from sim.signals.table import load_evidence


@dataclass(frozen=True)
class Ground:
    """What a scenario's belief rests on: the fields of the same names of its `Setup`."""

    codebook: Codebook
    evidence: Evidence | None
    belief: Belief | None
    weights: Weights

    def among(self, states: Sequence[str]) -> Ground:
        """Keep only what a `Setup` over some states reads: a few megabytes instead of many."""
        if self.belief is None:
            return replace(self, evidence=None)
        known = self.belief.states
        there = [known.index(code) for code in states if code in known]
        box = np.ix_(there, there)
        kept = replace(
            self.belief,
            states=tuple(known[k] for k in there),
            density=self.belief.density[:, box[0], box[1]].copy(),
            level=self.belief.level[box],
            level_sd=self.belief.level_sd[box],
            worlds=tuple(
                w._replace(tie=w.tie[box], commitment=w.commitment[box], memory=w.memory[box])
                for w in self.belief.worlds
            ),
            n_signals=self.belief.n_signals[box],
            rows=self.belief.rows[:0],
            move=self.belief.move[:0, : len(there), : len(there)],
        )
        return replace(self, evidence=None, belief=kept)


def read_ground(loaded: LoadedScenario) -> Ground:
    """Read the signals that a scenario names, and fit belief to them.

    Raises
    ------
    InputError
        Where the signals or the codebook are wrong.
    """
    scenario = loaded.scenario
    n_draws = scenario.beliefs.draws
    evidence = belief = None
    if loaded.signals_folder is not None:
        evidence = load_evidence(loaded.signals_folder).reading(scenario.beliefs.reading)
        statements = {
            pair: value
            for pair, value in statements_of(scenario).items()
            if set(pair) <= set(evidence.states)
        }
        known = evidence.until(scenario.as_of)
        belief = fit_posterior(
            known, scenario.start, states=evidence.states, n_draws=n_draws, statements=statements
        )
    codebook = _codebook(loaded, evidence)
    rng = stream(WEIGHTS_SEED, 0, Purpose.WEIGHTS)
    weights = belief.weights if belief else draw_weights(codebook, n_draws, rng)
    return Ground(codebook, evidence, belief, weights)


def _codebook(loaded: LoadedScenario, evidence: Evidence | None) -> Codebook:
    if evidence:
        return evidence.codebook
    return load_codebook(loaded.codebook_folder) if loaded.codebook_folder else Codebook((), ())


def statements_of(scenario: Scenario) -> dict[tuple[str, str], tuple[float, float]]:
    """Mean and sd of θ of the dyads that a scenario states outright."""
    return {(a.sender, a.target): (float(np.arctanh(a.mean)), a.sd) for a in scenario.beliefs.affinities}
