"""Each preset of policies does what its name says, by the general rules, against the same state without it.

Two camps, one led by `LA` and one by `LB`, each with a member, and the state `XX` whose policy is in question.
All comparisons are paired: replica by replica the same chance.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim.experiment.ensemble import plan, simulate_ensemble
from sim.scenario.load import load_scenario
from sim.scenario.setup import Setup, resolve

STATES = ("XX", "LA", "MA", "LB", "MB")
X, LA, MA, LB, MB = range(5)
CAMPS = {
    (i, j): 0.7 if i[1] == j[1] else -0.7 for i in STATES[1:] for j in STATES[1:] if i != j
}  # the last letter is the camp
N_REPLICAS = 150
SURE = 1e-4  # one-sided p of what is claimed of a mean over replicas
BUSY = "policies.default.activity=-5.5"
COURTSHIP = ("G4", "G2", "G5", "G7", "G8")
QUARREL = ("D5", "D8", "D7")

Ask = Callable[..., Setup]
Felt = dict[tuple[str, str], float]


@dataclass(frozen=True)
class Outcome:
    """What came of an ensemble: affinities at the end, and what the states did of their own, all (R, N, N)."""

    affinity: np.ndarray
    gestures: np.ndarray
    denials: np.ndarray
    given: np.ndarray  # net warmth


def outcomes(*setups: Setup) -> list[Outcome]:
    """Run setups on the same chance."""
    n_steps, n = setups[0].scenario.steps, len(STATES)
    chunks = list(simulate_ensemble(list(setups), plan(n_steps, n_steps, set()), N_REPLICAS))
    results = []
    for k, setup in enumerate(setups):
        warmth_of = np.array([t.warmth for t in setup.codebook.types])
        acts = np.concatenate([c[k].acts for c in chunks])
        acts = acts[acts[:, 6] < 0]
        warmth, place = warmth_of[acts[:, 5]], (acts[:, 0], acts[:, 2], acts[:, 3])
        sums = np.zeros((3, N_REPLICAS, n, n))
        for total, value in zip(sums, (warmth > 0, warmth < 0, warmth), strict=True):
            np.add.at(total, place, value)
        results.append(Outcome(np.concatenate([c[k].record.affinity[:, -1] for c in chunks]), *sums))
    return results


def acts(sender: str, target: str, kinds: Iterable[str], first: int, gap: int = 8) -> list[str]:
    """Lines of scheduled acts, loud and by the head of state."""
    role = f"sender: {sender}, target: {target}, level: head, audience: public"
    return [f"  - {{step: {first + gap * k}, type: {kind}, {role}}}" for k, kind in enumerate(kinds)]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Make a question about `XX` ready: what is felt beyond the camps, what happens, and overrides."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(Path(__file__).parents[2] / "seeds", folder / "seeds")
    (folder / "scenarios").mkdir()

    def build(felt: Felt, events: list[str], *overrides: str) -> Setup:
        rest = {pair: 0.0 for other in STATES[1:] for pair in ((other, "XX"), ("XX", other))}
        lines = [
            f"  - {{sender: {i}, target: {j}, mean: {a}, sd: 0.2}}"
            for (i, j), a in {**CAMPS, **rest, **felt}.items()
        ]
        text = ["question: What does XX do?", "start: 2024-01-01", "steps: 78", "codebook: ../seeds"]
        text += ["states: [XX, LA, MA, LB, MB]", "names: {XX: X, LA: A, MA: A, LB: B, MB: B}"]
        text += ["capability: {LA: 5, LB: 5}", "beliefs:", " affinities:", *lines]
        file = folder / "scenarios" / "question.yaml"
        file.write_text("\n".join([*text, *(["acts:", *events] if events else [])]) + "\n")
        return resolve(load_scenario(file, overrides))

    return build


def preset(name: str) -> str:
    return f"policies.XX.preset={name}"


def p_higher(difference: np.ndarray) -> float:
    """One-sided p of a mean of paired differences above 0."""
    return float(stats.ttest_1samp(difference, 0.0, alternative="greater").pvalue)


def test_a_hedger_keeps_its_distance_and_returns_courtesies(ask: Ask) -> None:
    friendly: Felt = {("XX", leader): 0.3 for leader in ("LA", "LB")}
    courted = acts("LA", "XX", COURTSHIP, 4)
    hedged, still, plain, plain_still = outcomes(
        *(ask(friendly, events, BUSY, *who) for who in ([preset("hedger")], []) for events in (courted, []))
    )

    def lean(outcome: Outcome) -> np.ndarray:
        return outcome.affinity[:, X, LA] - outcome.affinity[:, X, LB]

    moved, moved_plain = lean(hedged) - lean(still), lean(plain) - lean(plain_still)
    assert p_higher(moved) < SURE, "it is no stone"
    assert p_higher(moved_plain - 2 * moved) < SURE, "but moved by less than half of what others are"
    both = [*courted, *acts("LB", "XX", COURTSHIP, 8)]
    hedged, plain = outcomes(ask(friendly, both, BUSY, preset("hedger")), ask(friendly, both, BUSY))
    for leader in (LA, LB):
        assert p_higher((plain.denials - hedged.denials)[:, X, leader]) < SURE
        assert hedged.gestures[:, X, leader].mean() > 0.9 * plain.gestures[:, X, leader].mean()


def test_a_hedger_takes_no_side_in_its_friends_quarrel(ask: Ask) -> None:
    friend: Felt = {("XX", "LA"): 0.4, ("XX", "LB"): 0.4}
    quarrel = acts("LA", "LB", QUARREL, 4)
    hedged, still, plain, plain_still = outcomes(
        *(ask(friend, events, *who) for who in ([preset("hedger")], []) for events in (quarrel, []))
    )
    lost, lost_plain = (
        (after.affinity - before.affinity)[:, X, LA]
        for after, before in ((hedged, still), (plain, plain_still))
    )
    assert p_higher(-lost_plain) < SURE
    assert p_higher(2 * lost - lost_plain) < SURE


def test_a_bandwagoner_goes_over_to_who_offers_more(ask: Ask) -> None:
    tied: Felt = {("XX", "LB"): 0.4, ("XX", "MB"): 0.4, ("LB", "XX"): 0.4}
    offers = acts("LA", "XX", COURTSHIP, 4)
    joined, balanced, plain = outcomes(
        *(ask(tied, offers, BUSY, *who) for who in ([preset("bandwagoner")], [preset("balancer")], []))
    )
    went_over = [
        (o.affinity[:, X, LA] > o.affinity[:, X, LB]).astype(float) for o in (joined, balanced, plain)
    ]
    assert went_over[0].mean() > 0.6
    for other, outcome in zip(went_over[1:], (balanced, plain), strict=True):
        assert p_higher(went_over[0] - other) < SURE
        assert p_higher((joined.given - outcome.given)[:, X, LA]) < SURE


def test_a_balancer_courts_the_enemy_of_a_strong_enemy(ask: Ask) -> None:
    """Walt's threat is hostility weighed by capability: of an enemy as weak as the rest it makes little."""
    threatened: Felt = {("XX", "LA"): -0.7, ("LA", "XX"): -0.7}
    strong, weak, plain = outcomes(
        ask(threatened, [], BUSY, preset("balancer")),
        ask(threatened, [], BUSY, preset("balancer"), "capability.LA=0.5"),
        ask(threatened, [], BUSY),
    )
    for friend in (LB, MB):
        assert p_higher((strong.given - plain.given)[:, X, friend]) < SURE
        assert p_higher((strong.given - weak.given)[:, X, friend]) < SURE
    assert p_higher((plain.given - strong.given)[:, X, MA]) < SURE, "and is colder to its enemy's friend"


