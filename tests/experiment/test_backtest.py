import json
from datetime import date

import pytest

from sim.errors import InputError
from sim.experiment.backtest import backtest
from tests.conftest import ROOT

HAVANA = ROOT / "scenarios" / "havana.yaml"


def test_recognition_after_the_cut_is_named_as_what_the_run_could_not_know(tmp_path):
    found = backtest(HAVANA, date(2024, 2, 14), 24, tmp_path)
    row = next(r for r in found.rows if (r.sender, r.target) == ("CUB", "KOR"))
    assert row.act.endswith("CUB→KOR R1")
    assert row.path == "evidence"
    assert row.rest > 0
    assert row.low < row.simulated < row.high
    summary = found.summary()
    assert 0.5 < summary["coverage"] <= 1
    assert summary["dyads"] == 13 * 12
    manifest = json.loads((found.path / "manifest.json").read_text())
    assert manifest["cut"] == "2024-02-14"
    assert (found.path / "dyads.parquet").exists()


@pytest.mark.parametrize("cut", [date(1900, 1, 1), date(2100, 1, 1)])
def test_a_cut_that_leaves_no_signals_on_one_side_is_refused(cut, tmp_path):
    with pytest.raises(InputError, match="leaves no signals on one side"):
        backtest(HAVANA, cut, 24, tmp_path)
    assert list(tmp_path.iterdir()) == []
