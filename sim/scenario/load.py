"""From a scenario file to a checked scenario: one door, every problem named with file, line and key."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import ValidationError

from sim.background.names import BACKGROUNDS
from sim.errors import InputError, Problem, complain, shorten
from sim.scenario.files.overrides import assemble, inside, put
from sim.scenario.files.places import change, find, place, problem_at
from sim.scenario.files.yaml import Location, Node, Scalar, plain
from sim.scenario.references import Names, check_references
from sim.scenario.schema.messages import cut_texts, problems_of, unknown_keys
from sim.scenario.schema.models import Scenario
from sim.scenario.schema.rules import Finding, contradictions, strangers

# Stand-ins for what an abstract file leaves open; they are never returned.
_OPEN = {"question": Node("open"), "start": Node("2000-01-01"), "steps": Node(1), "states": Node([])}


@dataclass(frozen=True)
class LoadedScenario:
    """A scenario with the folders and files that its paths stand for on this machine.

    Parameters
    ----------
    scenario
        What determines the result, and nothing of the machine.
    signals_folder
        Resolved folder of `beliefs.signals`, `None` when there is none.
    codebook_folder
        Resolved folder that holds codebook.csv: the signals folder, or that of `codebook`; `None` only
        where states do not choose and no act is made to happen.
    background_file
        Resolved table of further facts that `beliefs.background` names, `None` when it names none.
    files
        The file asked for and the files it extends, in that order.
    tree
        The values as they were read, each with its file and line.
    """

    scenario: Scenario
    signals_folder: Path | None
    codebook_folder: Path | None
    background_file: Path | None
    files: tuple[Path, ...]
    tree: Node = field(default=Node({}), repr=False, compare=False)

    def wrong(self, location: Location, reason: str) -> InputError:
        """Build the error for a value that turns out wrong only later, with the file and line it stands on."""
        return InputError(problem_at(self.tree, location, reason))


def load_scenario(path: Path | str, overrides: Sequence[str] = ()) -> LoadedScenario:
    """Read a scenario file, what it extends, and `--set` overrides, and check all of it.

    Parameters
    ----------
    path
        A YAML 1.2 file of at most 1 MiB.
    overrides
        Each ``key.path=value``; list items by id or position, the value in YAML.

    Raises
    ------
    InputError
        With every problem found: file, line, key, reason and the nearest valid word; also when the
        file is abstract and so cannot be run.
    """
    return read_draft(path, overrides).settle()


@dataclass(frozen=True)
class Draft:
    """A scenario file laid over its bases, into which single values can still be put.

    Attributes
    ----------
    tree
        All values, each with the file and line it came from.
    path, files
        The file asked for; and that file with those it extends.
    names
        What the files and folders that it names hold, as far as read.
    """

    tree: Node
    path: Path
    files: tuple[Path, ...]
    names: Names = field(default_factory=dict)

    def settle(self, values: Mapping[str, Scalar] | None = None) -> LoadedScenario:
        """Put values at dotted keys and check the whole.

        Raises
        ------
        InputError
            As `load_scenario` does.
        """
        tree = self.tree
        for key, value in (values or {}).items():
            tree = put(tree, key, Node(value), f"--set {shorten(key)}")
        tree = _complete(tree, self.path)
        scenario, folders = _build(tree, self.path, self.names)
        if scenario.abstract:
            reason = "this file is abstract, a base for others to extend; run a file that extends it"
            raise complain(reason, file=self.path, line=1, key="abstract")
        signals = folders.get("signals")
        codebook = signals or folders.get("codebook")
        return LoadedScenario(scenario, signals, codebook, folders.get("background"), self.files, tree)


def read_draft(path: Path | str, overrides: Sequence[str] = ()) -> Draft:
    """Read a scenario file and what it extends, with `--set` overrides on top; nothing is checked yet.

    Raises
    ------
    InputError
        For files that cannot be read or laid over each other, and overrides that point nowhere.
    """
    tree, files = assemble(Path(path), overrides)
    return Draft(tree, Path(path), files)


def check(path: Path | str) -> list[Problem]:
    """Find the problems of a scenario file, or of every .yaml and .yml file of a folder.

    Returns
    -------
    list of Problem
        Empty when all is well; the problem of a shared base is named once.
    """
    path = Path(path)
    files = scenario_files(path)
    if not files:
        return [Problem("no scenario files (*.yaml) in this folder", path)]
    problems: list[Problem] = []
    for file in files:
        if path.is_dir() and not file.resolve().is_relative_to(path.resolve()):
            problems.append(Problem("is a link that leaves this folder", file))
            continue
        try:
            draft = read_draft(file)
            _build(_complete(draft.tree, file), file, draft.names)
        except InputError as error:
            problems.extend(error.problems)
    return list(dict.fromkeys(problems))


def scenario_files(path: Path) -> list[Path]:
    """List the scenario files of a folder; of a file, itself."""
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.glob("*") if file.suffix in (".yaml", ".yml"))


def canonical_json(scenario: Scenario) -> str:
    """Write a scenario in the one way that is the same for the same question.

    Keys are sorted, defaults are written out, and nothing of the machine, of comments, of the order of
    keys or of a sweep remains. It is itself a valid scenario file.
    """
    values = scenario.model_dump(mode="json", exclude_none=True, exclude={"sweep"})
    return json.dumps(values, sort_keys=True, ensure_ascii=False, indent=1) + "\n"


def _build(tree: Node, path: Path, names: Names) -> tuple[Scenario, dict[str, Path]]:
    tree, folders, problems = _resolve_folders(tree, path)
    problems += cut_texts(tree)
    scenario, wrong = _validate(tree, path)
    problems += wrong
    if scenario is not None:
        problems += check_references(scenario, folders, tree, names)
    if problems or scenario is None:
        raise InputError(sorted(dict.fromkeys(problems), key=_reading_order))
    return scenario, folders


def _reading_order(problem: Problem) -> tuple[str, int]:
    return str(problem.file or ""), problem.line or 0


def _complete(tree: Node, path: Path) -> Node:
    values = tree.value if isinstance(tree.value, dict) else {}
    complete = {"name": Node(_name_of(path), path, 1)} | values
    abstract = values.get("abstract")
    if abstract is not None and abstract.value is True:
        complete = _OPEN | complete
    return replace(tree, value=complete)


def _name_of(path: Path) -> str:
    """Name a scenario after its file, with small letters, digits and - alone: ``Third Page.yaml`` is third-page."""
    plain_letters = unicodedata.normalize("NFKD", path.stem).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", plain_letters).strip("-_")[:64] or path.stem


def _resolve_folders(tree: Node, path: Path) -> tuple[Node, dict[str, Path], list[Problem]]:
    """Resolve the folders and the table that a scenario names, and write them relative to the file asked for."""
    top = path.parent.resolve()
    folders: dict[str, Path] = {}
    problems: list[Problem] = []
    for location in (("beliefs", "signals"), ("beliefs", "background"), ("codebook",)):
        node = find(tree, location)
        if node is None or not isinstance(node.value, str) or node.value in BACKGROUNDS:
            continue
        try:
            folder = _path(node.value, (node.file or path).parent, top.parent, location[-1] == "background")
        except (OSError, ValueError) as error:
            problems.append(problem_at(tree, location, shorten(error, 160)))
            continue
        folders[location[-1]] = folder
        relative = Path(os.path.relpath(folder, top)).as_posix()
        tree = change(tree, location, replace(node, value=relative))
    return tree, folders, problems


def _path(reference: str, here: Path, root: Path, is_table: bool) -> Path:
    path = inside(reference, here, root)
    if is_table and not path.is_file():
        raise ValueError(f"no such file: {shorten(reference)}; else {', '.join(BACKGROUNDS)}")
    if not is_table and not path.is_dir():
        raise ValueError(f"no such folder: {shorten(reference)}")
    return path


def _validate(tree: Node, path: Path) -> tuple[Scenario | None, list[Problem]]:
    """Build the record; unknown keys are set aside, so that what else is wrong is said as well."""
    scenario, problems, stray = _attempt(tree, path)
    if 0 < len(stray) == len(problems):
        for location in stray:
            tree = change(tree, location, None)
        scenario, others, _ = _attempt(tree, path)
        problems += others
    return scenario, problems


def _attempt(tree: Node, path: Path) -> tuple[Scenario | None, list[Problem], list[Location]]:
    try:
        scenario = Scenario.model_validate(plain(tree))
    except ValidationError as error:
        return None, problems_of(error, tree), unknown_keys(error)
    return scenario, _place_findings(scenario, contradictions(scenario), tree, path), []


def _place_findings(scenario: Scenario, findings: Sequence[Finding], tree: Node, path: Path) -> list[Problem]:
    """Place findings; where `states` is said over what a base says, all who are left out become one."""
    home = _rank(find(tree, ("states",)), path)
    left = {at: code for at, code in strangers(scenario) if home < _rank(place(tree, at)[0], path)}
    if not left or (scenario.abstract and not scenario.states):
        return [problem_at(tree, at, reason) for at, reason in findings]
    problems = [problem_at(tree, at, reason) for at, reason in findings if at not in left]
    first = {code: place(tree, at)[1] for at, code in reversed(left.items())}
    named = ", ".join(f"{code} ({first[code]})" for code in list(dict.fromkeys(left.values()))[:6])
    more = f" and {len(first) - 6} more" if len(first) > 6 else ""
    return [*problems, problem_at(tree, ("states",), f"leaves out what other keys name: {named}{more}")]


def _rank(node: Node | None, path: Path) -> int:
    """What is said over what: 0 by --set, 1 in the file asked for, 2 in its bases."""
    return 0 if node is None or node.file is None else 1 if node.file == path else 2
