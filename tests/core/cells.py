"""
The table of R17: every kind of input, and how it must end in each place where somebody can be.

An end is told in one line: `again: NOTE` the same question, nothing lost; `page STATE: NOTE` another page over it, nothing lost;
`to STATE: NOTE` on; `silence`, nothing lost; `erased`, `wiped`, `forgotten`. `written, …`: the form holds something else now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import get_args

from bot.core.breath import note_for
from bot.core.events import EraseRequested, WipeRequested
from bot.core.fields import REFUSAL
from bot.core.inputs import Edited, Input, Left, MediaKind, Picked, SentMedia, Started, Tapped, Typed, Unsent
from bot.core.model import Choice, ChoiceId, Session, State, StateId, VisitId, WayOut
from bot.core.standing import list_open, see
from tests.core.cast import NOON, Talk, shipped, walk_to

FLOW = shipped().flow
SPECIAL = FLOW.special
_EARLIER = NOON - timedelta(hours=1)
_AHEAD, _PAST = date(2030, 1, 1), date(2026, 11, 1)


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere in the conversation: a state, and the session of somebody who is there."""

    id: StateId
    session: Session

    @property
    def state(self) -> State:
        return FLOW.states[self.id]

    @property
    def reads(self) -> str:
        """What is read here: `day`, `field`, `correction`, or nothing."""
        return self.state.reads.kind if self.state.reads else ""

    @property
    def choices(self) -> tuple[Choice, ...]:
        return tuple(list_open(self.state, see(self.session, NOON.date())))

    def come(self) -> Talk:
        """Let somebody be here."""
        talk = replace(_walk(self.id))
        talk.session = self.session
        return talk


