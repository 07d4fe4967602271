"""How a turn sounds in a language: the state's sentences, filled, with their buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.core.events import Said
from bot.core.guards import Answers, holds
from bot.core.hours import IsWorkday
from bot.core.knowledge import Knowledge
from bot.core.model import NOT_YET, Choice, Flow, Line, NoteId, Session, State
from bot.core.reply import Button, Reply
from bot.core.standing import list_open, see
from bot.core.taipei import TAIPEI
from bot.voice.catalogs import Catalogs, choose_locale
from bot.voice.contact_lines import REACH_WORDS
from bot.voice.mentions import Mentioner
from bot.voice.recall import Recall, name_door
from bot.voice.reference import REFERENCE_WORDS


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
        origin: str = "",
    ) -> None:
        """`origin` begins the addresses that people are given (FRONTDOOR_PUBLIC_URL)."""
        self._flow = flow
        self._knowledge = knowledge
        self._catalogs = catalogs
        self._words = words
        self._operator = operator
        self._is_workday = is_workday
        self._origin = origin

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
        locale = session.locale
        answers = see(session, now.astimezone(TAIPEI).date(), channel=channel)
        choices = list_open(state, answers)
        return Reply(
            bubbles=self._bubbles(said, session, now, answers, code),
            buttons=self._buttons(state, choices, locale),
            visit=session.visit,
            turn=session.turn,
            locale=locale,
            hint=self._word("number_hint", locale) if choices else "",
            ways_hint=self._ways_hint(locale) if choices else "",
            leaving=state.silent,
            look=state.look,
            alt=self._word("alt", locale),
            day_label=self._word("pick_day", locale) if state.reads else "",
            hushed=session.hushed,
        )

    def sorry(self, locale: str) -> Reply:
        """Say that we failed: the fixed line that always names the human route."""
        return Reply(bubbles=(self._word("sorry", locale),), buttons=(), visit=NOT_YET, turn=0, locale=locale)

    # Parts of a reply

    def _bubbles(
        self, said: Said, session: Session, now: datetime, answers: Answers, code: str
    ) -> tuple[str, ...]:
        state = self._flow.get_state(said.state)
        mention = self._mentioner(session, now, answers["channel"], code, kept=state.ends)
        lines = [line for line in state.say if holds(line.when, answers)]
        bubbles = [self._bubble(line, state, session.locale, mention) for line in lines]
        chosen = self._recall(session.locale).recall_chosen(state, session)
        if chosen:
            bubbles[-1] = f"{bubbles[-1]}\n{chosen}"
        if not said.note:
            return tuple(bubbles)
        note = self._note(said.note, session.locale, answers["channel"])
        return (note, *bubbles) if said.whole else (f"{note}\n\n{bubbles[-1]}",)

    def _recall(self, locale: str) -> Recall:
        words = {
            key: self._word(key, locale)
            for key in ("no_answers", "chosen_before", "answer_line", "veiled", "comma")
        }
        return Recall(
            self._flow, lambda context, said: self._catalogs.translate(context, said, locale), words, locale
        )

    def _bubble(self, line: Line, state: State, locale: str, mention: Mentioner) -> str:
        sentence = self._catalogs.translate(f"{self._flow.id}.{state.id}", line.text, locale)
        return mention.fill(sentence)

    def _note(self, note: NoteId, locale: str, channel: str) -> str:
        """Say a note, in the words for this channel where there are any: each has its own way to take a message back."""
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
        recall = self._recall(locale)
        named = self._word("operator_line", locale).replace("{operator}", self._operator)
        operator = named if self._operator else self._word("operator_demo", locale)
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
                "operator": lambda: operator,
                "answers": lambda: recall.list_answers(session),
                "deadline": lambda: recall.name_deadline(session),
                "learned": lambda: recall.name_learned(session),
                "calendar": lambda: recall.link_calendar(session, self._origin, channel),
                "code": lambda: code or self._word("code_told", locale),
                "door": lambda: name_door(self._origin, code, channel),
            },
            kept=kept,
        )
