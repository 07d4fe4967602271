"""How often what is read is what stands in the sentences: by field and language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.stated import LANGUAGES, Stated
from training.sentences import Sentence

FIELDS = (
    "crisis",
    "danger",
    "role",
    "minor",
    "minor_at_filming",
    "status",
    "harms",
    "money_demanded",
    "abuser",
    "wants",
    "platforms",
    "command",
    "out_of_scope",
    "language",
)
EVERYWHERE = "all"
#: Of these nothing is fired by way of a claim.
_NO_CLAIMS = {"language", "out_of_scope"}


@dataclass(frozen=True, slots=True)
class Tally:
    """What was right, what was said wrongly, what was missed; a wrong value in place of another is both."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """How much of what was said is right; 1 where nothing was said."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """How much of what there is was said; 1 where there is nothing."""
        return self.right / self.number if self.number else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        whole = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / whole if whole else 1.0

    @property
    def number(self) -> int:
        """How many there are."""
        return self.right + self.missed


def list_values(fact: Any) -> frozenset[str]:
    """Return the values of a field as words; empty where nothing is said."""
    if isinstance(fact, bool):
        return frozenset({str(fact).lower()})
    if isinstance(fact, str):
        return frozenset({fact} - {""})
    return frozenset(fact or ())


def read_facts(sentences: Iterable[Sentence], read: Callable[[str], Stated]) -> list[dict[str, Any]]:
    """Return what a reader says of each sentence."""
    return [read(one.text).as_facts() for one in sentences]


def tally(sentences: Sequence[Sentence], read: Sequence[dict[str, Any]]) -> dict[str, dict[str, Tally]]:
    """Count by field and language, and for all languages together. Those who look for such images are judged elsewhere."""
    counted: dict[tuple[str, str], Counter[str]] = {}
    for sentence, facts in zip(sentences, read, strict=True):
        if sentence.facts.get("seeking"):
            continue
        for field in FIELDS:
            there = list_values(sentence.language if field == "language" else sentence.facts.get(field))
            said = list_values(facts.get(field))
            for language in (sentence.language, EVERYWHERE):
                count = counted.setdefault((field, language), Counter())
                count["right"] += len(there & said)
                count["wrong"] += len(said - there)
                count["missed"] += len(there - said)
    return {
        field: {one: Tally(**counted.get((field, one), Counter())) for one in (EVERYWHERE, *LANGUAGES)}
        for field in FIELDS
    }


def count_firing(sentences: Sequence[Sentence], read: Sequence[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    """Return by language how many messages that are out of scope fire anything, and how many there are."""
    found = {language: [0, 0] for language in (EVERYWHERE, *LANGUAGES)}
    for sentence, facts in zip(sentences, read, strict=True):
        if sentence.facts.get("out_of_scope"):
            for language in (sentence.language, EVERYWHERE):
                found[language][0] += bool(facts.keys() - _NO_CLAIMS)
                found[language][1] += 1
    return {language: (fired, number) for language, (fired, number) in found.items()}


def list_misread(
    sentences: Sequence[Sentence], read: Sequence[dict[str, Any]]
) -> Counter[tuple[str, str, str]]:
    """Count what was taken for what: (field, what stands there, what was read), "" for nothing."""
    found: Counter[tuple[str, str, str]] = Counter()
    for sentence, facts in zip(sentences, read, strict=True):
        for field in FIELDS:
            there = list_values(sentence.language if field == "language" else sentence.facts.get(field))
            said = list_values(facts.get(field))
            found.update(_pair(field, there - said, said - there))
    return found


def _pair(field: str, missed: frozenset[str], wrong: frozenset[str]) -> Iterable[tuple[str, str, str]]:
    """One missed beside one wrong is one taken for the other."""
    if len(missed) == 1 and len(wrong) == 1:
        yield field, *missed, *wrong
    else:
        yield from ((field, one, "") for one in missed)
        yield from ((field, "", one) for one in wrong)
