"""Every coefficient of the law, defined once: unit, bounds, default and source.

Validation, sweep ranges, the JSON Schema and the tables in the docs are derived from these two
records. `Params` holds for the whole world; `Policy` holds for one state, and `PRESETS` names
ways to behave that the literature describes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from types import MappingProxyType
from typing import Any, Literal


def _coefficient(default: float, low: float, high: float, unit: str, meaning: str, source: str) -> Any:
    metadata = {"low": low, "high": high, "unit": unit, "meaning": meaning, "source": source}
    return field(default=default, metadata=metadata)


def _option(default: Any, meaning: str) -> Any:
    return field(default=default, metadata={"unit": "-", "meaning": meaning, "source": "choice"})


@dataclass(frozen=True)
class Params:
    """Coefficients of the law that hold for every state."""

    friendship_decay: float = _coefficient(
        3.2e-5, 0, 1, "1/day",
        "κ₊: rate at which a warm θ returns to its long-run level (half-life about 60 years)",
        "fit: CoW signed ties",
    )  # fmt: skip
    hostility_decay: float = _coefficient(
        4.7e-4, 0, 1, "1/day",
        "κ₋: rate at which a cold θ returns to its long-run level (half-life about 4 years)",
        "fit: CoW signed ties",
    )  # fmt: skip
    reciprocity: float = _coefficient(3e-4, 0, 1, "1/day", "ρ: rate at which θ_ij is drawn to θ_ji", "prior")
    balance: float = _coefficient(
        2e-5, 0, 1, "θ/day",
        "β: pull of structural balance; a strong static pattern and a weak forecaster, so small",
        "prior; Heider 1946, Traag et al. 2013",
    )  # fmt: skip
    noise: float = _coefficient(0.012, 0, 1, "θ/√day", "σ: size of the unexplained shocks to θ", "prior")
    activity_slope: float = _coefficient(
        1.0, 0, 3, "log rate/θ", "δ: how much oftener strong feelings act, either sign", "prior; Lerner 2016"
    )
    occasion_bound: float = _coefficient(
        0.03,
        0,
        5,
        "1/day",
        "Λ: highest rate of occasions of one dyad; candidates are thinned from it",
        "choice",
    )
    commitment: float = _coefficient(
        0.3, 0, 1, "-", "ψ: share of the way that one fully public act moves a state's public line", "prior"
    )
    theta_max: float = _coefficient(
        3.0, 0.1, 1e12, "θ", "bound on |θ|, so that |a| ≤ tanh 3 = .995", "choice"
    )
    squash: Literal["tanh", "linear"] = _option("tanh", "a = tanh θ, or a = θ for the published limit cases")
    balance_form: Literal["XXT", "X2"] = _option(
        "XXT", "balance term Σ c_l a_il a_jl, or Σ c_l a_il a_lj (Kułakowski/Marvel when symmetric)"
    )
    self_affinity: bool = _option(
        False, "let the diagonal evolve, as the closed form of dX/dt = X² needs; otherwise it stays 0"
    )


@dataclass(frozen=True)
class Policy:
    """How one state behaves; a scenario may set these state by state."""

    temperature: float = _coefficient(
        1.0, 0.05, 20, "utility", "τ: randomness of choice", "prior; McKelvey & Palfrey 1995"
    )
    friends_opinion: float = _coefficient(
        1.0, 0, 10, "utility", "χ: weight on what my friends think of the target", "prior"
    )
    audience_cost: float = _coefficient(
        0.1, 0, 10, "utility/θ²", "aud: cost of contradicting one's public line", "prior; Fearon 1997"
    )
    reply: float = _coefficient(
        0.3, 0, 10, "utility/θ", "φ: weight on the target's recent acts to me", "prior"
    )
    activity: float = _coefficient(
        -7.0, -30, 3, "log 1/day", "α: log rate at which it finds occasions to act", "prior"
    )
    attraction: float = _coefficient(
        0.0, -10, 10, "log", "γ: log factor on the occasions that others find toward it", "prior"
    )
    susceptibility: float = _coefficient(
        0.03, 0, 1, "-", "η: share of an act's warmth that moves it when it is the target", "prior"
    )
    vigilance: float = _coefficient(
        0.02, 0, 1, "-", "ω: share of an act's warmth that moves it when it looks on", "prior"
    )


def coefficients(record: type[Params] | type[Policy]) -> tuple[Field[Any], ...]:
    """List the fields of a record with their metadata (unit, low, high, meaning, source)."""
    return fields(record)


@dataclass(frozen=True)
class Preset:
    """A named way to behave: those fields of a `Policy` that make it what it is.

    Attributes
    ----------
    meaning
        What such a state does, and which fields make it do so.
    policy
        The fields that differ from the law's defaults; all others are left as they are. The names
        are the literature's, the numbers priors.
    source
        Who described it.
    """

    meaning: str
    policy: Mapping[str, float]
    source: str


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "hedger": Preset(
            "keeps an even distance between rivals: returns courtesies on all sides, avoids loud acts, and "
            "is moved little by what is done to it or to others",
            MappingProxyType(
                {
                    "friends_opinion": 0.0,
                    "audience_cost": 0.3,
                    "reply": 1.0,
                    "susceptibility": 0.01,
                    "vigilance": 0.005,
                }
            ),
            "Kuik 2008, Contemporary Southeast Asia 30(2)",
        ),
        "bandwagoner": Preset(
            "goes where there is something to gain: what it is offered moves it much, it follows its strong "
            "friends, and no earlier word holds it back",
            MappingProxyType(
                {
                    "friends_opinion": 2.0,
                    "audience_cost": 0.0,
                    "reply": 0.6,
                    "susceptibility": 0.09,
                    "vigilance": 0.005,
                }
            ),
            "Schweller 1994, International Security 19(1)",
        ),
        "balancer": Preset(
            "stands against threat, which is hostility weighed by capability: courts the enemies of its "
            "strong enemies, minds what is done to third states, and is not bought",
            MappingProxyType({"friends_opinion": 3.0, "susceptibility": 0.01, "vigilance": 0.06}),
            "Walt 1987, The Origins of Alliances",
        ),
        "patron": Preset(
            "gives more than it gets and asks for loyalty: acts often, stands by its public word, is moved "
            "little by gifts, and cools on a client that courts its rivals",
            MappingProxyType(
                {
                    "activity": -6.0,
                    "audience_cost": 0.5,
                    "reply": 0.1,
                    "susceptibility": 0.01,
                    "vigilance": 0.05,
                }
            ),
            "Morrow 1991, American Journal of Political Science 35(4); Lake 2009, Hierarchy in "
            "International Relations",
        ),
        "suitor": Preset(
            "woos: takes the initiative, makes much of every kind word, and lets neither its own past line "
            "nor the other's attachments deter it, as a wedge by accommodation needs",
            MappingProxyType(
                {
                    "activity": -5.5,
                    "temperature": 0.4,
                    "friends_opinion": 0.0,
                    "audience_cost": 0.02,
                    "reply": 1.0,
                    "vigilance": 0.005,
                }
            ),
            "Crawford 2011, International Security 35(4); Izumikawa 2013, Security Studies 22(3)",
        ),
    }
)
"""Ways for a state to behave, by the name that a scenario gives as ``preset``."""
