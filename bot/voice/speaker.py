"""How a turn sounds in a language: the state's sentences, filled, with their buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from bot.core.events import Said
from bot.core.fields import REFUSAL
from bot.core.filling import OWN_RECEIPT
from bot.core.guards import holds
from bot.core.hours import IsWorkday
from bot.core.knowledge import Knowledge
from bot.core.model import NOT_YET, Choice, Flow, Line, NoteId, Session, State, StateId
from bot.core.records import changed
from bot.core.reply import Button, Reply
from bot.core.standing import list_open, see
from bot.core.taipei import TAIPEI
from bot.form.model import NO_FORM, Form
from bot.voice.catalogs import Catalogs, choose_locale
from bot.voice.contact_lines import REACH_WORDS
from bot.voice.form_words import FormWords, fill_units
from bot.voice.mentions import Mentioner, mentions_own
from bot.voice.recall import Recall, name_door, name_page
from bot.voice.reference import REFERENCE_WORDS
from bot.voice.shelf import Shelf

#: While nobody opens what is sent (the demo).
NOBODY: Mapping[str, str] = MappingProxyType({})


def _always() -> bool:
    return True


class Speaker:
    """Says what a turn decided: implements the `Voice` port."""

    def __init__(
        self,
        flow: Flow,
        knowledge: Knowledge,
        catalogs: Catalogs,
        *,
        words: Mapping[str, str],
        operator: str,
        is_workday: IsWorkday,
        form: Form = NO_FORM,
        receiver: Mapping[str, str] = NOBODY,
        origin: str = "",
        is_desk_open: Callable[[], bool] = _always,
    ) -> None:
        """
        `origin` begins the addresses that people are given (FRONTDOOR_PUBLIC_URL).

        `is_desk_open` says whether handoffs are taken now; `receiver` who opens them: unit, phone, hours.
        """
        self._receiver = receiver
        self._tapped = frozenset(
            value for state in flow.states.values() for one in state.choices for value in one.fills.values()
        )
        self._form = form
        self._is_desk_open = is_desk_open
        self._flow = flow
        self._knowledge = knowledge
        self._catalogs = catalogs
        self._words = words
        self._operator = operator
        self._is_workday = is_workday
        self._origin = origin
        self._shelf = Shelf()
        self._asked_in: dict[StateId, list[str]] = {}
        for key, asked in flow.answers.items():
            for state_id in asked.asked_in:
                self._asked_in.setdefault(state_id, []).append(key)

    @property
    def locales(self) -> tuple[str, ...]:
        """All languages that can be spoken, the source first."""
        return self._catalogs.locales

    def choose_locale(self, wanted: str) -> str:
        """Map any form of a language tag to a language we speak; the source language otherwise."""
        return choose_locale(wanted, self._catalogs.locales)

    def words(self, locale: str) -> Mapping[str, str]:
        """Return the page's own words; `locale` in any form."""
        spoken = self.choose_locale(locale)
        return {key: self._word(key, spoken) for key in self._words}

    def render(
        self, said: Said, session: Session, now: datetime, *, channel: str = "", code: str = ""
    ) -> Reply:
        """Say a state in the session's language with the facts that may be shown today; see `ports.Voice`."""
        state = self._flow.get_state(said.state)
        today = now.astimezone(TAIPEI).date()
        answers = see(session, today, channel=channel, desk=self._is_desk_open())
        lines = tuple(line for line in state.say if holds(line.when, answers))
        choices = list_open(state, answers)
        if self._is_own(state, lines, session):
            bubbles = self._bubbles(said, lines, session, now, channel, code)
            return self._draw(state, choices, session, bubbles)
        what = (
            state.id,
            said.note,
            said.whole,
            session.locale,
            channel,
            lines,
            tuple(one.id for one in choices),
        )
        kept = self._shelf.find(what, now)
        if kept is None:
            bubbles = self._bubbles(said, lines, session, now, channel, code)
            kept = changed(self._draw(state, choices, session, bubbles), common=True)
            self._shelf.put(what, kept)
        return changed(kept, visit=session.visit, turn=session.turn, hushed=session.hushed)

    def _draw(
        self, state: State, choices: Sequence[Choice], session: Session, bubbles: tuple[str, ...]
    ) -> Reply:
        locale = session.locale
        return Reply(
            bubbles=bubbles,
            buttons=self._buttons(state, choices, locale),
            visit=session.visit,
            turn=session.turn,
            locale=locale,
            hint=self._word("number_hint", locale) if choices else "",
            ways_hint=self._ways_hint(locale) if choices else "",
            leaving=state.silent,
            look=state.look,
            alt=self._word("alt", locale),
            day_label=self._word("pick_day", locale) if state.reads and state.reads.kind == "day" else "",
            hushed=session.hushed,
        )

    def _is_own(self, state: State, lines: Sequence[Line], session: Session) -> bool:
        """Whether something of this person's own is said: such a reply is never kept for another one."""
        if any(key in session.answers for key in self._asked_in.get(state.id, ())):
            return True
        translate, place = self._catalogs.translate, f"{self._flow.id}.{state.id}"
        return any(mentions_own(translate(place, line.text, session.locale)) for line in lines)

    def sorry(self, locale: str) -> Reply:
        """Say that we failed: the fixed line that always names the human route."""
        return Reply(bubbles=(self._word("sorry", locale),), buttons=(), visit=NOT_YET, turn=0, locale=locale)

    # Parts of a reply

    def _bubbles(
        self,
        said: Said,
        lines: Sequence[Line],
        session: Session,
        now: datetime,
        channel: str,
        code: str,
    ) -> tuple[str, ...]:
        state = self._flow.get_state(said.state)
        mention = self._mentioner(session, now, channel, code, kept=state.ends)
        bubbles = [self._bubble(line, state, session.locale, mention) for line in lines]
        chosen = self._recall(session.locale).recall_chosen(state, session)
        if chosen:
            bubbles[-1] = f"{bubbles[-1]}\n{chosen}"
        if not said.note:
            return tuple(bubbles)
        note = self._note(said.note, session.locale, channel)
        return (note, *bubbles) if said.whole else (f"{note}\n\n{bubbles[-1]}",)

    def write_notices(self, locale: str) -> str:
        """Return everything that is consented to, in a language: canonical JSON."""
        return self._form_words(locale).write_notices(locale)

    def say(self, context: str, zh: str, locale: str) -> str:
        """Return a sentence of `flows/` in a language, which may be written in any form."""
        spoken = self.choose_locale(locale)
        said = self._catalogs.translate(context, zh, spoken)
        if "{" not in said:
            return said
        operator, receiver = self._name_operator(spoken), self._name_receiver(spoken)
        return fill_units(said, operator=operator, receiver=receiver)

    def _form_words(self, locale: str) -> FormWords:
        return FormWords(
            self._form,
            lambda context, said: self._catalogs.translate(context, said, locale),
            lambda key: self._word(key, locale),
            self._name_operator(locale),
            self._name_receiver(locale),
        )

    def _name_receiver(self, locale: str) -> str:
        if not self._receiver:
            return self._word("receiver_demo", locale)
        line = self._word("receiver_line", locale)
        for key, value in self._receiver.items():
            line = line.replace(f"{{{key}}}", value)
        return line

    def _name_operator(self, locale: str) -> str:
        named = self._word("operator_line", locale).replace("{operator}", self._operator)
        return named if self._operator else self._word("operator_demo", locale)

    def _recall(self, locale: str) -> Recall:
        words = {
            key: self._word(key, locale)
            for key in ("no_answers", "chosen_before", "answer_line", "heard_line", "veiled", "comma")
        }
        return Recall(
            self._flow, lambda context, said: self._catalogs.translate(context, said, locale), words, locale
        )

    def _bubble(self, line: Line, state: State, locale: str, mention: Mentioner) -> str:
        sentence = self._catalogs.translate(f"{self._flow.id}.{state.id}", line.text, locale)
        return mention.fill(sentence)

    def _note(self, note: NoteId, locale: str, channel: str) -> str:
        """Say a note, in the words for this channel where there are any: each has its own way to take a message back."""
        if note.startswith(REFUSAL):
            return self._form_words(locale).refusal(note.removeprefix(REFUSAL))
        own = NoteId(f"{note}_{channel}")
        key = own if own in self._flow.notes else note
        return self._catalogs.translate(f"{self._flow.id}.notes.{key}", self._flow.notes[key], locale)

    def _buttons(self, state: State, open_choices: Sequence[Choice], locale: str) -> tuple[Button, ...]:
        if not open_choices:
            return ()
        flow = self._flow.id
        choices = (
            Button(
                choice.id,
                self._catalogs.translate(f"{flow}.{state.id}.{choice.id}", choice.label, locale),
                "choice",
            )
            for choice in open_choices
        )
        ways = (
            Button(
                way.id, self._catalogs.translate(f"{flow}.ways_out.{way.id}", way.label, locale), "way_out"
            )
            for way in self._flow.ways_out
            if not way.quiet
        )
        return (*choices, *ways)

    def _ways_hint(self, locale: str) -> str:
        names = [
            self._catalogs.translate(f"{self._flow.id}.ways_out.{way.id}", way.label, locale)
            for way in self._flow.ways_out
            if not way.quiet
        ]
        return self._word("ways_hint", locale).replace("{ways}", self._word("comma", locale).join(names))

    def _word(self, key: str, locale: str) -> str:
        return self._catalogs.translate(f"interface.{key}", self._words[key], locale)

    def _mentioner(
        self, session: Session, now: datetime, channel: str, code: str, *, kept: bool
    ) -> Mentioner:
        translate, locale = self._catalogs.translate, session.locale
        recall, form = self._recall(locale), self._form_words(locale)
        return Mentioner(
            self._knowledge,
            lambda context, sentence: translate(context, sentence, locale),
            now,
            self._is_workday,
            locale,
            {
                "ext": self._word("extension", locale),
                "open": self._word("bracket_open", locale),
                "close": self._word("bracket_close", locale),
                "comma": self._word("comma", locale),
                "spoken": self._word("spoken", locale),
                "not_spoken": self._word("not_spoken", locale),
                "dated": self._word("dated", locale),
                "dated_short": self._word("dated_short", locale),
                **{key: self._word(key, locale) for key in (*REACH_WORDS, *REFERENCE_WORDS)},
            },
            {
                "operator": lambda: form.operator,
                "answers": lambda: recall.list_answers(session),
                "understood": lambda: recall.list_understood(session),
                "deadline": lambda: recall.name_deadline(session),
                "learned": lambda: recall.name_learned(session),
                "calendar": lambda: recall.link_calendar(session, self._origin, channel),
                "code": lambda: code or self._word("code_told", locale),
                "door": lambda: name_door(self._origin, code, channel),
                "page": lambda: name_page(self._origin, code, channel) or self._word("page_told", locale),
                "form": lambda: form.list_draft({} if session.away else session.draft, self._tapped),
                "receiver": lambda: form.receiver,
                "receipt": lambda: (
                    session.pocket.get(OWN_RECEIPT, "") or self._word("receipt_elsewhere", locale)
                ),
            },
            named={
                "consent": form.notice,
                "use": form.use,
                "picked": lambda key: form.name_picked(key, {} if session.away else session.draft),
            },
            kept=kept,
        )
