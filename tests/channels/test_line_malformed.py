"""Bodies that LINE would never send: no exception, and no harm to the neighbours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.line import decode
from bot.channels.line_events import EVENTS
from bot.core.inputs import Typed
from bot.ports import Received
from tests.channels.material import NOW, make_body, make_event

GOOD = json.dumps(make_event(webhookEventId="good", message={"type": "text", "text": "還在"}))

NOT_BODIES = {
    "nothing": b"",
    "a space": b" ",
    "no JSON": b"{",
    "null": b"null",
    "a number": b"1",
    "a text": b'"events"',
    "a list": b"[]",
    "an object without events": b"{}",
    "events as an object": b'{"events": {}}',
    "events as null": b'{"events": null}',
    "events as a text": b'{"events": "all"}',
    "events twice": b'{"events": [1], "events": [2]}',
    "empty events": b'{"events": []}',
    "bytes": bytes(range(256)),
    "another encoding": '{"events": []}'.encode("utf-16"),
    "two bodies": b'{"events": []}{"events": []}',
    "single quotes": b"{'events': []}",
    "a form": b"events=1&destination=U1",
    "nesting that Python cannot follow": b'{"events": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "objects that Python cannot follow": b'{"events": [' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"]}",
}

BAD_EVENTS = {
    "null": "null",
    "a number": "7",
    "a text": '"message"',
    "a list": "[[]]",
    "an empty object": "{}",
    "no type": '{"mode": "active"}',
    "a type that is a list": '{"type": ["message"], "source": {"type": "user", "userId": "U1"}}',
    "a type that is null": '{"type": null, "source": {"type": "user", "userId": "U1"}}',
    "a source that is a text": '{"type": "message", "source": "U1"}',
    "a source type that is an object": '{"type": "follow", "source": {"type": {}, "userId": "U1"}}',
    "a user that is an object": '{"type": "follow", "source": {"type": "user", "userId": {}}}',
    "a user that is only NUL": r'{"type": "follow", "source": {"type": "user", "userId": "\u0000"}}',
    "no message": '{"type": "message", "source": {"type": "user", "userId": "U1"}}',
    "a message that is null": '{"type": "message", "message": null, "source": {"type": "user", "userId": "U1"}}',
    "a message that is a list": '{"type": "message", "message": [], "source": {"type": "user", "userId": "U1"}}',
    "a message without a type": '{"type": "message", "message": {}, "source": {"type": "user", "userId": "U1"}}',
    "a text without text": json.dumps(make_event(message={"type": "text"})),
    "a text that is null": json.dumps(make_event(message={"type": "text", "text": None})),
    "a text that is a list": json.dumps(make_event(message={"type": "text", "text": ["x"]})),
    "a text that is NaN": '{"type": "message", "message": {"type": "text", "text": NaN}, "source": {"type": "user", "userId": "U1"}}',
    "a group without an id": '{"type": "join", "source": {"type": "group"}}',
    "a room whose id is a list": '{"type": "join", "source": {"type": "room", "roomId": ["R1"]}}',
    "a place of no known kind": '{"type": "join", "source": {"type": ["group"], "groupId": "C1"}}',
    "nothing taken back": '{"type": "unsend", "source": {"type": "user", "userId": "U1"}}',
    "something taken back that has no id": '{"type": "unsend", "unsend": {"messageId": 5}, "source": {"type": "user", "userId": "U1"}}',
    "an edit of nothing": '{"type": "messageEdited", "source": {"type": "user", "userId": "U1"}}',
    "an edit without text": '{"type": "messageEdited", "message": {"type": "text", "id": "1"}, "source": {"type": "user", "userId": "U1"}}',
    "an edit of a picture": '{"type": "messageEdited", "message": {"type": "image", "id": "1", "text": "x"}, "source": {"type": "user", "userId": "U1"}}',
    "a property named twice": '{"type": "follow", "type": "follow", "source": {"type": "user", "userId": "U1"}}',
    "a source with a property named twice": '{"type": "follow", "source": {"type": "user", "userId": "U1", "userId": "U2"}}',
    "a message with a property named twice": '{"type": "message", "message": {"type": "text", "text": "a", "text": "b"}, "source": {"type": "user", "userId": "U1"}}',
    "an unknown kind with huge numbers": '{"type": "new", "n": ' + "9" * 5_000 + "}",
    "an unknown kind with Infinity": '{"type": "new", "n": [Infinity, -Infinity, 1e999]}',
    "an unknown kind, deeply nested": '{"type": "new", "n": ' + "[" * 200 + "]" * 200 + "}",
}  # fmt: skip


@pytest.mark.parametrize("raw", NOT_BODIES.values(), ids=NOT_BODIES.keys())
def test_what_is_no_body_is_nothing(raw: bytes) -> None:
    """Signed but not understood: nothing in it, and nothing to do."""
    assert decode(raw, NOW) == Received()


@pytest.mark.parametrize("bad", BAD_EVENTS.values(), ids=BAD_EVENTS.keys())
def test_a_malformed_event_leaves_its_neighbours_alone(bad: str) -> None:
    """It is left out; what stands before and after it is heard."""
    raw = f'{{"events": [{GOOD}, {bad}, {GOOD}]}}'.encode()

    assert [Typed("還在"), Typed("還在")] == [inbound.what for inbound in decode(raw, NOW).inbounds]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"a\ud800b", "a\ufffdb"),
        (r"\udc00", "\ufffd"),
        (r"\ud83d\ude00", "😀"),
        (r"a\u0000b", "ab"),
        (r"\u0000", ""),
        ("", ""),
        (r"\u202e", "\u202e"),
    ],
)
def test_odd_text_is_made_storable(text: str, expected: str) -> None:
    """Lone surrogates and NUL, which databases and encodings refuse; the rest is for the engine."""
    event = json.dumps(make_event(message={"type": "text", "text": "@"})).replace("@", text)

    assert [Typed(expected)] == [
        inbound.what for inbound in decode(f'{{"events": [{event}]}}'.encode(), NOW).inbounds
    ]


def test_bytes_that_are_not_utf8_spoil_their_character_only() -> None:
    """The rest of the message is heard, and so are the neighbours."""
    raw = make_body(make_event(message={"type": "text", "text": "@!"}), make_event()).replace(b"@", b"\xff")

    assert [Typed("\ufffd!"), Typed("你好")] == [inbound.what for inbound in decode(raw, NOW).inbounds]


def test_a_megabyte_of_text_is_read() -> None:
    """How much of it counts is the engine's to say."""
    [inbound] = decode(make_body(make_event(message={"type": "text", "text": "救" * 350_000})), NOW).inbounds

    assert inbound.what == Typed("救" * 350_000)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
