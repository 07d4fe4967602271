"""
T25, T26, R25: groups, and what is not text, by the thousand, through the whole program and both messengers.

    FRONTDOOR_TEST_MEDIA=10000 python -m pytest tests/end_to_end/test_groups_and_media.py --timeout 0

Every id, address, name and word that comes with a file is a marker; afterwards the database, the data directory and the log are
searched for each of them, and the fakes say whether anything was asked for but a reply.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import re
import string
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.people import World, open_world
from tests.figures import keep_figures

SEED = 26
GROUP_EVENTS = 1_000
MEDIA = int(os.environ.get("FRONTDOOR_TEST_MEDIA", "160"))
PEOPLE = 40
#: Each of them is its own, so that a search for one finds nothing of another.
MARKER = 24
#: Everything else at the two services would bring something of a file, or send it. The profile is asked for its language.
HARMLESS = {
    *("/v2/bot/info", "/v2/bot/profile/WHO", "/v2/bot/message/reply", "/v2/bot/chat/loading/start"),
    *("sendMessage", "sendChatAction", "deleteMessages"),
}
#: Events in one body. Source: SECURITY T14.
_BODY = 20


@pytest.fixture
async def world(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    for name in ("NO_PROXY", "no_proxy"):  # the SDKs honour proxies, and the fakes are on this machine
        monkeypatch.setenv(name, "127.0.0.1")
    async with open_world(tmp_path, sqlite_url) as world:
        yield world


class Markers:
    """Makes markers and remembers them."""

    def __init__(self) -> None:
        self.chance = random.Random(SEED)
        self.made: list[str] = []

    def __call__(self) -> str:
        self.made.append("".join(self.chance.choices(string.ascii_letters, k=MARKER)))
        return self.made[-1]

    def find_in(self, raw: bytes) -> set[str]:
        """Return those that stand in these bytes."""
        known, text = set(self.made), raw.decode("latin-1")
        runs = "".join(one if one.isascii() and one.isalpha() else " " for one in text).split()
        return {
            run[start : start + MARKER]
            for run in runs
            for start in range(len(run) - MARKER + 1)
            if run[start : start + MARKER] in known
        }


# ─── What comes ───────────────────────────────────────────────────────────────


def draw_line_messages(make: Callable[[], str]) -> list[dict[str, Any]]:
    """Every kind of message of LINE that is no text. Source: LINE Messaging API reference, message event."""
    outside = {"type": "external", "originalContentUrl": f"https://{make()}.invalid/a", "previewImageUrl": f"https://{make()}.invalid/b"}  # fmt: skip
    ours = {"contentProvider": {"type": "line"}, "quoteToken": make()}
    of_many = {"id": make(), "index": 1, "total": 2}
    return [
        {"type": "image", "id": make(), **ours, "imageSet": of_many},
        {"type": "image", "id": make(), "contentProvider": outside, "quoteToken": make()},
        {"type": "video", "id": make(), "duration": 60_000, **ours},
        {"type": "video", "id": make(), "contentProvider": outside, "duration": 1, "quoteToken": make()},
        {"type": "audio", "id": make(), "duration": 6_000, "contentProvider": {"type": "line"}},
        {"type": "file", "id": make(), "fileName": f"{make()}.zip", "fileSize": 2_138},
        {"type": "location", "id": make(), "title": make(), "address": make(), "latitude": 25.03, "longitude": 121.56},
        {"type": "sticker", "id": make(), "packageId": make(), "stickerId": make(), "stickerResourceType": "STATIC", "keywords": [make()], "text": make(), "quoteToken": make()},
    ]  # fmt: skip


def draw_telegram_messages(make: Callable[[], str]) -> list[dict[str, Any]]:
    """The same of Telegram. Source: Telegram Bot API, Message."""

    def file(**more: Any) -> dict[str, Any]:
        return {"file_id": make(), "file_unique_id": make(), "file_size": 9_000, **more}

    frame = {"width": 90, "height": 90}
    thumb = {"thumbnail": file(**frame)}
    person = {"phone_number": "+886912345678", "first_name": make(), "vcard": make()}
    return [
        {"photo": [file(**frame), file(**frame)], "caption": make(), "has_media_spoiler": True, "media_group_id": make()},
        {"video": file(**frame, duration=9, file_name=f"{make()}.mp4", mime_type="video/mp4", **thumb), "caption": make()},
        {"animation": file(**frame, duration=3, file_name=make()), "document": file(file_name=make())},
        {"document": file(file_name=f"{make()}.zip", mime_type="application/zip", **thumb), "caption": make()},
        {"voice": file(duration=2, mime_type="audio/ogg")},
        {"audio": file(duration=9, title=make(), performer=make(), file_name=make())},
        {"video_note": file(length=240, duration=9, **thumb)},
        {"sticker": file(**frame, type="regular", is_animated=False, is_video=False, set_name=make(), emoji="😀")},
        {"location": {"latitude": 25.03, "longitude": 121.56}},
        {"contact": person},
    ]  # fmt: skip


def draw_many(
    draw: Callable[[Callable[[], str]], list[dict[str, Any]]], make: Callable[[], str]
) -> list[dict[str, Any]]:
    """One for each of the people, no two with an id in common."""
    found: list[dict[str, Any]] = []
    while len(found) < PEOPLE:
        found += draw(make)
    return found[:PEOPLE]


def draw_group_events(world: World, make: Callable[[], str]) -> Iterator[dict[str, Any]]:
    """Every kind of event of LINE that comes from a group or a room of several people."""
    for number in itertools.count():
        kind = ("group", "room")[number % 2]
        source = {"type": kind, f"{kind}Id": f"C{make()}", "userId": f"U{number % 7:032x}"}
        texts = ({"type": "text", "id": make(), "text": f"@bot 救命 {make()}", "quoteToken": make()},)
        for message in (*texts, *draw_line_messages(make)):
            yield world.line.make_event("", "message", source=source, message=message)
        postback = {"data": f"human|{make()}"}
        yield world.line.make_event("", "postback", source=source, postback=postback)
        members = {"members": [{"type": "user", "userId": f"U{make()}"}]}
        yield world.line.make_event("", "memberJoined", source=source, joined=members)
        yield world.line.make_event("", "memberLeft", replies=False, source=source, left=members)
        yield world.line.make_event("", "unsend", replies=False, source=source, unsend={"messageId": make()})


# ─── What comes of it ─────────────────────────────────────────────────────────


async def deliver(world: World, events: list[dict[str, Any]]) -> None:
    """Deliver a body as LINE does: again when told "later"."""
    await world.line.send_raw(events)
    for pause_s in (0.1, 0.3, 1.0, 3.0, 10.0):
        if not await world.line.redeliver_failed():
            break
        await asyncio.sleep(pause_s)
    assert world.line.deliveries[-1].is_accepted


async def find_stored(world: World, tmp_path: Path, markers: Markers) -> set[str]:
    """Search every file that there is, and every row as text."""
    found: set[str] = set()
    for path in [*tmp_path.rglob("*"), *world._path.parent.glob("*.sqlite3*")]:
        if path.is_file():
            found |= markers.find_in(path.read_bytes())
    return found


def count_what_was_asked(world: World) -> set[str]:
    """Return what the program called at the two services, without tokens and names."""
    telegram = {record.path.rpartition("/")[2] for record in world.telegram.requests}
    return telegram | {re.sub(r"U[0-9a-f]{32}", "WHO", record.path) for record in world.line.requests}


async def test_a_thousand_events_of_groups_leave_nothing(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """T25: no session, no delivery that is remembered, no reply; what a group says is nowhere."""
    markers = Markers()
    events = draw_group_events(world, markers)
    for _ in range(GROUP_EVENTS // 2 // _BODY):
        await deliver(world, list(itertools.islice(events, _BODY)))
    shapes = itertools.cycle([{"text": "救命"}, *draw_telegram_messages(markers)])
    for number in range(GROUP_EVENTS // 2):
        update = world.telegram.make_group_update(-100_000 - number % 9, 1_000 + number, **next(shapes))
        await world.post_update(update)
    await asyncio.sleep(0.2)  # an answer would leave now
    assert await world.count("SELECT count(*) FROM person_session") == 0
    assert await world.count("SELECT count(*) FROM inbox_event") == 0
    assert await world.count("SELECT count(*) FROM outbox") == 0
    assert (list(world.line.sent), list(world.telegram.sent)) == ([], [])
    assert await find_stored(world, tmp_path, markers) == set()
    assert markers.find_in(caplog.text.encode()) == set()


async def test_media_by_the_thousand_are_refused_and_never_looked_at(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """T26: each is answered and none fetched; no id, address, name or caption is stored, logged or sent anywhere."""
    markers = Markers()
    mine = [f"U{number:032x}" for number in range(PEOPLE)]
    made = 0
    while made < MEDIA:
        events = [
            world.line.make_event(user_id, "message", message=message)
            for user_id, message in zip(mine, draw_many(draw_line_messages, markers), strict=True)
        ]
        for start in range(0, len(events), _BODY):
            await deliver(world, events[start : start + _BODY])
        made += len(events)
        for place, content in enumerate(draw_many(draw_telegram_messages, markers)):
            await world.post_update(world.telegram.make_message_update(5_000 + place, **content))
        made += PEOPLE
    async with asyncio.timeout(120):
        while await world.count("SELECT count(*) FROM outbox WHERE state IN ('new', 'sending')"):  # noqa: ASYNC110  # as settle
            await asyncio.sleep(0.05)
    assert {sent.user_id for sent in world.line.sent} == set(mine)
    assert {sent.chat_id for sent in world.telegram.sent} == set(range(5_000, 5_040))
    asked = count_what_was_asked(world)
    assert asked <= HARMLESS
    assert await find_stored(world, tmp_path, markers) == set()
    assert markers.find_in(caplog.text.encode()) == set()
    sent = repr([record.raw for record in (*world.line.requests, *world.telegram.requests)])
    assert markers.find_in(sent.encode()) == set()
    if made >= 10_000:
        told = f"{made:,} media with {len(markers.made):,} ids, names and addresses: fetched 0, stored 0"
        keep_figures("media", {"media:refused": told})


def test_the_search_finds_what_is_there() -> None:
    """Else the tests above could not fail."""
    markers = Markers()
    one, two = markers(), markers()
    assert markers.find_in(f'x"{one}"\x00abc{two}def'.encode()) == {one, two}
