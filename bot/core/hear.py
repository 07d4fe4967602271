"""
From what a person typed to what it means here: an alarm, a way out, a choice, or nothing known.

Local and deterministic. Alarms are heard first, ways out second, choices last: a wrong alarm costs
one tap, a missed one can cost a life. What is no button's name is read by `Ear.understand`, whose cries for help count as well.
Only what means nothing else here is heard as looking for material.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from bot.core.code import is_unmistakable
from bot.core.model import Choice, ChoiceId, Flow, State, WayOut, WayOutId
from bot.core.stated import Stated, Understand, understand_nothing
from bot.core.text import fold, squeeze

#: (gettext context, zh_TW sentence, locale) → the sentence in that locale.
Translate = Callable[[str, str, str], str]
AlarmKind = Literal["danger", "crisis", "seeking"]


@dataclass(frozen=True, slots=True)
class AlarmWords:
    """
    Curated phrases. What lies within a `harmless` one (idioms, hyperbole) is no alarm.

    `seeking` is what people write who look for such material; `not_seeking` excuses those who tell of it.
    With one of `helping` anywhere in the text they ask how to take it down or tell what was done to them.
    """

    danger: tuple[str, ...] = ()
    crisis: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    seeking: tuple[str, ...] = ()
    not_seeking: tuple[str, ...] = ()
    helping: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alarm:
    """They may be in danger now, or in a crisis; or they look for such material. `stated`: what else was read, if it was."""

    kind: AlarmKind
    stated: Stated | None = field(default=None, compare=False)


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
    """
    Nothing known as it stands: what it may mean is looked at next.

    Where that is nothing either, the question is asked again with its choices and the human route.
    """

    stated: Stated = field(default_factory=Stated, compare=False)


Heard = Alarm | TookWayOut | Chose | Unclear
#: Where something stands in the folded text: from, up to.
Span = tuple[int, int]
#: Vietnamese has letters beyond a to z, and spaces between its words as English has.
_LETTER = "[a-z0-9\u00df-\u024f\u1e00-\u1eff]"
_LATIN = re.compile(rf"(?:{_LETTER}| )+")


def as_is(_context: str, sentence: str, _locale: str) -> str:
    """Translate nothing: the source language."""
    return sentence


@dataclass(frozen=True, slots=True)
class Ear:
    """
    Hears typed text against one flow.

    `understand` reads the rest: a cry for help that no phrase knows counts like one that is known.
    """

    flow: Flow
    alarms: AlarmWords
    translate: Translate = as_is
    understand: Understand = understand_nothing

    def hear(self, text: str, state: State, locale: str, *, is_answer: bool = False) -> Heard:
        """
        Say what the text means in this state. Never raises, whatever is typed.

        `is_answer`: it is just what was asked for, so nothing is read into it. Nor is anything into a code.
        """
        alarm = self._hear_alarm(text)
        if alarm:
            return alarm
        said = squeeze(text)
        way = self._find_way_out(said, locale) if said else None
        choice = self._hear_choice(said, state, locale) if said else None
        if choice and (way is None or way.to == state.id):
            # Where that way out has led already, its own answers count: "delete" confirms, "English" chooses.
            return choice
        if way:
            return TookWayOut(way.id)
        if is_answer or is_unmistakable(text):
            return Unclear()
        stated = self.understand(text)
        if stated.danger or stated.crisis:
            return Alarm("danger" if stated.danger else "crisis", stated)
        return Alarm("seeking") if self._is_seeking(text) else Unclear(stated)

    def is_alarm(self, text: str) -> bool:
        """Whether it cries for help out of danger or a crisis, whatever else it says."""
        if self._hear_alarm(text):
            return True
        stated = self.understand(text)
        return stated.danger or stated.crisis

    def _hear_alarm(self, text: str) -> Alarm | None:
        words = _Folded.of(text)
        if not (_named_in(words, self.alarms.danger) or _named_in(words, self.alarms.crisis)):
            return None  # so it is with nearly all that people write
        excused = _excuse(self.alarms.harmless, words)
        if _holds_alarm(self.alarms.danger, words, excused):
            return Alarm("danger")
        if _holds_alarm(self.alarms.crisis, words, excused):
            return Alarm("crisis")
        return None

    def _is_seeking(self, text: str) -> bool:
        words = _Folded.of(text)
        if _holds_alarm(self.alarms.helping, words, ()):
            return False
        return _holds_alarm(self.alarms.seeking, words, _excuse(self.alarms.not_seeking, words))

    def _find_way_out(self, said: str, locale: str) -> WayOut | None:
        return next((way for way in self.flow.ways_out if said in self.name_way(way, locale)), None)

    def name_way(self, way: WayOut, locale: str) -> set[str]:
        """Return what a way out is called and answers to, as typed text is compared (`squeeze`)."""
        shown = self.translate(f"{self.flow.id}.ways_out.{way.id}", way.label, locale)
        return {_squeeze_name(name) for name in (*way.words, way.label, shown)}

    def _hear_choice(self, said: str, state: State, locale: str) -> Chose | None:
        number = _as_number(said)
        if number is not None and 1 <= number <= len(state.choices):
            return Chose(state.choices[number - 1].id)
        for choice in state.choices:
            if said in self.name_choice(choice, state, locale):
                return Chose(choice.id)
        return None

    def name_choice(self, choice: Choice, state: State, locale: str) -> set[str]:
        """Return what a choice is called and answers to, as above."""
        shown = self.translate(f"{self.flow.id}.{state.id}.{choice.id}", choice.label, locale)
        return {_squeeze_name(name) for name in (*choice.words, choice.label, shown)}


def _as_number(said: str) -> int | None:
    """Read a number of one or two ASCII digits; full-width ones were folded, others are not ours."""
    return int(said) if re.fullmatch(r"[0-9]{1,2}", said) else None


@dataclass(frozen=True, slots=True)
class _Folded:
    """A text as it is searched; `joined` has no spaces, and whatever is not in it is nowhere in the text."""

    words: str
    joined: str

    @classmethod
    def of(cls, text: str) -> _Folded:
        words = f" {fold(text)} "
        return cls(words, words.replace(" ", ""))


def _excuse(harmless: tuple[str, ...], words: _Folded) -> list[Span]:
    return [span for phrase in _named_in(words, harmless) for span in _find_spans(phrase, words, gap="")]


def _holds_alarm(phrases: tuple[str, ...], words: _Folded, excused: Sequence[Span]) -> bool:
    """Whether a phrase stands anywhere outside a harmless one: an idiom must not hide what follows it."""
    named = _named_in(words, phrases)
    spans = (span for phrase in named for span in _find_spans(phrase, words, gap=" ?"))
    return any(not any(start <= a and b <= end for start, end in excused) for a, b in spans)


def _named_in(words: _Folded, phrases: tuple[str, ...]) -> Collection[str]:
    """
    Return those that stand in the text when spaces are left out: few do, and only they are looked for closely.

    A short text is asked where each of its places could begin one, a long one for each phrase: both end soon.
    """
    joined = words.joined
    if len(joined) > len(phrases):
        return [phrase for phrase in phrases if _squeeze_name(phrase) in joined]
    beginning = _by_beginning(phrases)
    return {
        phrase
        for place in range(len(joined))
        for squeezed, phrase in beginning.get(joined[place], ())
        if joined.startswith(squeezed, place)
    }


def _find_spans(phrase: str, words: _Folded, *, gap: str) -> list[Span]:
    """
    Find Latin phrases as whole words and the rest anywhere, because Chinese and Thai have no spaces.

    `gap` is what may stand between two characters. Harmless phrases get none: a comma inside
    ("想死，你不要管我") makes another sentence of an idiom.
    """
    pattern = _pattern_of(phrase, gap)
    return [found.span() for found in pattern.finditer(words.words)] if pattern else []


# These remember the flow's own words only: what a person types must not stay in memory.


@lru_cache(maxsize=32_768)
def _pattern_of(phrase: str, gap: str) -> re.Pattern[str] | None:
    folded = fold(phrase)
    if folded and _LATIN.fullmatch(folded):
        # A Chinese or Thai letter beside it ends a Latin word: people write 我想kill myself.
        return re.compile(rf"(?<!{_LETTER}){folded}(?!{_LETTER})")
    return re.compile(gap.join(squeeze(phrase))) if folded else None


@lru_cache(maxsize=32_768)
def _squeeze_name(name: str) -> str:
    return squeeze(name)


@lru_cache(maxsize=64)
def _by_beginning(phrases: tuple[str, ...]) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return the phrases, squeezed and as they are, by their first character."""
    begun: dict[str, list[tuple[str, str]]] = {}
    for phrase in phrases:
        if squeezed := _squeeze_name(phrase):
            begun.setdefault(squeezed[0], []).append((squeezed, phrase))
    return {first: tuple(found) for first, found in begun.items()}