#: What must be, of these ends; `…` at the end of one stands for anything.
Rule = Callable[[Place], set[str]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of input: what somebody does, how it arrives, how that must end. `after`: what they did just before."""

    name: str
    what: Callable[[Session], Input]
    rule: Rule
    came: dict[str, object]
    minutes: int = 0
    after: Kind | None = None

    def act(self, talk: Talk) -> Session:
        """Do it; returns how things stood before."""
        if self.after:
            self.after.act(talk)
        before = talk.session
        talk.wait(self.minutes).send(self.what(talk.session), **self.came)  # type: ignore[arg-type]  # fields of Arrival
        return before


@cache
def _walk(state: StateId) -> Talk:
    return walk_to(state)


@cache
def place_of(state: str) -> Place:
    return Place(StateId(state), _walk(StateId(state)).session)


def tell_end(before: Session, talk: Talk) -> str:
    """Say in a line how it ended."""
    said, after, events = talk.turn.get_said(), talk.session, talk.turn.events
    if EraseRequested() in events:
        return ("wiped" if WipeRequested() in events else "erased") if said else "forgotten"
    is_kept = _keep(after) == _keep(before)
    if said is None:
        return "silence" if is_kept else "changed in silence"
    written = "" if dict(after.draft) == dict(before.draft) else "written, "
    if not is_kept:
        return f"{written}to {said.state}: {said.note or ''}"
    here = "again" if said.state == before.state else f"page {said.state}"
    return f"{written}{here}: {said.note or ''}"


def fits(end: str, rule: set[str]) -> bool:
    return any(end == one or (one[-1:] == "…" and end.startswith(one[:-1])) for one in rule)


def _keep(session: Session) -> tuple[object, ...]:
    question = session.interrupted or session.state
    return question, dict(session.answers), session.trail, dict(session.draft)


# ─── How it must end ──────────────────────────────────────────────────────────


def _at(*states: str) -> set[str]:
    """One of these is shown next, whatever that does to what was told."""
    return {f"{how} {state}: " for state in states for how in ("page", "to", "written, to")}


def _stays(note: str = "") -> Rule:
    """The same question; behind the cover of who left, the neutral greeting."""
    return lambda place: {f"page {SPECIAL.resume}: {note}" if place.state.silent else f"again: {note}"}


def _always(end: str) -> Rule:
    return lambda _: {end}


def _opens(page: StateId | None, *, keeps_words: bool = False) -> Rule:
    """A page, whatever stands and is read here; where a story grows, the words of an alarm are kept as well."""

    def rule(place: Place) -> set[str]:
        grows = keeps_words and place.state.reads is not None and place.state.reads.grows
        if grows:
            return {f"written, to {page}: "}
        return {"again: " if place.id == page else f"page {page}: "}

    return rule


def _misses(*, is_empty: bool = False) -> Rule:
    """What means nothing: that is said kindly. Where words are asked for they are taken, or it is said what to write."""

    def rule(place: Place) -> set[str]:
        if place.state.silent:
            return {f"page {SPECIAL.resume}: "}
        if place.reads == "correction":
            return {f"page {SPECIAL.asked}: "}
        if place.reads == "field":
            return {f"again: {REFUSAL}empty"} if is_empty else {f"again: {REFUSAL}…", "written, …"}
        often = "_again" if place.session.misses else ""
        return {"again: at_an_ending" if place.state.ends else f"again: not_understood{often}"}

    return rule


def _where_a_day_is_read(there: set[str], elsewhere: Rule) -> Rule:
    return lambda place: there if place.reads == "day" else elsewhere(place)


def _wakes(note: str = "") -> Rule:
    """The greeting, which names nothing. `note`: where it was what was said last."""
    return lambda place: {f"again: {note}" if place.id == SPECIAL.resume else f"page {SPECIAL.resume}: "}


def _wakes_to_a_number(place: Place) -> set[str]:
    """Where the greeting was the last thing that was said, a number answers it."""
    return _leads(0)(place) if place.id == SPECIAL.resume else _wakes()(place)


def _pressed_before(place: Place) -> set[str]:
    """Harmless; or it is the very press that led here, which is one press."""
    return {"silence"} | _stays("old_button")(place)


def _goes_out(way: WayOut) -> Rule:
    """A page over everything, the beginning, or one step back."""
    if way.to is not None:
        return _opens(way.to)
    return _begins_anew if way.kind == "restart" else _steps_back


def _says(way: WayOut) -> Rule:
    """The same by words, unless they answer the very page to which they lead."""

    def rule(place: Place) -> set[str]:
        answers = [number for number, one in enumerate(place.choices) if way.label in {one.label, *one.words}]
        if answers and way.to == place.id:
            return _leads(answers[0])(place)
        return _goes_out(way)(place)

    return rule


def _begins_anew(place: Place) -> set[str]:
    is_new = place.id == SPECIAL.start and not place.session.answers
    return {"again: "} if is_new else _at(SPECIAL.start)


def _steps_back(place: Place) -> set[str]:
    """To the page below, the conversation below the pages, the question before; before the first there is none."""
    session = place.session
    if place.state.silent:
        return {f"page {SPECIAL.resume}: nothing_before"}
    if place.id == SPECIAL.resume or not (session.interrupted or session.trail):
        return {"again: nothing_before"}
    if session.interrupted:
        return _at(session.opened[-1] if session.opened else session.interrupted)
    return _at(session.trail[-1].state)


def _leads(number: int) -> Rule:
    """Where the flow says that a choice of this place leads."""

    def rule(place: Place) -> set[str]:
        choice, below = place.choices[number], place.session.interrupted or SPECIAL.start
        ends: dict[str, set[str]] = {
            "erase": {"erased"},
            "wipe": {"wiped"},
            "restart": _begins_anew(place),
            "return": _at(SPECIAL.resume if place.session.away and place.id != SPECIAL.resume else below),
            "submit": _at(SPECIAL.sent),
            "confirm": _at(*FLOW.wants.values()),  # the story that leads here asks for a page
            "withdraw": _at(SPECIAL.asked, SPECIAL.receipt),
        }
        note = "" if choice.hush is None else "hushed" if choice.hush else "unhushed"
        if choice.kind in ends:
            return {f"{end}{note}" for end in ends[choice.kind]}
        states = {route.to for route in choice.routes}
        stays = {"again: ", "written, again: "} if place.id in states else set()
        return {f"{end}{note}" for end in _at(*states) | stays}

    return rule


def list_choices(place: Place) -> list[Kind]:
    """Return the kinds that only this place has: each choice by its button, its number and its words."""
    found = []
    for number, choice in enumerate(place.choices):
        by_button = _press(f"button {choice.id}", choice.id, _leads(number))
        found += [by_button, _type(f"number of {choice.id}", str(number + 1), _leads(number))]
        found.append(_type(f"words of {choice.id}", choice.label, _leads(number)))
    return found


# ─── The table ────────────────────────────────────────────────────────────────


def _type(name: str, text: str, rule: Rule, **came: object) -> Kind:
    return Kind(name, lambda _: Typed(text), rule, came)


def _press(name: str, button: str, rule: Rule, *, ago: int = 0, visit: str = "", **came: object) -> Kind:
    return Kind(
        name,
        lambda session: Tapped(ChoiceId(button), VisitId(visit or session.visit), session.turn - ago),
        rule,
        came,
    )


def _pick(name: str, day: date, rule: Rule, *, ago: int = 0) -> Kind:
    return Kind(name, lambda session: Picked(day, session.visit, session.turn - ago), rule, {})


def _first_choice(session: Session) -> str:
    choices = FLOW.states[session.state].choices
    return choices[0].id if choices else FLOW.ways_out[0].id


_ALARMS = {"danger": ("救命", SPECIAL.danger), "crisis": ("我想死", SPECIAL.crisis)}
_GIBBERISH = _type("words that mean nothing", "嗯哼", _misses(), message="m", words="m:1")
_OLD = _stays("old_button")
_UNHEARD = {
    "sent before the question": {"sent_at": _EARLIER},
    "after a reply that was lost": {"reply_lost": True},
    "before our last message was seen": {"unread": True},
}

KINDS: tuple[Kind, ...] = (
    Kind("opens the chat", lambda _: Started(), _stays(), {}),
    Kind("opens the chat after half an hour", lambda _: Started(), _wakes(), {}, minutes=31),
    Kind("a number after half an hour", lambda _: Typed("1"), _wakes_to_a_number, {}, minutes=31),
    Kind("nothing known after a day", lambda _: Typed("在嗎"), _wakes("not_understood"), {}, minutes=23 * 60),
    # Buttons that are none of this question's.
    Kind(
        "a button of the turn before",
        lambda session: Tapped(ChoiceId(_first_choice(session)), session.visit, session.turn - 1),
        lambda place: _pressed_before(place) if place.choices else _opens(FLOW.ways_out[0].to)(place),
        {},
    ),
    Kind(
        "a button of another visit",
        lambda session: Tapped(ChoiceId(_first_choice(session)), VisitId("earlier"), session.turn),
        lambda place: _OLD(place) if place.choices else _opens(FLOW.ways_out[0].to)(place),
        {},
    ),
    _press("a button of nobody", "no_such_button", _OLD),
    _press("a button of another question", "threat_new", _OLD, ago=3),
    *(_press(f"{way.id} by button", way.id, _goes_out(way)) for way in FLOW.ways_out),
    *(
        _press(f"{way.id} by an old button", way.id, _goes_out(way) if way.to else _OLD, visit="earlier")
        for way in FLOW.ways_out
    ),
    *(_type(f"{way.id} by words", way.label, _says(way)) for way in FLOW.ways_out),
    # Words.
    *(_type(name, text, _opens(page, keeps_words=True)) for name, (text, page) in _ALARMS.items()),
    _type("somebody who looks for material", "求連結", _opens(SPECIAL.seeking, keeps_words=True)),
    _GIBBERISH,
    replace(_type("twice", "嗯哼嗯", _misses()), after=_GIBBERISH),
    _type("nothing at all", "", _misses(is_empty=True)),
    _type("white space", " \n\u3000", _misses(is_empty=True)),
    _type("signs alone", "？！…", _misses()),
    _type("a number beyond the choices", "99", _misses()),
    _type("far too much", "長" * 2_001, _misses()),
    _type("characters that are none", "\x00\u202e\ud83d", _misses()),
    _type("a day", "昨天", _where_a_day_is_read({"to deadline_told: "}, _misses())),
    _type("a day to come", "2030-01-01", _where_a_day_is_read({"again: day_ahead"}, _misses())),
    _pick("a day in the picker", _PAST, _where_a_day_is_read({"to deadline_told: "}, _OLD)),
    _pick("a day to come in the picker", _AHEAD, _where_a_day_is_read({"again: day_ahead"}, _OLD)),
    _pick("a day in an old picker", _PAST, _OLD, ago=1),
    Kind(
        "words under an older page", lambda session: Typed("1", session.visit, session.turn - 1), _stays(), {}
    ),
    # Words that are no answer because of how they come; what cries for help is heard all the same.
    *(_type(f"a number {name}", "1", _stays(), **how) for name, how in _UNHEARD.items()),
    *(_type(f"danger {name}", "救命", _opens(SPECIAL.danger), **how) for name, how in _UNHEARD.items()),
    *(_type(f"a human {name}", "真人", _opens(StateId("human")), **how) for name, how in _UNHEARD.items()),
    # What is not text.
    *(
        Kind(f"media: {kind}", lambda _, kind=kind: SentMedia(kind), _stays(note_for(kind)), {})  # type: ignore[misc]  # bound
        for kind in get_args(MediaKind)
    ),
    # What is changed or taken back.
    Kind(
        "an edit of what nobody knows",
        lambda _: Edited("救命"),
        _always("silence"),
        {"message": "x", "words": "x:1"},
    ),
    Kind(
        "an edit that changes nothing",
        lambda _: Edited("嗯哼"),
        _always("silence"),
        {"message": "m", "words": "m:1"},
        after=_GIBBERISH,
    ),
    Kind(
        "an edit into a cry for help",
        lambda _: Edited("救命"),
        _opens(SPECIAL.danger, keeps_words=True),
        {"message": "m", "words": "m:2"},
        after=_GIBBERISH,
    ),
    Kind("taking back what nobody knows", lambda _: Unsent(), _always("silence"), {"message": "x"}),
    Kind("taking back what meant nothing", lambda _: Unsent(), _always("silence"), {"message": "m"}),
    Kind("leaving", lambda _: Left(), _always("forgotten"), {}),
    Kind("having left before", lambda _: Left(), _always("silence"), {"sent_at": _EARLIER}),
    # How it may come besides: two in one breath, and with a reply on its way.
    Kind("a picture in one breath", lambda _: SentMedia("image"), _stays("no_pictures"), {"recalled": True}),
    Kind("a picture while we write", lambda _: SentMedia("image"), _stays("no_pictures"), {"waiting": True}),
)
