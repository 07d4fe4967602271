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
class _Shown:
    """What one turn shows: the buttons pressed in it, the state that it came to (None: it stayed), the answers after it."""

    pressed: frozenset[str]
    entered: StateId | None
    answers: Mapping[str, str]


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

    def is_met(self, shown: _Shown) -> bool:
        """Whether a turn shows it."""
        is_there = shown.entered in self.said or not self.chosen.isdisjoint(shown.pressed)
        return is_there or self._holds(shown.answers)

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
class _Watched:
    """A group, with all that any of its signs looks at: most turns show nothing of it."""

    group: Group
    buttons: frozenset[str]
    said: frozenset[StateId]
    keys: frozenset[str]

    def may_be_met(self, shown: _Shown) -> bool:
        """Whether a turn shows something that a sign looks at."""
        is_there = shown.entered in self.said or not self.buttons.isdisjoint(shown.pressed)
        return is_there or not self.keys.isdisjoint(shown.answers)


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
        self._watched = tuple(_watch(group) for group in statistics.groups)
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
        shown = _see(before, turn)
        for watched in self._watched:
            if watched.may_be_met(shown):
                yield from _count_group(watched.group, before, shown)
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


def _watch(group: Group) -> _Watched:
    signs = [name.sign for name in group.names]
    return _Watched(
        group,
        frozenset(button for sign in signs for button in sign.chosen),
        frozenset(state for sign in signs for state in sign.said),
        frozenset(key for sign in signs for key, _ in sign.answers),
    )


def _see(before: Session | None, turn: Turn) -> _Shown:
    after = turn.session
    is_moved = before is None or before.state != after.state
    pressed = frozenset(
        f"{event.state}.{event.choice}" for event in turn.events if isinstance(event, Answered)
    )
    return _Shown(pressed, after.state if is_moved else None, after.answers)


def _count_group(group: Group, before: Session | None, shown: _Shown) -> Iterator[Key]:
    met = [name for name in group.names if name.sign.is_met(shown)]
    if not met:
        return
    known = {name.id for name in group.names if before is not None and name.sign.is_known(before)}
    if known and not group.several:
        return
    new = [name for name in met if name.id not in known]
    for name in new if group.several else new[:1]:
        yield group.id, name.id


def _has_asked_back(before: Session | None) -> bool:
    """To ask twice to take it back is to ask once."""
    return before is not None and before.pocket.get("asked") == "withdraw"
