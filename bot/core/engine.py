"""
The engine: a session and one input in, a new session and a list of events out.

The sole user of pytransitions, which is fenced in `_step`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import assert_never

from transitions import Machine

from bot.core.deadline import read_day
from bot.core.events import Answered, EraseRequested, Event, Interrupted, Said, SessionEnded, Turn
from bot.core.guards import Answers, find_guard
from bot.core.hear import Alarm, Chose, Ear, TookWayOut, Unclear
from bot.core.inputs import Input, Left, SentMedia, Started, Tapped, Typed
from bot.core.model import (
    NOT_YET,
    Choice,
    ChoiceId,
    Flow,
    NoteId,
    Session,
    State,
    StateId,
    Step,
    VisitId,
    WayOut,
    WayOutId,
)
from bot.core.standing import list_open, see
from bot.core.taipei import TAIPEI
from bot.errors import StateGone

#: After this silence somebody else may hold the phone: greet neutrally and recap nothing.
IDLE_AFTER = timedelta(minutes=30)
#: Before any channel was: compared only with times of the same channel, never with our clock.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
#: Nobody reads a question and answers it faster; several messages sent in one go are one saying.
READING_TIME = timedelta(seconds=1)
_LONGEST_TRAIL = 50
_MISSES_BEFORE_HUMAN = 2
#: The trigger of what a state reads, beside those of its choices: an id cannot begin so.
_READ = "_read"

# It prints state names, which say what happened to a person.
logging.getLogger("transitions").setLevel(logging.WARNING)


class _Cursor:
    """The short-lived model that pytransitions moves: a state and nothing else."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


