"""What is done with an answer: along a choice, over to a page, back, on past what was told; and what is said then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

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
    SubmitRequested,
    Turn,
    WipeRequested,
)
from bot.core.fence import READ, Fence
from bot.core.fields import REFUSAL, FieldReader, Refused
from bot.core.filling import apply, begin, keep_consent, stamp, write_down
from bot.core.model import Choice, ChoiceId, Flow, NoteId, Reads, Session, StateId, Told, WayOut
from bot.core.moves import Moves
from bot.core.records import changed
from bot.core.standing import list_open, see
from bot.core.taipei import day_of, day_written
from bot.core.understood import (
    agree,
    find_change,
    find_meant,
    forget_asked,
    forget_of_others,
    is_worth_saying_back,
    key_of,
    list_agreed,
    list_offered,
    list_steps,
    strike,
    take_want,
    use,
)

_MISSES_BEFORE_HUMAN = 2
#: What a choice asks of those who run the turn, by its kind.
_REQUESTS: Mapping[str, tuple[Event, ...]] = {"move": (MoveRequested(),), "page": (PageRequested(),)}
#: No flow asks more in a row; what is told cannot lead in a circle.
_MOST_STEPS = 20
_HARM = "harm"
#: What is shown as chosen before where its page must be read all the same.
_KNOWN_BEFORE = frozenset({"minor", "abuser"})


class Steps:
    """Takes steps through one flow. Holds no person's state."""

    def __init__(
        self, flow: Flow, fence: Fence, moves: Moves, fields: FieldReader, is_desk_open: Callable[[], bool]
    ) -> None:
        self.flow = flow
        self.fields = fields
        self.is_desk_open = is_desk_open
        self._fence = fence
        self._moves = moves

    # Choices and ways out

    def choose(self, session: Session, choice: Choice) -> Turn:
        """Follow a choice, and on through what was told and confirmed already."""
        answered = Answered(session.state, choice.id)
        match choice.kind:
            case "erase" | "wipe":
                return self._end(session, answered, wipes=choice.kind == "wipe")
            case "withdraw":
                return self.ask_desk(session, "withdraw", "", answered)
            case "submit":
                return Turn(session, (answered, SubmitRequested(), Said(session.state)))
            case "confirm":
                return self._confirm(session, answered)
            case _:
                return self._follow(session, choice, answered)

    def _follow(self, session: Session, choice: Choice, answered: Answered) -> Turn:
        told = apply(session, choice, self.fields)
        if choice.strikes:
            told = strike(told, choice.strikes)
            if not list_offered(told):
                return self.say(self._moves.returned(told), before=(answered,))
        if session.state == self.flow.special.understood and choice.kind == "return":
            told = strike(told, map(key_of, list_offered(told)))
        asked = forget_asked(told, self.flow.get_state(session.state))
        there = forget_of_others(self._moves.follow(asked, choice, desk=self.is_desk_open()), self.flow)
        after = stamp(begin(there, self.flow, self.fields), choice, self.fields)
        requests: tuple[Event, ...] = _REQUESTS.get(choice.kind, ())
        note = None if choice.hush is None else NoteId("hushed" if choice.hush else "unhushed")
        further, steps = self._walk(after)
        # Who only looked at another page finds the one that says back what was understood again.
        # So does who cried for help beside telling what else happened.
        is_later = self.flow.get_state(further.state).track != self._opening
        was_offered = choice.kind == "return" and (is_later or self.flow.special.understood in session.opened)
        next_page = self._offer(further) if was_offered else self._offer_next(further)
        return self.say(next_page, note, before=(answered, *requests, *steps))

    def _end(self, session: Session, answered: Answered, *, wipes: bool) -> Turn:
        special = self.flow.special
        over = changed(session, state=special.wiped if wipes else special.erased, interrupted=None)
        asked: tuple[Event, ...] = (WipeRequested(),) if wipes else ()
        return Turn(over, (answered, *asked, EraseRequested(), Said(over.state)))

    def ask_desk(self, session: Session, kind: RequestKind, words: str, answered: Answered) -> Turn:
        """Ask the desk for something about what was sent. Without a receipt at hand it is asked for again."""
        receipt = session.pocket.get("receipt", "")
        noted = changed(session, pocket={**session.pocket, "asked": kind})
        special = self.flow.special
        there = self._moves.interrupted(noted, special.asked if receipt else special.receipt)
        asked: tuple[Event, ...] = (RequestMade(kind, receipt, words),) if receipt else ()
        return self.say(there, before=(answered, *asked))

    def take_way_out(self, session: Session, way: WayOut) -> Turn:
        """Go where a way out leads."""
        match way.kind:
            case "restart":
                return self.say(self._moves.restarted(session))
            case "back":
                before = self._moves.back(session)
                return self.say(before) if before else self.say(session, NoteId("nothing_before"))
            case _:
                return self.interrupt(session, self._fence.step(session.state, way.id, {}))

    def interrupt(self, session: Session, by: StateId) -> Turn:
        """Put a page over the conversation."""
        if session.state == by:
            return self.say(session)
        return self.say(self._moves.interrupted(session, by), before=(Interrupted(by),))

    # What was told in own words

    def offer(self, session: Session) -> Turn:
        """Say back what was understood; where nothing was, the question that stands."""
        return self.say(self._offer(self.uncover(session)))

    def offer_next(self, session: Session) -> Turn:
        """As `offer`, but only in place of a question: a page that must be read is said first."""
        return self.say(self._offer_next(session))

    def _offer_next(self, session: Session) -> Session:
        # The greeting says who we are and what is kept: nothing is put in its place.
        is_next = self.flow.get_state(session.state).asks_only and session.state != self.flow.special.start
        return self._offer(session) if is_next else session

    def _offer(self, session: Session) -> Session:
        page = self.flow.special.understood
        if session.away or not page or session.state == page or not is_worth_saying_back(session):
            return session
        return self._moves.interrupted(session, page)

    def uncover(self, session: Session) -> Session:
        """Leave the page that says back what was understood, once nothing of it is left."""
        page = self.flow.special.understood
        if list_offered(session):
            return session
        opened = tuple(one for one in session.opened if one != page)
        if session.state != page:
            return changed(session, opened=opened) if opened != session.opened else session
        return self._moves.returned(changed(session, opened=opened))

    def _confirm(self, session: Session, answered: Answered) -> Turn:
        """Take what was offered as said: change what it changes, go on as if each choice had been pressed."""
        said = agree(self._moves.returned(session))
        change = find_change(self.flow, said, list_agreed(said))
        if change is not None:
            fact, place = change
            said = self._tell_again(said)
            asked = said.trail[place].state
            meant = find_meant(self.flow.get_state(asked).choices, [fact])
            gone = meant[0].sets if meant else {}
            answers = {key: value for key, value in said.answers.items() if key not in gone}
            said = self._moves.moved(changed(said, trail=said.trail[:place], answers=answers), asked)
        said, also = self._take_also(said)
        further, steps = self._walk(said) if not also else (said, also)
        there, want = take_want(further)
        if want and want in self.flow.wants:
            there = self._moves.interrupted(there, self.flow.wants[want])
        return self.say(there, before=(*steps, answered))

    def list_also(self, session: Session, facts: Iterable[str]) -> tuple[str, ...]:
        """Return which of these facts tell of something else that happened, beside what was answered before."""
        return tuple(self._find_also(session, facts))

    def _find_also(self, session: Session, facts: Iterable[str]) -> dict[str, Choice]:
        page = self.flow.special.also
        choices = self._list_open(changed(session, state=page)) if page else ()
        meant = {fact: find_meant(choices, [fact]) for fact in facts}
        return {fact: found[0] for fact, found in meant.items() if found}

    def _take_also(self, session: Session) -> tuple[Session, tuple[Answered, ...]]:
        """Go where the first of what else happened leads, and note the others: their pages are offered there."""
        state, page = self.flow.get_state(session.state), self.flow.special.also
        is_asked_anew = state.asks_only and state.track == self._opening
        also = {} if is_asked_anew else self._find_also(session, list_agreed(session))
        if not also:
            return session, ()
        there, steps = self._walk(self._moves.interrupted(session, page))
        noted = list(steps)
        # What led there, and what was answered on the way, is agreed to no longer.
        for fact in [fact for fact in also if fact in list_agreed(there)]:
            answered = changed(there, answers={**there.answers, **also[fact].sets})
            there = use(answered, fact, session.interrupted or session.state, there.answers)
            noted.append(Answered(page, also[fact].id))
        # Whatever is left was answered before, and must not answer anything later.
        return strike(there, [_HARM]), tuple(noted)

    def _tell_again(self, session: Session) -> Session:
        """Before the questions of what happened are gone through anew, tell what was answered there, so that nothing of it is lost."""
        if not self.list_also(session, list_agreed(session)):
            return session
        page = self.flow.get_state(self.flow.special.also)
        known = tuple(
            fact
            for choice in page.choices
            for fact in choice.meant
            if choice.sets and choice.sets.items() <= session.answers.items()
        )
        return changed(session, told=(*session.told, Told("", known, agreed=True))) if known else session

    @property
    def _opening(self) -> str:
        return self.flow.get_state(self.flow.special.start).track

    def _list_open(self, session: Session) -> tuple[Choice, ...]:
        answers = see(session, day_of(session), desk=self.is_desk_open())
        return list_open(self.flow.get_state(session.state), answers)

    def _walk(self, session: Session) -> tuple[Session, tuple[Answered, ...]]:
        """Choose, question by question, what was told and confirmed, up to the first page that must be read."""
        answered: list[Answered] = []
        while len(answered) < _MOST_STEPS and (step := self._find_step(session)):
            choice, fact = step
            asked = session.state
            at, before = session.interrupted or session.state, session.answers
            there = self._moves.follow(session, choice, desk=self.is_desk_open())
            session = use(there, fact, at, before)
            answered.append(Answered(asked, choice.id))
        return self._know_before(session), tuple(answered)

    def _find_step(self, session: Session) -> tuple[Choice, str] | None:
        state = self.flow.get_state(session.state)
        if not state.asks_only or session.away:
            return None
        return find_meant(self._list_open(session), list_steps(session))

    def _know_before(self, session: Session) -> Session:
        """Where a page must be read although its question is answered, show the answer as chosen before."""
        state = self.flow.get_state(session.state)
        for fact in list_agreed(session):
            meant = find_meant(state.choices, [fact]) if key_of(fact) in _KNOWN_BEFORE else None
            if meant is not None and not state.asks_only:
                answers = {**session.answers, **meant[0].sets}
                session = use(changed(session, answers=answers), fact, state.id, session.answers)
        return session

    # What is read

    def read_day(self, session: Session, reads: Reads, day: date) -> Turn:
        """Take a day that was typed or picked."""
        if day > day_written(session):
            return self.say(session, NoteId("day_ahead"))
        after = self._moves.go(session, READ, {reads.key: day.isoformat()}, desk=self.is_desk_open())
        return self.say(after, before=(Answered(session.state, ChoiceId(READ)),))

    def read_field(self, session: Session, reads: Reads, text: str) -> Turn:
        """Take words into the form, or say what to write instead. Nothing that was there before is lost."""
        filled = write_down(session, reads, text, self.fields, day_of(session))
        if isinstance(filled, Refused):
            return self.say(session, NoteId(f"{REFUSAL}{filled.reason}"))
        answered = Answered(session.state, ChoiceId(READ))
        if reads.grows:
            return self.say(filled, NoteId("written_down"), before=(answered,))
        if self.flow.special.under_age and self.fields.is_under_18(filled.draft, today=day_of(session)):
            # Nobody under 18 is asked for more: what comes next is for them.
            young = self._moves.moved(filled, self.flow.special.under_age)
            return self.say(young, before=(answered,))
        return self.say(self._moves.go(filled, READ, {}, desk=self.is_desk_open()), before=(answered,))

    # What is said

    def miss(self, session: Session) -> Turn:
        """Say kindly that it was not understood; the second time, who answers instead."""
        if self.flow.get_state(session.state).ends:
            # What people write where one may stop is mostly a thank-you; "I did not understand" is no answer to it.
            return self.say(session, NoteId("at_an_ending"))
        missed = changed(session, misses=session.misses + 1)
        note = "not_understood_again" if missed.misses >= _MISSES_BEFORE_HUMAN else "not_understood"
        return self.say(missed, NoteId(note))

    def say_off_topic(self, session: Session) -> Turn:
        """Say one kind line to what has nothing to do with us; however often, it counts as missed once."""
        if self.flow.get_state(session.state).ends:
            return self.say(session, NoteId("at_an_ending"))
        return self.say(changed(session, misses=max(session.misses, 1)), NoteId("off_topic"))

    def say(self, session: Session, note: NoteId | None = None, *, before: tuple[Event, ...] = ()) -> Turn:
        """Say the state that stands."""
        counted = session if session.turn else changed(session, turn=1)
        asked = keep_consent(counted, self.fields)
        return Turn(asked, (*before, Said(asked.state, note)))
