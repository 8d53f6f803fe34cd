"""Numbers change only on purpose: see CONTRIBUTING.md."""

import json

import pytest

from tests.experiment.baseline import FILE, measured


def test_numbers_are_those_committed():
    committed = json.loads(FILE.read_text())
    obtained = measured()
    assert obtained.keys() == committed.keys()
    assert obtained == pytest.approx(committed, rel=1e-6, abs=1e-9)
