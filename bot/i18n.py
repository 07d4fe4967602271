"""
Languages: the catalogues, the choice of a locale, and how a turn sounds in one.

zh_TW is the source and stands in `flows/`; every other language is a gettext catalogue in
`locales/<locale>/LC_MESSAGES/frontdoor.po`, read with Babel. Fuzzy entries are never used, so a
reworded sentence falls back to the source until somebody has translated it again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import IO

from babel.core import Locale, UnknownLocaleError
from babel.messages.pofile import read_po

from bot.core.events import Said
from bot.core.guards import holds
from bot.core.knowledge import Contact, ContactId, FactId, Knowledge
from bot.core.model import NOT_YET, Flow, Line, Session, State
from bot.core.parse import parse_toml
from bot.core.reply import Button, Reply
from bot.core.sentences import collect_sentences

SOURCE_LOCALE = "zh_TW"
DOMAIN = "frontdoor"
#: Facts are about Taiwan: a recheck day ends there, at midnight in Taipei (UTC+8, no summer time).
TAIPEI = timezone(timedelta(hours=8), "Asia/Taipei")
_MENTION = re.compile(r"\{(contact|number|url|fact)\.([a-z0-9_]+)\}|\{(operator)\}")


@dataclass(frozen=True, slots=True)
class Catalogs:
    """Every translation, by locale and then by (context, source sentence)."""

    by_locale: Mapping[str, Mapping[tuple[str, str], str]]

    @property
    def locales(self) -> tuple[str, ...]:
        """All languages that can be spoken, the source first."""
        return (SOURCE_LOCALE, *sorted(self.by_locale))

    def translate(self, context: str, sentence: str, locale: str) -> str:
        """Return the sentence in that locale, or as it is when there is no translation."""
        return self.by_locale.get(locale, {}).get((context, sentence), sentence)


def load_catalogs(directory: Path) -> Catalogs:
    """Read every catalogue below `directory`."""
    found = {path.parts[-3]: _read_catalog(path) for path in directory.glob(f"*/LC_MESSAGES/{DOMAIN}.po")}
    return Catalogs(found)


def _read_catalog(path: Path) -> dict[tuple[str, str], str]:
    with path.open("rb") as file:
        catalog = read_po(file)
    return {
        (message.context or "", str(message.id)): str(message.string)
        for message in catalog
        if message.id and message.string and not message.fuzzy
    }


def choose_locale(wanted: str, spoken: Sequence[str]) -> str:
    """
    Map any form of language tag (`zh-Hant-TW`, `en_US`, an Accept-Language list) to one we speak.

    Every Chinese is answered in the source language. Babel's own negotiation does not know that
    zh-TW is zh_Hant_TW.
    """
    for tag in re.split(r"[,;\s]+", wanted):
        language = _language_of(tag)
        for locale in spoken:
            if language and _language_of(locale) == language:
                return locale
    return SOURCE_LOCALE


def _language_of(tag: str) -> str:
    try:
        return Locale.parse(tag.replace("-", "_")).language if tag[:1].isalpha() else ""
    except (ValueError, UnknownLocaleError):
        return tag.replace("_", "-").partition("-")[0].casefold()


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
    ) -> None:
        self._flow = flow
        self._knowledge = knowledge
        self._catalogs = catalogs
        self._words = words
        self._operator = operator

    def choose_locale(self, wanted: str) -> str:
        """Map any form of a language tag to a language we speak; the source language otherwise."""
        return choose_locale(wanted, self._catalogs.locales)

    def words(self, locale: str) -> Mapping[str, str]:
        """Return the page's own words; `locale` in any form."""
        spoken = self.choose_locale(locale)
        return {key: self._word(key, spoken) for key in self._words}

    def render(self, said: Said, session: Session, now: datetime) -> Reply:
        """Say a state in the session's language with the facts that may be shown today."""
        state = self._flow.get_state(said.state)
        today = now.astimezone(TAIPEI).date()
        mention = self._mentioner(session.locale, today)
        lines = [line for line in state.say if holds(line.when, session.answers)]
        bubbles = [self._bubble(line, state, session.locale, mention) for line in lines]
        if said.note:
            bubbles = [f"{self._note(said.note, session.locale)}\n\n{bubbles[-1]}"]
        return Reply(
            bubbles=tuple(bubbles),
            buttons=self._buttons(state, session.locale),
            visit=session.visit,
            turn=session.turn,
            locale=session.locale,
            hint=self._word("number_hint", session.locale) if state.choices else "",
            ways_hint=self._ways_hint(session.locale) if state.choices else "",
            leaving=state.silent,
        )

    def sorry(self, locale: str) -> Reply:
        """Say that we failed: the fixed line that always names the human route."""
        return Reply(bubbles=(self._word("sorry", locale),), buttons=(), visit=NOT_YET, turn=0, locale=locale)

    # Parts of a reply

    def _bubble(self, line: Line, state: State, locale: str, mention: _Mentioner) -> str:
        sentence = self._catalogs.translate(f"{self._flow.id}.{state.id}", line.text, locale)
        return mention.fill(sentence)

    def _note(self, note: str, locale: str) -> str:
        return self._catalogs.translate(f"{self._flow.id}.notes.{note}", self._flow.notes[note], locale)  # type: ignore[index]  # a NoteId is a str

    def _buttons(self, state: State, locale: str) -> tuple[Button, ...]:
        if not state.choices:
            return ()
        flow = self._flow.id
        choices = (
            Button(
                choice.id,
                self._catalogs.translate(f"{flow}.{state.id}.{choice.id}", choice.label, locale),
                "choice",
            )
            for choice in state.choices
        )
        ways = (
            Button(
                way.id, self._catalogs.translate(f"{flow}.ways_out.{way.id}", way.label, locale), "way_out"
            )
            for way in self._flow.ways_out
        )
        return (*choices, *ways)

    def _ways_hint(self, locale: str) -> str:
        names = [
            self._catalogs.translate(f"{self._flow.id}.ways_out.{way.id}", way.label, locale)
            for way in self._flow.ways_out
        ]
        return self._word("ways_hint", locale).replace("{ways}", self._word("comma", locale).join(names))

    def _word(self, key: str, locale: str) -> str:
        return self._catalogs.translate(f"interface.{key}", self._words[key], locale)

    def _mentioner(self, locale: str, today: date) -> _Mentioner:
        translate = self._catalogs.translate
        named = self._word("operator_line", locale).replace("{operator}", self._operator)
        operator = named if self._operator else self._word("operator_demo", locale)
        return _Mentioner(
            self._knowledge,
            lambda context, sentence: translate(context, sentence, locale),
            today,
            _language_of(locale),
            {
                "operator": operator,
                "ext": self._word("extension", locale),
                "open": self._word("bracket_open", locale),
                "close": self._word("bracket_close", locale),
                "comma": self._word("comma", locale),
                "spoken": self._word("spoken", locale),
                "not_spoken": self._word("not_spoken", locale),
                "dated": self._word("dated", locale),
                "dated_short": self._word("dated_short", locale),
            },
        )


