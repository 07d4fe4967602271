"""The webhook bodies that LINE's own SDK teams test with, when they lie beside the repository."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bot.channels.line import decode
from bot.core.inputs import Left, SentMedia, Started, Typed
from tests.channels.material import NOW
from tests.fakes.line_schema import CONTRACTS

SAMPLES = sorted((CONTRACTS / "samples").glob("*/*.json"))
pytestmark = pytest.mark.skipif(not SAMPLES, reason="LINE's samples are not beside this checkout")

#: One event each, in a private chat, older or thinner than today's description.
SPOKEN = {
    "text-user": Typed("Hello, world"),
    "text-emojis": Typed,
    "webhook-redelivery": Typed("Hello, world"),
    "image": SentMedia("image"),
    "video": SentMedia("video"),
    "file": SentMedia("file"),
    "location": SentMedia("location"),
    "sticker": SentMedia("sticker"),
    "follow": Started(),
    "unfollow": Left(),
    "postback": Started(),
}
SILENT = ["text-group", "message-edited", "join", "leave", "member_joined", "member_left", "unsend", "unknown",
          "beacon", "account_link", "video-play-complete"]  # fmt: skip


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_sample_is_read_without_an_exception(sample: Path) -> None:
    """And whoever is heard has a name and a kind."""
    for inbound in decode(sample.read_bytes(), NOW):
        assert inbound.user_id
        assert inbound.delivery_id
        assert inbound.sent_at is None or inbound.sent_at <= NOW


def read_java(name: str) -> list[object]:
    return [i.what for i in decode((CONTRACTS / f"samples/java-sdk/{name}.json").read_bytes(), NOW)]


@pytest.mark.parametrize(("name", "expected"), SPOKEN.items(), ids=SPOKEN.keys())
def test_what_was_done_is_read_from_thin_samples(name: str, expected: object) -> None:
    """Missing ids, quote tokens and delivery contexts do no harm."""
    [what] = read_java(name)

    assert isinstance(what, expected) if isinstance(expected, type) else what == expected


@pytest.mark.parametrize("name", SILENT)
def test_what_is_not_said_to_us_is_silence(name: str) -> None:
    """Groups, members, edits, links, beacons, the unknown."""
    assert read_java(name) == []


def test_neighbours_of_unknown_events_are_heard() -> None:
    """One body with 28 events, one of a type that does not exist, one newer than the description."""
    found = decode((CONTRACTS / "samples/python-sdk/webhook.json").read_bytes(), NOW)

    kinds = Counter(type(inbound.what).__name__ for inbound in found)
    assert kinds["Typed"] >= 1
    assert kinds["SentMedia"] >= 4
    assert kinds["Left"] == 1
    assert kinds["Started"] >= 2
