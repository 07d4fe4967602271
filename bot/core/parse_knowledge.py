"""
Parse what may be said, each entry with its source, or say exactly what is wrong and where.

Contacts, facts, laws, platforms and the lists of what to save.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import get_args

from bot.core.hours import parse_open
from bot.core.knowledge import (
    STATUSES,
    Checklist,
    Complaint,
    Contact,
    ContactId,
    Fact,
    FactId,
    Held,
    Item,
    ItemId,
    Knowledge,
    Law,
    LawId,
    ListId,
    Partner,
    Platform,
    PlatformId,
    Show,
    Situation,
    TipsOff,
)
from bot.core.parse import parse_toml
from bot.core.reader import Reader, build
from bot.errors import FlowError


def parse_knowledge(
    contacts_text: str,
    facts_texts: Mapping[str, str],
    *,
    laws: str = "",
    platforms: str = "",
    evidence: str = "",
) -> Knowledge:
    """Parse every kind; facts come from several files by name. FlowError names file, entry and reason."""
    contacts = Reader(parse_toml(contacts_text, "contacts.toml"), "contacts.toml")
    knowledge = Knowledge(
        contacts={
            ContactId(k): _contact(k, contacts.enter("contacts", k)) for k in contacts.keys("contacts")
        },
        facts=_facts(facts_texts),
        laws=_laws(laws),
        platforms=_platforms(platforms),
        lists=_lists(evidence),
    )
    contacts.refuse_unknown()
    for contact in knowledge.contacts.values():
        _require_sound_fallback(contact, knowledge)
    return knowledge


def _contact(contact_id: str, reader: Reader) -> Contact:
    contact = build(
        reader,
        lambda r: Contact(
            id=ContactId(contact_id),
            name=r.text("name"),
            number=r.text("number", ""),
            ext=r.text("ext", ""),
            sms=r.text("sms", ""),
            url=r.text("url", ""),
            hours=r.text("hours", ""),
            cost=r.text("cost", ""),
            languages=r.texts("languages"),
            audience=r.text("audience"),
            area=r.text("area"),
            purpose=r.text("purpose"),
            source=r.text("source"),
            source_date=_source_date(r),
            status=r.one_of("status", tuple(sorted(STATUSES))),
            show=r.one_of("show", get_args(Show)),
            recheck_by=r.day("recheck_by"),
            fallback=tuple(ContactId(other) for other in r.texts("fallback")),
            supersedes=r.texts("supersedes"),
            phone_checked_on=r.optional_day("phone_checked_on"),
            open=parse_open(r.texts("open"), r.where),
        ),
    )
    if contact.status == "SEED+3RD" and contact.show == "yes":
        raise reader.fail("what only third parties confirm needs its date beside it: show = 'caveat' or 'no'")
    return contact


def _facts(texts: Mapping[str, str]) -> dict[FactId, Fact]:
    facts: dict[FactId, Fact] = {}
    for name, text in texts.items():
        reader = Reader(parse_toml(text, name), name)
        for key in reader.keys("facts"):
            if FactId(key) in facts:
                raise FlowError(name, f"the fact '{key}' is defined twice")
            facts[FactId(key)] = _fact(key, reader.enter("facts", key))
        reader.refuse_unknown()
    return facts


def _fact(fact_id: str, reader: Reader) -> Fact:
    return build(
        reader,
        lambda r: Fact(
            id=FactId(fact_id),
            text=r.text("text"),
            fallback=r.text("fallback", ""),
            source=r.text("source"),
            source_date=_source_date(r),
            status=r.one_of("status", tuple(sorted(STATUSES))),
            recheck_by=r.day("recheck_by"),
        ),
    )


def _laws(text: str) -> dict[LawId, Law]:
    reader = Reader(parse_toml(text, "laws.toml"), "laws.toml")
    laws = {LawId(key): _law(key, reader.enter("laws", key)) for key in reader.keys("laws")}
    reader.refuse_unknown()
    return laws


def _law(law_id: str, reader: Reader) -> Law:
    return build(
        reader,
        lambda r: Law(
            id=LawId(law_id),
            article=r.text("article"),
            what=r.text("what"),
            penalty=r.text("penalty", ""),
            complaint=r.one_of("complaint", get_args(Complaint)),
            about=_situations(r),
            source=r.text("source"),
            source_date=_source_date(r),
            status=r.one_of("status", tuple(sorted(STATUSES))),
            recheck_by=r.day("recheck_by"),
            fallback=r.text("fallback", ""),
        ),
    )


def _situations(reader: Reader) -> tuple[Situation, ...]:
    known = get_args(Situation)
    for name in reader.texts("about"):
        if name not in known:
            raise reader.fail(f"'about' must hold only {', '.join(known)}")
    return tuple(one for one in known if one in reader.texts("about"))


def _platforms(text: str) -> dict[PlatformId, Platform]:
    reader = Reader(parse_toml(text, "platforms.toml"), "platforms.toml")
    found = {
        PlatformId(key): _platform(key, reader.enter("platforms", key)) for key in reader.keys("platforms")
    }
    reader.refuse_unknown()
    return found


def _platform(platform_id: str, reader: Reader) -> Platform:
    return build(
        reader,
        lambda r: Platform(
            id=PlatformId(platform_id),
            name=r.text("name"),
            words=r.texts("words"),
            how=r.text("how"),
            url=_https(r),
            needs=r.text("needs", ""),
            caution=r.text("caution", ""),
            tips_off=r.one_of("tips_off", get_args(TipsOff)),
            stopncii=r.one_of("stopncii", get_args(Partner)),
            source=r.text("source"),
            source_date=_source_date(r),
            status=r.one_of("status", tuple(sorted(STATUSES))),
            show=r.one_of("show", ("yes", "no")),
            recheck_by=r.day("recheck_by"),
            fallback=r.text("fallback", ""),
            held=tuple(_held(item) for item in r.items("held")),
        ),
    )


def _held(reader: Reader) -> Held:
    return build(reader, lambda r: Held(what=r.text("what"), why=r.text("why")))


def _https(reader: Reader) -> str:
    url = reader.text("url", "")
    if url and not re.fullmatch(r"https://\S+", url):
        raise reader.fail("'url' must begin with https:// and hold no space")
    return url


def _lists(text: str) -> dict[ListId, Checklist]:
    reader = Reader(parse_toml(text, "evidence.toml"), "evidence.toml")
    sources = {name: reader.enter("sources").text(name) for name in reader.take("sources", dict, default={})}
    items = {
        ItemId(key): _item(key, reader.enter("items", key), sources=sources) for key in reader.keys("items")
    }
    lists = {
        ListId(key): _checklist(key, reader.enter("lists", key), items=items) for key in reader.keys("lists")
    }
    reader.refuse_unknown()
    listed = {item.id for one in lists.values() for item in one.items}
    for unused in sorted(items.keys() - listed):
        raise FlowError("evidence.toml", f"the item '{unused}' is in no list")
    return lists


def _item(item_id: str, reader: Reader, *, sources: Mapping[str, str]) -> Item:
    item = build(reader, lambda r: Item(id=ItemId(item_id), text=r.text("text"), sources=r.texts("from")))
    if not item.sources:
        raise reader.fail("'from' must name a source")
    for name in item.sources:
        if name not in sources:
            raise reader.fail(f"'from' names '{name}', which is not in [sources]")
    return item


def _checklist(list_id: str, reader: Reader, *, items: Mapping[ItemId, Item]) -> Checklist:
    return build(
        reader,
        lambda r: Checklist(
            id=ListId(list_id),
            title=r.text("title"),
            items=_chosen(r, items),
            source=r.text("source"),
            source_date=_source_date(r),
            status=r.one_of("status", tuple(sorted(STATUSES))),
            recheck_by=r.day("recheck_by"),
            fallback=r.text("fallback", ""),
        ),
    )


def _chosen(reader: Reader, items: Mapping[ItemId, Item]) -> tuple[Item, ...]:
    names = [ItemId(name) for name in reader.texts("items")]
    if not names or len(names) != len(set(names)):
        raise reader.fail("'items' must name at least one item, and each once")
    for name in names:
        if name not in items:
            raise reader.fail(f"'items' names '{name}', which does not exist")
    return tuple(items[name] for name in names)


def _source_date(reader: Reader) -> str:
    value = reader.text("source_date")
    if not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", value):
        raise reader.fail("'source_date' must be YYYY, YYYY-MM or YYYY-MM-DD, as published")
    return value


def _require_sound_fallback(contact: Contact, knowledge: Knowledge, path: tuple[ContactId, ...] = ()) -> None:
    if contact.id in path:
        raise FlowError("contacts.toml", f"the fallbacks of '{path[0]}' go in a circle")
    for other in contact.fallback:
        if other not in knowledge.contacts:
            raise FlowError("contacts.toml", f"'{contact.id}' falls back to unknown '{other}'")
        _require_sound_fallback(knowledge.contacts[other], knowledge, (*path, contact.id))
