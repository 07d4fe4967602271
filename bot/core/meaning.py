"""
What free words mean in the state that stands, after they were heard exactly and nothing was found.

A number in words, a choice that they mean, a story to say back, a page that they ask for, something that is not ours, a
slip of the finger. None: the choices are shown.
"""

from __future__ import annotations

from bot.core.events import Turn
from bot.core.exact import is_exact
from bot.core.hear import Ear
from bot.core.inputs import Arrival
from bot.core.model import Choice, NoteId, Session, State, WayOut
from bot.core.near import find_near, read_number
from bot.core.stated import Stated
from bot.core.steps import Steps
from bot.core.text import fold, squeeze
from bot.core.understood import (
    choose_offered,
    find_change,
    hold,
    is_answered,
    is_worth_saying_back,
    key_of,
    list_facts,
    list_offered,
)

#: Fewer letters are a slip or a sigh, and no topic.
_FEWEST_LETTERS = 6
_ANSWERS = frozenset({"yes", "no"})
_LATER = NoteId("kept_for_later")


class Meaning:
    """Reads free words against one flow. Holds no person's state."""

    def __init__(self, ear: Ear, steps: Steps) -> None:
        self._flow = steps.flow
        self._ear = ear
        self._steps = steps

    def read(self, session: Session, state: State, text: str, stated: Stated, came: Arrival) -> Turn | None:
        """
        Do what words mean here. None: nothing that is known, or a place where only exact words count.

        `state` has only the choices that this person sees.
        """
        if is_exact(session, self._flow):
            return None
        choice = self._find_numbered(state, text) or _find_answer(state, stated)
        if choice:
            return self._steps.choose(session, choice)
        way = self._find_way(stated)
        if way:
            return self._steps.take_way_out(session, way)
        if self._is_alarm_page(state):
            return None
        return (
            self._read_facts(session, state, stated, came)
            or self._read_rest(session, state, text, stated)
            or self._acknowledge(session, state, stated)
        )

    def hold(
        self,
        session: Session,
        stated: Stated,
        came: Arrival,
        *,
        is_late: bool = False,
        is_unseen: bool = False,
    ) -> Session:
        """Remember what a text states where a story may be told; nothing comes of it unless it is confirmed."""
        return self._hold(session, list_facts(stated), came, is_late=is_late, is_unseen=is_unseen)

    def hold_cry(self, session: Session, stated: Stated, came: Arrival) -> Session:
        """As `hold`, of a cry for help: whose cry it is makes no story by itself, and nobody in need is asked about it."""
        facts = list_facts(stated)
        return session if all(key_of(fact) == "role" for fact in facts) else self._hold(session, facts, came)

    # What is told

    def _read_facts(self, session: Session, state: State, stated: Stated, came: Arrival) -> Turn | None:
        facts = list_facts(stated)
        choice = _find_only(state, facts)
        if session.state == self._flow.special.understood or self._tells_more(session, facts, choice):
            held = self._hold(session, facts, came, here=choice.meant if choice else ())
            if held is not session:
                return self._say_back(held)
        if choice:
            return self._steps.choose(session, choice)
        wanted = next((want for want in stated.wants if want in self._flow.wants), None)
        return self._steps.interrupt(session, self._flow.wants[wanted]) if wanted else None

    def _say_back(self, held: Session) -> Turn:
        if self._may_offer(held):
            return self._steps.offer(held)
        return self._steps.say(held, _LATER) if is_worth_saying_back(held) else self._steps.miss(held)

    def _tells_more(self, session: Session, facts: tuple[str, ...], choice: Choice | None) -> bool:
        """Whether more is told than the question asks and than was answered before."""
        return any(
            key_of(fact) != "want"
            and not is_answered(fact, self._flow, session)
            and (choice is None or fact not in choice.meant)
            for fact in choose_offered(facts, self._flow, session)
        )

    def _hold(
        self,
        session: Session,
        facts: tuple[str, ...],
        came: Arrival,
        *,
        is_late: bool = False,
        is_unseen: bool = False,
        here: tuple[str, ...] = (),
    ) -> Session:
        """`here`: what the only choice that is meant on this page says; that alone is chosen, and not said back."""
        if is_exact(session, self._flow) or not self._flow.special.understood:
            return session
        if not self._is_story(session):
            change = find_change(self._flow, session, facts)
            offered = {key_of(fact) for fact in list_offered(session)}
            also = self._steps.list_also(session, facts)
            also = () if set(also) <= set(here) else also
            facts = tuple(
                fact
                for fact in facts
                if key_of(fact) in offered or fact in also or (change and fact == change[0])
            )
        if all(key_of(fact) == "want" for fact in facts):
            return session
        return hold(session, came.message, facts, self._flow, is_late=is_late, is_unseen=is_unseen)

    def _is_story(self, session: Session) -> bool:
        """Whether somebody may tell their story here: at the greeting, and as long as the first questions stand."""
        base = self._flow.get_state(session.interrupted or session.state)
        opening = self._flow.get_state(self._flow.special.start).track
        return base.track == opening and (base.asks_only or not session.answers)

    def _may_offer(self, session: Session) -> bool:
        """Whether it may be said back at once. Over the greeting nothing is, as long as nobody knows that it was read."""
        special = self._flow.special
        if session.state == special.understood or not self._is_story(session):
            return True
        base = session.interrupted or session.state
        is_greeting_covered = session.interrupted == special.start
        return (
            self._flow.get_state(base).asks_only and not is_greeting_covered and is_worth_saying_back(session)
        )

    def _acknowledge(self, session: Session, state: State, stated: Stated) -> Turn | None:
        """Say that it was heard, where what was told is known already or leads nowhere from here."""
        is_told = bool(list_facts(stated)) and not state.ends
        return self._steps.say(session, NoteId("heard")) if is_told else None

    # Ways, choices and the rest

    def _find_numbered(self, state: State, text: str) -> Choice | None:
        number = read_number(fold(text))
        return state.choices[number - 1] if number and number <= len(state.choices) else None

    def _find_way(self, stated: Stated) -> WayOut | None:
        meant = f"command={stated.command}"
        return next((way for way in self._flow.ways_out if meant in way.meant), None)

    def _is_alarm_page(self, state: State) -> bool:
        return state.id in {self._flow.special.crisis, self._flow.special.danger}

    def _read_rest(self, session: Session, state: State, text: str, stated: Stated) -> Turn | None:
        if stated.out_of_scope and has_enough_letters(text):
            return self._steps.say_off_topic(session)
        return self._read_near(session, state, text)

    def _read_near(self, session: Session, state: State, text: str) -> Turn | None:
        """Take a word that was meant for a button: one slip of the finger, and only one button that it may be."""
        ways = {str(way.id): way for way in self._flow.ways_out if way.kind == "overlay"}
        choices = {str(choice.id): choice for choice in state.choices if _may_be_read(choice)}
        named = [(name, key) for key, way in ways.items() for name in self._ear.name_way(way, session.locale)]
        named += [
            (name, key)
            for key, one in choices.items()
            for name in self._ear.name_choice(one, state, session.locale)
        ]
        found = find_near(squeeze(text), named)
        if found is None:
            return None
        if found in choices:
            return self._steps.choose(session, choices[found])
        return self._steps.take_way_out(session, ways[found])


def has_enough_letters(text: str) -> bool:
    """Whether a text is long enough to be about something."""
    return len(squeeze(text)) >= _FEWEST_LETTERS


def _may_be_read(choice: Choice) -> bool:
    return choice.kind in {"go", "return", "confirm"}


def _find_answer(state: State, stated: Stated) -> Choice | None:
    """Return the one choice that a bare yes or no means here, as its own words say."""
    if stated.command not in _ANSWERS:
        return None
    meant = [one for one in state.choices if stated.command in one.words and _may_be_read(one)]
    return meant[0] if len(meant) == 1 else None


def _find_only(state: State, facts: tuple[str, ...]) -> Choice | None:
    """Return the choice that the facts mean, by the first kind of fact that means any; two of one kind mean none."""
    for key in dict.fromkeys(map(key_of, facts)):
        ids = {
            choice.id
            for choice in state.choices
            for fact in facts
            if key_of(fact) == key and fact in choice.meant
        }
        if ids:
            return state.get_choice(ids.pop()) if len(ids) == 1 else None
    return None
