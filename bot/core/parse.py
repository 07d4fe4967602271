"""
Parse the conversation in `flows/` into frozen objects, or say exactly what is wrong and where.

Refuses what could never work (unknown targets, guards, keys). What works but
would fail a person is found by `check`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from types import MappingProxyType
from typing import get_args

from bot.core.hear import AlarmWords
from bot.core.model import (
    Asked,
    Choice,
    ChoiceId,
    ChoiceKind,
    Flow,
    Look,
    NoteId,
    Reads,
    Route,
    Special,
    State,
    StateId,
    Track,
    WayOut,
    WayOutId,
    WayOutKind,
)
from bot.core.reader import Reader, Table, build
from bot.core.understood import FACTS
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
    "day_ahead",
    "at_an_ending",
    "edited",
    "arrived",
    "code_gone",
    "hushed",
    "unhushed",
    "off_topic",
    "kept_for_later",
    "heard",
)


def parse_toml(text: str, where: str) -> Table:
    """Read TOML. FlowError names the file and the line."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise FlowError(where, f"not valid TOML: {fault}") from None


def parse_flow(text: str, where: str, tracks: Mapping[str, str] = MappingProxyType({})) -> Flow:
    """
    Parse one conversation: its frame, and its states from the files of its tracks (file name → text).

    FlowError names the file, the state and the reason. A small flow may keep its states in the frame.
    """
    reader = Reader(parse_toml(text, where), where)
    states = {StateId(key): _state(reader.enter("states", key), "") for key in reader.keys("states")}
    parsed = [
        _track(Reader(parse_toml(text, name), name), reader.id("id"), states) for name, text in tracks.items()
    ]
    flow = Flow(
        id=reader.id("id"),
        states=states,
        tracks=tuple(parsed),
        answers={key: _asked(reader.enter("answers", key)) for key in reader.keys("answers")},
        facts=_facts(reader),
        wants=_wants(reader),
        ways_out=tuple(_way_out(item) for item in reader.items("ways_out")),
        notes={NoteId(key): reader.enter("notes").text(key) for key in reader.keys("notes")},
        special=_special(reader.enter("special")),
    )
    reader.refuse_unknown()
    _require_whole(flow, where)
    return flow


def parse_alarms(text: str, where: str = "words/alarms.toml") -> AlarmWords:
    """Parse the curated alarm phrases. FlowError names the list."""
    reader = Reader(parse_toml(text, where), where)
    words = AlarmWords(
        danger=reader.texts("danger"), crisis=reader.texts("crisis"), harmless=reader.texts("harmless")
    )
    reader.refuse_unknown()
    return words


def parse_seeking(text: str, where: str = "words/seeking.toml") -> AlarmWords:
    """Parse what people write who look for such material, and what excuses it. FlowError names the list."""
    reader = Reader(parse_toml(text, where), where)
    words = AlarmWords(
        seeking=reader.texts("phrases"),
        not_seeking=reader.texts("harmless"),
        helping=reader.texts("helping"),
    )
    reader.refuse_unknown()
    return words


def parse_words(text: str, where: str) -> Mapping[str, str]:
    """Parse a table of the page's own words."""
    reader = Reader(parse_toml(text, where), where)
    words = {key: reader.enter("words").text(key) for key in reader.keys("words")}
    reader.refuse_unknown()
    return words


def _track(reader: Reader, flow_id: str, states: dict[StateId, State]) -> Track:
    """Read one track's states into `states`."""
    if reader.id("flow") != flow_id:
        raise reader.fail(f"'flow' must be '{flow_id}'")
    track = Track(reader.id("track"), reader.text("title"))
    for key in reader.keys("states"):
        if StateId(key) in states:
            raise reader.fail(f"the state '{key}' is defined twice")
        states[StateId(key)] = _state(reader.enter("states", key), track.id)
    reader.refuse_unknown()
    return track


def _asked(reader: Reader) -> Asked:
    return build(
        reader,
        lambda r: Asked(
            title=r.text("title"),
            values={str(k): str(v) for k, v in r.take("values", dict, default={}).items()},
            asked_in=tuple(StateId(state) for state in r.texts("asked_in")),
        ),
    )


