"""
The engine: a session and one input in, a new session and a list of events out.

Where a choice leads stands in the flow's table, which only `fence` touches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import assert_never

from bot.core.breath import PRESSED_TWICE, is_change, is_unseen, name_tap, note_for, settle, take_back
from bot.core.deadline import read_day
from bot.core.events import (
    Answered,
    EraseRequested,
    Event,
    Interrupted,
    MoveRequested,
    Said,
    SessionEnded,
    Turn,
    WipeRequested,
)
from bot.core.fence import READ, Fence
from bot.core.hear import Alarm, Chose, Ear, TookWayOut, Unclear
from bot.core.inputs import Arrival, Edited, Input, Left, Picked, SentMedia, Started, Tapped, Typed, Unsent
from bot.core.model import (
    NEVER,
    NOT_YET,
    Choice,
    ChoiceId,
    Flow,
    NoteId,
    Reads,
    Session,
    State,
    StateId,
    Step,
    VisitId,
    WayOut,
    WayOutId,
)
from bot.core.standing import list_open, see
from bot.core.taipei import day_of, day_written
from bot.errors import StateGone

#: After this silence somebody else may hold the phone: greet neutrally and recap nothing.
IDLE_AFTER = timedelta(minutes=30)
_LONGEST_TRAIL = 50
_MISSES_BEFORE_HUMAN = 2
#: An input of which nothing else is known.
ON_TIME = Arrival()


class Engine:
    """Runs one flow. Holds no person's state, so one engine serves everybody."""

    def __init__(self, flow: Flow, ear: Ear) -> None:
        self.flow = flow
        self._ear = ear
        self._fence = Fence(flow)
        self._ways = {way.id: way for way in flow.ways_out}

    def begin(self, visit: VisitId, locale: str, now: datetime) -> Session:
        """Return a session in which nothing has been asked yet (turn 0)."""
        return Session(
            visit=visit, turn=0, state=self.flow.special.start, locale=locale, seen_at=now, sent_at=NEVER
        )

    def take_turn(self, session: Session, what: Input, now: datetime, came: Arrival = ON_TIME) -> Turn:
        """
        Answer one input.

        `now` is aware UTC. Never raises for anything a person can do: input that does not fit repeats the
        question. A turn without `Said` means silence. StateGone means that the flow changed under the
        session; the caller begins a new one. Any other exception is a bug.
        """
        self._require_known_states(session)
        if isinstance(what, Unsent):
            return Turn(take_back(session, came.message), ())
        is_late = came.sent_at is not None and came.sent_at < session.sent_at
        if is_late and isinstance(what, Left):
            return Turn(session, ())  # they came back since: what they told us afterwards is not to be lost
        if self._is_pressed_twice(session, what, now, came):
            return Turn(replace(session, seen_at=now), ())
        if isinstance(what, Edited) and not is_change(session, came):
            return Turn(session, ())  # a channel also tells of changes that nobody sees
        awake, woke = self._wake(session, now)
        current = replace(awake, seen_at=now, sent_at=max(came.sent_at or NEVER, session.sent_at))
        unseen = is_unseen(session, what, came)
        careful = is_late or came.reply_lost or woke or unseen
        answer = self._answer_carefully if careful else self._answer
        hides = self._hides_alarm(current, what, came)
        turn = self._say(current) if hides else answer(current, what, came)
        covers = self.flow.get_state(turn.session.state).silent
        return settle(turn, awake, what, came, unseen=unseen, covers=covers)

    def look(self, session: Session, now: datetime) -> Turn:
        """Say where the person is, without any input or change. StateGone as in `take_turn`."""
        self._require_known_states(session)
        current, _ = self._wake(session, now)
        return Turn(current, (Said(current.state),))

    def arrive(self, session: Session, now: datetime) -> Turn:
        """Go on with a conversation on another channel: where it was, with a note. StateGone as in `take_turn`."""
        self._require_known_states(session)
        there, _ = self._wake(session, now)
        note = NoteId("arrived")
        # What is typed in the same breath as the code is no answer to what the code brings back.
        here = replace(
            self._come_back(there),
            seen_at=now,
            sent_at=NEVER,
            asked_at=NEVER,
            fresh=True,
            tapped="",
            heard=(),
        )
        return self._say(replace(here, note=note), note)

    def _come_back(self, session: Session) -> Session:
        """Leave the page that told the code. Whoever was away is a stranger to the other phone as well."""
        if session.away:
            return self._greeted(session, session.interrupted or session.state)
        return self._returned(session) if session.interrupted else self._moved(session, session.state)

    # Which answer

    def _answer(self, session: Session, what: Input, came: Arrival) -> Turn:  # noqa: PLR0911 - one for each input
        match what:
            case Started():
                return self._say(session)
            case Left():
                return Turn(session, (EraseRequested(), SessionEnded()))
            case SentMedia(kind):
                return self._say(session, NoteId(note_for(kind)))
            case Tapped():
                return self._take_tap(session, what, came)
            case Picked():
                return self._take_day(session, what)
            case Edited(text):
                return self._take_edit(session, text, came)
            case Typed():
                return self._take_text(session, what, came)
            case Unsent():
                return Turn(take_back(session, came.message), ())
            case _:
                assert_never(what)

    def _answer_carefully(self, session: Session, what: Input, came: Arrival) -> Turn:
        """Take alarms, ways out and fitting buttons; anything else shows where we are."""
        if isinstance(what, Typed):
            heard = self._ear.hear(what.text, self._open_state(session, came), session.locale)
            if isinstance(heard, Chose | Unclear):
                return self._say(session)
        return self._answer(session, what, came)

    def _hides_alarm(self, session: Session, what: Input, came: Arrival) -> bool:
        """Whether what came in the same breath as a cry for help would put another page in its place."""
        special = self.flow.special
        if not came.recalled or session.state not in {special.danger, special.crisis}:
            return False
        match what:
            case Left() | SentMedia():
                return False
            case Tapped(button):
                way = self._ways.get(WayOutId(button))
            case Typed(text) | Edited(text):
                heard = self._ear.hear(text, self._open_state(session, came), session.locale)
                if isinstance(heard, Alarm):
                    return heard.kind == "seeking" or session.state == special.danger
                way = self._ways[heard.id] if isinstance(heard, TookWayOut) else None
            case _:
                way = None
        return way is None or way.to is None or not self.flow.get_state(way.to).silent

    def _open_state(self, session: Session, came: Arrival) -> State:
        """Return the state with the choices that this person sees: no other is heard."""
        state = self.flow.get_state(session.state)
        seen = see(session, day_of(session), channel=came.channel)
        return replace(state, choices=list_open(state, seen))

    def _take_tap(self, session: Session, tap: Tapped, came: Arrival) -> Turn:
        is_first_page = tap.visit == NOT_YET and session.turn == 0
        is_current = is_first_page or (tap.visit, tap.turn) == (session.visit, session.turn)
        way = self._ways.get(WayOutId(tap.id))
        if way and (is_current or way.kind == "overlay"):
            # An overlay takes nothing away, so any button helps; "back" tapped twice would lose an answer.
            return self._take_way_out(session, way)
        choice = self._open_state(session, came).find_choice(tap.id)
        if choice is None or not is_current:
            return self._say(session, NoteId("old_button"))
        return self._choose(session, choice)

    def _is_pressed_twice(self, session: Session, what: Input, now: datetime, came: Arrival) -> bool:
        """Whether this is the button that led here, pressed again before its answer could be seen."""
        if not isinstance(what, Tapped) or session.tapped != name_tap(what):
            return False
        since = now - session.seen_at
        return since < IDLE_AFTER and (came.waiting or (not came.reply_lost and since < PRESSED_TWICE))

    def _take_day(self, session: Session, picked: Picked) -> Turn:
        state = self.flow.get_state(session.state)
        if (picked.visit, picked.turn) != (session.visit, session.turn) or state.reads is None:
            return self._say(session, NoteId("old_button"))
        return self._read_day(session, state.reads, picked.day)

    def _take_edit(self, session: Session, text: str, came: Arrival) -> Turn:
        """What was an answer stays one until it is changed on purpose; what was none may be one now."""
        heard = self._ear.hear(text, self._open_state(session, came), session.locale)
        if any(one.message == came.message for one in session.heard) and not isinstance(heard, Alarm):
            return self._say(session, NoteId("edited"))
        if isinstance(heard, Chose | Unclear) and (session.away or session.words_at != session.turn):
            return self._say(session)  # another question stands since
        return self._take_text(session, Typed(text), came)

    def _take_text(self, session: Session, typed: Typed, came: Arrival) -> Turn:
        state = self._open_state(session, came)
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
        day = read_day(text, day_written(session)) if state.reads else None
        return self._read_day(session, state.reads, day) if state.reads and day else None

    def _read_day(self, session: Session, reads: Reads, day: date) -> Turn:
        if day > day_written(session):
            return self._say(session, NoteId("day_ahead"))
        after = self._gone(session, READ, {reads.key: day.isoformat()})
        return self._say(after, before=(Answered(session.state, ChoiceId(READ)),))

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
        if choice.kind == "wipe":
            wiped = replace(session, state=self.flow.special.wiped, interrupted=None)
            return Turn(wiped, (answered, WipeRequested(), EraseRequested(), Said(wiped.state)))
        after = self._follow(session, choice)
        asked: tuple[Event, ...] = (MoveRequested(),) if choice.kind == "move" else ()
        note = None if choice.hush is None else NoteId("hushed" if choice.hush else "unhushed")
        return self._say(after, note, before=(answered, *asked))

    def _follow(self, session: Session, choice: Choice) -> Session:
        hushed = session.hushed if choice.hush is None else choice.hush
        speaking = replace(session, locale=choice.locale or session.locale, hushed=hushed)
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
        to = self._fence.step(session.state, trigger, see(replace(session, answers=answers), day_of(session)))
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
                return self._interrupt(session, self._fence.step(session.state, way.id, {}))

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
        asleep = replace(session, state=resume, interrupted=earlier, opened=(), note=None)
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

    def _require_known_states(self, session: Session) -> None:
        places = {session.state, session.interrupted or session.state, *(s.state for s in session.trail)}
        places |= set(session.opened)
        if not places <= self.flow.states.keys():
            raise StateGone(f"flow {self.flow.id} no longer has a state that this session needs")


def _get_choice(state: State, choice_id: ChoiceId) -> Choice:
    return next(choice for choice in state.choices if choice.id == choice_id)


def _open(session: Session, to: StateId) -> tuple[StateId, ...]:
    """Return what "back" leads through from an overlay: the overlays opened since the conversation was left."""
    if session.interrupted is None:
        return ()
    opened = (*session.opened, session.state)
    return opened[: opened.index(to)] if to in opened else opened[-_LONGEST_TRAIL:]
