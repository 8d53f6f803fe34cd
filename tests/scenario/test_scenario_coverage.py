"""What a scenario's dyads rest on, counted by hand for the small project."""

from sim.scenario.coverage import Support, supports
from sim.views.terminal.check import support_line


def test_dyads_are_counted_by_what_they_rest_on(write, good):
    """The main reading has one signal PRK→CUB, the rival one CUB→PRK instead; no standing facts."""
    stated = good.replace(
        "signals: ../seeds", "signals: ../seeds, affinities: [{sender: KOR, target: PRK, mean: 0, sd: 1}]"
    )
    assert supports(write()) == [Support(write(), 1, 0, 5, 0)]
    [found] = supports(write(stated))
    assert (found.signals, found.facts, found.background, found.nothing) == (1, 1, 4, 0)
    assert "of 6 dyads 1 rest on signals of their own" in support_line(found)
    assert "4 on the background alone, 0 on nothing" in support_line(found)
    [both] = supports(write(stated.replace("sender: KOR, target: PRK", "sender: PRK, target: CUB")))
    assert (both.signals, both.facts) == (1, 0)


def test_signals_after_the_date_of_belief_do_not_count(write, good):
    early = write(good.replace("signals: ../seeds", "signals: ../seeds, as_of: 2024-01-01"))
    assert supports(early)[0].background == 6


def test_without_signals_all_rest_on_the_background_or_on_nothing(write, good):
    bare = write(
        good.replace("{signals: ../seeds}", "{}").replace("steps: 20", "steps: 20\ncodebook: ../seeds")
    )
    assert supports(bare)[0].background == 6


def test_without_a_background_the_rest_is_nothing(write, good):
    blank = write(good.replace("signals: ../seeds", "signals: ../seeds, background: none"))
    [found] = supports(blank)
    assert (found.signals, found.facts, found.background, found.nothing) == (1, 0, 0, 5)
    assert found.n_dyads == 6


def test_abstract_and_wrong_files_have_none(write, good, project):
    write("abstract: true\n", "base.yaml")
    write(good.replace("steps: 20", "steps: 0"), "wrong.yaml")
    right = write()
    assert [found.file for found in supports(project / "scenarios")] == [right]