def test_a_balancer_minds_third_parties_and_is_not_bought(ask: Ask) -> None:
    threatened: Felt = {("XX", "LA"): -0.7, ("LA", "XX"): -0.7}
    slights, gifts = acts("LB", "LA", QUARREL, 4), acts("LA", "XX", COURTSHIP, 4)
    slighted, bought, still, plain_slighted, plain_bought, plain_still = outcomes(
        *(
            ask(threatened, events, *who)
            for who in ([preset("balancer")], [])
            for events in (slights, gifts, [])
        )
    )

    def moved(after: Outcome, before: Outcome, toward: int) -> np.ndarray:
        return (after.affinity - before.affinity)[:, X, toward]

    assert p_higher(moved(slighted, still, LB) - 2 * moved(plain_slighted, plain_still, LB)) < SURE
    assert p_higher(moved(plain_bought, plain_still, LA) - 2 * moved(bought, still, LA)) < SURE


CLIENT: Felt = {("XX", "MA"): 0.6, ("MA", "XX"): 0.6, ("XX", "LB"): -0.6, ("LB", "XX"): -0.6}


def test_a_patron_gives_more_than_it_gets(ask: Ask) -> None:
    patron, plain = outcomes(ask(CLIENT, [], "steps=156", preset("patron")), ask(CLIENT, [], "steps=156"))
    surplus, surplus_plain = (o.given[:, X, MA] - o.given[:, MA, X] for o in (patron, plain))
    assert p_higher(surplus) < SURE
    assert p_higher(surplus - surplus_plain) < SURE


