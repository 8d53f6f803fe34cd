"""The verbs of sweeps: exit codes, the summary, the message for every wrong word."""

from __future__ import annotations

import json

import pytest

from tests.sweeps.conftest import small

__all__ = ["small"]


SUMMARY = ["content_hash", "done", "failed", "path", "points", "replicas", "wall_seconds"]


def test_sweep_prints_its_path_and_what_matters(sim, small, tmp_path):
    code, out, err = sim("sweep", small, "--out", tmp_path, "--vary", "params.balance=0:1e-4", "--draws", 4)
    assert code == 0
    assert "share of variance" in err
    assert "affinity_PRK_RUS" in err
    code, summary, _ = sim(
        "sweep", small, "--out", tmp_path, "--vary", "params.balance=0:1e-4", "--draws", 4, "--json"
    )
    summary = json.loads(summary)
    assert sorted(summary) == SUMMARY
    assert summary["path"] == out.strip()
    assert (summary["points"], summary["replicas"], summary["done"], summary["failed"]) == (6, 48, 48, 0)


def test_failed_runs_are_exit_code_3(sim, small, tmp_path):
    bad = ("--set", "sweep.vary={}", "--vary", "steps=2,6", "--vary", "acts.visit.date=2024-01-05,2024-02-01")
    code, _, err = sim("sweep", small, "--out", tmp_path, "--design", "grid", *bad)
    assert code == 3
    assert "6 of 24 runs failed" in err
    assert "outside the horizon" in err
    assert "Traceback" not in err
    code, summary, _ = sim("sweep", small, "--out", tmp_path, "--design", "grid", *bad, "--json")
    assert code == 3
    assert json.loads(summary)["failed"] == 6


BAD = {
    "no range": (("--vary", "params.noise"), "--vary params.noise: write it as --vary KEY=LOW:HIGH"),
    "unknown key": (("--vary", "params.nois=0:1"), "did you mean noise?"),
    "unknown design": (("--design", "latin"), "unknown design latin"),
    "no such table": (("--design", "nowhere.csv"), "nowhere.csv: cannot be read"),
    "unknown executor": (("--executor", "fibres"), "--executor"),
    "a scheduler of threads": (
        ("--executor", "threads", "--scheduler", "tcp://127.0.0.1:1"),
        "--scheduler: only Dask has a scheduler",
    ),
    "no points": (("--points", 0), "--points"),
    "a key twice": (("--vary", "steps=4,5", "--vary", "steps=6,7"), "--vary steps: appears twice"),
    "more than memory holds": (
        ("--points", 10_000_000, "--draws", 10_000, "--replicas", 100_000),
        "sweep: is too large: 10,000,000,000,000,000 runs, some 213 PiB of memory and 256 PiB on disk; this machine",
    ),
    "keys times points": (
        ("--design", "sobol", "--vary", "steps=4,5", "--points", 10_000_000, "--draws", 10_000),
        "sweep: is too large: ",
    ),
    "more than the disk takes": (
        (
            "--points",
            1,
            "--draws",
            10_000,
            "--replicas",
            10_000,
            "--paths",
            "--set",
            "steps=20000",
            "--vary",
            "start=2024-01-01",
        ),
        "is too large: 100,000,000 runs, some 2.24 GiB of memory and 29.1 TiB on disk, where ",
    ),
    "a strategy file that is not there": (("--strategies", "no.py"), "no.py"),
}


@pytest.mark.parametrize(("arguments", "said"), BAD.values(), ids=BAD)
def test_a_wrong_word_is_one_message_and_exit_code_2(sim, small, tmp_path, arguments, said):
    code, out, err = sim("sweep", small, "--out", tmp_path / "results", *arguments)
    assert code == 2
    assert said in err
    assert "Traceback" not in err
    assert out == ""
    assert not (tmp_path / "results").exists()
