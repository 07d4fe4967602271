"""What choices can set and guards read: found by asking the guards, not by reading their code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from bot.core.guards import GUARDS, Answers, holds
from bot.core.issues.material import Finding, Material
from bot.core.model import Flow, Route, State

Settable = Mapping[str, frozenset[str]]


class _Watched(Mapping[str, str]):
    """Answers that remember which keys were asked for."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self.asked: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return self._answers[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._answers)

    def __len__(self) -> int:
        return len(self._answers)


def find_settable(flow: Flow) -> Settable:
    """Return every answer that a choice can store, with its values."""
    found: dict[str, set[str]] = {}
    for state in flow.states.values():
        for choice in state.choices:
            for key, value in choice.sets.items():
                found.setdefault(key, set()).add(value)
    return {key: frozenset(values) for key, values in found.items()}


def find_read_keys(names: Iterable[str], settable: Settable) -> frozenset[str]:
    """Return the answers that these guards look at, whatever path they take through their logic."""
    guards = [GUARDS[name] for name in names]
    known: frozenset[str] = frozenset()
    while True:
        asked = set(known)
        for answers in combine(known, settable):
            watched = _Watched(answers)
            for guard in guards:
                guard(watched)
            asked |= watched.asked
        if asked == known:
            return known
        known = frozenset(asked)


def combine(keys: Iterable[str], settable: Settable) -> Iterator[Answers]:
    """Yield every combination of values of these answers, each of which may also be missing."""
    ordered = sorted(keys)
    values = [(None, *sorted(settable.get(key, ()))) for key in ordered]
    for chosen in product(*values):
        yield {key: value for key, value in zip(ordered, chosen, strict=True) if value is not None}


def list_guards(state: State) -> tuple[str, ...]:
    """Return the guards of a state's sentences and routes, each once."""
    lines = (name for line in state.say for name in line.when)
    routes = (name for choice in state.choices for route in choice.routes for name in route.when)
    return tuple(dict.fromkeys((*lines, *routes)))


def answers_nobody_sets(material: Material) -> Iterator[Finding]:
    """A guard in use reads an answer that no choice sets: it was renamed on one side only."""
    settable = find_settable(material.flow)
    for state in material.flow.states.values():
        for name in list_guards(state):
            for key in sorted(find_read_keys([name], settable) - settable.keys()):
                yield state.id, f"guard '{name}' reads the answer '{key}', which no choice sets"


def answers_nobody_reads(material: Material) -> Iterator[Finding]:
    """An answer is stored that no guard in use reads: what is not needed should not be kept."""
    settable = find_settable(material.flow)
    used = {name for state in material.flow.states.values() for name in list_guards(state)}
    read = find_read_keys(sorted(used), settable)
    for state in material.flow.states.values():
        for choice in state.choices:
            for key in sorted(choice.sets.keys() - read):
                yield f"{state.id}.{choice.id}", f"stores the answer '{key}', which no guard reads"


def guards_that_never_hold(material: Material) -> Iterator[Finding]:
    """A sentence or a route can never be used, because no answers satisfy all its guards."""
    settable = find_settable(material.flow)
    for state in material.flow.states.values():
        whens = [line.when for line in state.say]
        whens += [route.when for choice in state.choices for route in choice.routes]
        for when in dict.fromkeys(whens):
            if not _find_holding(when, when, settable):
                yield state.id, f"no answers satisfy {' and '.join(when)}"


def shadowed_routes(material: Material) -> Iterator[Finding]:
    """A route can never be taken, because an earlier one is open whenever it is."""
    settable = find_settable(material.flow)
    for state in material.flow.states.values():
        for choice in state.choices:
            for number, route in enumerate(choice.routes):
                if _is_shadowed(route, choice.routes[:number], settable):
                    yield f"{state.id}.{choice.id}", f"the route to '{route.to}' is never reached"


def _is_shadowed(route: Route, earlier: tuple[Route, ...], settable: Settable) -> bool:
    names = [name for one in (route, *earlier) for name in one.when]
    holding = _find_holding(route.when, names, settable)
    return bool(holding) and all(any(holds(one.when, answers) for one in earlier) for answers in holding)


def _find_holding(when: tuple[str, ...], names: Iterable[str], settable: Settable) -> list[Answers]:
    keys = find_read_keys(names, settable)
    return [answers for answers in combine(keys, settable) if holds(when, answers)]