@dataclass(frozen=True, slots=True)
class _Told:
    """What one bubble has told so far: the dates of its facts, and whom it names."""

    dates: set[str] = field(default_factory=set)
    contacts: set[ContactId] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Mentioner:
    """Fills the mentions of one bubble and notes whose dates must be shown below it."""

    knowledge: Knowledge
    translate: Callable[[str, str], str]
    today: date
    language: str
    words: Mapping[str, str]

    def fill(self, sentence: str) -> str:
        told = _Told()
        filled = _MENTION.sub(lambda found: self._replace(found, told), sentence)
        # A contact that gave way to one already named leaves an empty line.
        lines = [line for line in filled.splitlines() if line.strip()]
        return "\n".join([*lines, self._footer(told.dates)] if told.dates else lines)

    def _replace(self, found: re.Match[str], told: _Told) -> str:
        kind, name, operator = found.groups()
        if operator:
            return self.words["operator"]
        if kind == "fact":
            return self._fact(FactId(name), told)
        return self._contact(kind, ContactId(name), told)

    def _fact(self, fact_id: FactId, told: _Told) -> str:
        fact = self.knowledge.facts[fact_id]
        if not fact.may_be_shown(self.today):
            return self.translate(f"fact.{fact.id}.fallback", fact.fallback) if fact.fallback else ""
        told.dates.add(fact.source_date[:7])
        return self.translate(f"fact.{fact.id}", fact.text)

    def _contact(self, kind: str, contact_id: ContactId, told: _Told) -> str:
        wanted = self.knowledge.contacts[contact_id]
        shown = self.knowledge.find_contact(contact_id, self.today)
        if shown is None:
            return ""
        if not shown.is_emergency and shown.show == "yes":
            told.dates.add(shown.source_date[:7])
        if kind == "number" and shown.number:
            return shown.number
        if kind == "url" and shown is wanted:
            return shown.url
        if shown.id in told.contacts:
            return ""
        told.contacts.add(shown.id)
        return self._line(shown)

    def _line(self, contact: Contact) -> str:
        name = self.translate(f"contact.{contact.id}.name", contact.name)
        ext = self.words["ext"] + self.words["comma"].join(contact.ext.split("、"))
        number = f"{contact.number} {ext}" if contact.ext else contact.number
        named = name if not number or number in name.split() else f"{name} {number}"
        details = [
            self.translate(f"contact.{contact.id}.{part}", sentence)
            for part, sentence in (("hours", contact.hours), ("cost", contact.cost))
            if sentence
        ]
        if contact.languages and self.language != "zh":
            details.append(self.words["spoken" if self.language in contact.languages else "not_spoken"])
        if contact.show == "caveat":
            details.append(self.words["dated_short"].replace("{dates}", contact.source_date[:7]))
        if not details:
            return named
        return f"{named}{self.words['open']}{self.words['comma'].join(details)}{self.words['close']}"

    def _footer(self, dates: set[str]) -> str:
        return self.words["dated"].replace("{dates}", self.words["comma"].join(sorted(dates)))


def extract_sentences(
    fileobj: IO[bytes], _keywords: object, _comment_tags: object, options: Mapping[str, str]
) -> Iterator[tuple[int, str, tuple[str, str], list[str]]]:
    """Give Babel every sentence of a file in `flows/` with its gettext context."""
    text = fileobj.read().decode("utf-8")
    lines = text.splitlines()
    name = options.get("name") or Path(getattr(fileobj, "name", "flow.toml")).name
    for context, sentence in collect_sentences(parse_toml(text, name)):
        head = sentence.splitlines()[0][:20]
        number = next((i for i, line in enumerate(lines, 1) if head in line), 1)
        yield number, "pgettext", (context, sentence), []