event_shapes = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(sorted(EVENTS)) | json_values,
        "mode": st.sampled_from(["active", "standby"]) | json_values,
        "timestamp": st.integers() | st.floats() | json_values,
        "source": st.fixed_dictionaries({"type": st.just("user"), "userId": json_values})
        | st.fixed_dictionaries({"type": st.just("group"), "groupId": json_values})
        | json_values,
        "webhookEventId": json_values,
        "replyToken": json_values,
        "message": st.fixed_dictionaries({"type": st.just("text"), "text": json_values}) | json_values,
        "postback": st.fixed_dictionaries({"data": json_values, "params": json_values}) | json_values,
        "unsend": st.fixed_dictionaries({"messageId": json_values}) | json_values,
    },
)


@given(events=st.lists(event_shapes, max_size=4) | json_values)
def test_no_shape_of_events_raises_or_harms_a_neighbour(events: Any) -> None:
    """Right properties with any values, in any combination."""
    listed = events if isinstance(events, list) else [events]
    raw = json.dumps({"events": [*listed, make_event(webhookEventId="good")]}).encode()

    assert "good" in {inbound.delivery_id for inbound in decode(raw, NOW).inbounds}


@given(raw=st.binary(max_size=300) | json_values.map(lambda value: json.dumps(value).encode()))
def test_no_body_raises(raw: bytes) -> None:
    """Any bytes, any JSON."""
    decode(raw, NOW)


@given(cut=st.integers(0, 400), flip=st.integers(0, 400), byte=st.integers(0, 255))
def test_no_damaged_body_raises(cut: int, flip: int, byte: int) -> None:
    """A good body cut short, or with one byte changed."""
    raw = bytearray(make_body(make_event()))
    raw[flip % len(raw)] = byte

    decode(bytes(raw), NOW)
    decode(bytes(raw[: cut % len(raw)]), NOW)
