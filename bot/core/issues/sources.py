"""Contacts and facts: each with a source, a date and somebody else to name when it may not be shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.core.issues.material import Finding, Material
from bot.core.knowledge import SHOWABLE, Contact, ContactId, Fact, FactId, Knowledge

#: There is nobody to fall back to behind the police.
_LAST_RESORT = "110"
_BRACES = re.compile(r"\{[^{}]*\}?|\}")
_MENTION = re.compile(r"\{(contact|number|url|fact)\.([a-z0-9_]+)\}|\{operator\}")


def unsourced(material: Material) -> Iterator[Finding]:
    """A contact or a fact says no source or no date."""
    for where, one in _entries(material.knowledge):
        if not (one.source.strip() and one.source_date.strip()):
            yield where, "needs its source and the date of the source"


def unshowable(material: Material) -> Iterator[Finding]:
    """A contact or a fact is meant to be shown although its status forbids it."""
    for contact in material.knowledge.contacts.values():
        if contact.show != "no" and contact.status not in SHOWABLE:
            yield f"contacts.{contact.id}", f"show = '{contact.show}', but {contact.status} may not be shown"
    for fact in material.knowledge.facts.values():
        if fact.status not in SHOWABLE:
            yield f"facts.{fact.id}", f"{fact.status} may not be shown"


def without_fallback(material: Material) -> Iterator[Finding]:
    """Nothing could be said in place of a contact or a fact. The police need no fallback."""
    knowledge = material.knowledge
    for contact in knowledge.contacts.values():
        others = (knowledge.find_contact(other, material.today) for other in contact.fallback)
        if contact.number != _LAST_RESORT and not any(others):
            yield f"contacts.{contact.id}", "has no fallback that may be shown today"
    for fact in knowledge.facts.values():
        if not fact.fallback:
            yield f"facts.{fact.id}", "has no fallback"


def overdue(material: Material) -> Iterator[Finding]:
    """A contact or a fact is past the day it had to be checked again: people now get its fallback."""
    for where, one in _entries(material.knowledge):
        is_kept_back = isinstance(one, Contact) and one.show == "no"
        if material.today > one.recheck_by and not is_kept_back:
            yield where, f"had to be checked by {one.recheck_by}: it is hidden until somebody has"


def unknown_mentions(material: Material) -> Iterator[Finding]:
    """A sentence mentions something in braces that is not in the data, or stands where nothing is filled."""
    for context, locale, sentence in material.say_all():
        if context.startswith("interface."):
            continue
        for token in _BRACES.findall(sentence):
            fault = _judge_mention(token, material.knowledge)
            if fault or not material.is_bubble(context):
                yield f"{context} [{locale}]", f"'{token}' {fault or 'is not filled in here'}"


def _judge_mention(token: str, knowledge: Knowledge) -> str:
    found = _MENTION.fullmatch(token)
    if not found:
        return "is not a mention"
    kind, name = found.groups()
    if kind is None:
        return ""
    if kind == "fact":
        return "" if FactId(name) in knowledge.facts else "is not in facts.toml"
    contact = knowledge.contacts.get(ContactId(name))
    if contact is None:
        return "is not in contacts.toml"
    has_it = {"number": contact.number, "url": contact.url}.get(kind, contact.name)
    return "" if has_it else f"has no {kind}"


def _entries(knowledge: Knowledge) -> Iterator[tuple[str, Contact | Fact]]:
    for contact in knowledge.contacts.values():
        yield f"contacts.{contact.id}", contact
    for fact in knowledge.facts.values():
        yield f"facts.{fact.id}", fact
