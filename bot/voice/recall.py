"""How a person's own answers are read back to them, and what follows from a day they told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from bot.core.model import Asked, Flow, Session, State
from bot.core.standing import LEARNED_ON, find_deadline, find_learned_on, is_shown
from bot.core.understood import list_agreed, list_offered

#: LINE's own browser cannot keep a file; with this it hands the address to the phone's browser. Source: LINE URL schemes.
_OUTSIDE = {"line": "?openExternalBrowser=1"}


def name_door(origin: str, code: str, channel: str) -> str:
    """Return the address at which a one-time code goes on in a browser; the front page once it was told."""
    return f"{origin}/p/{code}{_OUTSIDE.get(channel, '')}" if code else origin


def name_page(origin: str, token: str, channel: str) -> str:
    """Return the address of a one-time page; empty once it was told."""
    return f"{origin}/p/n/{token}{_OUTSIDE.get(channel, '')}" if token else ""


@dataclass(frozen=True, slots=True)
class Recall:
    """Reads answers back in one language. `translate` takes a gettext context and a source sentence."""

    flow: Flow
    translate: Callable[[str, str], str]
    words: Mapping[str, str]
    locale: str

    def list_answers(self, session: Session) -> str:
        """
        Return one line per answer and per fact heard in own words, or that there is none.

        Earlier visits' answers are named, not read back.
        """
        if session.away:
            return self.words["no_answers"]
        asked = self.flow.answers.items()
        lines = [self._line(key, one, session) for key, one in asked if key in session.answers]
        lines += self._told_lines(list_agreed(session), "answer_line")
        lines += self._told_lines(list_offered(session), "heard_line")
        return "\n".join(lines) or self.words["no_answers"]

    def recall_chosen(self, state: State, session: Session) -> str:
        """Return what was answered here before, as a line to put below the question; empty: nothing to show."""
        values = [
            self._value(key, asked, session)
            for key, asked in self.flow.answers.items()
            if state.id in asked.asked_in and key in session.answers and is_shown(session, key)
        ]
        return (
            self.words["chosen_before"].replace("{values}", self.words["comma"].join(values))
            if values
            else ""
        )

    def list_understood(self, session: Session) -> str:
        """Return one line for each kind of fact that somebody told in own words and that is not confirmed yet."""
        lines = [] if session.away else self._told_lines(list_offered(session), "answer_line")
        return "\n".join(lines) or self.words["no_answers"]

    def _told_lines(self, facts: Iterable[str], worded: str) -> list[str]:
        told: dict[str, list[str]] = {}
        for fact in facts:
            kind, _, value = fact.partition("=")
            told.setdefault(kind, []).append(value)
        return [self._told_line(kind, told[kind], worded) for kind in told if kind in self.flow.facts]

    def _told_line(self, kind: str, values: list[str], worded: str) -> str:
        asked = self.flow.facts[kind]
        said = [self.translate(f"told.{kind}.{value}", asked.values.get(value, value)) for value in values]
        title = self.translate(f"told.{kind}", asked.title)
        line = self.words[worded].replace("{title}", title)
        return line.replace("{value}", self.words["comma"].join(said))

    def name_deadline(self, session: Session) -> str:
        """Return the last day to file a complaint in words; empty: no day was told."""
        last_day = find_deadline(session)
        return self.name_day(last_day) if last_day else ""

    def name_learned(self, session: Session) -> str:
        """Return the day that was told, with its year, so that a misread day is seen; empty: none."""
        told = session.answers.get(LEARNED_ON) if find_deadline(session) else None
        return self.name_day(date.fromisoformat(told)) if told else ""

    def link_calendar(self, session: Session, origin: str, channel: str) -> str:
        """Return the address of the calendar file; empty: no day was told."""
        last_day = find_deadline(session)
        return f"{origin}/date/{last_day.isoformat()}.ics{_OUTSIDE.get(channel, '')}" if last_day else ""

    def name_day(self, day: date) -> str:
        """Return a day in words."""
        return format_date(day, format="long", locale=self.locale)

    def _line(self, key: str, asked: Asked, session: Session) -> str:
        title = self.translate(f"answer.{key}", asked.title)
        value = self._value(key, asked, session) if is_shown(session, key) else self.words["veiled"]
        return self.words["answer_line"].replace("{title}", title).replace("{value}", value)

    def _value(self, key: str, asked: Asked, session: Session) -> str:
        value = session.answers[key]
        learned_on = find_learned_on(session) if key == LEARNED_ON else None
        if learned_on:
            return self.name_day(learned_on)
        return self.translate(f"answer.{key}.{value}", asked.values.get(value, value))
