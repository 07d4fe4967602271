"""
Parse `flows/statistics.toml`: which answers are counted, in which groups, and which steps.

FlowError names the group, the option and the reason: what does not exist in the flow cannot be counted.
"""

from __future__ import annotations

from bot.core.model import Flow, StateId
from bot.core.parse import parse_toml
from bot.core.reader import Reader, build
from bot.core.tally import TAKEN, Group, Name, Sign, Statistics, Step

#: Source: bot/store/schema.py, tally.kind.
_MAX_KIND_CHARS = 24


def parse_statistics(text: str, flow: Flow, where: str = "statistics.toml") -> Statistics:
    """Parse what is counted of this flow."""
    reader = Reader(parse_toml(text, where), where)
    statistics = Statistics(
        groups=tuple(
            build(reader.enter("groups", key), lambda one, key=key: _group(one, key, flow))  # type: ignore[misc]  # bound now
            for key in reader.keys("groups")
        ),
        steps=tuple(build(one, lambda read: _step(read, flow)) for one in reader.items("steps")),
    )
    reader.refuse_unknown()
    _refuse_doubles(reader, [step.state for step in statistics.steps])
    return statistics


def _group(reader: Reader, key: str, flow: Flow) -> Group:
    if key in TAKEN or len(key) > _MAX_KIND_CHARS:
        raise reader.fail(f"a group cannot be called '{key}'")
    names = tuple(build(one, lambda read: _name(read, flow)) for one in reader.items("names"))
    _refuse_doubles(reader, [name.id for name in names])
    if not names:
        raise reader.fail("'names' is empty")
    return Group(
        id=key,
        title=reader.text("title"),
        title_en=reader.text("en"),
        means=reader.text("means"),
        means_en=reader.text("means_en"),
        names=names,
        several=reader.flag("several"),
    )


def _name(reader: Reader, flow: Flow) -> Name:
    sign = Sign(
        chosen=frozenset(_button(reader, flow, one) for one in reader.texts("chosen")),
        answers=tuple(_answer(reader, flow, one) for one in reader.texts("answers")),
        said=frozenset(_state(reader, flow, one) for one in reader.texts("said")),
    )
    if sign == Sign():
        raise reader.fail("say in 'chosen', 'answers' or 'said' when it counts")
    return Name(reader.id("id"), reader.text("label"), reader.text("en"), sign)


def _step(reader: Reader, flow: Flow) -> Step:
    state = _state(reader, flow, reader.text("state"))
    return Step(state, reader.text("label"), reader.text("en"))


def _state(reader: Reader, flow: Flow, name: str) -> StateId:
    if StateId(name) not in flow.states:
        raise reader.fail(f"there is no state '{name}'")
    return StateId(name)


def _button(reader: Reader, flow: Flow, name: str) -> str:
    state, _, choice = name.partition(".")
    ids = {one.id for one in flow.get_state(_state(reader, flow, state)).choices}
    if choice not in ids:
        raise reader.fail(f"there is no button '{name}'")
    return name


def _answer(reader: Reader, flow: Flow, name: str) -> tuple[str, str]:
    key, _, value = name.partition("=")
    if key not in flow.answers or value not in flow.answers[key].values:
        raise reader.fail(f"there is no answer '{name}'")
    return key, value


def _refuse_doubles(reader: Reader, names: list[str]) -> None:
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise reader.fail(f"'{min(twice)}' is there twice")
