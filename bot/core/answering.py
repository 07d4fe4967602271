"""
How one input is answered: what was pressed, picked, changed or typed, and what was meant by it.

Typed words are heard exactly first (`hear`); what they may mean is asked only where nothing binding follows (`exact`).
"""

from __future__ import annotations

from typing import assert_never

from bot.core.breath import goes_on_writing, note_for, take_back
from bot.core.deadline import read_day
from bot.core.events import Answered, EraseRequested, SessionEnded, Turn
from bot.core.fence import READ
from bot.core.filling import is_answer, keep_words
from bot.core.guards import Answers
from bot.core.hear import Alarm, Chose, Ear, Heard, TookWayOut, Unclear
from bot.core.inputs import (
    Answerable,
    Arrival,
    Edited,
    Input,
    Left,
    Picked,
    SentMedia,
    Started,
    Tapped,
    Typed,
)
from bot.core.meaning import Meaning
from bot.core.model import NOT_YET, ChoiceId, NoteId, Session, State, StateId, WayOutId
from bot.core.records import changed
from bot.core.standing import find_open, list_open, see
from bot.core.stated import Stated
from bot.core.steps import Steps
from bot.core.taipei import day_of, day_written
from bot.core.understood import has_told


class Answering:
    """Answers inputs of one flow. Holds no person's state."""

    def __init__(self, ear: Ear, steps: Steps) -> None:
        self.flow = steps.flow
        self._ear = ear
        self._steps = steps
        self._meaning = Meaning(ear, steps)
        self._ways = {way.id: way for way in self.flow.ways_out}

    def answer(self, session: Session, what: Answerable, came: Arrival) -> Turn:  # noqa: PLR0911 - one for each input
        """Answer an input that was made with the question before one's eyes."""
        match what:
            case Started():
                return self._steps.say(session)
            case Left():
                return Turn(session, (EraseRequested(), SessionEnded()))
            case SentMedia(kind):
                return self._steps.say(session, NoteId(note_for(kind)))
            case Tapped():
                return self._take_tap(session, what, came)
            case Picked():
                return self._take_day(session, what)
            case Edited(text):
                return self._take_edit(session, text, came)
            case Typed():
                return self._take_text(session, what, came)
            case _:
                assert_never(what)

    def answer_carefully(self, session: Session, what: Answerable, came: Arrival) -> Turn:
        """
        Take alarms, ways out and fitting buttons; anything else shows where we are.

        What is told in one breath is gathered all the same: nothing comes of it unless it is confirmed.
        """
        if not isinstance(what, Typed):
            return self.answer(session, what, came)
        heard = self._hear(session, what.text, came)
        goes_on = self.goes_on(session, what, came)
        match heard:
            case Alarm(kind) as alarm if not goes_on:
                told = session if kind == "seeking" else self._hold(session, what.text, alarm, came)
                return self._steps.interrupt(told, getattr(self.flow.special, kind))
            case Chose():
                return self._steps.say(session)
            case Unclear(stated=stated) if not goes_on:
                return self._gather(session, stated, came)
            case _:
                return self.answer(session, what, came)

    def _gather(self, session: Session, stated: Stated, came: Arrival) -> Turn:
        """Add to a story what came in the same breath. The greeting is read before anything is said back."""
        is_late = came.sent_at is not None and came.sent_at < session.sent_at
        held = self._meaning.hold(session, stated, came, is_late=is_late, is_unseen=True)
        is_greeting = held.state == self.flow.special.start
        return self._steps.say(held) if is_greeting else self._steps.offer_next(held)

    def goes_on(self, session: Session, what: Input, came: Arrival) -> bool:
        """Whether words are more of a text that was begun."""
        return goes_on_writing(session, self.flow.get_state(session.state).reads, what, came)

    def hides_alarm(self, session: Session, what: Input, came: Arrival) -> bool:
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
                heard = self._hear(session, text, came)
                if isinstance(heard, Alarm):
                    return heard.kind == "seeking" or session.state == special.danger
                way = self._ways[heard.id] if isinstance(heard, TookWayOut) else None
            case _:
                way = None
        return way is None or way.to is None or not self.flow.get_state(way.to).silent

    def _hear(self, session: Session, text: str, came: Arrival) -> Heard:
        """Hear a text in the state that stands. Nothing is read into a day that was asked for."""
        state = self._open_state(session, came)
        reads_day = state.reads is not None and state.reads.kind == "day"
        is_day = reads_day and read_day(text, day_written(session), session.locale) is not None
        return self._ear.hear(text, state, session.locale, is_answer=is_day)

    def _open_state(self, session: Session, came: Arrival) -> State:
        """Return the state with the choices that this person sees: no other is heard."""
        state = self.flow.get_state(session.state)
        return changed(state, choices=list_open(state, self._see(session, came)))

    def _see(self, session: Session, came: Arrival) -> Answers:
        return see(session, day_of(session), channel=came.channel, desk=self._steps.is_desk_open())

    def _take_tap(self, session: Session, tap: Tapped, came: Arrival) -> Turn:
        is_first_page = tap.visit == NOT_YET and session.turn == 0
        is_current = is_first_page or (tap.visit, tap.turn) == (session.visit, session.turn)
        way = self._ways.get(WayOutId(tap.id))
        if way and (is_current or way.kind == "overlay"):
            # An overlay takes nothing away, so any button helps; "back" tapped twice would lose an answer.
            return self._steps.take_way_out(session, way)
        choice = find_open(self.flow.get_state(session.state), tap.id, self._see(session, came))
        if choice is None or not is_current:
            return self._steps.say(session, NoteId("old_button"))
        return self._steps.choose(session, choice)

    def _take_day(self, session: Session, picked: Picked) -> Turn:
        reads = self.flow.get_state(session.state).reads
        if (picked.visit, picked.turn) != (session.visit, session.turn) or not reads or reads.kind != "day":
            return self._steps.say(session, NoteId("old_button"))
        return self._steps.read_day(session, reads, picked.day)

    def _take_edit(self, session: Session, text: str, came: Arrival) -> Turn:
        """What was an answer stays one until it is changed on purpose; what was none may be one now."""
        if has_told(session, came.message):
            return self._tell_anew(session, text, came)
        heard = self._hear(session, text, came)
        if any(one.message == came.message for one in session.heard) and not isinstance(heard, Alarm):
            return self._steps.say(session, NoteId("edited"))
        if isinstance(heard, Chose | Unclear) and (session.away or session.words_at != session.turn):
            return self._steps.say(session)  # another question stands since
        return self._take_text(session, Typed(text), came)

    def _tell_anew(self, session: Session, text: str, came: Arrival) -> Turn:
        """Take back everything that came of a message in own words, and hear what it says now."""
        bare = self._steps.uncover(take_back(session, came.message))
        heard = self._hear(bare, text, came)
        if isinstance(heard, Alarm):
            told = self._hold(bare, text, heard, came)
            return self._steps.interrupt(told, getattr(self.flow.special, heard.kind))
        stated = heard.stated if isinstance(heard, Unclear) else self._ear.understand(text)
        told = self._meaning.hold(bare, stated, came)
        return self._steps.say(told) if told is bare else self._steps.offer(told)

    def _take_text(self, session: Session, typed: Typed, came: Arrival) -> Turn:
        state = self._open_state(session, came)
        heard = self._hear(session, typed.text, came)
        is_greeted = session.turn > 0 or typed.visit == NOT_YET
        match heard:
            case Alarm(kind) as alarm:
                told = session if kind == "seeking" else self._hold(session, typed.text, alarm, came)
                return self._take_alarm(told, state, typed.text, getattr(self.flow.special, kind))
            case TookWayOut(way_id) if not is_answer(state, typed.text):
                return self._steps.take_way_out(session, self._ways[way_id])
            case Chose(choice_id) if is_greeted:
                return self._steps.choose(session, state.get_choice(choice_id))
            case _ if not is_greeted:
                stated = heard.stated if isinstance(heard, Unclear) else Stated()
                return self._steps.say(self._meaning.hold(session, stated, came))
            case _:
                return self._read(session, state, typed.text, heard, came)

    def _read(self, session: Session, state: State, text: str, heard: Heard, came: Arrival) -> Turn:
        typed = self._read_typed(session, state, text)
        if typed is not None:
            return typed
        stated = heard.stated if isinstance(heard, Unclear) else Stated()
        return self._meaning.read(session, state, text, stated, came) or self._steps.miss(session)

    def _hold(self, session: Session, text: str, alarm: Alarm, came: Arrival) -> Session:
        """Keep what a cry for help tells as well: it is said back once the help was shown."""
        return self._meaning.hold_cry(session, alarm.stated or self._ear.understand(text), came)

    def _take_alarm(self, session: Session, state: State, text: str, page: StateId) -> Turn:
        """Help first. Where a text grows, the words are kept, and can be taken back like any others."""
        kept = keep_words(session, state, text, self._steps.fields, day_of(session))
        turn = self._steps.interrupt(kept, page)
        written = () if kept is session else (Answered(session.state, ChoiceId(READ)),)
        return Turn(turn.session, (*written, *turn.events))

    def _read_typed(self, session: Session, state: State, text: str) -> Turn | None:
        """Take what was asked for. None: it is not in the text."""
        reads = state.reads
        match reads.kind if reads else None:
            case "day":
                day = read_day(text, day_written(session), session.locale)
                return self._steps.read_day(session, reads, day) if reads and day else None
            case "field":
                return self._steps.read_field(session, reads, text) if reads else None
            case "correction":
                return self._steps.ask_desk(session, "correct", text, Answered(session.state, ChoiceId(READ)))
            case _:
                return None
