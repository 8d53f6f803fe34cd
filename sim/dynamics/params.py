"""Every coefficient of the law, defined once: unit, bounds, default and source.

Validation, sweep ranges, the JSON Schema and the table in the docs are derived from these two
records. `Params` holds for the whole world; `Policy` holds for one state.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
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
