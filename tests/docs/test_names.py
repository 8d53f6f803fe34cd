"""Every module, name and file of the house that a page or a docstring speaks of is there."""

from __future__ import annotations

import ast
import re

import pytest

import sim
from tests.conftest import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
SOURCES = [
    path for folder in ("sim", "tests", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))
]
DOTTED = re.compile(r"(?<![\w./~-])sim(?:\.[A-Za-z_]\w*)+(?![\w/])")
FILE = re.compile(r"(?<![\w./-])((?:sim|tests|docs|seeds)/[\w./-]*\w)")
OUTSIDE = {"sim.py", "sim.yaml"}  # of a user


def docstrings(path):
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return " ".join(
        node.value.value for node in nodes
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    )  # fmt: skip


def is_there(dotted):
    """Whether the longest part of a dotted name that is a module, or a folder of them, has the rest of it."""
    parts, place = dotted.split(".")[1:], ROOT / "sim"
    while parts and ((place / parts[0]).is_dir() or (place / f"{parts[0]}.py").is_file()):
        place /= parts.pop(0)
    module = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    text = module.read_text(encoding="utf-8")
    defined = rf"^\s*(?:def |class |async def )?{re.escape(parts[0])}\b\s*[(:=]" if parts else ""
    is_public = place == ROOT / "sim" and parts and parts[0] in sim.__all__
    return bool(is_public or re.search(defined, text, re.MULTILINE))


@pytest.mark.parametrize("path", [*PAGES, *SOURCES], ids=lambda path: str(path.relative_to(ROOT)))
def test_what_is_named_is_there(path):
    text = path.read_text(encoding="utf-8") if path.suffix == ".md" else docstrings(path)
    absent = {name for name in DOTTED.findall(text) if name not in OUTSIDE and not is_there(name)}
    absent |= {name for name in FILE.findall(text) if not (ROOT / name).exists()}
    assert absent == set()