def _facts(reader: Reader) -> Mapping[str, Asked]:
    """Read how facts are called when they are said back."""
    facts = {key: _asked(reader.enter("told", key)) for key in reader.keys("told")}
    for key, asked in facts.items():
        for value in asked.values:
            _require_fact(reader, f"{key}={value}")
    return facts


def _wants(reader: Reader) -> Mapping[str, StateId]:
    """Read which page each wish leads to."""
    wants = {str(key): StateId(str(to)) for key, to in reader.take("wants", dict, default={}).items()}
    for want in wants:
        _require_fact(reader, f"want={want}")
    return wants


def _meant(reader: Reader) -> tuple[str, ...]:
    facts = reader.texts("meant")
    for fact in facts:
        _require_fact(reader, fact)
    return facts


def _require_fact(reader: Reader, fact: str) -> None:
    key, _, value = fact.partition("=")
    if value not in FACTS.get(key, ()):
        raise reader.fail(f"'{fact}' is no fact that can be understood")


def _reads(reader: Reader) -> Reads | None:
    if "reads" not in reader.table:
        return None
    return build(
        reader.enter("reads"),
        lambda r: Reads(
            kind=r.one_of("kind", ("day", "field", "correction")),
            key=r.id("key"),
            routes=_routes(r),
            grows=r.flag("grows"),
            words=r.texts("words"),
        ),
    )


def _state(reader: Reader, track: str) -> State:
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
            track=r.text("track", track),
            up=StateId(r.text("up", "")) or None,
            reads=_reads(r),
            look=r.one_of("look", get_args(Look), "plain"),
            asks_only=r.flag("asks_only"),
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
            forgets=r.texts("forget"),
            locale=r.text("locale", "") or None,
            hush=r.flag("hush") if "hush" in r.table else None,
            words=r.texts("words"),
            when=_when(r),
            fills={str(k): str(v) for k, v in r.take("fills", dict, default={}).items()},
            drops=r.texts("drops"),
            toggles=r.text("toggles", ""),
            meant=_meant(r),
            strikes=r.texts("strikes"),
        ),
    )
    if choice.meant and choice.kind not in {"go", "return"}:
        raise reader.fail(f"choice '{choice.id}' binds, so it cannot be meant by words")
    if choice.kind in {"go", "move", "page", "submit", "withdraw"} and (
        not choice.routes or choice.routes[-1].when
    ):
        raise reader.fail(f"choice '{choice.id}' needs a 'to' that is always open")
    return choice


def _when(reader: Reader) -> tuple[str, ...]:
    """Read the guards of a choice. Where one can go must not depend on the channel, only what a channel can do."""
    names = reader.guards("when")
    does = reader.table.get("kind") in {"erase", "wipe"} or "hush" in reader.table
    if not does and any("channel=" in name for name in names):
        raise reader.fail("a choice cannot depend on the channel")
    return names


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
            quiet=r.flag("quiet"),
            meant=_meant(r),
        ),
    )
    if (way.kind == "overlay") != (way.to is not None):
        raise reader.fail("an overlay needs 'to', the other kinds must not have it")
    return way


def _special(reader: Reader) -> Special:
    names = ("start", "resume", "crisis", "danger", "seeking", "erased")
    others = (
        "wiped",
        "wiped_partly",
        "review",
        "sent",
        "receipt",
        "asked",
        "closed",
        "often",
        "unfit",
        "under_age",
        "understood",
        "also",
    )
    return build(
        reader,
        lambda r: Special(
            **{name: StateId(r.id(name)) for name in names},
            **{name: StateId(r.id(name)) for name in others if name in r.table},
        ),
    )


def _require_whole(flow: Flow, where: str) -> None:
    """Refuse targets that do not exist, names used twice, and missing notes."""
    special = flow.special
    targets = {special.start, special.resume, special.crisis, special.danger, special.seeking, *special.ends}
    targets |= {way.to for way in flow.ways_out if way.to}
    targets |= {state.up for state in flow.states.values() if state.up}
    targets |= {route.to for state in flow.states.values() if state.reads for route in state.reads.routes}
    targets |= {
        to
        for to in (
            *special.refusals.values(),
            special.review,
            special.sent,
            special.receipt,
            special.understood,
            special.also,
        )
        if to
    }
    targets |= set(flow.wants.values())
    targets |= {asked for one in flow.answers.values() for asked in one.asked_in}
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
