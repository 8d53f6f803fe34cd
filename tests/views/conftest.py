"""Small real runs to draw, on the seeds of the project, and a figure's words as they come to stand on it."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from matplotlib import style as styles
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from sim.experiment.run import run
from sim.views.drawing.sheet import style
from sim.views.run.results import Results, read_results

SEEDS = Path(__file__).parents[2] / "seeds"
QUESTION = "Costs $\\frac_$ & <b>x</b> 5_000 -- 50% `a_b` 😀 조선 --> " + "or else " * 30 + "?"
NAMES = {
    "PRK": "Très_long $name$ of <a> state & its --> territories overseas",
    "XHA": "中国 <script>alert(1)</script>",
}
CODES = [
    "AGO", "ARG", "ARM", "AUS", "AUT", "AZE", "BDI", "BEL", "BEN",
    "BFA", "BGD", "BGR", "BHR", "BHS", "BIH", "BLR", "BOL", "BRA",
    "BRN", "BTN", "BWA", "CAF", "CAN", "CHE", "CHL",
]  # fmt: skip


def _scenario(**changes: object) -> dict[str, object]:
    return {
        "question": QUESTION,
        "start": "2024-01-31",
        "steps": 8,
        "replicas": 8,
        "states": ["PRK", "CUB", "KOR", "RUS", "XHA"],
        "names": NAMES,
        "beliefs": {"signals": "../seeds", "draws": 4},
        "record": {"every": 2},
        "poles": {"south": ["KOR"], "north": ["PRK", "RUS"]},
        "acts": [
            {"id": "recognition", "date": "2024-02-14", "sender": "CUB", "target": "KOR", "type": "R1"},
            {"id": "answer", "date": "2024-02-14", "sender": "KOR", "target": "CUB", "type": "R1"},
            {"step": 8, "sender": "PRK", "target": "CUB", "type": "D5"},
        ],
        "shocks": [{"id": "thaw", "step": 3, "kind": "affinity", "sender": "CUB", "target": "KOR", "by": 0.5}],
        "expect": [
            {
                "quantity": "affinity", "who": ["KOR", "CUB"], "against": {"without": "recognition"},
                "direction": "higher", "probability": 0.6, "why": "The $recognised$ <state> answers.",
            },
            {"quantity": "alignment", "who": ["CUB", "north"], "direction": "same", "margin": 0.1, "probability": 1},
            {"quantity": "same_bloc", "who": ["PRK", "XHA"], "direction": "lower", "probability": 0.9},
        ],
    } | changes  # fmt: skip


SCENARIOS: dict[str, dict[str, object]] = {
    "hostile": _scenario(),
    "crowded": _scenario(
        question="Is there room for all?", states=CODES, names={}, shocks=[], expect=[], replicas=3,
        beliefs={}, codebook="../seeds", poles={"west": CODES[:12], "a-pole-with-a-very-long-name": CODES[20:]},
        acts=[
            {"id": f"a-rather-long-name-{k}", "step": 1 + k // 2, "sender": one, "target": other, "type": "G6"}
            for k, (one, other) in enumerate(itertools.pairwise(CODES[:15]))
        ],
    ),
    "bare": _scenario(
        question="One replica, one step?", states=["PRK", "CUB"], names={}, poles={}, acts=[], shocks=[],
        expect=[], steps=1, replicas=1, record={"acts": False},
    ),
}  # fmt: skip


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of finished runs: one with hostile words, one with many states, one with almost nothing."""
    top = tmp_path_factory.mktemp("project")
    shutil.copytree(SEEDS, top / "seeds")
    (top / "scenarios").mkdir()
    folders = {}
    for name, scenario in SCENARIOS.items():
        file = top / "scenarios" / f"{name}.yaml"  # JSON is YAML
        file.write_text(json.dumps(scenario, ensure_ascii=False), encoding="utf-8")
        folders[name] = run(file, out=top / "results").path
    return folders


@pytest.fixture(scope="session")
def results(runs: dict[str, Path]) -> Results:
    return read_results(runs["hostile"])


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[Text, Bbox]]:
    """Draw a picture and give each text that was drawn, with the box it takes up on the page in pixels."""

    def drawn(draw: Callable[[Results], Figure | None], shown: Results) -> dict[Text, Bbox]:
        found: list[Text] = []
        original = Text.draw

        def spy(self: Text, renderer: object) -> None:
            found.append(self)
            original(self, renderer)

        with styles.context(["default", style(shown.run_id)]):
            figure = draw(shown)
            if figure is None:
                return {}
            canvas = FigureCanvasAgg(figure)
            monkeypatch.setattr(Text, "draw", spy)
            canvas.draw()
            monkeypatch.setattr(Text, "draw", original)
            renderer = canvas.get_renderer()
            return {
                t: t.get_window_extent(renderer) for t in found if t.get_visible() and t.get_text().strip()
            }

    return drawn
