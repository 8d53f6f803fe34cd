"""From a point to its setup, sharing all that does not differ; and the check of every value beforehand."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from sim.dynamics.params import Params
from sim.errors import InputError, Problem, complain, shorten
from sim.scenario.belief import Ground, fit_ground, read_sources
from sim.scenario.files.yaml import MAX_PROBLEMS, Scalar
from sim.scenario.load import Draft, LoadedScenario
from sim.scenario.schema.models import Scenario
from sim.scenario.setup import Setup, resolve
from sim.sweeps.design.factors import Design, Factor

MAX_SETUPS, MAX_GROUNDS = 16, 32  # in the caches; others are built again when needed
MAX_TRIED = 8  # points that may speak for a value which is wrong in the scenario as it stands
PROBES = (None, "\0")  # what is wrong with these as well is wrong with the key
OF_BELIEF = ("beliefs", "start", "states")  # first parts of keys on which belief depends
OF_ALL = {
    "rng_seed": "does not vary: all points meet the same chance; ask for more draws or replicas",
    "replicas": "does not vary: all points have the same number, which sweep.replicas says",
}

Items = tuple[tuple[str, Scalar], ...]


class Points:
    """The points of a design as setups, built when needed.

    Coefficients and policies are put into a setup at hand. Any other key makes a scenario of its own,
    checked like a file; scenarios that believe alike share their belief.

    Parameters
    ----------
    draft
        The scenario, without its `sweep`.
    design
        The points.
    """

    def __init__(self, draft: Draft, design: Design) -> None:
        self.draft, self.design = draft, design
        self._setups: OrderedDict[Hashable, Setup] = OrderedDict()
        self._grounds: OrderedDict[Hashable, Ground] = OrderedDict()
        self._lock = threading.RLock()

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_lock": None, "_setups": OrderedDict()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state | {"_lock": threading.RLock()})

    def _split(self, point: int) -> tuple[Items, Items]:
        values = self.design.values(point).items()
        return tuple(i for i in values if not is_light(i[0])), tuple(i for i in values if is_light(i[0]))

    def layout_of(self, point: int) -> Items:
        """What a point changes beside coefficients and policies; alike for points that run alike."""
        return self._split(point)[0]

    def setup(self, point: int) -> Setup:
        """Setup of one point.

        Raises
        ------
        InputError
            Where its values contradict each other.
        """
        heavy, light = self._split(point)
        with self._lock:
            setup = self._cached(self._setups, heavy, MAX_SETUPS, lambda: self._build(dict(heavy)))
        return setup.ruled_by(_ruled(setup.scenario, light)) if light else setup

    def prime(self) -> None:
        """Fit belief wherever the points of a design differ in it, up to as many as the cache holds."""
        seen: set[Items] = set()
        for point in range(self.design.n_points if self._differ_in_belief() else 1):
            key = tuple(item for item in self.layout_of(point) if item[0].startswith(OF_BELIEF))
            if key not in seen and len(seen) < MAX_GROUNDS:
                seen.add(key)
                try:
                    self.setup(point)
                except InputError:
                    continue  # it will be a failed point

    def _differ_in_belief(self) -> bool:
        return any(f.key.startswith(OF_BELIEF) for f in self.design.factors)

    def _build(self, values: Mapping[str, Scalar]) -> Setup:
        loaded = self.draft.settle(values)
        ground = self._cached(
            self._grounds, _belief_key(loaded), MAX_GROUNDS,
            lambda: fit_ground(loaded, read_sources(loaded)).among(loaded.scenario.states),
        )  # fmt: skip
        return resolve(loaded, ground)

    @staticmethod
    def _cached(cache: OrderedDict[Hashable, Any], key: Hashable, most: int, build: Any) -> Any:
        if key not in cache:
            cache[key] = build()
            if len(cache) > most:
                cache.popitem(last=False)
        cache.move_to_end(key)
        return cache[key]


def is_light(key: str) -> bool:
    """Whether a key is a coefficient or a policy's field, which needs no scenario of its own."""
    first, *rest = key.split(".")
    return len(rest) == {"params": 1, "policies": 2}.get(first)


