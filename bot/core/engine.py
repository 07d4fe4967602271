"""
The engine: a session and one input in, a new session and a list of events out.

Where a choice leads stands in the flow's table, which only `fence` touches.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.core.answering import Answering
from bot.core.breath import is_change, is_pressed_twice, is_unseen, name_tap, settle, take_back
from bot.core.events import Said, Turn
from bot.core.exact import is_exact
from bot.core.fence import Fence
from bot.core.fields import FieldReader, NoFields
from bot.core.filling import keep_consent
from bot.core.hear import Ear
from bot.core.inputs import Arrival, Edited, Input, Left, Typed, Unsent
from bot.core.model import NEVER, Flow, NoteId, Session, VisitId
from bot.core.moves import Moves
from bot.core.records import changed
from bot.core.steps import Steps

#: An input of which nothing else is known.
ON_TIME = Arrival()


def _find_no_locale(text: str) -> str:  # noqa: ARG001 - as every one
    return ""


class Engine:
    """Runs one flow. Holds no person's state, so one engine serves everybody."""

    def __init__(
        self,
        flow: Flow,
        ear: Ear,
        *,
        fields: FieldReader | None = None,
        is_desk_open: Callable[[], bool] = lambda: True,
        find_locale: Callable[[str], str] = _find_no_locale,
    ) -> None:
        """
        `fields` reads what is written into the form; `is_desk_open` says whether handoffs are taken now.

        `find_locale` says in which of our languages a text is written; empty: it is too short to tell.
        """
        self.flow = flow
        self._find_locale = find_locale
        fence = Fence(flow)
        self._moves = Moves(flow, fence)
        self._fields = fields or NoFields()
        self._steps = Steps(flow, fence, self._moves, self._fields, is_desk_open)
        self._answering = Answering(ear, self._steps)

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
            return Turn(self._steps.uncover(take_back(session, came.message)), ())
        is_late = came.sent_at is not None and came.sent_at < session.sent_at
        if is_late and isinstance(what, Left):
            return Turn(session, ())  # they came back since: what they told us afterwards is not to be lost
        if is_pressed_twice(session, what, now, came):
            return Turn(changed(session, seen_at=now), ())
        if isinstance(what, Edited) and not is_change(session, came):
            return Turn(session, ())  # a channel also tells of changes that nobody sees
        awake, woke = self._moves.wake(session, now)
        current = changed(awake, seen_at=now, sent_at=max(came.sent_at or NEVER, session.sent_at))
        current = self._speak(keep_consent(current, self._fields), what)
        answering = self._answering
        unseen = is_unseen(session, what, came) and not answering.goes_on(current, what, came)
        careful = is_late or came.reply_lost or woke or unseen
        answer = answering.answer_carefully if careful else answering.answer
        hides = answering.hides_alarm(current, what, came)
        turn = self._steps.say(current) if hides else answer(current, what, came)
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
            told=(),
        )
        return self._steps.say(changed(here, note=note), note)

    def empty(self, session: Session, now: datetime, *, receipt: str = "", what: Input | None = None) -> Turn:
        """
        Say that it was sent, to somebody of whom no more is known than what the next page needs.

        `receipt` is told until they go on; empty where another page told it. `what` sent it: pressed twice it
        is one press. StateGone as in `take_turn`.
        """
        self._moves.require_known(session)
        there = self._moves.emptied(session, receipt)
        return self._steps.say(
            changed(there, seen_at=now, asked_at=session.sent_at, fresh=True, tapped=name_tap(what))
        )

    def refuse(self, session: Session, why: str, *, what: Input | None = None) -> Turn:
        """
        Say why it was not sent. Nothing that was filled in is lost, nor where they were.

        `what` wanted to send it: pressed twice it is one press.
        """
        there = self._moves.refused(session, self.flow.special.refusals[why])
        return self._steps.say(changed(there, asked_at=session.sent_at, fresh=True, tapped=name_tap(what)))

    def show_receipt(
        self, session: Session, receipt: str, status: str, now: datetime, *, is_asked_back: bool
    ) -> Turn:
        """Say how far the desk is with what a receipt stands for. StateGone as in `take_turn`."""
        self._moves.require_known(session)
        awake, _ = self._moves.wake(session, now)
        there = self._moves.at_receipt(awake, receipt, status, is_asked_back=is_asked_back)
        return self._steps.say(changed(there, seen_at=now, asked_at=session.sent_at, fresh=True, tapped=""))

    def _speak(self, session: Session, what: Input) -> Session:
        """Answer in the language of the first words, unless one was chosen. A name in the form tells none."""
        if session.locale_known or not isinstance(what, Typed) or is_exact(session, self.flow):
            return session
        found = self._find_locale(what.text)
        return changed(session, locale=found, locale_known=True) if found else session
