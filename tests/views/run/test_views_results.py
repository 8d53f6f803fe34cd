"""What the pictures read from a run is what the run wrote."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.views.run.blocs import bloc_numbers
from sim.views.run.results import Results, read_results


def test_alignment_is_by_replica_step_and_state(results: Results) -> None:
    table = results.table("states")
    values = results.alignment("north")
    for r, s, i in ((0, 0, 0), (3, 2, 1), (7, 4, 4)):
        row = table[
            (table["replica"] == r)
            & (table["step"] == results.steps[s])
            & (table["state"] == results.states[i])
        ]
        assert values[r, s, i] == pytest.approx(row["alignment_north"].item())


def test_alignment_with_oneself_alone_is_nothing(results: Results) -> None:
    assert np.isnan(results.alignment("south")[:, :, results.place["KOR"]]).all()


def test_dyads_stand_in_their_cells(results: Results) -> None:
    table, mean = results.table("dyads"), results.dyad("mean")
    for _, row in table.sample(20, random_state=1).iterrows():
        s = list(results.steps).index(row["step"])
        assert mean[s, results.place[row["sender"]], results.place[row["target"]]] == row["mean"]
    assert np.isnan(mean[:, np.arange(5), np.arange(5)]).all()


def test_together_is_the_share_of_replicas_in_one_bloc(results: Results) -> None:
    table = results.table("states")
    last = table[table["step"] == results.steps[-1]].pivot_table(
        index="replica", columns="state", values="bloc", aggfunc="first", observed=True
    )
    share = (last["PRK"].astype(str) == last["RUS"].astype(str)).mean()
    assert results.together[-1, results.place["PRK"], results.place["RUS"]] == pytest.approx(share)


def test_order_keeps_each_bloc_in_one_piece(runs: dict[str, Path]) -> None:
    for folder in runs.values():
        results = read_results(folder)
        assert sorted(results.order) == list(range(len(results.states)))
        members = [int(results.consensus[-1][i]) for i in results.order if results.has_bloc[-1][i]]
        assert len(list(itertools.groupby(members))) == len(set(members))


def test_company_is_ones_own_bloc_and_its_median(results: Results) -> None:
    bloc, sure = results.company
    assert np.array_equal(bloc[results.has_bloc], results.consensus[results.has_bloc])
    for s, i in np.argwhere(bloc >= 0):
        others = [j for j in np.flatnonzero(results.consensus[s] == bloc[s, i]) if j != i]
        assert sure[s, i] == pytest.approx(np.median(results.together[s, i, others]))


def test_states_of_the_scenario_are_in_focus_else_those_that_moved(runs: dict[str, Path]) -> None:
    assert read_results(runs["hostile"]).focus[0] == "CUB"
    assert set(read_results(runs["bare"]).focus) == {"PRK", "CUB"}


def test_long_and_undrawable_names_give_way_to_codes(results: Results) -> None:
    assert results.name("KOR") == "South Korea"
    assert results.label("PRK") == "PRK"
    assert results.key == [f"PRK: {results.name('PRK')}"]
    assert results.name("XHA") in ("XHA", results.scenario.names["XHA"])  # as the fonts at hand allow


def test_marks_are_the_schedule_in_order(results: Results) -> None:
    assert [mark.key for mark in results.marks] == ["recognition", "answer", "thaw", "act 3"]
    assert results.marks[0].text == "recognition: Cuba → South Korea (R1)"
    assert results.marks[-1].day == results.scenario.end


def test_a_bloc_keeps_its_number_while_most_of_it_stays() -> None:
    consensus = np.array([[0, 0, 0, 3, 3], [0, 0, 2, 2, 2], [0, 1, 2, 2, 2], [0, 0, 2, 3, 4]])
    assert bloc_numbers(consensus).tolist() == [
        [0, 0, 0, 1, 1],
        [0, 0, 1, 1, 1],
        [-1, -1, 1, 1, 1],
        [0, 0, -1, -1, -1],
    ]


@given(st.lists(st.lists(st.integers(0, 4), min_size=5, max_size=5), min_size=1, max_size=6))
def test_two_states_share_a_number_when_and_only_when_they_share_a_bloc(rows: list[list[int]]) -> None:
    consensus = np.array(rows)
    numbers = bloc_numbers(consensus)
    for labels, row in zip(consensus, numbers, strict=True):
        size = np.array([(labels == label).sum() for label in labels])
        assert np.array_equal(row < 0, size == 1)
        together = labels[:, None] == labels[None, :]
        crowd = np.ix_(size > 1, size > 1)
        assert np.array_equal((row[:, None] == row[None, :])[crowd], together[crowd])
