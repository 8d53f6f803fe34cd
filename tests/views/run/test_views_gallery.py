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

import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from PIL import Image

from sim.errors import InputError
from sim.views.run.gallery import PICTURES, draw_run
from sim.views.run.results import Results, day_number, read_results

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
    assert {file.stem for file in files} == {"affinity", "dyads", "blocs", "acts"}
    assert {file.parent for file in files} == {runs["bare"] / "pictures"}


@pytest.mark.parametrize("run", ["hostile", "crowded", "bare"])
@pytest.mark.parametrize("picture", PICTURES)
def test_no_words_touch_or_leave_the_page(
    run: str, picture: str, runs: dict[str, Path], words: Callable[..., dict[Text, Bbox]]
) -> None:
    boxes = words(PICTURES[picture], read_results(runs[run]))
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
    quiet = table.assign(act="quiet", mean=0.0, low=0.0, high=0.0)
    both = pd.concat([table, quiet], ignore_index=True)
    alone = [axes.get_ylim() for axes in PICTURES["contrasts"](results).axes[1:]]
    monkeypatch.setattr(Results, "table", lambda *_: both)
    assert [axes.get_ylim() for axes in PICTURES["contrasts"](results).axes[1:]] == alone * 2


def test_no_contrast_seems_to_begin_before_its_act(results: Results) -> None:
    figure = PICTURES["contrasts"](results)
    [day] = [day_number(mark.day) for mark in results.marks if mark.key == "recognition"]
    drawn = [line.get_xydata() for axes in figure.axes[1:] for line in axes.lines]
    lines = [points for points in drawn if points[0, 0] == results.day_numbers[0]]
    assert lines
    for points in lines:
        until = points[points[:, 0] <= day]
        assert until[-1, 0] == day
        assert (until[until[:, 0] < day, 1] == 0).all()
        assert (until[until[:, 0] == day, 1] == 0).any()
        assert points[-1, 1] != 0


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
    script = "import sys, sim.views.run.gallery; assert 'matplotlib.pyplot' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode == 0