def test_a_patron_asks_for_loyalty_not_for_gifts(ask: Ask) -> None:
    gifts, defection = acts("MA", "XX", COURTSHIP, 4), acts("MA", "LB", COURTSHIP, 4)
    given, betrayed, still, plain_given, plain_betrayed, plain_still = outcomes(
        *(ask(CLIENT, events, *who) for who in ([preset("patron")], []) for events in (gifts, defection, []))
    )

    def moved(after: Outcome, before: Outcome) -> np.ndarray:
        return (after.affinity - before.affinity)[:, X, MA]

    assert p_higher(moved(plain_given, plain_still) - 2 * moved(given, still)) < SURE
    assert p_higher(1.5 * moved(plain_betrayed, plain_still) - moved(betrayed, still)) < SURE


def test_a_patron_stands_by_its_public_word(ask: Ask) -> None:
    """After its pledges its feeling turns cold; the audience cost keeps it kinder than its feeling."""
    pledges = acts("XX", "MA", ("G2", "G3", "G7"), 1, 1)
    turn = ["shocks:", "  - {step: 5, kind: affinity, sender: XX, target: MA, to: -0.7}"]
    patron, shameless = outcomes(
        *(
            ask(CLIENT, [*pledges, *turn], preset("patron"), *how)
            for how in ([], ["policies.XX.audience_cost=0"])
        )
    )
    assert p_higher((patron.given - shameless.given)[:, X, MA]) < SURE


def test_a_suitor_makes_much_of_a_kind_word_from_the_other_camp(ask: Ask) -> None:
    """The ally of its enemy, to whom it was publicly cold, says one kind thing: a wedge by accommodation begins."""
    cold: Felt = {("XX", "LA"): -0.7, ("LA", "XX"): -0.7, ("MA", "XX"): -0.2}
    past, word = acts("XX", "MA", ("D5", "D6"), 1, 1), acts("MA", "XX", ("G2",), 4)
    wooing, silent, plain, plain_silent = outcomes(
        *(ask(cold, [*past, *more], *who) for who in ([preset("suitor")], []) for more in (word, []))
    )
    assert p_higher((wooing.given - silent.given)[:, X, MA]) < SURE
    answer, answer_plain = (
        (after.given - before.given)[:, X, MA] for after, before in ((wooing, silent), (plain, plain_silent))
    )
    assert p_higher(answer - 2 * answer_plain) < SURE
    assert p_higher((wooing.gestures - wooing.denials)[:, X, MA]) < SURE
    won, won_plain = (
        (after.affinity - before.affinity)[:, MA, X]
        for after, before in ((wooing, silent), (plain, plain_silent))
    )
    assert p_higher(won - won_plain) < SURE, "and the other is won"
