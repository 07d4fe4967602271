"""
Parse the data in `flows/` into frozen objects, or say exactly what is wrong and where.

Refuses what could never work (unknown targets, guards, keys, fallbacks in a circle). What works but
would fail a person is found by `check`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import get_args

from bot.core.hear import AlarmWords
from bot.core.knowledge import STATUSES, Contact, ContactId, Fact, FactId, Knowledge, Show
from bot.core.model import (
    Choice,
    ChoiceId,
    ChoiceKind,
    Flow,
    NoteId,
    Route,
    Special,
    State,
    StateId,
    WayOut,
    WayOutId,
    WayOutKind,
)
from bot.core.reader import Reader, Table, build
from bot.errors import FlowError

#: The engine says these by itself, so every flow must have them.
NOTES = (
    "not_understood",
    "not_understood_again",
    "old_button",
    "no_pictures",
    "sticker",
    "only_text",
    "nothing_before",
)


def parse_toml(text: str, where: str) -> Table:
    """Read TOML. FlowError names the file and the line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise FlowError(where, f"not valid TOML: {fault}") from None


def parse_flow(text: str, where: str) -> Flow:
    """Parse one conversation. FlowError names the file, the state and the reason."""
    reader = Reader(parse_toml(text, where), where)
    states = {StateId(key): _state(reader.enter("states", key)) for key in reader.keys("states")}
    flow = Flow(
        id=reader.id("id"),
        states=states,
        ways_out=tuple(_way_out(item) for item in reader.items("ways_out")),
        notes={NoteId(key): reader.enter("notes").text(key) for key in reader.keys("notes")},
        special=_special(reader.enter("special")),
    )
    reader.refuse_unknown()
    _require_whole(flow, where)
    return flow


def parse_knowledge(contacts_text: str, facts_text: str) -> Knowledge:
    """Parse contacts and facts. FlowError names the entry and the reason."""
    contacts = Reader(parse_toml(contacts_text, "contacts.toml"), "contacts.toml")
    facts = Reader(parse_toml(facts_text, "facts.toml"), "facts.toml")
    knowledge = Knowledge(
        contacts={
            ContactId(k): _contact(k, contacts.enter("contacts", k)) for k in contacts.keys("contacts")
        },
        facts={FactId(k): _fact(k, facts.enter("facts", k)) for k in facts.keys("facts")},
    )
    contacts.refuse_unknown()
    facts.refuse_unknown()
    for contact in knowledge.contacts.values():
        _require_sound_fallback(contact, knowledge)
    return knowledge


def parse_alarms(text: str, where: str = "words/alarms.toml") -> AlarmWords:
    """Parse the curated alarm phrases. FlowError names the list."""
    reader = Reader(parse_toml(text, where), where)
    words = AlarmWords(
        danger=reader.texts("danger"), crisis=reader.texts("crisis"), harmless=reader.texts("harmless")
    )
    reader.refuse_unknown()
    return words


def parse_words(text: str, where: str) -> Mapping[str, str]:
    """Parse a table of the page's own words."""
    reader = Reader(parse_toml(text, where), where)
    words = {key: reader.enter("words").text(key) for key in reader.keys("words")}
    reader.refuse_unknown()
    return words


def _state(reader: Reader) -> State:
    name = reader.where.rpartition(".")[2].rstrip("]")
    return build(
        reader,
        lambda r: State(
            id=StateId(name),
            title=r.text("title"),
            say=r.lines("say"),
            choices=tuple(_choice(item) for item in r.items("choices")),
            overlay=r.flag("overlay"),
            ends=r.flag("ends"),
            silent=r.flag("silent"),
            track=r.text("track", ""),
        ),
    )


def _choice(reader: Reader) -> Choice:
    choice = build(
        reader,
        lambda r: Choice(
            id=ChoiceId(r.id("id")),
            label=r.text("label"),
            kind=r.one_of("kind", get_args(ChoiceKind), "go"),
            routes=_routes(r),
            sets={str(k): str(v) for k, v in r.take("set", dict, default={}).items()},
            locale=r.text("locale", "") or None,
            words=r.texts("words"),
        ),
    )
    if choice.kind == "go" and (not choice.routes or choice.routes[-1].when):
        raise reader.fail(f"choice '{choice.id}' needs a 'to' that is always open")
    return choice


def _routes(reader: Reader) -> tuple[Route, ...]:
    guarded = [
        build(item, lambda r: Route(StateId(r.id("to")), r.guards("when"))) for item in reader.items("routes")
    ]
    last = reader.text("to", "")
    return (*guarded, Route(StateId(last))) if last else tuple(guarded)


def _way_out(reader: Reader) -> WayOut:
    way = build(
        reader,
        lambda r: WayOut(
            id=WayOutId(r.id("id")),
            label=r.text("label"),
            kind=r.one_of("kind", get_args(WayOutKind)),
            words=r.texts("words"),
            to=StateId(r.text("to", "")) or None,
        ),
    )
    if (way.kind == "overlay") != (way.to is not None):
        raise reader.fail("an overlay needs 'to', the other kinds must not have it")
    return way


def _special(reader: Reader) -> Special:
    names = ("start", "resume", "crisis", "danger", "erased")
    return build(reader, lambda r: Special(**{name: StateId(r.id(name)) for name in names}))


def _contact(contact_id: str, reader: Reader) -> Contact:
    return build(
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
        ),
    )


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


def _source_date(reader: Reader) -> str:
    value = reader.text("source_date")
    if not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", value):
        raise reader.fail("'source_date' must be YYYY, YYYY-MM or YYYY-MM-DD, as published")
    return value


def _require_whole(flow: Flow, where: str) -> None:
    """Refuse targets that do not exist, names used twice, and missing notes."""
    special = flow.special
    targets = {special.start, special.resume, special.crisis, special.danger, special.erased}
    targets |= {way.to for way in flow.ways_out if way.to}
    for missing in sorted(targets - flow.states.keys()):
        raise FlowError(where, f"state '{missing}' does not exist")
    for note in sorted(set(NOTES) - flow.notes.keys()):
        raise FlowError(where, f"note '{note}' is missing")
    way_ids = [way.id for way in flow.ways_out]
    for twice in sorted(way_id for way_id in set(way_ids) if way_ids.count(way_id) > 1):
        raise FlowError(f"{where} ways_out", f"the id '{twice}' is used twice")
    for state in flow.states.values():
        _require_whole_state(state, flow, where, set(way_ids))


def _require_whole_state(state: State, flow: Flow, where: str, way_ids: set[WayOutId]) -> None:
    seen: set[str] = set(way_ids)
    for choice in state.choices:
        if choice.id in seen:
            raise FlowError(f"{where} [states.{state.id}]", f"the id '{choice.id}' is used twice")
        seen.add(choice.id)
        for route in choice.routes:
            if route.to not in flow.states:
                raise FlowError(f"{where} [states.{state.id}]", f"state '{route.to}' does not exist")


def _require_sound_fallback(contact: Contact, knowledge: Knowledge, path: tuple[ContactId, ...] = ()) -> None:
    if contact.id in path:
        raise FlowError("contacts.toml", f"the fallbacks of '{path[0]}' go in a circle")
    for other in contact.fallback:
        if other not in knowledge.contacts:
            raise FlowError("contacts.toml", f"'{contact.id}' falls back to unknown '{other}'")
        _require_sound_fallback(knowledge.contacts[other], knowledge, (*path, contact.id))
