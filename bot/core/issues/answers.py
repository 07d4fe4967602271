"""What choices can set and guards read: found by asking the guards, not by reading their code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from bot.core.filling import PREFIX
from bot.core.guards import GIVEN, Answers, Guard, find_guard, holds
from bot.core.issues.material import Finding, Material
from bot.core.model import Flow, Route, State

Settable = Mapping[str, frozenset[str]]
#: What no session is without.
_NEVER_MISSING = {"channel", "desk"}
#: A day that a state may read: any will do.
_SOME_DAY = "2026-09-30"


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
    """Return every answer that a choice can store or a state can read, with its values, and what is given."""
    found: dict[str, set[str]] = {key: set(values) for key, values in GIVEN.items()}
    for state in flow.states.values():
        if state.reads and state.reads.kind == "day":
            found.setdefault(state.reads.key, set()).add(_SOME_DAY)
        for key in list_filled(state):
            found[f"{PREFIX}{key}"] = {"yes"}
        for choice in state.choices:
            for key, value in choice.sets.items():
                found.setdefault(key, set()).add(value)
    return {key: frozenset(values) for key, values in found.items()}


def list_filled(state: State) -> set[str]:
    """Return the fields of the form that a state can fill in."""
    told = {state.reads.key} if state.reads and state.reads.kind == "field" else set()
    told |= {key for choice in state.choices for key in choice.fills}
    return told | {choice.toggles.partition(".")[0] for choice in state.choices if choice.toggles}


def find_read_keys(names: Iterable[str], settable: Settable) -> frozenset[str]:
    """Return the answers that these guards look at, whatever path each takes through its logic."""
    guards = (guard for guard in map(find_guard, names) if guard)
    return frozenset(key for guard in guards for key in _find_keys_of(guard, settable))


def _find_keys_of(guard: Guard, settable: Settable) -> frozenset[str]:
    known: frozenset[str] = frozenset()
    while True:
        asked = set(known)
        for answers in combine(known, settable):
            watched = _Watched(answers)
            guard(watched)
            asked |= watched.asked
        if asked == known:
            return known
        known = frozenset(asked)


def combine(keys: Iterable[str], settable: Settable) -> Iterator[Answers]:
    """Yield every combination of values of these answers, each of which may also be missing."""
    ordered = sorted(keys)
    values = [_list_values(key, settable) for key in ordered]
    for chosen in product(*values):
        yield {key: value for key, value in zip(ordered, chosen, strict=True) if value is not None}


def _list_values(key: str, settable: Settable) -> tuple[str | None, ...]:
    values = sorted(settable.get(key, ()))
    return tuple(values) if key in _NEVER_MISSING else (None, *values)


def list_guards(state: State) -> tuple[str, ...]:
    """Return the guards of a state's sentences, choices and routes, each once."""
    return tuple(dict.fromkeys(name for when in _list_whens(state) for name in when))


def _list_whens(state: State) -> list[tuple[str, ...]]:
    whens = [line.when for line in state.say]
    whens += [choice.when for choice in state.choices]
    whens += [route.when for route in state.reads.routes] if state.reads else []
    return whens + [route.when for choice in state.choices for route in choice.routes]


def answers_nobody_sets(material: Material) -> Iterator[Finding]:
    """A guard in use reads an answer that no choice sets: it was renamed on one side only."""
    settable = find_settable(material.flow)
    for state in material.flow.states.values():
        for name in list_guards(state):
            for key in sorted(find_read_keys([name], settable) - settable.keys()):
                yield state.id, f"guard '{name}' reads the answer '{key}', which no choice sets"


def forgotten_answers_nobody_sets(material: Material) -> Iterator[Finding]:
    """A choice takes back an answer that no choice sets: it was renamed on one side only."""
    settable = find_settable(material.flow)
    for state in material.flow.states.values():
        for choice in state.choices:
            for key in sorted(set(choice.forgets) - settable.keys()):
                yield f"{state.id}.{choice.id}", f"forgets the answer '{key}', which no choice sets"


def answers_without_words(material: Material) -> Iterator[Finding]:
    """An answer could not be read back to the person who gave it."""
    answers = material.flow.answers
    for state in material.flow.states.values():
        for choice in state.choices:
            for key, value in choice.sets.items():
                if key not in answers or value not in answers[key].values:
                    yield f"{state.id}.{choice.id}", f"'{key} = {value}' has no words in [answers.{key}]"


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
        for when in dict.fromkeys(_list_whens(state)):
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
