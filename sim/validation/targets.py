"""The targets of ``sim validate`` by name: each is one module with a function `validate`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, cast

from sim.errors import complain
from sim.validation.result import Validation

Progress = Callable[[int, int], None]

TARGETS: Mapping[str, str] = MappingProxyType(
    {
        "kcna": "sim.validation.greetings",
        "korea-ties": "sim.validation.recognition.target",
        "un": "sim.validation.votes.target",
        "atop": "sim.validation.ties.alliances",
        "cow": "sim.validation.ties.signed",
        "published": "sim.validation.published.target",
        "events": "sim.validation.events.target",
        "sbc": "sim.validation.simulated",
    }
)
"""Module of each target; imported only when it is asked for."""


class Target(Protocol):
    """What a target's `validate` takes and gives."""

    def __call__(
        self, data: Path, fit_until: int | None, test: tuple[int, int] | None, progress: Progress
    ) -> Validation:
        """Forecast history and score it.

        Parameters
        ----------
        data
            Folder of public data sets.
        fit_until, test
            Last year that may be looked at before the first forecast, and the years forecast (first,
            last); `None`: the target's own choice, named in the result.
        progress
            Told how much is done, of how much.
        """


def validate(
    names: list[str], data: Path, fit_until: int | None, test: tuple[int, int] | None, progress: Progress
) -> list[Validation]:
    """Run some targets, or with ``all`` every one, in the order of `TARGETS`.

    Raises
    ------
    InputError
        Where a target is unknown or its data are absent or wrong.
    """
    unknown = [name for name in names if name not in (*TARGETS, "all")]
    if unknown:
        raise complain(f"{unknown[0]!r} is not a target; there are {', '.join(TARGETS)} and all")
    wanted = [name for name in TARGETS if name in names or "all" in names]
    if test is not None and test[0] > test[1]:
        raise complain("the first year must not come after the last", key="--test")
    if fit_until is not None and test is not None and test[0] <= fit_until:
        raise complain("test years must come after --fit-until", key="--test")
    results = []
    for done, name in enumerate(wanted):
        results.append(_target(name)(data, fit_until, test, _share(progress, done, len(wanted))))
        progress(100 * (done + 1), 100 * len(wanted))
    return results


def _target(name: str) -> Target:
    return cast(Target, import_module(TARGETS[name]).validate)


def _share(progress: Progress, done: int, n: int) -> Progress:
    """The progress of one target as its share of all, in hundredths."""
    return lambda part, whole: progress(100 * done + (100 * part) // max(whole, 1), 100 * n)
