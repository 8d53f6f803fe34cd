"""The figures of the verification page, found by running: ``pytest -s tests/dynamics/figures.py`` prints its table.

Every row comes from the same functions that the tests call, with the same seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import networkx as nx
import numpy as np
from scipy import stats

from sim.network.solvers.landscape import landscape
from sim.scenario.load import load_scenario
from sim.scenario.setup import resolve
from sim.studies.published.triads import count_jammed
from tests.dynamics import test_closed_forms as closed
from tests.dynamics import test_common_random_numbers as chance
from tests.dynamics import test_emergence as emergence
from tests.dynamics import test_house_properties as house
from tests.dynamics import test_mesa_face as face
from tests.dynamics import test_neighbouring_models as near
from tests.dynamics import test_oracle as oracle
from tests.dynamics import test_paired_contrasts as paired
from tests.dynamics import test_single_dyad as dyad
from tests.dynamics.conftest import HAVANA
from tests.dynamics.law_worlds import LIVELY, NOBODY_CHOOSES, STILL, THREAT, Case, Run, policies, random_case

type Row = tuple[str, str, str, str]


def properties() -> Iterator[Row]:
    worst = 0.0
    for seed in range(50):
        n, form = 2 + seed % 6, ("XXT", "X2")[seed % 2]
        params = replace(LIVELY, noise=0.0, balance_form=form)  # type: ignore[arg-type]
        case = random_case(n, seed, params, n_steps=10).but(types=NOBODY_CHOOSES)
        order = np.random.default_rng(seed).permutation(n)
        plain, renamed = Run(case).go(10).world, Run(house.relabelled(case, order)).go(10).world
        worst = max(worst, float(np.abs(plain.theta[np.ix_(order, order)] - renamed.theta).max()))
    yield (
        "states relabelled, 50 worlds, 10 steps: largest difference of θ",
        "< 1e-12",
        f"{worst:.1e}",
        "relabelling",
    )


def common_chance() -> Iterator[Row]:
    case = random_case(6, rng_seed=4, n_steps=chance.N_STEPS)
    off = 0
    for kind in range(12):
        runs = chance.pair_of_runs(case, (7, 2, 3, kind, 0.0), rng_seed=11)
        off += sum(len(chance.differing(a, b)) for a, b in zip(runs[0].worlds, runs[1].worlds, strict=True))
    text = f"{off} of {12 * (chance.N_STEPS + 1) * 30}"
    yield "an act of strength 0, each of 12 types: dyads that differ in any bit", "0", text, "zero_effect"
    inside, outside = 0, 0
    for seed in range(20):
        case = random_case(6, seed, replace(LIVELY, balance=0.0), n_steps=chance.N_STEPS)
        deaf = case.policies._replace(vigilance=np.zeros(6), friends_opinion=np.zeros(6))
        runs = chance.pair_of_runs(case.but(policies=deaf), (5, 0, 1, THREAT, 1.5), seed)
        for a, b in zip(runs[0].worlds, runs[1].worlds, strict=True):
            changed = chance.differing(a, b)
            inside += len(changed & {(0, 1), (1, 0)})
            outside += len(changed - {(0, 1), (1, 0)})
    yield (
        "a threat where β = ω = χ = 0, 20 worlds, 30 steps: dyads that differ in any bit, inside the pair; outside",
        "> 0; 0",
        f"{inside}; {outside}",
        "stays_within",
    )


def closed_forms() -> Iterator[Row]:
    start = closed.symmetric_normal(30, 0.2, 1)
    t = 0.6 / closed.leading(start)[0]
    exact = closed.solution(start, t)
    errors = [np.abs(closed.simulated(start, t, n) - exact).max() for n in (400, 800, 1600, 3200)]
    ratios = ", ".join(f"{a / b:.3f}" for a, b in pairwise(errors))
    yield "X(t) = X₀(I − X₀t)⁻¹ at .6 t*: error falls as the step", "2, 2, 2", ratios, "solution_is_reached"
    late = [closed.symmetric_normal(60, mean, 4) for mean in (-1.0, 0.0, 0.5)]
    off = [closed.blown_up(x, 2000)[1] * closed.leading(x)[0] - 1.0 for x in late]
    yield (
        "blow-up at t* = 1/λ₁, mean −1, 0, .5, 2000 steps to t*: relative error",
        "→ 0",
        ", ".join(f"{e:+.4f}" for e in off),
        "blows_up",
    )
    start = closed.symmetric_normal(60, -0.3, 5)
    values = np.linalg.svd(closed.blown_up(start, 1000)[0], compute_uv=False)
    yield (
        "limit of rank one: second singular value over the first",
        "→ 0",
        f"{values[1] / values[0]:.1e}",
        "rank_one",
    )
    drawn = [closed.leading(closed.symmetric_normal(200, -1.0, seed)) for seed in range(60)]
    share = np.mean([closed.minority_share(v) for _, v in drawn])
    time = np.mean([1.0 / value for value, _ in drawn])
    yield "n = 200, μ = −1: minority share (60 starts)", "≈ .48", f"{share:.4f}", "published_share"
    yield "n = 200, μ = −1: t* (60 starts)", "≈ .035", f"{time:.4f}", "published_share"
    ends = [
        closed.blown_up(closed.symmetric_normal(200, mean, seed), 300)
        for mean in (-1.0, 0.5)
        for seed in range(3)
    ]
    sizes = [int(min((e[0] > 0).sum(), (e[0] <= 0).sum())) for e, _ in ends]
    yield (
        "n = 200, the law itself: minority in 3 runs at μ = −1, 3 at μ = .5",
        "near 96; 0",
        f"{sizes[:3]}; {sizes[3:]}",
        "200_states",
    )
    graph = nx.karate_club_graph()
    adjacency = nx.to_numpy_array(graph, weight=None)
    end, _ = closed.blown_up(adjacency - adjacency.mean(), 400)
    right = (end[33] > 0) == np.array([graph.nodes[m]["club"] == "Officer" for m in graph])
    yield (
        "karate club, X₀ = adjacency − mean: members on the right side",
        "33 of 34",
        f"{right.sum()} of 34",
        "karate",
    )


def neighbours() -> Iterator[Row]:
    for friendly, published in ((0.5, "≈ .01"), (0.65, "≈ .99")):
        found, n_jammed = near.mean_square_difference(128, friendly, 1000)
        text = f"{found:.4f} ({n_jammed} of 1000 runs jammed)"
        yield f"triads, N = 128, ρ₀ = {friendly}: ⟨δ²⟩", published, text, "crossover"
    yield (
        "triads: N ≤ 25 with jammed cliques",
        "9, 11, 12 …",
        ", ".join(str(n) for n in range(3, 26) if near.jammed_cliques(n)),
        "jammed_cliques",
    )
    none = ", ".join(str(count_jammed(n)) for n in range(3, 9))
    yield "triads: jammed states of any kind, N = 3 … 8, all enumerated", "0", none, "jammed_among"
    jammed = {n: near.mean_square_difference(n, 0.5, 2000)[1] for n in (8, 9, 10, 11)}
    yield (
        "triads: jammed runs of 2000 at N = 8, 9, 10, 11",
        "0, some, 0, some",
        ", ".join(map(str, jammed.values())),
        "runs_jam",
    )
    if near.LANDSCAPE_DATA.is_dir():
        rows = near.table("unix1988_table2.csv")
        kind = np.array([row["type_S_specialist_G_generalist"] for row in rows])
        same = np.where(kind[:, None] == kind[None, :], -1.0, 0.0)
        unix = landscape(same, np.array([float(row["size"]) for row in rows]))
        text = f"{np.round(unix.energy, 2).tolist()}, basins {unix.basin.tolist()}"
        yield "landscape, Unix: minima", "2 at −3828.90, basins 128/128", text, "unix"
        europe = near.table("europe1936_table1.csv")
        size = {row["nation"]: float(row["size_pct_world_capability_1936"]) for row in europe}
        five = landscape(near.hostile(5), np.array([size[p] for p in near.POWERS]))
        yield "landscape, five hostile powers: minima", "4", str(five.n_minima), "five_hostile"
        all_ = landscape(near.hostile(17), np.array(list(size.values())))
        yield "landscape, 17 hostile nations: minima", "209 (198-226)", str(all_.n_minima), "seventeen"


def single_dyad() -> Iterator[Row]:
    rate, sigma, days = 5e-3, 0.02, 200.0
    params = replace(STILL, friendship_decay=rate, hostility_decay=rate, noise=sigma, theta_max=1e6)
    for name, step, moments in (
        (
            "small steps: Ornstein-Uhlenbeck mean and variance",
            0.25,
            dyad.limit_moments(1.0, 0.3, rate, sigma, days),
        ),
        ("weeks: Euler's mean and variance", 8.0, dyad.euler_moments(1.0, 0.3, rate, sigma, 8.0, 25)),
    ):
        sample = dyad.diffusion(1.0, 0.3, params, step, round(days / step), 2)
        expected = f"{moments[0]:.5f}, {moments[1]:.6f}"
        yield (
            name + " (22,350 dyads)",
            expected,
            f"{sample.mean():.5f}, {sample.var():.6f}",
            "euler or uhlenbeck",
        )
    n, rng = 6, np.random.default_rng(4)
    params = replace(STILL, occasion_bound=0.2)
    world, chosen = dyad.random_world(n, rng, params), dyad.random_policies(n, rng)
    chosen = chosen._replace(activity=rng.uniform(-5.0, -4.0, n), attraction=rng.uniform(-0.5, 0.5, n))
    drive = chosen.activity[:, None] + chosen.attraction[None, :] + 0.5 * np.abs(world.theta)
    mean = np.exp(drive)[~np.eye(n, dtype=bool)].sum() * 7.0 * 4000
    acts, _ = dyad.tallied(Case(world, params, chosen, dyad.KEEN), 1, 4000)
    yield (
        "acts at rate exp(α + γ + δ|θ|), 30 dyads",
        f"{mean:.0f} ± {np.sqrt(mean):.0f}",
        f"{acts.sum():.0f}",
        "rate_of",
    )
    eager = Case(world, params, policies(n, activity=3.0), dyad.KEEN)
    bounded = 0.2 * 7.0 * 400 * 30
    acts, _ = dyad.tallied(eager, 1, 400)
    yield (
        "acts of the keenest, bounded at Λ",
        f"{bounded:.0f} ± {np.sqrt(bounded):.0f}",
        f"{acts.sum():.0f}",
        "bounded",
    )
    yield "types by logit, nothing included: chi-square p, 12 cases", "> .001", dyad_shares(), "logit"


def dyad_shares() -> str:
    found = [
        dyad.share_test(seed, rung, step)
        for seed in (1, 2)
        for rung, step in ((0, 1), (1, 1), (2, 1), (3, 1), (2, 12), (2, 60))
    ]
    return f"{min(found):.3f} … {max(found):.3f}"


def oracles() -> Iterator[Row]:
    for n in (3, 12, 50):
        run, largest = oracle.side_by_side(random_case(n, rng_seed=1), rng_seed=20)
        n_acts = sum(acts.type.size for acts in run.acts)
        text = f"{max(largest.values()):.1e} ({n_acts} acts, all the same)"
        yield (
            f"plain Mesa model, N = {n}, 60 steps, all phases: largest difference",
            "< 1e-12",
            text,
            "all_phases",
        )
    others = [
        max(oracle.side_by_side(random_case(8, 2, params), 21)[1].values())
        for params in oracle.FORMS.values()
    ]
    yield (
        "the same for X², linear, noiseless, busy, defaults (N = 8)",
        "< 1e-12",
        f"{max(others):.1e}",
        "other_forms",
    )


def faces() -> Iterator[Row]:
    setup = resolve(load_scenario(HAVANA))
    for name, strategies in (("no override", None), ("every decide() overridden by itself", face.Lawful)):
        chosen = strategies and dict.fromkeys(setup.states, strategies)
        model = face.AllianceModel(setup, 2, chosen)
        affinity, _ = face.stepped(model, face.N_STEPS)
        _, record, _ = face.compiled(setup, 2, face.N_STEPS)
        n_off = int((affinity != record.affinity[0]).sum())
        text = f"{n_off} of {affinity.size}"
        yield f"AllianceModel against the compiled run, {name}: numbers that differ", "0", text, "bit_for_bit"


def emergent() -> Iterator[Row]:
    setup = resolve(load_scenario(HAVANA))
    at, act, played = setup.place, emergence.act, emergence.played
    plans = [
        (act("CUB", "KOR", "R1"),),
        (act("NIC", "KOR", "D5"), act("NIC", "KOR", "D7", 6)),
        (act("PRK", "CUB", "D7"),),
        (act("PRK", "CUB", "D7"), act("PRK", "CUB", "G4")),
        (),
    ]
    recognised, cooled, shut, ajar, without = emergence.ends([played(setup, *acts) for acts in plans])

    def moved(ends: np.ndarray, sender: str, target: str) -> str:
        difference = (ends - without)[:, at[sender], at[target]]
        return f"{difference.mean():+.4f} ± {1.96 * stats.sem(difference):.4f}"

    yield (
        "Havana recognises Seoul, a year on: PRK→CUB",
        "< 0",
        moved(recognised, "PRK", "CUB"),
        "recognition_costs",
    )
    yield "… USA→CUB", "> 0", moved(recognised, "USA", "CUB"), "recognition_costs"
    yield "Managua cools on Seoul: PRK→NIC", "> 0", moved(cooled, "PRK", "NIC"), "pyongyang_warms"
    yield "denial alone: CUB→PRK", "< 0", moved(shut, "CUB", "PRK"), "open_door"
    yield "denial with an open door: CUB→PRK", "< 0, but less", moved(ajar, "CUB", "PRK"), "open_door"


def contrasts() -> Iterator[Row]:
    setup = resolve(load_scenario(HAVANA))
    prk, cub = setup.place["PRK"], setup.place["CUB"]
    for name, (narrow, wide) in paired.half_widths(setup).items():
        off = ~np.eye(narrow.shape[0], dtype=bool)
        one = min(wide[i, j] / narrow[i, j] for i, j in ((prk, cub), (cub, prk)))
        text = f"{one:.1f} (all dyads: {wide[off].mean() / narrow[off].mean():.1f})"
        yield (
            f"Havana, with and without `{name}`: independent over paired width, PRK-CUB",
            "≥ 3",
            text,
            "narrower",
        )
    without = setup.without("recognition")
    actual, same, other = paired.ends([setup, without, paired.on_other_chance(without, setup)])
    narrow, wide = (actual - same).std(axis=0), (actual - other).std(axis=0)
    ratio = wide[prk, cub] / narrow[prk, cub]
    yield (
        "`recognition` again, both from the same draws of belief, PRK→CUB",
        "≥ 3",
        f"{ratio:.1f}",
        "same_draws",
    )


ROOMS: dict[str, Callable[[], Iterator[Row]]] = {
    "test_house_properties.py": properties,
    "test_common_random_numbers.py": common_chance,
    "test_closed_forms.py": closed_forms,
    "test_neighbouring_models.py": neighbours,
    "test_single_dyad.py": single_dyad,
    "test_oracle.py": oracles,
    "test_mesa_face.py": faces,
    "test_emergence.py": emergent,
    "test_paired_contrasts.py": contrasts,
}


def test_the_figures_are_found() -> None:
    """Print the table in Markdown."""
    print("\n| check | expected | obtained | rerun |\n|---|---|---|---|")
    for file, rows in ROOMS.items():
        for *found, word in rows():
            command = f'{file} -k "{word}"'
            cells = (cell.replace("|", "\\|") for cell in found)
            print(f"| {' | '.join(cells)} | `{command}` |")
            assert all(found)
