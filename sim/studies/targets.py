"""The targets of ``sim validate`` by name: each is one module with a function `validate`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, cast

from sim.errors import complain
from sim.studies.result import Progress, Validation

TARGETS: Mapping[str, str] = MappingProxyType(
    {
        "kcna": "sim.studies.kcna.target",
        "korea-ties": "sim.studies.korea_ties.target",
        "un": "sim.studies.un_votes.target",
        "atop": "sim.studies.alliances.atop",
        "cow": "sim.studies.alliances.cow",
        "published": "sim.studies.published.target",
        "events": "sim.studies.events.target",
        "sbc": "sim.studies.sbc",
    }
)
"""Module of each target; imported only when it is asked for."""

WITHOUT_YEARS = ("published", "sbc")
"""Targets that forecast no years, so that none can be chosen."""
WITHOUT_DATA = ("sbc",)
"""Targets that read no public data."""


class Target(Protocol):
    """What a target's `validate` takes and gives."""

    def __call__(
        self,
        data: Path,
        fit_until: int | None,
        test: tuple[int, int] | None,
        progress: Progress,
        ahead: int | None = None,
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
        ahead
            Years from what is known to what is forecast; `None`: the target's own choice.
        """


def validate(
    names: list[str],
    data: Path | None,
    fit_until: int | None,
    test: tuple[int, int] | None,
    progress: Progress,
    ahead: int | None = None,
) -> list[Validation]:
    """Run some targets, or with ``all`` every one, in the order of `TARGETS`.

    Parameters
    ----------
    names
        Names of targets, or ``all``.
    data, fit_until, test, progress, ahead
        As for a `Target`; no data where no target needs them.

    Raises
    ------
    InputError
        Where a target is unknown or its data are absent or wrong.
    """
    unknown = [name for name in names if name not in (*TARGETS, "all")]
    if unknown:
        raise complain(f"{unknown[0]!r} is not a target; there are {', '.join(TARGETS)} and all")
    targets = [name for name in TARGETS if name in names or "all" in names]
    if data is None and (needy := [name for name in targets if name not in WITHOUT_DATA]):
        raise complain(f"{needy[0]} needs a folder of public data sets", key="--data")
    chosen = {"--fit-until": fit_until, "--test": test, "--ahead": ahead}
    for option, value in chosen.items():
        if value is not None and (timeless := [name for name in names if name in WITHOUT_YEARS]):
            raise complain(f"{timeless[0]} forecasts no years", key=option)
    if test is not None and test[0] > test[1]:
        raise complain("the first year must not come after the last", key="--test")
    if fit_until is not None and test is not None and test[0] <= fit_until:
        raise complain("test years must come after --fit-until", key="--test")
    results = []
    for done, name in enumerate(targets):
        share = _share(progress, done, len(targets))
        results.append(_target(name)(data or Path(), fit_until, test, share, ahead))
        progress(100 * (done + 1), 100 * len(targets))
    return results


def _target(name: str) -> Target:
    return cast(Target, import_module(TARGETS[name]).validate)


def _share(progress: Progress, done: int, n: int) -> Progress:
    """The progress of one target as its share of all, in hundredths."""
    return lambda part, whole: progress(100 * done + (100 * part) // max(whole, 1), 100 * n)
