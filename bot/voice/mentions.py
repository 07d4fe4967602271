"""Fill what stands in braces in a sentence: what may be shown today, with its dates."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

from bot.core.hours import IsWorkday
from bot.core.knowledge import ContactId, FactId, Knowledge, Reference
from bot.core.taipei import TAIPEI
from bot.voice.contact_lines import ContactLines, arrange
from bot.voice.reference import ReferenceLines, find_reference

_MENTION = re.compile(r"\{([a-z]+)(?:\.([a-z0-9_]+))?\}")
#: What everybody is told in the same words at the same minute. Every other mention may be of a person's own.
_OF_NOBODY = frozenset(
    {"operator", "receiver", "consent", "use", "fact", "contact", "number", "url", "law", "platform", "list"}
)


@dataclass(frozen=True, slots=True)
class _Told:
    """What one bubble has told so far: the dates of its facts, and whom it names."""

    dates: set[str] = field(default_factory=set)
    contacts: set[ContactId] = field(default_factory=set)


@lru_cache(maxsize=4096)
def mentions_own(sentence: str) -> bool:
    """Whether a sentence of the flow mentions something that is not the same for everybody."""
    return any(found[1] not in _OF_NOBODY for found in _MENTION.finditer(sentence))


@dataclass(frozen=True, slots=True)
class Mentioner:
    """
    Fills the mentions of one bubble and notes whose dates must be shown below it.

    `now` is aware. `kept`: the bubble is of a state that people keep, where nothing is said about now.
    """

    knowledge: Knowledge
    translate: Callable[[str, str], str]
    now: datetime
    is_workday: IsWorkday
    locale: str
    words: Mapping[str, str]
    own: Mapping[str, Callable[[], str]]
    named: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    kept: bool = False

    @property
    def today(self) -> date:
        """The day in Taipei."""
        return self.now.astimezone(TAIPEI).date()

    @property
    def _contacts(self) -> ContactLines:
        return ContactLines(
            self.translate, self.locale, self.words, self.now, self.is_workday, kept=self.kept
        )

    def fill(self, sentence: str) -> str:
        """Return the bubble: its directories in the order of who answers now, its mentions filled, dated."""
        told = _Told()
        arranged = arrange(sentence, self._rank)
        filled = _MENTION.sub(lambda found: self._replace(found, told), arranged)
        # A contact that gave way to one already named leaves an empty line.
        lines = [line for line in filled.splitlines() if line.strip()]
        return "\n".join([*lines, self._footer(told.dates)] if told.dates else lines)

    def _replace(self, found: re.Match[str], told: _Told) -> str:
        kind, name = found.groups()
        if name is None:
            return self.own[kind]()
        if kind in self.named:
            return self.named[kind](name)
        if kind == "fact":
            return self._fact(FactId(name), told)
        reference = find_reference(self.knowledge, kind, name)
        if reference:
            return self._refer(reference, told)
        return self._contact(kind, ContactId(name), told)

    def _refer(self, one: Reference, told: _Told) -> str:
        lines = ReferenceLines(self.translate, self.words)
        if not one.may_be_shown(self.today):
            return lines.say_instead(one)
        told.dates.add(one.source_date[:7])
        return lines.say(one)

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
        return self._contacts.say(shown)

    def _rank(self, contact_id: ContactId) -> int:
        return self._contacts.rank(self.knowledge.find_contact(contact_id, self.today))

    def _footer(self, dates: set[str]) -> str:
        return self.words["dated"].replace("{dates}", self.words["comma"].join(sorted(dates)))
