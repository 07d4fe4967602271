"""
What a turn of the chat wants of the desk: to send, to ask about a receipt, to make a request.

It works inside the transaction it is given. Where handoffs are not taken, it says so and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.engine import Engine
from bot.core.events import RequestMade, Said, SubmitRequested, Turn
from bot.core.fields import FieldReader
from bot.core.inputs import Input
from bot.core.model import PersonKey, Session
from bot.core.receipt import is_unmistakable, read_receipt
from bot.errors import DeskClosed
from bot.form.model import Use
from bot.ports import TOLD, NotSent, Tx
from bot.submitting import Package, Submitting

#: Source: SECURITY §6, one-time page token.
PAGE_LIVES = timedelta(minutes=15)
#: Source: SECURITY §5, receipt code.
MOST_LOOKS_AN_HOUR = 5
#: The answer by which somebody agrees to a use, where it has another name.
_ANSWERS = {"safe_person": "use_safe"}


@dataclass(frozen=True, slots=True)
class Handing:
    """Hands over. `new_page` gives the token of a one-time page."""

    engine: Engine
    submitting: Submitting
    reader: FieldReader
    new_page: Callable[[], str]

    async def look_up(
        self, tx: Tx, person: PersonKey, session: Session, text: str, now: datetime
    ) -> Turn | None:
        """
        Say how far the desk is with what a receipt stands for. None: the text is none.

        Nothing but the code is looked at: no name, no number, not who asks. Source: SECURITY T3.
        """
        receipt = read_receipt(text)
        if receipt is None:
            return None
        may_ask = await tx.count("receipt", person, now, hours=1, limit=MOST_LOOKS_AN_HOUR)
        case = await tx.find_case(receipt) if may_ask else None
        if case is None and (not is_unmistakable(text) or self._is_asked_for_words(session)):
            return None  # some words look like one, and some numbers
        status = TOLD[case.status] if case else "unknown" if may_ask else "later"
        is_asked_back = case is not None and "withdraw" in case.asked
        return self.engine.show_receipt(session, receipt, status, now, is_asked_back=is_asked_back)

    def _is_asked_for_words(self, session: Session) -> bool:
        reads = self.engine.flow.get_state(session.state).reads
        return reads is not None and reads.kind == "field" and not session.away

    async def do(
        self, tx: Tx, person: PersonKey, turn: Turn, what: Input, now: datetime, *, source: str = ""
    ) -> Turn:
        """Do what the turn asks of the desk; what comes of it is what the turn says then. `source`: as in `Inbound`."""
        if SubmitRequested() in turn.events:
            return await self._send(tx, person, turn, what, now, source=source)
        request = next((event for event in turn.events if isinstance(event, RequestMade)), None)
        return await self._ask(tx, turn, request, now) if request else turn

    async def _send(
        self, tx: Tx, person: PersonKey, turn: Turn, what: Input, now: datetime, *, source: str
    ) -> Turn:
        session = turn.session
        package = Package(
            draft=session.draft,
            uses={use.id: session.answers.get(name_answer(use)) == "yes" for use in self._uses},
            locale=session.locale,
            suggested=self.reader.suggest(session.answers),
        )
        sent = await self.submitting.send(tx, person, package, now, source=source)
        if isinstance(sent, NotSent):
            return _say_instead(turn, self.engine.refuse(session, sent.why, what=what))
        return _say_instead(turn, self.engine.empty(session, now, receipt=sent.receipt, what=what))

    async def _ask(self, tx: Tx, turn: Turn, request: RequestMade, now: datetime) -> Turn:
        case = await tx.find_case(request.receipt)
        if case is None:
            gone = self.engine.show_receipt(
                turn.session, request.receipt, "unknown", now, is_asked_back=False
            )
            return _say_instead(turn, gone)
        try:
            made = self.submitting.make_request(case.handoff_id, request.kind, request.words, now)
        except DeskClosed:
            return _say_instead(turn, self.engine.refuse(turn.session, "closed"))
        is_new = await tx.add_request(made)
        if is_new or request.kind == "withdraw":  # to ask twice to take it back is to ask once
            return turn
        return _say_instead(turn, self.engine.refuse(turn.session, "closed"))  # words must not be lost unsaid

    @property
    def _uses(self) -> tuple[Use, ...]:
        return self.submitting.form.notices.uses


def name_answer(use: Use) -> str:
    """Return the answer of the conversation by which somebody agrees to a use."""
    return _ANSWERS.get(use.id, f"use_{use.id}")


def _say_instead(turn: Turn, ended: Turn) -> Turn:
    """Let a turn say what became of it."""
    done = tuple(event for event in turn.events if not isinstance(event, Said | RequestMade))
    return Turn(ended.session, (*done, *ended.events))
