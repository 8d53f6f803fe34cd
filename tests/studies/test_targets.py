import pytest

from sim.errors import InputError
from sim.signals.codebook import load_codebook, shipped_codebook
from sim.studies import targets
from tests.conftest import ROOT

QUIET = lambda done, of: None  # noqa: E731


def test_simulated_histories_need_neither_data_nor_a_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shipped_codebook() == load_codebook(ROOT / "seeds")


@pytest.mark.parametrize(
    ("names", "options", "words"),
    [
        (["sbc", "un"], {}, "--data: un needs a folder of public data sets"),
        (["sbc"], {"fit_until": 1990}, "--fit-until: sbc forecasts no years"),
        (["sbc"], {"test": (1990, 1995)}, "--test: sbc forecasts no years"),
        (["sbc"], {"ahead": 3}, "--ahead: sbc forecasts no years"),
    ],
)
def test_what_a_target_lacks_or_has_no_use_for_is_said(names, options, words):
    chosen = {"fit_until": None, "test": None, "ahead": None, **options}
    with pytest.raises(InputError, match=words):
        targets.validate(names, None, chosen["fit_until"], chosen["test"], QUIET, chosen["ahead"])
