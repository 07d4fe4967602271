"""The webhook bodies that LINE's own SDK teams test with, when they lie beside the repository."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from bot.channels.line import decode
from bot.channels.line_events import EVENTS
from bot.core.inputs import Edited, Left, SentMedia, Started, Typed, Unsent
from bot.ports import Errand, Received
from tests.channels.material import NOW
from tests.fakes.line_schema import CONTRACTS

SAMPLES = CONTRACTS / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="LINE's samples are not beside this checkout")

GROUP = "cxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
GROUP_2, ROOM_2 = "Ca56f94637cc4347f90a25382909b24b9", "Ra8dbf4673c4c812cd491258042226c99"

#: Older or thinner than today's description: no ids, no quote tokens, no delivery contexts.
JAVA: dict[str, list[object]] = {
    "account_link": [],
    "beacon": [],
    "beacon_with_dm": [],
    "callback-request": [Typed("Hello, world"), Started()],
    "file": [SentMedia("file")],
    "follow": [Started()],
    "image": [SentMedia("image")],
    "join": [Errand("leave_place", GROUP, "group")],
    "leave": [],
    "location": [SentMedia("location")],
    "member_joined": [Errand("leave_place", "C1234567890", "group")],
    "member_left": [],
    "message-edited": [Errand("leave_place", GROUP, "group")],
    "postback": [Started()],
    "sticker": [SentMedia("sticker")],
    "sticker-keywords-array": [SentMedia("sticker")],
    "sticker-keywords-remove": [SentMedia("sticker")],
    "sticker-with-text": [SentMedia("sticker")],
    "text-emojis": [Typed("Hello, world")],
    "text-group": [],  # in standby
    "text-mention": [Typed("Hello, world @Brown and @Cony")],
    "text-user": [Typed("Hello, world")],
    "unfollow": [Left()],
    "unknown": [],
    "unsend": [Unsent()],
    "video": [SentMedia("video")],
    "video-play-complete": [],
    "webhook-redelivery": [Typed("Hello, world")],
}
#: One body with events of today's shape, in their order.
PYTHON: list[list[object]] = [
    [Typed("Hello, world")],
    [Errand("leave_place", ROOM_2, "room")],
    [SentMedia("video")],
    [SentMedia("audio")],
    [SentMedia("location")],
    [SentMedia("sticker")],
    [Started()],
    [Left()],
    [Errand("leave_place", GROUP_2, "group")],
    [],  # we were removed
    [Started()],  # somebody else's picker, with a day and an hour
    [],  # beacon
    [],  # beacon
    [],  # account link
    [Errand("leave_place", GROUP_2, "group")],
    [Errand("leave_place", ROOM_2, "room")],
    [Started()],  # somebody else's picker, with a day
    [Started()],  # somebody else's picker, with an hour
    [Started()],  # somebody else's picker, with both
    [Errand("leave_place", "C4af4980629...", "group")],
    [],  # a member left
    [SentMedia("file")],
    [Errand("leave_place", GROUP_2, "group")],  # taken back in a group
    [],  # a video was seen
    [SentMedia("image")],
    [Typed("Hello, world")],
    [Edited("Hello, edited world")],
    [],  # a kind that does not exist
]


def read_java(name: str) -> Received:
    return decode((SAMPLES / f"java-sdk/{name}.json").read_bytes(), NOW)


def read_python() -> dict[str, object]:
    found = json.loads((SAMPLES / "python-sdk/webhook.json").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def outcome(received: Received) -> list[object]:
    return [*(inbound.what for inbound in received.inbounds), *received.errands]


def test_every_sample_is_in_the_tables() -> None:
    """28 bodies, and one body of 28 events."""
    assert {path.stem for path in Path(SAMPLES / "java-sdk").glob("*.json")} == set(JAVA)
    assert len(read_python()["events"]) == len(PYTHON)  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "expected"), JAVA.items(), ids=JAVA.keys())
def test_thin_samples_are_read(name: str, expected: list[object]) -> None:
    """What is missing does no harm; whoever is heard has a name, a delivery, and unless they left a way back."""
    received = read_java(name)

    assert outcome(received) == expected
    for inbound in received.inbounds:
        assert inbound.user_id
        assert inbound.delivery_id
        assert (inbound.reply_to is None) == isinstance(inbound.what, Left | Unsent)


@pytest.mark.parametrize("index", range(len(PYTHON)))
def test_each_event_of_today_is_read(index: int) -> None:
    """Alone in a body."""
    body = read_python()
    raw = json.dumps({**body, "events": [body["events"][index]]}).encode()  # type: ignore[index]

    assert outcome(decode(raw, NOW)) == PYTHON[index]


def test_all_events_of_today_are_read_from_one_body() -> None:
    """Neighbours of the unknown are heard, and each place is left once."""
    received = decode(json.dumps(read_python()).encode(), NOW)
    told = [one for outcomes in PYTHON for one in outcomes if not isinstance(one, Errand)]
    places = list(dict.fromkeys(one for outcomes in PYTHON for one in outcomes if isinstance(one, Errand)))

    assert Counter(inbound.what for inbound in received.inbounds) == Counter(told)
    assert list(received.errands) == places


def test_every_kind_of_event_that_line_describes_has_its_place() -> None:
    """And what LINE has added since its description: messageEdited."""
    described = yaml.safe_load((CONTRACTS / "webhook.yml").read_text(encoding="utf-8"))
    kinds = described["components"]["schemas"]["Event"]["discriminator"]["mapping"]

    assert set(EVENTS) == {*kinds, "messageEdited"}
