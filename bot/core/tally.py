"""
What a turn counts: codes of the flow, never who and never a word of anybody.

Only names that the flow, `flows/statistics.toml` or the lists below give can be counted, so nothing that a person
wrote can become one. What the conversation itself still knows decides whether something was counted before: an
answer that replaces another is not counted again, one that was taken back and given anew is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from bot.core.events import (
    Answered,
    EraseRequested,
    Interrupted,
    PageRequested,
    RequestMade,
    SubmitRequested,
    Turn,
)
from bot.core.model import Flow, Session, StateId
from bot.core.taipei import TAIPEI

#: (kind, name) of one thing that was met.
Key = tuple[str, str]

OTHER = "other"
HOURS = tuple(f"{hour:02}" for hour in range(24))
#: How long a person waited for the first call; the office writes these.
WAITS = ("under_1h", "1_4h", "4_24h", "1_3d", "over_3d")
#: Kinds that every service has, with their names. `channel`, `language`, `entered` and `left` come from elsewhere.
FIXED: Mapping[str, tuple[str, ...]] = {
    "hour": HOURS,
    "alarm": ("crisis", "danger", "seeking"),
    "page": ("offered", "opened"),
    "handoff": ("chat", "page"),
    "request": ("withdraw", "correct"),
    "first_call": WAITS,
}
#: Kinds that no group may be called.
TAKEN = frozenset({*FIXED, "channel", "language", "entered", "left"})


@dataclass(frozen=True, slots=True)
class Sign:
    """
    By what an option is known: a button (`state.choice`) that was pressed, answers that all hold, a state that is said.

    One of the three is enough.
    """

    chosen: frozenset[str] = frozenset()
    answers: tuple[tuple[str, str], ...] = ()
    said: frozenset[StateId] = frozenset()

    def is_known(self, session: Session) -> bool:
        """Whether a conversation shows that it was met before."""
        passed = {step.state for step in session.trail}
        asked = {StateId(button.partition(".")[0]) for button in self.chosen}
        return self._holds(session.answers) or not passed.isdisjoint(asked | self.said)

    def is_met(self, before: Session | None, turn: Turn) -> bool:
        """Whether this turn shows it."""
        is_pressed = any(f"{event.state}.{event.choice}" in self.chosen for event in _answers(turn))
        is_moved = before is None or before.state != turn.session.state
        is_said = is_moved and turn.session.state in self.said
        return is_pressed or is_said or self._holds(turn.session.answers)

    def _holds(self, answers: Mapping[str, str]) -> bool:
        return bool(self.answers) and all(answers.get(key) == value for key, value in self.answers)


@dataclass(frozen=True, slots=True)
class Name:
    """One option of a group: its code, what staff call it (zh_TW, English), its sign."""

    id: str
    label: str
    label_en: str
    sign: Sign


@dataclass(frozen=True, slots=True)
class Group:
    """
    Options that are counted together, under the group's code as kind.

    `several`: more than one may be true of somebody, each counts once. Else only the first.
    """

    id: str
    title: str
    title_en: str
    means: str
    means_en: str
    names: tuple[Name, ...]
    several: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A state of which is told how many conversations ended there."""

    state: StateId
    label: str
    label_en: str


@dataclass(frozen=True, slots=True)
class Statistics:
    """What `flows/statistics.toml` says: the groups, and the steps in their order."""

    groups: tuple[Group, ...] = ()
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Took:
    """A turn that was committed, and the conversation before it (None: there was none)."""

    before: Session | None = field(repr=False)
    turn: Turn = field(repr=False)
    channel: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PageOpened:
    """Somebody opened the one-time page."""

    at: datetime


@dataclass(frozen=True, slots=True)
class PageSent:
    """The one-time page was sent, which led the conversation on, if there still was one."""

    before: Session | None = field(repr=False)
    after: Session | None = field(repr=False)
    at: datetime


Happening = Took | PageOpened | PageSent


class Counter:
    """Says what a happening counts. Holds nothing of anybody."""

    def __init__(
        self, flow: Flow, statistics: Statistics, *, channels: Collection[str], locales: Collection[str]
    ) -> None:
        self._special = flow.special
        self._groups = statistics.groups
        self._alarms = {
            flow.special.crisis: "crisis",
            flow.special.danger: "danger",
            flow.special.seeking: "seeking",
        }
        steps = frozenset(step.state for step in statistics.steps)
        self.names: Mapping[str, frozenset[str]] = {
            **{kind: frozenset(names) for kind, names in FIXED.items()},
            **{group.id: frozenset(name.id for name in group.names) for group in statistics.groups},
            "channel": frozenset({*channels, OTHER}),
            "language": frozenset({*locales, OTHER}),
            "entered": steps,
            "left": steps,
        }

    def count(self, what: Happening) -> tuple[Key, ...]:
        """Return what was met, each as often as it counts; nothing but known names."""
        match what:
            case Took():
                found = tuple(self._count_turn(what))
            case PageOpened():
                found = (("page", "opened"),)
            case PageSent(before, after):
                moved = self._count_move(before, after) if before and after else ()
                found = (("handoff", "page"), *moved)
            case _:
                assert_never(what)
        return tuple((kind, name) for kind, name in found if name in self.names.get(kind, ()))

    def _count_turn(self, took: Took) -> Iterator[Key]:
        before, turn = took.before, took.turn
        if before is None:
            if turn.get_said() is None:
                return  # nobody came: somebody whom we do not know left
            yield "channel", self._known("channel", took.channel)
            yield "hour", HOURS[took.at.astimezone(TAIPEI).hour]
            yield "entered", self._special.start
        if EraseRequested() not in turn.events:
            yield from self._count_move(before, turn.session)
        for group in self._groups:
            yield from _count_group(group, before, turn)
        yield from self._count_events(before, turn)

    def _count_move(self, before: Session | None, after: Session) -> Iterator[Key]:
        """Count both ends of a step, so that what is entered and never left is where conversations ended."""
        came = before.interrupted or before.state if before else self._special.start
        went = after.interrupted or after.state
        if came == went:
            return
        yield "left", came
        yield "entered", went
        if (
            came == self._special.start
        ):  # only now: a language may be chosen before the first question is answered
            yield "language", self._known("language", after.locale)

    def _count_events(self, before: Session | None, turn: Turn) -> Iterator[Key]:
        for event in turn.events:
            match event:
                case Interrupted(by) if by in self._alarms:
                    yield "alarm", self._alarms[by]
                case PageRequested():
                    yield "page", "offered"
                case SubmitRequested() if turn.session.state == self._special.sent:
                    yield "handoff", "chat"
                case RequestMade(kind) if not (kind == "withdraw" and _has_asked_back(before)):
                    yield "request", kind
                case _:
                    """Nothing of it is counted."""

    def _known(self, kind: str, name: str) -> str:
        return name if name in self.names[kind] else OTHER


def _count_group(group: Group, before: Session | None, turn: Turn) -> Iterator[Key]:
    known = {name.id for name in group.names if before is not None and name.sign.is_known(before)}
    if known and not group.several:
        return
    for name in group.names:
        if name.id not in known and name.sign.is_met(before, turn):
            yield group.id, name.id
            if not group.several:
                return


def _answers(turn: Turn) -> Iterator[Answered]:
    return (event for event in turn.events if isinstance(event, Answered))


def _has_asked_back(before: Session | None) -> bool:
    """To ask twice to take it back is to ask once."""
    return before is not None and before.pocket.get("asked") == "withdraw"
