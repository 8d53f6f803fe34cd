"""The rules between the fields of a scenario: every code, pole, id and date must stand for something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import chain, islice

from sim.errors import InputError, Problem, shorten, suggest
from sim.scenario.files.yaml import MAX_PROBLEMS, Location
from sim.scenario.schema.items import MAX_WEIGHT, Expectation
from sim.scenario.schema.models import Scenario

Finding = tuple[Location, str]

LAST_YEAR = 2199  # in which a scenario may start: nothing seen today says anything of a later one


def contradictions(scenario: Scenario) -> list[Finding]:
    """Find what cannot be meant in a scenario whose fields are each valid.

    Returns
    -------
    list of (location, reason)
        At most `MAX_PROBLEMS`, in the order of the rules; empty when the scenario can be run. An
        abstract scenario may leave its horizon and its states open: what depends on them is then not
        looked at.
    """
    rules: list[Callable[[Scenario], Iterator[Finding]]] = [_pairs, _repeats, _timing, _shocks, _ids]
    if scenario.states or not scenario.abstract:
        rules += [_codes, _mentions, _expectations, _weights]
    if not scenario.abstract:
        rules += [_horizon, _folders]
    return list(islice(chain.from_iterable(rule(scenario) for rule in rules), MAX_PROBLEMS))


def refuse_contradictions(scenario: Scenario) -> Scenario:
    """Give back a scenario that was built without the loader, if it can be meant.

    Raises
    ------
    InputError
        With every contradiction found.
    """
    if findings := contradictions(scenario):
        raise InputError([Problem(reason, key=".".join(map(str, at))) for at, reason in findings])
    return scenario


def _folders(scenario: Scenario) -> Iterator[Finding]:
    signals = scenario.beliefs.signals
    if signals is not None and scenario.codebook is not None:
        yield ("codebook",), "the act types come from `beliefs.signals`; leave one of the two out"
    if (scenario.choice or scenario.acts) and signals is None and scenario.codebook is None:
        yield ("codebook",), "acts need act types: name a folder in `beliefs.signals` or `codebook`"


def _codes(scenario: Scenario) -> Iterator[Finding]:
    if len(scenario.states) < 2:
        yield ("states",), "needs at least 2 states"
    unnamed = [(index, code) for index, code in enumerate(scenario.states) if code not in scenario.names]
    if not unnamed:
        return
    from pycountry import countries  # a large table that nothing else needs

    for index, code in unnamed:
        if countries.get(alpha_3=code) is None:
            known = [country.alpha_3 for country in countries]
            hint = suggest(code, [*known, *scenario.names])
            yield (
                ("states", index),
                f"{code} is neither an ISO 3166 code nor declared in `names`{hint}",
            )


def _mentions(scenario: Scenario) -> Iterator[Finding]:
    for location, code in strangers(scenario):
        yield location, f"unknown state {shorten(code)}{suggest(code, scenario.states)}"
    for code in scenario.policies:
        if code not in (*scenario.states, "default"):
            hint = suggest(code, [*scenario.states, "default"])
            yield ("policies", code), f"unknown state {shorten(code)}{hint}"


def strangers(scenario: Scenario) -> Iterator[tuple[Location, str]]:
    """List where a scenario names states that take no part in it."""
    return ((at, code) for at, code in _mentioned(scenario) if code not in scenario.states)


def _mentioned(scenario: Scenario) -> Iterator[tuple[Location, str]]:
    for at, item in _directed(scenario):
        for role in ("sender", "target", "third", "state"):
            code = getattr(item, role, None)
            if code is not None:
                yield (*at, role), code
    for code in scenario.capability:
        yield ("capability", code), code
    for pole, members in scenario.poles.items():
        yield from ((("poles", pole, index), code) for index, code in enumerate(members))
    for index, pair in enumerate(scenario.record.dyads):
        yield from ((("record", "dyads", index, side), code) for side, code in enumerate(pair))
    for index, expectation in enumerate(scenario.expect):
        yield ("expect", index, "who", 0), expectation.who[0]
        if expectation.quantity != "alignment":
            yield ("expect", index, "who", 1), expectation.who[1]


def _directed(scenario: Scenario) -> Iterator[tuple[Location, object]]:
    lists: tuple[tuple[Location, Sequence[object]], ...] = (
        (("beliefs", "affinities"), scenario.beliefs.affinities),
        (("acts",), scenario.acts),
        (("shocks",), scenario.shocks),
        (("ties",), scenario.ties),
    )
    for at, items in lists:
        yield from (((*at, index), item) for index, item in enumerate(items))


def _pairs(scenario: Scenario) -> Iterator[Finding]:
    for at, item in _directed(scenario):
        sender, target = getattr(item, "sender", None), getattr(item, "target", None)
        if sender is not None and sender == target:
            yield (*at, "target"), f"sender and target are the same state {target}"
        if getattr(item, "third", None) in {sender, target} - {None}:
            yield (*at, "third"), "the third is also the sender or the target"
    for index, (sender, target) in enumerate(scenario.record.dyads):
        if sender == target:
            yield ("record", "dyads", index), f"sender and target are the same state {target}"


def _repeats(scenario: Scenario) -> Iterator[Finding]:
    yield from _duplicates(("states",), scenario.states)
    yield from _duplicates(("without",), scenario.without)
    yield from _duplicates(("record", "dyads"), scenario.record.dyads)
    yield from _duplicates(("ties",), [(tie.sender, tie.target) for tie in scenario.ties])
    stated = [(item.sender, item.target) for item in scenario.beliefs.affinities]
    yield from _duplicates(("beliefs", "affinities"), stated)
    for pole, members in scenario.poles.items():
        yield from _duplicates(("poles", pole), members)
        if not members:
            yield ("poles", pole), "a pole needs at least one state"


def _duplicates(at: Location, items: Iterable[object]) -> Iterator[Finding]:
    seen: set[object] = set()
    for index, item in enumerate(items):
        if item in seen:
            yield (*at, index), f"{' '.join(item) if isinstance(item, tuple) else item} appears twice"
        seen.add(item)


def _timing(scenario: Scenario) -> Iterator[Finding]:
    for name in ("acts", "shocks"):
        for index, item in enumerate(getattr(scenario, name)):
            if (item.date is None) == (item.step is None):
                yield (name, index), "give exactly one of date and step (null clears one)"


def _shocks(scenario: Scenario) -> Iterator[Finding]:
    for index, shock in enumerate(scenario.shocks):
        at: Location = ("shocks", index)
        roles = {"state"} if shock.kind == "capability" else {"sender", "target"}
        for role in ("sender", "target", "state"):
            is_given = getattr(shock, role) is not None
            if is_given != (role in roles):
                verb = "takes no" if is_given else "needs a"
                yield ((*at, role) if is_given else at), f"a shock of kind {shock.kind} {verb} {role}"
        if (shock.by is None) == (shock.to is None):
            yield at, "give exactly one of by and to (null clears one)"
        if shock.kind == "tie" and (shock.by is not None or shock.to not in (0, 1, 2, 3)):
            yield at, "a tie is set with to: 0, 1, 2 or 3"
        if shock.kind == "capability" and shock.to is not None and not 0 <= shock.to <= MAX_WEIGHT:
            yield (*at, "to"), f"a weight lies between 0 and {MAX_WEIGHT:g}"


def _ids(scenario: Scenario) -> Iterator[Finding]:
    known = _act_ids(scenario)
    for index, act_id in enumerate(scenario.without):
        if act_id not in known:
            yield ("without", index), f"no act or shock has the id {act_id}{suggest(act_id, known)}"
    for name, others in (("acts", ()), ("shocks", scenario.acts), ("expect", ())):
        counts = Counter(item.id for item in others)
        for index, item in enumerate(getattr(scenario, name)):
            counts[item.id] += 1
            if item.id is not None and counts[item.id] > 1:
                yield (name, index, "id"), f"duplicate id {item.id}"


def _act_ids(scenario: Scenario) -> set[str]:
    return {item.id for item in (*scenario.acts, *scenario.shocks) if item.id is not None}


def _expectations(scenario: Scenario) -> Iterator[Finding]:
    known = _act_ids(scenario)
    for index, expectation in enumerate(scenario.expect):
        at: Location = ("expect", index)
        yield from _who(scenario, expectation, (*at, "who"))
        if expectation.direction == "same" and expectation.margin == 0:
            yield (*at, "margin"), "the direction same needs a margin above 0, its half-width"
        if not isinstance(expectation.against, str):
            left_out = expectation.against.without
            if left_out not in known:
                reason = f"no act or shock has the id {left_out}{suggest(left_out, known)}"
                yield (*at, "against", "without"), reason
            elif left_out in scenario.without:
                yield (*at, "against", "without"), f"{left_out} is left out of this scenario already"


def _who(scenario: Scenario, expectation: Expectation, at: Location) -> Iterator[Finding]:
    first, second = expectation.who
    if expectation.quantity == "alignment" and second not in scenario.poles:
        yield (*at, 1), f"unknown pole {shorten(second)}{suggest(second, scenario.poles)}"
    if first == second:
        yield at, f"both are the same state {shorten(first)}"


def _weights(scenario: Scenario) -> Iterator[Finding]:
    if scenario.states and not any(scenario.capability.get(code, 1.0) for code in scenario.states):
        yield ("capability",), "at least one state must weigh more than 0"


def _horizon(scenario: Scenario) -> Iterator[Finding]:
    if scenario.start.year > LAST_YEAR:
        yield ("start",), f"{scenario.start} is too far ahead; a scenario starts by the year {LAST_YEAR}"
    length = scenario.steps * scenario.step_days
    if length > (date.max - scenario.start).days:
        yield ("steps",), "the horizon runs past the year 9999"
        return
    end = scenario.start + timedelta(days=length)
    for location, day in _dates(scenario):
        if not scenario.start <= day <= end:
            yield location, f"{day} is outside the horizon {scenario.start}..{end}"
    for location, step in _steps(scenario):
        if step > scenario.steps:
            yield location, f"step {step} is past the last step {scenario.steps}"
    if scenario.as_of > scenario.start:
        reason = f"{scenario.as_of} is later than the start {scenario.start}: belief may not look ahead"
        yield ("beliefs", "as_of"), reason


def _dates(scenario: Scenario) -> Iterator[tuple[Location, date]]:
    for name in ("acts", "shocks"):
        for index, item in enumerate(getattr(scenario, name)):
            if item.date is not None:
                yield (name, index, "date"), item.date
    for index, expectation in enumerate(scenario.expect):
        if isinstance(expectation.when, date):
            yield ("expect", index, "when"), expectation.when


def _steps(scenario: Scenario) -> Iterator[tuple[Location, int]]:
    for name in ("acts", "shocks"):
        for index, item in enumerate(getattr(scenario, name)):
            if item.step is not None:
                yield (name, index, "step"), item.step
    for index, expectation in enumerate(scenario.expect):
        if not isinstance(expectation.when, date | str):
            yield ("expect", index, "when", "step"), expectation.when.step
