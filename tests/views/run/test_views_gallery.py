"""The pictures are written whole, carry their run, bear any words, and let no two words touch."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import FillBetweenPolyCollection, QuadMesh
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image

from sim.errors import InputError
from sim.experiment.run import run
from sim.views.gallery import draw_run, pictures_of_runs
from sim.views.run.results import Results, day_number, read_results

PICTURES = pictures_of_runs()
DUBLIN = "{http://purl.org/dc/elements/1.1/}"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="session")
def pictures(runs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return draw_run(runs["hostile"], tmp_path_factory.mktemp("pictures") / "new")


def test_every_picture_is_written_as_png_and_svg_and_nothing_else(pictures: list[Path]) -> None:
    assert [file.name for file in pictures] == [f"{n}.{kind}" for n in PICTURES for kind in ("png", "svg")]
    assert set(pictures[0].parent.iterdir()) == set(pictures)


def test_pictures_carry_the_run_and_its_question(pictures: list[Path], results: Results) -> None:
    for file in pictures:
        if file.suffix == ".png":
            about = Image.open(file).text
            assert (about["Identifier"], about["Title"]) == (results.run_id, results.scenario.question)
        else:
            tree = ElementTree.parse(file)
            assert next(tree.iter(f"{DUBLIN}identifier")).text == results.run_id
            assert next(tree.iter(f"{DUBLIN}title")).text == results.scenario.question
            assert not list(tree.iter(f"{DUBLIN}date"))


def test_words_of_the_scenario_are_never_read_as_markup(pictures: list[Path]) -> None:
    for file in pictures:
        if file.suffix == ".svg":
            tags = {element.tag for element in ElementTree.parse(file).iter() if element.tag.startswith(SVG)}
            assert tags
            assert not tags & {f"{SVG}{tag}" for tag in ("script", "b", "a")}


def test_the_same_run_gives_the_same_bytes(
    pictures: list[Path], runs: dict[str, Path], tmp_path: Path
) -> None:
    again = draw_run(runs["hostile"], tmp_path)
    assert [file.read_bytes() for file in again] == [file.read_bytes() for file in pictures]


def test_a_bare_run_gives_the_pictures_it_has_something_for(runs: dict[str, Path]) -> None:
    files = draw_run(runs["bare"])
    assert {file.stem for file in files} == {"affinity", "dyads", "blocs", "acts", "measures"}
    assert {file.parent for file in files} == {runs["bare"] / "pictures"}


@pytest.mark.parametrize("name", ["hostile", "crowded", "bare"])
@pytest.mark.parametrize("picture", PICTURES)
def test_no_words_touch_or_leave_the_page(
    name: str, picture: str, runs: dict[str, Path], words: Callable[..., dict[Text, Bbox]]
) -> None:
    boxes = words(PICTURES[picture], read_results(runs[name]))
    for text, box in boxes.items():
        width, height = text.get_figure().canvas.get_width_height()
        assert min(box.x0, box.y0, width - box.x1, height - box.y1) >= 0, text
    for (one, a), (other, b) in itertools.combinations(boxes.items(), 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        tall = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert min(wide, tall) <= 1.0, (one, other)


def test_the_question_and_the_run_are_on_every_picture(
    results: Results, words: Callable[..., dict[Text, Bbox]]
) -> None:
    for draw in PICTURES.values():
        texts = [text.get_text() for text in words(draw, results)]
        assert sum(t.startswith("Costs $\\frac_$ & <b>x</b> 5_000 -- 50% `a_b`") for t in texts) == 1
        assert sum(results.run_id in text and "8\u00a0replicas" in text for text in texts) == 1


def test_crowded_pictures_say_what_they_leave_out(
    runs: dict[str, Path], words: Callable[..., dict[Text, Bbox]]
) -> None:
    crowded = read_results(runs["crowded"])
    notes = {n: " ".join(t.get_text() for t in words(draw, crowded)) for n, draw in PICTURES.items()}
    assert "of 25 states are labelled" in notes["alignment"]
    assert "12 of 14 scheduled acts are named" in notes["alignment"]
    assert "too small for their numbers" in notes["affinity"]
    assert "8 more chosen pairs are left out" in notes["dyads"]


def test_contrasts_of_no_effect_do_not_flatten_the_others(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = results.table("contrasts")
    quiet = table.assign(act="quiet", mean=0.0, sd=0.0, mean_low=0.0, mean_high=0.0)
    both = pd.concat([table, quiet], ignore_index=True)
    alone = [axes.get_ylim() for axes in PICTURES["contrasts"](results).axes[1:]]
    monkeypatch.setattr(Results, "table", lambda *_: both)
    assert [axes.get_ylim() for axes in PICTURES["contrasts"](results).axes[1:]] == alone * 2


def lines_over_time(figure: Figure, results: Results) -> list[Line2D]:
    """Lines through the saved steps, in any panel."""
    lines = [line for axes in figure.axes for line in axes.lines]
    return [line for line in lines if list(line.get_xdata()) == results.day_numbers]


def test_no_contrast_seems_to_begin_before_its_act(results: Results) -> None:
    [day] = [day_number(mark.day) for mark in results.marks if mark.key == "recognition"]
    lines = lines_over_time(PICTURES["contrasts"](results), results)
    assert lines
    for line in lines:
        days, values = line.get_data()
        assert line.get_drawstyle() == "steps-post"
        assert (values[np.array(days) < day] == 0).all()
        assert values[-1] != 0


@pytest.mark.parametrize("picture", ["alignment", "dyads", "blocs"])
def test_what_is_saved_is_drawn_until_the_next_save(picture: str, results: Results) -> None:
    figure = PICTURES[picture](results)
    lines = lines_over_time(figure, results)
    assert lines
    assert {line.get_drawstyle() for line in lines} == {"steps-post"}


def test_blocs_change_colour_when_it_is_saved_and_the_last_not_before_its_cause(results: Results) -> None:
    [mesh] = [m for axes in PICTURES["blocs"](results).axes for m in axes.collections if type(m) is QuadMesh][
        :1
    ]
    edges, days = mesh.get_coordinates()[0, :, 0], results.day_numbers
    assert edges[:-2].tolist() == days[:-1]
    [cause] = [day_number(mark.day) for mark in results.marks if mark.key == "act 3"]
    assert edges[-2] == cause == days[-1] == edges[-1]


def test_contrasts_name_the_spread_and_the_error_of_the_mean(
    results: Results, words: Callable[..., dict[Text, Bbox]]
) -> None:
    said = " ".join(text.get_text() for text in words(PICTURES["contrasts"], results))
    assert "Shaded: their spread over the replicas, one standard deviation" in said
    assert "Error of mean: half its 95" in said
    figure = PICTURES["contrasts"](results)
    end = results.table("contrasts").query("step == @results.steps[-1] and quantity == 'affinity'")
    top = end.loc[end["mean"].abs().idxmax()]
    [band, *_] = [
        band for axes in figure.axes for band in axes.collections if type(band) is FillBetweenPolyCollection
    ]
    last = band.get_paths()[0].vertices[:, 1]
    mean, sd = (
        float(top["mean"]),
        float(top["sd"]),
    )  # the table has single precision, the picture draws double
    assert {mean - sd, mean + sd} <= set(last.tolist())


def test_an_expectation_against_an_act_that_is_off_says_so(
    runs: dict[str, Path], words: Callable[..., dict[Text, Bbox]], tmp_path: Path
) -> None:
    file = runs["hostile"].parents[2] / "scenarios" / "hostile.yaml"
    off = read_results(run(file, out=tmp_path, overrides=["acts.recognition.on=false"], replicas=2).path)
    said = [text.get_text() for text in words(PICTURES["expectations"], off)]
    assert said.count("– moot") == said.count("nothing to leave out") == 1
    assert PICTURES["contrasts"](off) is None


def test_expectations_are_put_in_words(results: Results, words: Callable[..., dict[Text, Bbox]]) -> None:
    said = " ".join(text.get_text() for text in words(PICTURES["expectations"], results))
    assert "Affinity of South Korea toward Cuba is higher on 27 Mar 2024 than without “recognition”." in said
    assert "Alignment of Cuba with north is within 0.1 on 27 Mar 2024 of what it was at the start." in said
    verdicts = [row["verdict"] for row in results.manifest["expectations"]]
    assert said.count("✓ holds") == verdicts.count("holds")
    assert said.count("✗ fails") == verdicts.count("fails")


@pytest.mark.parametrize(
    "harm", ["empty", "no manifest", "table lost", "scenario lost", "scenario of another"]
)
def test_what_is_not_a_finished_run_is_refused(harm: str, runs: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(runs["bare"], folder)
    if harm == "empty":
        shutil.rmtree(folder)
    elif harm == "no manifest":
        (folder / "manifest.json").unlink()
    elif harm == "table lost":
        (folder / "dyads.parquet").unlink()
    elif harm == "scenario lost":
        (folder / "scenario.json").unlink()
    else:
        (folder / "scenario.json").write_text(json.dumps({"name": "x", "unheard_of": 1}))
    with pytest.raises(InputError):
        draw_run(folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_refused(runs: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write pictures"):
        draw_run(runs["bare"], tmp_path / "file")


def test_a_write_that_fails_leaves_nothing_behind(
    runs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Figure, file: Path, **_: object) -> None:
        Path(file).write_text("half a picture")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Figure, "savefig", fail)
    with pytest.raises(InputError, match="No space left"):
        draw_run(runs["bare"], tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_drawing_needs_no_pyplot() -> None:
    script = "import sys, sim.views.gallery; assert 'matplotlib.pyplot' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode == 0