class Engine:
    """Runs one flow. Holds no person's state, so one engine serves everybody."""

    def __init__(self, flow: Flow, ear: Ear) -> None:
        self.flow = flow
        self._ear = ear
        self._machine = _build_machine(flow)
        self._ways = {way.id: way for way in flow.ways_out}

    def begin(self, visit: VisitId, locale: str, now: datetime) -> Session:
        """Return a session in which nothing has been asked yet (turn 0)."""
        return Session(
            visit=visit, turn=0, state=self.flow.special.start, locale=locale, seen_at=now, sent_at=_NEVER
        )

    def take_turn(
        self,
        session: Session,
        what: Input,
        now: datetime,
        *,
        sent_at: datetime | None = None,
        reply_lost: bool = False,
    ) -> Turn:
        """
        Answer one input.

        `now` and `sent_at` (the channel's time of the input, if it gives one) are aware UTC. `reply_lost`: our last
        reply never arrived, so typed text cannot be an answer to it. Never raises for anything a
        person can do: input that does not fit repeats the question. StateGone means that the flow
        changed under the session; the caller begins a new one. Any other exception is a bug.
        """
        self._require_known_states(session)
        is_late = sent_at is not None and sent_at < session.sent_at
        awake, woke = self._wake(session, now)
        current = replace(awake, seen_at=now, sent_at=max(sent_at or _NEVER, session.sent_at))
        if is_late and isinstance(what, Left):
            return Turn(session, ())  # they came back since: what they told us afterwards is not to be lost
        if is_late or reply_lost or woke or _is_unseen(session, what, sent_at):
            return self._answer_carefully(current, what)
        return self._answer(current, what)

    def look(self, session: Session, now: datetime) -> Turn:
        """Say where the person is, without any input or change. StateGone as in `take_turn`."""
        self._require_known_states(session)
        current, _ = self._wake(session, now)
        return Turn(current, (Said(current.state),))

    # Which answer

    def _answer(self, session: Session, what: Input) -> Turn:
        match what:
            case Started():
                return self._say(session)
            case Left():
                return Turn(session, (EraseRequested(), SessionEnded()))
            case SentMedia(kind):
                return self._say(session, NoteId(_note_for(kind)))
            case Tapped():
                return self._take_tap(session, what)
            case Typed():
                return self._take_text(session, what)
            case _:
                assert_never(what)

    def _answer_carefully(self, session: Session, what: Input) -> Turn:
        """Take alarms, ways out and fitting buttons; anything else shows where we are."""
        if isinstance(what, Typed):
            heard = self._ear.hear(what.text, self._open_state(session), session.locale)
            if isinstance(heard, Chose | Unclear):
                return self._say(session)
        return self._answer(session, what)

    def _open_state(self, session: Session) -> State:
        """Return the state with the choices that this person sees: no other is heard."""
        state = self.flow.get_state(session.state)
        return replace(state, choices=list_open(state, see(session, _today(session))))

    def _take_tap(self, session: Session, tap: Tapped) -> Turn:
        is_first_page = tap.visit == NOT_YET and session.turn == 0
        is_current = is_first_page or (tap.visit, tap.turn) == (session.visit, session.turn)
        way = self._ways.get(WayOutId(tap.id))
        if way and (is_current or way.kind == "overlay"):
            # An overlay takes nothing away, so any button helps; "back" tapped twice would lose an answer.
            return self._take_way_out(session, way)
        choice = self._open_state(session).find_choice(tap.id)
        if choice is None or not is_current:
            return self._say(session, NoteId("old_button"))
        return self._choose(session, choice)

    def _take_text(self, session: Session, typed: Typed) -> Turn:
        state = self._open_state(session)
        heard = self._ear.hear(typed.text, state, session.locale)
        is_greeted = session.turn > 0 or typed.visit == NOT_YET
        match heard:
            case Alarm(kind):
                return self._interrupt(session, getattr(self.flow.special, kind))
            case TookWayOut(way_id):
                return self._take_way_out(session, self._ways[way_id])
            case Chose(choice_id) if is_greeted:
                return self._choose(session, _get_choice(state, choice_id))
            case _ if not is_greeted:
                return self._say(session)
            case _:
                return self._read_typed(session, state, typed.text) or self._miss(session)

    def _read_typed(self, session: Session, state: State, text: str) -> Turn | None:
        """Take a day that was asked for. None: there is none in the text."""
        today = _day_written(session)
        day = read_day(text, today) if state.reads else None
        if state.reads is None or day is None:
            return None
        if day > today:
            return self._say(session, NoteId("day_ahead"))
        after = self._gone(session, _READ, {state.reads.key: day.isoformat()})
        return self._say(after, before=(Answered(session.state, ChoiceId(_READ)),))

    def _miss(self, session: Session) -> Turn:
        if self.flow.get_state(session.state).ends:
            # What people write where one may stop is mostly a thank-you; "I did not understand" is no answer to it.
            return self._say(session, NoteId("at_an_ending"))
        missed = replace(session, misses=session.misses + 1)
        is_often = missed.misses >= _MISSES_BEFORE_HUMAN
        return self._say(missed, NoteId("not_understood_again" if is_often else "not_understood"))

    # Where to

    def _choose(self, session: Session, choice: Choice) -> Turn:
        answered = Answered(session.state, choice.id)
        if choice.kind == "erase":
            erased = replace(session, state=self.flow.special.erased, interrupted=None)
            return Turn(erased, (answered, EraseRequested(), Said(erased.state)))
        after = self._follow(session, choice)
        return self._say(after, before=(answered,))

    def _follow(self, session: Session, choice: Choice) -> Session:
        speaking = replace(session, locale=choice.locale or session.locale)
        match choice.kind:
            case "return":
                return self._returned(speaking)
            case "restart":
                return self._restarted(speaking)
            case _:
                return self._gone(speaking, choice.id, choice.sets, choice.forgets)

    def _gone(
        self, session: Session, trigger: str, sets: Mapping[str, str], forgets: tuple[str, ...] = ()
    ) -> Session:
        """
        Follow the trigger's first open route and remember where "back" goes.

        While away it goes on as for a stranger: without the earlier answers, which would show.
        """
        kept = {key: value for key, value in session.answers.items() if key not in forgets}
        answers = {**({} if session.away else kept), **sets}
        to = self._step(session.state, trigger, see(replace(session, answers=answers), _today(session)))
        left_state = session.interrupted or session.state
        step = Step(left_state, session.answers, guarded=session.away)
        trail = (*session.trail, step)[-_LONGEST_TRAIL:]
        if self.flow.get_state(to).overlay:
            return self._moved(session, to, interrupted=left_state, opened=_open(session, to))
        return replace(self._moved(session, to), answers=answers, trail=trail, away=False)

    def _returned(self, session: Session) -> Session:
        """Leave an overlay. While away every overlay but the greeting itself leads to the greeting."""
        earlier = session.interrupted or self.flow.special.start
        if session.away and session.state != self.flow.special.resume:
            return self._greeted(session, earlier)
        return replace(self._moved(session, earlier), away=False)

    def _greeted(self, session: Session, earlier: StateId) -> Session:
        return replace(self._moved(session, self.flow.special.resume, interrupted=earlier), away=True)

    def _take_way_out(self, session: Session, way: WayOut) -> Turn:
        match way.kind:
            case "restart":
                return self._say(self._restarted(session))
            case "back":
                return self._go_back(session)
            case _:
                return self._interrupt(session, self._step(session.state, way.id, {}))

    def _interrupt(self, session: Session, by: StateId) -> Turn:
        interrupted = session.interrupted or session.state
        if session.state == by:
            return self._say(session)
        over = self._moved(session, by, interrupted=interrupted, opened=_open(session, by))
        return self._say(over, before=(Interrupted(by),))

    def _go_back(self, session: Session) -> Turn:
        if session.state == self.flow.special.resume:
            # Who holds the phone is not known: only the greeting's own answer shows where they were.
            return self._say(session, NoteId("nothing_before"))
        if session.interrupted and session.opened:
            *earlier_pages, page = session.opened
            opened = tuple(earlier_pages)
            return self._say(self._moved(session, page, interrupted=session.interrupted, opened=opened))
        if session.interrupted:
            return self._say(self._returned(session))
        if not session.trail:
            return self._say(session, NoteId("nothing_before"))
        *earlier, step = session.trail
        before = replace(session, answers=step.answers, trail=tuple(earlier))
        return self._say(
            self._greeted(before, step.state) if step.guarded else self._moved(before, step.state)
        )

    def _restarted(self, session: Session) -> Session:
        start = self._moved(session, self.flow.special.start)
        return replace(start, answers={}, trail=(), away=False, veiled=frozenset())

    def _wake(self, session: Session, now: datetime) -> tuple[Session, bool]:
        """
        Put the neutral greeting over a conversation that was left or has been silent for long.

        The turn stays: the greeting that `look` drew and the one made here are the same question.
        """
        is_silent = self.flow.get_state(session.state).silent
        is_idle = session.turn > 0 and now - session.seen_at >= IDLE_AFTER
        resume = self.flow.special.resume
        if session.state == resume or not (is_silent or is_idle):
            return session, False
        earlier = session.interrupted or session.state
        veiled = session.veiled | {f"{key}={value}" for key, value in session.answers.items()}
        asleep = replace(session, state=resume, interrupted=earlier, opened=())
        return replace(asleep, away=True, veiled=veiled), True

    # How

    def _moved(
        self,
        session: Session,
        to: StateId,
        *,
        interrupted: StateId | None = None,
        opened: tuple[StateId, ...] = (),
    ) -> Session:
        """Every question asked gets a turn of its own, so that older buttons are known."""
        turn = session.turn + 1
        return replace(session, state=to, interrupted=interrupted, opened=opened, turn=turn, misses=0)

    def _say(self, session: Session, note: NoteId | None = None, *, before: tuple[Event, ...] = ()) -> Turn:
        asked = replace(session, turn=max(session.turn, 1))
        return Turn(asked, (*before, Said(asked.state, note)))

    def _step(self, at: StateId, trigger: str, answers: Answers) -> StateId:
        """The fence: move a cursor along the machine's table. Guards are its only callbacks."""
        cursor = _Cursor(at)
        self._machine.events[trigger].trigger(cursor, answers)
        return StateId(cursor.state)

    def _require_known_states(self, session: Session) -> None:
        places = {session.state, session.interrupted or session.state, *(s.state for s in session.trail)}
        places |= set(session.opened)
        if not places <= self.flow.states.keys():
            raise StateGone(f"flow {self.flow.id} no longer has a state that this session needs")


