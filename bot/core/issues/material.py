"""What the rules look at: the data of one service, how it sounds, and what it is measured against."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

from bot.core.guards import Answers
from bot.core.hear import AlarmWords, Translate
from bot.core.issues.phrases import PhraseList
from bot.core.knowledge import Knowledge
from bot.core.model import Flow, StateId
from bot.core.reply import Reply
from bot.core.sentences import Sentence

Severity = Literal["error", "warning"]
#: Where a fault is, and what it is.
Finding = tuple[str, str]
#: A state as it is said with these answers in that locale; guards are all that answers may change.
Render = Callable[[StateId, Answers, str], Reply]


_NOTHING = PhraseList()


@dataclass(frozen=True, slots=True)
class Issue:
    """A fault found before a person meets it. `rule` is the name of the function that found it."""

    severity: Severity
    rule: str
    where: str
    says: str


class ChannelLimits(Protocol):
    """
    How much fits into one reply of a channel.

    `text_units` are UTF-16 code units, `label_graphemes` grapheme clusters, `tap_bytes` the size of
    what a button carries.
    """

    @property
    def bubbles(self) -> int: ...  # noqa: D102 - described by the class
    @property
    def text_units(self) -> int: ...  # noqa: D102 - described by the class
    @property
    def buttons(self) -> int: ...  # noqa: D102 - described by the class
    @property
    def label_graphemes(self) -> int: ...  # noqa: D102 - described by the class
    @property
    def tap_bytes(self) -> int: ...  # noqa: D102 - described by the class


@dataclass(frozen=True, slots=True)
class Translation:
    """One entry of a catalogue. A fuzzy one is never shown."""

    text: str
    fuzzy: bool = False


Catalog = Mapping[Sentence, Translation]


@dataclass(frozen=True, slots=True)
class Material:
    """
    Everything that is judged, and what it is judged by.

    `sentences` are the source sentences with their gettext contexts, `catalogs` every translation by
    locale. `form_names` are what a mention of the form may name, by its kind. `locales` are the languages people can be spoken to in, the source first. `today` is a day
    in Taipei.
    """

    flow: Flow
    knowledge: Knowledge
    alarms: AlarmWords
    sentences: Sequence[Sentence]
    render: Render
    translate: Translate
    today: date
    limits: Mapping[str, ChannelLimits]
    locales: Sequence[str]
    catalogs: Mapping[str, Catalog] = field(default_factory=dict)
    denied_in_previews: Sequence[str] = ()
    promises: PhraseList = _NOTHING
    blame: PhraseList = _NOTHING
    own_facts: PhraseList = _NOTHING
    form_names: Mapping[str, AbstractSet[str]] = field(default_factory=dict)

    def say_all(self) -> Iterator[tuple[str, str, str]]:
        """Yield (context, locale, sentence) for every sentence in every language."""
        for context, sentence in self.sentences:
            for locale in self.locales:
                yield context, locale, self.translate(context, sentence, locale)

    def is_of_flow(self, context: str) -> bool:
        """Whether a sentence stands in the conversation itself, not in contacts, facts or the page."""
        return context.startswith(f"{self.flow.id}.")

    def is_bubble(self, context: str) -> bool:
        """Whether it is a sentence of a state, the only place where mentions are filled."""
        return self.is_of_flow(context) and context.count(".") == 1
