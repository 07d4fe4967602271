"""
The engine: a session and one input in, a new session and a list of events out.

Where a choice leads stands in the flow's table, which only `fence` touches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import assert_never

from bot.core.breath import (
    goes_on_writing,
    is_change,
    is_pressed_twice,
    is_unseen,
    name_tap,
    note_for,
    settle,
    take_back,
)
from bot.core.deadline import read_day
from bot.core.events import (
    Answered,
    EraseRequested,
    Event,
    Interrupted,
    MoveRequested,
    PageRequested,
    RequestKind,
    RequestMade,
    Said,
    SessionEnded,
    SubmitRequested,
    Turn,
    WipeRequested,
)
from bot.core.fence import READ, Fence
from bot.core.fields import REFUSAL, FieldReader, NoFields, Refused
from bot.core.filling import apply, begin, is_answer, keep_consent, keep_words, stamp, write_down
from bot.core.guards import Answers
from bot.core.hear import Alarm, Chose, Ear, TookWayOut, Unclear
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
    Unsent,
)
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
    VisitId,
    WayOut,
    WayOutId,
)
from bot.core.moves import Moves
from bot.core.records import changed
from bot.core.standing import find_open, list_open, see
from bot.core.taipei import day_of, day_written

_MISSES_BEFORE_HUMAN = 2
#: What a choice asks of those who run the turn, by its kind.
_REQUESTS: Mapping[str, tuple[Event, ...]] = {"move": (MoveRequested(),), "page": (PageRequested(),)}
#: An input of which nothing else is known.
ON_TIME = Arrival()


class Engine:
    """Runs one flow. Holds no person's state, so one engine serves everybody."""

    def __init__(
        self,
        flow: Flow,
        ear: Ear,
        *,
        fields: FieldReader | None = None,
        is_desk_open: Callable[[], bool] = lambda: True,
    ) -> None:
        """`fields` reads what is written into the form; `is_desk_open` says whether handoffs are taken now."""
        self.flow = flow
        self._ear = ear
        self._fence = Fence(flow)
        self._moves = Moves(flow, self._fence)
        self._fields = fields or NoFields()
        self._is_desk_open = is_desk_open
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
        self._moves.require_known(session)
        if isinstance(what, Unsent):
            return Turn(take_back(session, came.message), ())
        is_late = came.sent_at is not None and came.sent_at < session.sent_at
        if is_late and isinstance(what, Left):
            return Turn(session, ())  # they came back since: what they told us afterwards is not to be lost
        if is_pressed_twice(session, what, now, came):
            return Turn(changed(session, seen_at=now), ())
        if isinstance(what, Edited) and not is_change(session, came):
            return Turn(session, ())  # a channel also tells of changes that nobody sees
        awake, woke = self._moves.wake(session, now)
        current = changed(awake, seen_at=now, sent_at=max(came.sent_at or NEVER, session.sent_at))
        current = keep_consent(current, self._fields)
        unseen = is_unseen(session, what, came) and not self._goes_on(current, what, came)
        careful = is_late or came.reply_lost or woke or unseen
        answer = self._answer_carefully if careful else self._answer
        hides = self._hides_alarm(current, what, came)
        turn = self._say(current) if hides else answer(current, what, came)
        covers = self.flow.get_state(turn.session.state).silent
        return settle(turn, awake, what, came, unseen=unseen, covers=covers)

    def look(self, session: Session, now: datetime) -> Turn:
        """Say where the person is, without any input or change. StateGone as in `take_turn`."""
        self._moves.require_known(session)
        current, _ = self._moves.wake(session, now)
        return Turn(current, (Said(current.state),))

    def arrive(self, session: Session, now: datetime) -> Turn:
        """Go on with a conversation on another channel: where it was, with a note. StateGone as in `take_turn`."""
        self._moves.require_known(session)
        there, _ = self._moves.wake(session, now)
        note = NoteId("arrived")
        # What is typed in the same breath as the code is no answer to what the code brings back.
        here = changed(
            self._moves.come_back(there),
            seen_at=now,
            sent_at=NEVER,
            asked_at=NEVER,
            fresh=True,
            tapped="",
            heard=(),
        )
        return self._say(changed(here, note=note), note)

    def empty(self, session: Session, now: datetime, *, receipt: str = "", what: Input | None = None) -> Turn:
        """
        Say that it was sent, to somebody of whom no more is known than what the next page needs.

        `receipt` is told until they go on; empty where another page told it. `what` sent it: pressed twice it
        is one press. StateGone as in `take_turn`.
        """
        self._moves.require_known(session)
        there = self._moves.emptied(session, receipt)
        return self._say(
            changed(there, seen_at=now, asked_at=session.sent_at, fresh=True, tapped=name_tap(what))
        )

    def refuse(self, session: Session, why: str, *, what: Input | None = None) -> Turn:
        """
        Say why it was not sent. Nothing that was filled in is lost, nor where they were.

        `what` wanted to send it: pressed twice it is one press.
        """
        there = self._moves.refused(session, self.flow.special.refusals[why])
        return self._say(changed(there, asked_at=session.sent_at, fresh=True, tapped=name_tap(what)))

    def show_receipt(
        self, session: Session, receipt: str, status: str, now: datetime, *, is_asked_back: bool
    ) -> Turn:
        """Say how far the desk is with what a receipt stands for. StateGone as in `take_turn`."""
        self._moves.require_known(session)
        awake, _ = self._moves.wake(session, now)
        there = self._moves.at_receipt(awake, receipt, status, is_asked_back=is_asked_back)
        return self._say(changed(there, seen_at=now, asked_at=session.sent_at, fresh=True, tapped=""))

    # Which answer

    def _answer(self, session: Session, what: Answerable, came: Arrival) -> Turn:  # noqa: PLR0911 - one for each input
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
            case _:
                assert_never(what)

    def _answer_carefully(self, session: Session, what: Answerable, came: Arrival) -> Turn:
        """Take alarms, ways out and fitting buttons; anything else shows where we are."""
        if not isinstance(what, Typed):
            return self._answer(session, what, came)
        heard = self._ear.hear(what.text, self._open_state(session, came), session.locale)
        goes_on = self._goes_on(session, what, came)
        if isinstance(heard, Alarm) and not goes_on:
            return self._interrupt(session, getattr(self.flow.special, heard.kind))
        if isinstance(heard, Chose) or (isinstance(heard, Unclear) and not goes_on):
            return self._say(session)
        return self._answer(session, what, came)

    def _goes_on(self, session: Session, what: Input, came: Arrival) -> bool:
        return goes_on_writing(session, self.flow.get_state(session.state).reads, what, came)

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
        return changed(state, choices=list_open(state, self._see(session, came)))

    def _see(self, session: Session, came: Arrival) -> Answers:
        return see(session, day_of(session), channel=came.channel, desk=self._is_desk_open())

    def _take_tap(self, session: Session, tap: Tapped, came: Arrival) -> Turn:
        is_first_page = tap.visit == NOT_YET and session.turn == 0
        is_current = is_first_page or (tap.visit, tap.turn) == (session.visit, session.turn)
        way = self._ways.get(WayOutId(tap.id))
        if way and (is_current or way.kind == "overlay"):
            # An overlay takes nothing away, so any button helps; "back" tapped twice would lose an answer.
            return self._take_way_out(session, way)
        choice = find_open(self.flow.get_state(session.state), tap.id, self._see(session, came))
        if choice is None or not is_current:
            return self._say(session, NoteId("old_button"))
        return self._choose(session, choice)

    def _take_day(self, session: Session, picked: Picked) -> Turn:
        reads = self.flow.get_state(session.state).reads
        if (picked.visit, picked.turn) != (session.visit, session.turn) or not reads or reads.kind != "day":
            return self._say(session, NoteId("old_button"))
        return self._read_day(session, reads, picked.day)

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
                return self._take_alarm(session, state, typed.text, getattr(self.flow.special, kind))
            case TookWayOut(way_id) if not is_answer(state, typed.text):
                return self._take_way_out(session, self._ways[way_id])
            case Chose(choice_id) if is_greeted:
                return self._choose(session, state.get_choice(choice_id))
            case _ if not is_greeted:
                return self._say(session)
            case _:
                return self._read_typed(session, state, typed.text) or self._miss(session)

    def _take_alarm(self, session: Session, state: State, text: str, page: StateId) -> Turn:
        """Help first. Where a text grows, the words are kept, and can be taken back like any others."""
        kept = keep_words(session, state, text, self._fields, day_of(session))
        turn = self._interrupt(kept, page)
        written = () if kept is session else (Answered(session.state, ChoiceId(READ)),)
        return Turn(turn.session, (*written, *turn.events))

    def _read_typed(self, session: Session, state: State, text: str) -> Turn | None:
        """Take what was asked for. None: it is not in the text."""
        reads = state.reads
        match reads.kind if reads else None:
            case "day":
                day = read_day(text, day_written(session))
                return self._read_day(session, reads, day) if reads and day else None
            case "field":
                return self._read_field(session, reads, text) if reads else None
            case "correction":
                return self._ask_desk(session, "correct", text, Answered(session.state, ChoiceId(READ)))
            case _:
                return None

    def _read_day(self, session: Session, reads: Reads, day: date) -> Turn:
        if day > day_written(session):
            return self._say(session, NoteId("day_ahead"))
        after = self._moves.go(session, READ, {reads.key: day.isoformat()}, desk=self._is_desk_open())
        return self._say(after, before=(Answered(session.state, ChoiceId(READ)),))

    def _read_field(self, session: Session, reads: Reads, text: str) -> Turn:
        """Take words into the form, or say what to write instead. Nothing that was there before is lost."""
        filled = write_down(session, reads, text, self._fields, day_of(session))
        if isinstance(filled, Refused):
            return self._say(session, NoteId(f"{REFUSAL}{filled.reason}"))
        answered = Answered(session.state, ChoiceId(READ))
        if reads.grows:
            return self._say(filled, NoteId("written_down"), before=(answered,))
        if self.flow.special.under_age and self._fields.is_under_18(filled.draft, today=day_of(session)):
            # Nobody under 18 is asked for more: what comes next is for them.
            young = self._moves.moved(filled, self.flow.special.under_age)
            return self._say(young, before=(answered,))
        return self._say(self._moves.go(filled, READ, {}, desk=self._is_desk_open()), before=(answered,))

    def _miss(self, session: Session) -> Turn:
        if self.flow.get_state(session.state).ends:
            # What people write where one may stop is mostly a thank-you; "I did not understand" is no answer to it.
            return self._say(session, NoteId("at_an_ending"))
        missed = changed(session, misses=session.misses + 1)
        note = "not_understood_again" if missed.misses >= _MISSES_BEFORE_HUMAN else "not_understood"
        return self._say(missed, NoteId(note))

    # Where to

    def _choose(self, session: Session, choice: Choice) -> Turn:
        answered = Answered(session.state, choice.id)
        if choice.kind in {"erase", "wipe"}:
            return self._end(session, answered, wipes=choice.kind == "wipe")
        if choice.kind == "withdraw":
            return self._ask_desk(session, "withdraw", "", answered)
        if choice.kind == "submit":
            return Turn(session, (answered, SubmitRequested(), Said(session.state)))
        told = apply(session, choice, self._fields)
        there = self._moves.follow(told, choice, desk=self._is_desk_open())
        after = stamp(begin(there, self.flow, self._fields), choice, self._fields)
        asked: tuple[Event, ...] = _REQUESTS.get(choice.kind, ())
        note = None if choice.hush is None else NoteId("hushed" if choice.hush else "unhushed")
        return self._say(after, note, before=(answered, *asked))

    def _end(self, session: Session, answered: Answered, *, wipes: bool) -> Turn:
        special = self.flow.special
        over = changed(session, state=special.wiped if wipes else special.erased, interrupted=None)
        asked: tuple[Event, ...] = (WipeRequested(),) if wipes else ()
        return Turn(over, (answered, *asked, EraseRequested(), Said(over.state)))

    def _ask_desk(self, session: Session, kind: RequestKind, words: str, answered: Answered) -> Turn:
        """Ask the desk for something about what was sent. Without a receipt at hand it is asked for again."""
        receipt = session.pocket.get("receipt", "")
        noted = changed(session, pocket={**session.pocket, "asked": kind})
        there = self._moves.interrupted(
            noted, self.flow.special.asked if receipt else self.flow.special.receipt
        )
        asked: tuple[Event, ...] = (RequestMade(kind, receipt, words),) if receipt else ()
        return self._say(there, before=(answered, *asked))

    def _take_way_out(self, session: Session, way: WayOut) -> Turn:
        match way.kind:
            case "restart":
                return self._say(self._moves.restarted(session))
            case "back":
                before = self._moves.back(session)
                return self._say(before) if before else self._say(session, NoteId("nothing_before"))
            case _:
                return self._interrupt(session, self._fence.step(session.state, way.id, {}))

    def _interrupt(self, session: Session, by: StateId) -> Turn:
        if session.state == by:
            return self._say(session)
        return self._say(self._moves.interrupted(session, by), before=(Interrupted(by),))

    def _say(self, session: Session, note: NoteId | None = None, *, before: tuple[Event, ...] = ()) -> Turn:
        counted = session if session.turn else changed(session, turn=1)
        asked = keep_consent(counted, self._fields)
        return Turn(asked, (*before, Said(asked.state, note)))