def _ruled(scenario: Scenario, light: Items) -> Scenario:
    params, policies = dict[str, Any](), dict(scenario.policies)
    for key, value in light:
        first, who, *field = key.split(".")
        if first == "params":
            params[who] = getattr(Params(), who) if value is None else value
        else:
            patch = {**policies.get(who, {}), field[0]: value}
            policies[who] = {name: given for name, given in patch.items() if given is not None}  # type: ignore[misc]
    changes: dict[str, Any] = {"params": replace(scenario.params, **params)} if params else {}
    if policies != scenario.policies:
        changes["policies"] = policies
    return scenario.model_copy(update=changes)


def _belief_key(loaded: LoadedScenario) -> Hashable:
    scenario = loaded.scenario
    folders = loaded.signals_folder, loaded.codebook_folder, loaded.background_file
    return (*folders, scenario.beliefs.model_dump_json(), scenario.as_of, scenario.start, scenario.states)


def check_ranges(draft: Draft, factors: Sequence[Factor]) -> list[Factor]:
    """Tell whole numbers from others by what the key takes, and check every end of every range.

    Raises
    ------
    InputError
        With every value that is wrong: where it is written, and why.
    """
    checked, problems = [], list[Problem]()
    for factor in factors:
        if factor.kind == "number" and float(factor.low).is_integer() and float(factor.high).is_integer():
            whole = replace(factor, kind="whole")
            is_split = _wrong(draft, factor, factor.low + 0.5)
            if is_split and not all(_wrong(draft, whole, end) for end in whole.ends):
                factor = whole
        checked.append(factor)
        if factor.kind != "listed":
            problems += [p for end in factor.ends for p in _wrong(draft, factor, end)]
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
    return checked


def refuse_shared(design: Design) -> None:
    """Refuse keys that all points of a sweep have in common.

    Raises
    ------
    InputError
        With the first of them.
    """
    for factor in design.factors:
        if factor.key in OF_ALL:
            raise complain(OF_ALL[factor.key], file=factor.file, line=factor.line, key=factor.label)


def check_lists(draft: Draft, design: Design) -> None:
    """Refuse values of lists and tables that no point can be built with, each on its line.

    A value may be wrong in the scenario as it stands and right beside the other values of its points.

    Raises
    ------
    InputError
        With every such value: where it is written, and why.
    """
    problems = list[Problem]()
    for factor, column in zip(design.factors, design.columns, strict=True):
        for code, value, line in factor.checks:
            wrong = _wrong(draft, factor, value, line)
            if wrong and not _speaks_for(draft, design, np.flatnonzero(column == code)):
                problems += wrong
    if problems:
        raise InputError(list(dict.fromkeys(problems))[:MAX_PROBLEMS])


def _speaks_for(draft: Draft, design: Design, points: np.ndarray) -> bool:
    for point in points[:MAX_TRIED]:
        try:
            draft.settle(design.values(int(point)))
        except InputError:
            continue
        return True
    return False


def _wrong(draft: Draft, factor: Factor, value: Scalar, line: int | None = None) -> list[Problem]:
    """What is wrong with one value, on its line; or with its key, where the key is written."""
    problems = _problems(draft, factor, value)
    others = [probe for probe in PROBES if probe is not value] if problems else []
    of_key = {problem for probe in others for problem in _problems(draft, factor, probe)}
    return [
        Problem(_reason(p, factor), factor.file, factor.line, factor.label)
        if p in of_key
        else Problem(_reason(p, factor, value), factor.file, line or factor.line, factor.label)
        for p in problems
    ]


def _problems(draft: Draft, factor: Factor, value: Scalar) -> Sequence[Problem]:
    try:
        draft.settle({factor.key: value})
    except InputError as error:
        return error.problems
    return ()


def _reason(problem: Problem, factor: Factor, *value: Scalar) -> str:
    key = problem.key or ""
    if problem.file is None and key.removeprefix("--set ") in (factor.key, shorten(factor.key)):
        return problem.reason
    place = ":".join(str(part) for part in (problem.file, problem.line) if part is not None)
    where = ", ".join(part for part in (place, key.removeprefix("--set ")) if part)
    beside = "".join(f"with {shorten(one)}: " for one in value)
    return f"{beside}{problem.reason}{f' ({where})' if where else ''}"
