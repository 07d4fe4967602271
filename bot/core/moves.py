"""
Where a session goes: along a choice, over to an overlay and back, one step back, to the beginning.

Every question asked gets a turn of its own, so that older buttons are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.fence import Fence
from bot.core.filling import KEPT_AFTER_SENDING, OWN_RECEIPT, drop, note_review, put_away, tidy_pocket
from bot.core.model import Choice, Flow, Session, StateId, Step
from bot.core.records import changed
from bot.core.standing import see
from bot.core.taipei import day_of
from bot.errors import StateGone

#: After this silence somebody else may hold the phone: greet neutrally and recap nothing.
IDLE_AFTER = timedelta(minutes=30)
_LONGEST_TRAIL = 50


@dataclass(frozen=True, slots=True)
class Moves:
    """Moves sessions along one flow's table, which only `fence` touches. `desk`: whether handoffs are taken now."""

    flow: Flow
    fence: Fence

    def follow(self, session: Session, choice: Choice, *, desk: bool) -> Session:
        """Go where a choice leads, with what it says about language, sound, answers and the form."""
        speaking = session
        if choice.locale or choice.hush is not None:
            hushed = session.hushed if choice.hush is None else choice.hush
            known = session.locale_known or choice.locale is not None
            speaking = changed(
                session, locale=choice.locale or session.locale, hushed=hushed, locale_known=known
            )
        match choice.kind:
            case "return":
                return self.returned(speaking)
            case "restart":
                return self.restarted(speaking)
            case _:
                return self.go(speaking, choice.id, choice.sets, choice.forgets, desk=desk)

    def go(
        self,
        session: Session,
        trigger: str,
        sets: Mapping[str, str],
        forgets: tuple[str, ...] = (),
        *,
        desk: bool,
    ) -> Session:
        """
        Follow the trigger's first open route and remember where "back" goes.

        While away it goes on as for a stranger: without the earlier answers and what was filled in, which would show.
        """
        known = drop(session, ("*",)) if session.away else session
        kept = {key: value for key, value in session.answers.items() if key not in forgets}
        answers = {**({} if session.away else kept), **sets}
        asking = changed(known, answers=answers)
        to = self.fence.step(session.state, trigger, see(asking, day_of(session), desk=desk))
        left_state = session.interrupted or session.state
        step = Step(left_state, session.answers, guarded=session.away)
        trail = (*session.trail, step)[-_LONGEST_TRAIL:]
        if self.flow.get_state(to).overlay:
            return self.moved(session, to, interrupted=left_state, opened=open_over(session, to))
        return self.moved(changed(asking, trail=trail, away=False), to)

    def returned(self, session: Session) -> Session:
        """Leave an overlay. While away every overlay but the greeting itself leads to the greeting."""
        earlier = session.interrupted or self.flow.special.start
        if session.away and session.state != self.flow.special.resume:
            return self.greeted(session, earlier)
        return changed(self.moved(session, earlier), away=False)

    def greeted(self, session: Session, earlier: StateId) -> Session:
        """Ask first who is there."""
        return changed(self.moved(session, self.flow.special.resume, interrupted=earlier), away=True)

    def wake(self, session: Session, now: datetime) -> tuple[Session, bool]:
        """
        Put the neutral greeting over a conversation that was left or has been silent for long, and say whether it was.

        The turn stays: the greeting that `look` drew and the one made here are the same question.
        """
        is_silent = self.flow.get_state(session.state).silent
        is_idle = session.turn > 0 and now - session.seen_at >= IDLE_AFTER
        resume = self.flow.special.resume
        if session.state == resume or not (is_silent or is_idle):
            return session, False
        earlier = session.interrupted or session.state
        veiled = session.veiled | {f"{key}={value}" for key, value in session.answers.items()}
        asleep = changed(put_away(session), state=resume, interrupted=earlier, opened=(), note=None, told=())
        return changed(asleep, away=True, veiled=veiled), True

    def come_back(self, session: Session) -> Session:
        """Leave the page that told the code. Whoever was away is a stranger to the other phone as well."""
        if session.away:
            return self.greeted(session, session.interrupted or session.state)
        return self.returned(session) if session.interrupted else self.moved(session, session.state)

    def interrupted(self, session: Session, by: StateId) -> Session:
        """Go over to an overlay, from which one can return."""
        earlier = session.interrupted or session.state
        return self.moved(session, by, interrupted=earlier, opened=open_over(session, by))

    def back(self, session: Session) -> Session | None:
        """Go one step back. None: there is nothing before, or nobody knows who holds the phone."""
        if session.state == self.flow.special.resume:
            return None  # only the greeting's own answer shows where they were
        if session.interrupted and session.opened:
            *earlier_pages, page = session.opened
            return self.moved(session, page, interrupted=session.interrupted, opened=tuple(earlier_pages))
        if session.interrupted:
            return self.returned(session)
        if not session.trail:
            return None
        *earlier, step = session.trail
        before = changed(session, answers=step.answers, trail=tuple(earlier))
        return self.greeted(before, step.state) if step.guarded else self.moved(before, step.state)

    def restarted(self, session: Session) -> Session:
        """Begin again: nothing that was told is known any more."""
        start = self.moved(drop(session, ("*",)), self.flow.special.start)
        return changed(start, answers={}, trail=(), away=False, veiled=frozenset(), told=())

    def emptied(self, session: Session, receipt: str) -> Session:
        """Tell the receipt, to somebody of whom no more is known than what the next page needs."""
        answers = {key: value for key, value in session.answers.items() if key in KEPT_AFTER_SENDING}
        bare = changed(
            drop(session, ("*",)), answers=answers, trail=(), heard=(), veiled=frozenset(), told=()
        )
        here = changed(bare, last_words="", away=False, pocket={OWN_RECEIPT: receipt} if receipt else {})
        return self.moved(here, self.flow.special.sent)

    def refused(self, session: Session, to: StateId) -> Session:
        """Say what could not be done; a page that stands over the conversation does not end it."""
        pocket = {key: value for key, value in session.pocket.items() if key != "asked"}
        unasked = changed(session, pocket=pocket)
        return self.moved(unasked, to) if session.interrupted is None else self.interrupted(unasked, to)

    def at_receipt(self, session: Session, receipt: str, status: str, *, is_asked_back: bool) -> Session:
        """Show what a receipt stands for, over what stands now. What was asked with another one is forgotten."""
        is_same = session.pocket.get("receipt") == receipt
        known = {key: value for key, value in session.pocket.items() if key != "asked" or is_same}
        pocket = {**known, "receipt": receipt, "status": status}
        if is_asked_back:
            pocket["asked"] = "withdraw"
        return self.interrupted(changed(session, pocket=pocket), self.flow.special.receipt)

    def require_known(self, session: Session) -> None:
        """StateGone: the flow no longer has a state that this session needs."""
        places = {session.state, session.interrupted or session.state, *(s.state for s in session.trail)}
        if not places | set(session.opened) <= self.flow.states.keys():
            raise StateGone(f"flow {self.flow.id} no longer has a state that this session needs")

    def moved(
        self,
        session: Session,
        to: StateId,
        *,
        interrupted: StateId | None = None,
        opened: tuple[StateId, ...] = (),
    ) -> Session:
        """Ask another question."""
        turn = session.turn + 1
        there = changed(session, state=to, interrupted=interrupted, opened=opened, turn=turn, misses=0)
        return tidy_pocket(note_review(there, self.flow), self.flow)


def open_over(session: Session, to: StateId) -> tuple[StateId, ...]:
    """Return what "back" leads through from an overlay: the overlays opened since the conversation was left."""
    if session.interrupted is None:
        return ()
    opened = (*session.opened, session.state)
    return opened[: opened.index(to)] if to in opened else opened[-_LONGEST_TRAIL:]
