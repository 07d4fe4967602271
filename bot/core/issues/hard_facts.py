"""
Facts belong in data, where they carry a source and a date: a number written into a sentence goes stale
unseen.

Laws and platforms carry both, so what they say may hold numbers, as facts do. What is said in their
place carries neither, nor does a single item of a list of what to save.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.core.issues.material import Finding, Material

#: The emergency numbers and 113 may be said in passing.
_FREE_NUMBERS = {"110", "113", "119"}
_MENTION = re.compile(r"\{[^{}]*\}")
_URL = re.compile(r"https?://\S*|www\.\S*|[a-z0-9-]+\.(?:com|org|net|gov|tw)\b\S*", re.IGNORECASE)
_COUNT = r"(?:\d+|[一二兩三四五六七八九十百半]+)"
_CLOCK = re.compile(
    rf"{_COUNT}\s*(?:小時|分鐘|天(?!然)|個?工作天|日內|週內|個月)|\d{{1,2}}[:：]\d{{2}}"
    r"|\d+\s*(?:hours?|days?|weeks?|months?|minutes?)\b",
    re.IGNORECASE,
)
_LAW = re.compile(
    r"刑法|民法|個資法|刑事訴訟法|防[治制]法|保障法|[一-鿿]{2}條例|施行細則|告訴乃論|§"
    r"|第\s*[0-9一二三四五六七八九十百]+(?:[-之]\d+)?\s*條|\bArticle\s+\d+",
    re.IGNORECASE,
)
_LONG_NUMBER = re.compile(r"\d[\d\-–— ]*\d")
_SHORTEST_TELEPHONE = 3
#: Titles and items of the lists of what to save.
_UNDATED = ("list.", "item.")


def facts_in_sentences(material: Material) -> Iterator[Finding]:
    """A sentence of the flow, a fallback or an item of a list states a number, an address, a time or a law itself."""
    for context, sentence in material.sentences:
        if not (material.is_of_flow(context) or _is_undated(context)):
            continue
        for found in find_hard_facts(sentence):
            if not material.own_facts.is_exempt(context, found):
                yield context, f"'{found}' belongs in facts.toml or contacts.toml"


def needless_fact_exemptions(material: Material) -> Iterator[Finding]:
    """An exemption in words/own_facts.toml is for something that is no longer said."""
    used = {
        (context, found) for context, sentence in material.sentences for found in find_hard_facts(sentence)
    }
    for one in material.own_facts.find_unused(used):
        yield one.where, f"'{one.phrase}' needs no exemption"


def find_hard_facts(sentence: str) -> list[str]:
    """Return the pieces of a sentence that only a sourced fact or contact may say."""
    rest = _MENTION.sub(" ", sentence)
    found: list[str] = []
    for pattern in (_URL, _CLOCK, _LAW):
        found += pattern.findall(rest)
        rest = pattern.sub(" ", rest)
    return found + [number for number in _LONG_NUMBER.findall(rest) if _is_telephone(number)]


def _is_telephone(number: str) -> bool:
    digits = re.sub(r"\D", "", number)
    return len(digits) >= _SHORTEST_TELEPHONE and digits not in _FREE_NUMBERS


def _is_undated(context: str) -> bool:
    """Whether a sentence outside the conversation stands without the source and date of its entry."""
    return context.startswith(_UNDATED) or context.endswith(".fallback")