def _build_machine(flow: Flow) -> Machine:
    """Build the table once. A trigger is a choice's or a way out's id; guards are passed as functions."""
    machine = Machine(model=None, states=list(flow.states), initial=None, auto_transitions=False)
    for state in flow.states.values():
        for choice in state.choices:
            for route in choice.routes:
                machine.add_transition(choice.id, state.id, route.to, conditions=_guards(route.when))
        if state.reads:
            machine.add_transition(_READ, state.id, state.reads.to)
    for way in flow.ways_out:
        if way.to is not None:
            machine.add_transition(way.id, "*", way.to)
    return machine


def _guards(names: tuple[str, ...]) -> list[str | Callable[..., bool | None]]:
    """Resolve names here: given a dotted string, the library would import and call it."""
    return [guard for guard in map(find_guard, names) if guard]


def _get_choice(state: State, choice_id: ChoiceId) -> Choice:
    return next(choice for choice in state.choices if choice.id == choice_id)


def _today(session: Session) -> date:
    """Return the day in Taipei on which this turn is taken."""
    return session.seen_at.astimezone(TAIPEI).date()


def _day_written(session: Session) -> date:
    """Return the day in Taipei on which the text was sent: "yesterday" is counted from there, however late it came."""
    sent_at = session.seen_at if session.sent_at == _NEVER else min(session.seen_at, session.sent_at)
    return sent_at.astimezone(TAIPEI).date()


def _open(session: Session, to: StateId) -> tuple[StateId, ...]:
    """Return what "back" leads through from an overlay: the overlays opened since the conversation was left."""
    if session.interrupted is None:
        return ()
    opened = (*session.opened, session.state)
    return opened[: opened.index(to)] if to in opened else opened[-_LONGEST_TRAIL:]


def _is_unseen(session: Session, what: Input, sent_at: datetime | None) -> bool:
    """Whether text was written before the question that stands could be read: it answers another one."""
    if not isinstance(what, Typed) or session.turn == 0:
        return False
    if what.turn is not None:
        return (what.visit, what.turn) != (session.visit, session.turn)
    return sent_at is not None and sent_at < session.sent_at + READING_TIME


def _note_for(kind: str) -> str:
    if kind in {"image", "video", "audio", "file"}:
        return "no_pictures"
    return "sticker" if kind == "sticker" else "only_text"
