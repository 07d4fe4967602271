"""
From what a person typed to what it means here: an alarm, a way out, a choice, or nothing known.

Local and deterministic. Alarms are heard first, ways out second, choices last: a wrong alarm costs
one tap, a missed one can cost a life.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.core.model import Choice, ChoiceId, Flow, State, WayOut, WayOutId
from bot.core.text import fold, squeeze

#: (gettext context, zh_TW sentence, locale) → the sentence in that locale.
Translate = Callable[[str, str, str], str]
AlarmKind = Literal["danger", "crisis"]


@dataclass(frozen=True, slots=True)
class AlarmWords:
    """Curated phrases. `harmless` (idioms, hyperbole) are taken out before the others are sought."""

    danger: tuple[str, ...] = ()
    crisis: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alarm:
    """They may be in danger now, or in a crisis."""

    kind: AlarmKind


@dataclass(frozen=True, slots=True)
class TookWayOut:
    """They asked for something that is always available."""

    id: WayOutId


@dataclass(frozen=True, slots=True)
class Chose:
    """They answered the question."""

    id: ChoiceId


@dataclass(frozen=True, slots=True)
class Unclear:
    """Nothing known: the question is asked again with its choices and the human route."""


Heard = Alarm | TookWayOut | Chose | Unclear


def as_is(_context: str, sentence: str, _locale: str) -> str:
    """Translate nothing: the source language."""
    return sentence


@dataclass(frozen=True, slots=True)
class Ear:
    """Hears typed text against one flow."""

    flow: Flow
    alarms: AlarmWords
    translate: Translate = as_is

    def hear(self, text: str, state: State, locale: str) -> Heard:
        """Say what the text means in this state. Never raises, whatever is typed."""
        alarm = self._hear_alarm(text)
        if alarm:
            return alarm
        said = squeeze(text)
        if not said:
            return Unclear()
        return self._hear_way_out(said, locale) or self._hear_choice(said, state, locale) or Unclear()

    def _hear_alarm(self, text: str) -> Alarm | None:
        folded = f" {fold(text)} "
        joined = squeeze(text)
        for phrase in self.alarms.harmless:
            folded, joined = _without(phrase, folded, joined)
        if _contains_any(self.alarms.danger, folded, joined):
            return Alarm("danger")
        if _contains_any(self.alarms.crisis, folded, joined):
            return Alarm("crisis")
        return None

    def _hear_way_out(self, said: str, locale: str) -> TookWayOut | None:
        for way in self.flow.ways_out:
            if said in self._names_of_way(way, locale):
                return TookWayOut(way.id)
        return None

    def _names_of_way(self, way: WayOut, locale: str) -> set[str]:
        shown = self.translate(f"{self.flow.id}.ways_out.{way.id}", way.label, locale)
        return {squeeze(name) for name in (*way.words, way.label, shown)}

    def _hear_choice(self, said: str, state: State, locale: str) -> Chose | None:
        number = _as_number(said)
        if number is not None and 1 <= number <= len(state.choices):
            return Chose(state.choices[number - 1].id)
        for choice in state.choices:
            if said in self._names_of_choice(choice, state, locale):
                return Chose(choice.id)
        return None

    def _names_of_choice(self, choice: Choice, state: State, locale: str) -> set[str]:
        shown = self.translate(f"{self.flow.id}.{state.id}.{choice.id}", choice.label, locale)
        return {squeeze(name) for name in (*choice.words, choice.label, shown)}


def _as_number(said: str) -> int | None:
    """Read a number of one or two ASCII digits; full-width ones were folded, others are not ours."""
    return int(said) if re.fullmatch(r"[0-9]{1,2}", said) else None


def _contains_any(phrases: Sequence[str], folded: str, joined: str) -> bool:
    return any(_is_in(phrase, folded, joined) for phrase in phrases)


def _is_in(phrase: str, folded: str, joined: str) -> bool:
    """Seek Latin phrases as whole words and the rest anywhere, because Chinese has no spaces."""
    if phrase.isascii():
        return f" {fold(phrase)} " in folded
    return squeeze(phrase) in joined


def _without(phrase: str, folded: str, joined: str) -> tuple[str, str]:
    if phrase.isascii():
        return folded.replace(f" {fold(phrase)} ", "  "), joined
    return folded, joined.replace(squeeze(phrase), "")
