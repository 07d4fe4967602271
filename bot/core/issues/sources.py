"""Everything that is known: each with a source, a date and something else to say when it may not be shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.core.issues.material import Finding, Material
from bot.core.knowledge import (
    SHOWABLE,
    Contact,
    ContactId,
    Entry,
    FactId,
    LawId,
    ListId,
    Platform,
    PlatformId,
)

#: There is nobody to fall back to behind the police.
_LAST_RESORT = "110"
_BRACES = re.compile(r"\{[^{}]*\}?|\}")
_MENTION = re.compile(
    r"\{(contact|number|url|fact|law|platform|list|consent|use|picked)\.([a-z0-9_]+)\}"
    r"|\{(?:operator|answers|understood|learned|deadline|calendar|code|door|form|receipt|receiver|page)\}"
)
#: Where each kind is defined.
_FILES = {
    "fact": "flows/facts",
    "law": "laws.toml",
    "platform": "platforms.toml",
    "list": "evidence.toml",
    "consent": "consent.toml",
    "use": "consent.toml",
    "picked": "form.toml",
}
#: Their braces are filled elsewhere, and judged when they are parsed.
_ELSEWHERE = ("interface.", "form.", "consent.")


def unsourced(material: Material) -> Iterator[Finding]:
    """An entry of the data says no source or no date."""
    for where, one in material.knowledge.entries():
        if not (one.source.strip() and one.source_date.strip()):
            yield where, "needs its source and the date of the source"


def unshowable(material: Material) -> Iterator[Finding]:
    """An entry is meant to be shown although its status forbids it."""
    for where, one in material.knowledge.entries():
        if not _is_kept_back(one) and one.status not in SHOWABLE:
            yield where, f"{one.status} may not be shown"


def without_fallback(material: Material) -> Iterator[Finding]:
    """Nothing could be said in place of an entry. The police need no fallback."""
    knowledge = material.knowledge
    for contact in knowledge.contacts.values():
        others = (knowledge.find_contact(other, material.today) for other in contact.fallback)
        if contact.number != _LAST_RESORT and not any(others):
            yield f"contacts.{contact.id}", "has no fallback that may be shown today"
    for where, one in knowledge.entries():
        if not one.fallback and not isinstance(one, Contact):
            yield where, "has no fallback"


def overdue(material: Material) -> Iterator[Finding]:
    """An entry is past the day it had to be checked again: people now get its fallback."""
    for where, one in material.knowledge.entries():
        if material.today > one.recheck_by and not _is_kept_back(one):
            yield where, f"had to be checked by {one.recheck_by}: it is hidden until somebody has"


def unknown_mentions(material: Material) -> Iterator[Finding]:
    """A sentence mentions something in braces that is not in the data, or stands where nothing is filled."""
    for context, locale, sentence in material.say_all():
        if context.startswith(_ELSEWHERE):
            continue
        for token in _BRACES.findall(sentence):
            fault = _judge_mention(token, material)
            if fault or not material.is_bubble(context):
                yield f"{context} [{locale}]", f"'{token}' {fault or 'is not filled in here'}"


def _judge_mention(token: str, material: Material) -> str:
    found = _MENTION.fullmatch(token)
    if not found:
        return "is not a mention"
    kind, name = found.groups()
    if kind is None:
        return ""
    if kind not in {"contact", "number", "url"}:
        return "" if _is_known(kind, name, material) else f"is not in {_FILES[kind]}"
    contact = material.knowledge.contacts.get(ContactId(name))
    if contact is None:
        return "is not in contacts.toml"
    has_it = {"number": contact.number, "url": contact.url}.get(kind, contact.name)
    return "" if has_it else f"has no {kind}"


def _is_known(kind: str, name: str, material: Material) -> bool:
    if kind in material.form_names:
        return name in material.form_names[kind]
    knowledge = material.knowledge
    known: dict[str, bool] = {
        "fact": FactId(name) in knowledge.facts,
        "law": LawId(name) in knowledge.laws,
        "platform": PlatformId(name) in knowledge.platforms,
        "list": ListId(name) in knowledge.lists,
    }
    return known[kind]


def _is_kept_back(one: Entry) -> bool:
    """Whether it is in the data only so that nobody adds it again."""
    return isinstance(one, Contact | Platform) and one.show == "no"
