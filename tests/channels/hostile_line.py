"""Hostile events and bodies for LINE's webhook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

from tests.channels.hostile import (
    Path,
    Shape,
    find_named,
    is_text,
    list_bodies,
    list_places,
    list_wrongs,
    name_place,
    spoil,
)
from tests.fakes.line_server import FakeLineServer

_TEXT = {"id": "m1", "type": "text", "text": "嗨", "quoteToken": "q"}
_STICKER = {
    "id": "m2",
    "type": "sticker",
    "packageId": "1",
    "stickerId": "2",
    "stickerResourceType": "STATIC",
}
_IMAGE = {
    "id": "m3",
    "type": "image",
    "contentProvider": {"type": "line"},
    "imageSet": {"id": "s", "index": 1},
}
_FILE = {"id": "m4", "type": "file", "fileName": "a.jpg", "fileSize": 10}
_PLACE = {"id": "m5", "type": "location", "title": "t", "address": "a", "latitude": 1.5, "longitude": 2.5}
_TAP = {"data": "v=abcd&t=1&c=safe"}
_DAY = {"data": "v=abcd&t=1&c=pick", "params": {"date": "2026-10-31"}}
_GROUP = {"type": "group", "groupId": "C1", "userId": "U1"}

#: Kind, what it holds, whether it may be answered when it is good.
GOOD: tuple[tuple[str, dict[str, Any], bool], ...] = (
    ("message", {"message": _TEXT}, True),
    ("message", {"message": _STICKER}, True),
    ("message", {"message": _IMAGE}, True),
    ("message", {"message": _FILE}, True),
    ("message", {"message": _PLACE}, True),
    ("messageEdited", {"message": _TEXT}, True),
    ("postback", {"postback": _TAP}, True),
    ("postback", {"postback": _DAY}, True),
    ("follow", {"follow": {"isUnblocked": False}}, True),
    ("unfollow", {}, False),
    ("unsend", {"unsend": {"messageId": "m1"}}, False),
    ("message", {"source": _GROUP, "message": _TEXT}, False),
    ("join", {"source": {"type": "room", "roomId": "R1"}}, False),
    ("memberJoined", {"source": _GROUP, "joined": {"members": [{"type": "user", "userId": "U2"}]}}, False),
    ("beacon", {"beacon": {"hwid": "h", "type": "enter"}}, False),
    ("accountLink", {"link": {"result": "ok", "nonce": "n"}}, False),
    ("videoPlayComplete", {"videoPlayComplete": {"trackingId": "t"}}, False),
    ("hologram", {"hologram": {"size": 3}}, False),
)
#: Without these nobody can say who did what.
_NEEDED = {("type",), ("source",), ("source", "type"), ("source", "userId")}
_OF_MESSAGE = {("message",), ("message", "type"), ("message", "text")}

_TEXTS = {
    "no text": "",
    "5,001 characters": "長" * 5_001,
    "20,000 characters": "長" * 20_000,
    "a thousand accents": "e" + "\u0301" * 1_000,
    "only accents": "\u0301" * 50,
    "text that turns around": "\u202e\u2066嗨\u2069\u202c",
    "nothing to see": "\u200b\u200d\ufeff\u2060",
    "control characters": "".join(map(chr, range(32))),
    "a family": "👨‍👩‍👧‍👦" * 200,
    "private letters": "\ue000\uf8ff\U000f0000",
    "no characters": "\ufffe\uffff",
    "a formula": '=HYPERLINK("http://x")',
    "markup": "<script>alert(1)</script>&amp;",
    "a template": "{0}{operator}{{7*7}}%s%(x)s${x}",
    "an address": "javascript:alert(1) http://user@[::1]/",
    "a path": "../../../../etc/passwd",
    "SQL": "'; DROP TABLE person_session; --",
    "JSON": '{"type":"text","text":"1"}',
    "a code that nobody was given": "AAAAA-AAAAA",
    "a number too large": "9" * 400,
    "digits of other scripts": "１ ٣ ๓ ① ²",
    "line ends": "\r\n" * 2_000,
    "a word ten thousand times": "救我 " * 1_600,
}
_DATA = {
    "no data": "",
    "5,000 characters": "v=" + "a" * 5_000,
    "a turn without end": "v=abcd&t=" + "9" * 200 + "&c=safe",
    "a negative turn": "v=abcd&t=-1&c=safe",
    "digits of another script": "v=abcd&t=１&c=safe",
    "another order": "c=safe&t=1&v=abcd",
    "a name twice": "v=abcd&t=1&t=2&c=safe",
    "more than there is": "v=abcd&t=1&c=safe&x=1",
    "broken percents": "v=%zz&t=1&c=%",
    "no UTF-8": "v=%ff%fe&t=1&c=safe",
    "NUL": "v=%00&t=1&c=%00",
    "half a character": "v=\ud800&t=1&c=safe",
    "what destroys": "v=abcd&t=0&c=erase_yes",
    "the wish of a menu": "v=menu&t=0&c=human",
    "somebody else's": "action=buy&itemid=111",
    "JSON": '{"c": "safe"}',
}
_DAYS = {
    "no such day": "2026-02-30",
    "no day": "",
    "long ago": "0001-01-01",
    "far ahead": "9999-12-31",
    "digits of another script": "２０２６-10-31",
    "with a time": "2026-10-31T10:00",
    "with a sign": "-2026-10-31",
    "with a space": " 2026-10-31",
}


def list_line_events(line: FakeLineServer) -> list[Shape]:
    """Return hostile events, each in a body's place and from a sender of its own."""
    numbers = count(1)
    return [*_list_spoilt(line, numbers), *_list_picked(line, numbers)]


def list_line_bodies(line: FakeLineServer) -> list[Shape]:
    """Return hostile bodies, each naming somebody else, who must not be begun with."""

    def write_good(sender: str) -> str:
        event = line.make_event(sender, "follow", follow={"isUnblocked": False})
        return json.dumps({"destination": line.bot_id, "events": [event]}, ensure_ascii=False)

    senders = {name: f"Ue{number:031x}" for number, name in enumerate(_spoil_body(write_good("U1")))}
    return [
        Shape(name, _spoil_body(write_good(sender))[name], sender, whole=True)
        for name, sender in senders.items()
    ]


def _spoil_body(good: str) -> dict[str, bytes]:
    kept = {
        "events that are an object": good.replace("[", "").replace("]", ""),
        "events in events": good.replace("[{", "[[{").replace("}]}", "}]]}"),
        "events twice": good[:-1] + ', "events": []}',
        "events of another name": good.replace('"events"', '"Events"'),
        "events that are null": '{"events": null}',
        "events that are a text": json.dumps({"events": good}),
        "events that are a number": '{"events": 9e999}',
        "a thousand nothings": '{"events": [' + ",".join(["null"] * 1_000) + "]}",
        "ten thousand empty objects": '{"events": [' + ",".join(["{}"] * 10_000) + "]}",
        "an event that cannot be followed": '{"events": [' + "[" * 60_000 + "]" * 60_000 + "]}",
    }
    return {**list_bodies(good), **{name: text.encode() for name, text in kept.items()}}


def list_odd_but_good(line: FakeLineServer) -> dict[str, tuple[str, bytes]]:
    """Return bodies that look odd and are read all the same: name, sender, body."""

    def body(sender: str, **more: Any) -> str:
        event = line.make_event(sender, "follow", follow={"isUnblocked": False})
        return json.dumps({"destination": line.bot_id, "events": [event], **more}, ensure_ascii=False)

    made = {
        "a byte order mark": lambda who: b"\xef\xbb\xbf" + body(who).encode(),
        "spaces around it": lambda who: b" \r\n\t" + body(who).encode() + b"\n",
        "every letter escaped": lambda who: _escape(body(who)).encode(),
        "no UTF-8 in what is new": lambda who: (
            body(who, new="@").replace("@", "\udcff").encode("utf-8", "surrogateescape")
        ),
        "a number without end in what is new": lambda who: (
            body(who, new=1).replace(": 1}", ": " + "9" * 9_000 + "}").encode()
        ),
        "NaN in what is new": lambda who: body(who, new=float("nan")).encode(),
        "no destination": lambda who: body(who, destination=None).encode(),
        "a destination that is a list": lambda who: body(who, destination=[1]).encode(),
        "deep nesting in what is new": lambda who: (
            body(who, new=1).replace(": 1}", ": " + "[" * 300 + "]" * 300 + "}").encode()
        ),
    }
    senders = {name: f"Ud{number:031x}" for number, name in enumerate(made)}
    return {name: (senders[name], make(senders[name])) for name, make in made.items()}


def _escape(text: str) -> str:
    """Write every letter inside the quotes of a text as an escape."""
    return "".join(f"\\u{ord(letter):04x}" if letter.isalpha() else letter for letter in text).replace(
        "\\u0066\\u0061\\u006c\\u0073\\u0065", "false"
    )


def _list_spoilt(line: FakeLineServer, numbers: Iterator[int]) -> Iterator[Shape]:
    turns = count()
    for kind, content, is_answered in GOOD:
        of = f"{kind} {content.get('message', {}).get('type', '')}".strip()
        blank = line.make_event("U1", kind, **content)
        for at in list_places(blank):
            for wrong, raw in list_wrongs(next(turns)).items():
                sender = _name_sender(next(numbers))
                text = spoil(_from(line, sender, kind, content), at, raw).encode("utf-8", "replace")
                named = find_named(raw) if at == ("source", "userId") else None
                may_begin = is_answered and (named is not None or not _is_needed(at, kind, content, raw))
                yield Shape(f"{of}: {name_place(at)} is {wrong}", text, named or sender, may_begin)


def _is_needed(at: Path, kind: str, content: dict[str, Any], raw: str | None) -> bool:
    if at in _NEEDED:
        return True
    if "message" not in content or at not in _OF_MESSAGE:
        return False
    is_still_said = at[-1] != "message" and is_text(raw) and kind == "message"
    return not (is_still_said or (at == ("message", "text") and is_text(raw)) or raw in {'""', r'"\u0000"'})


def _list_picked(line: FakeLineServer, numbers: Iterator[int]) -> Iterator[Shape]:
    def shape(name: str, kind: str, *, may_begin: bool = True, **content: Any) -> Shape:
        sender = _name_sender(next(numbers))
        text = json.dumps(_from(line, sender, kind, content))
        return Shape(name, text.encode(), sender, may_begin)

    for name, text in _TEXTS.items():
        yield shape(f"text: {name}", "message", message={**_TEXT, "text": text})
        yield shape(f"edited: {name}", "messageEdited", message={**_TEXT, "text": text})
    for name, carried in _DATA.items():
        yield shape(f"button: {name}", "postback", postback={"data": carried})
    for name, day in _DAYS.items():
        yield shape(f"day: {name}", "postback", postback={**_DAY, "params": {"date": day}})
    for name, stamp in {
        "zero": 0,
        "negative": -(10**15),
        "far ahead": 10**17,
        "1970": 1_000,
        "past any": 10**19 - 1,
    }.items():
        yield shape(f"time: {name}", "follow", timestamp=stamp, follow={"isUnblocked": False})
    for name, status in {"changed": "SUCCESS", "failed": "FAILED", "odd": 7}.items():
        postback = {"data": "v=menu&t=0&c=human", "params": {"status": status}}
        yield shape(f"menu: {name}", "postback", may_begin=False, postback=postback)
    yield from _list_contradictions(shape)


def _list_contradictions(shape: Any) -> Iterator[Shape]:
    person = {"type": "user", "userId": "U" + "c" * 32}
    silent = {
        "a group and a person": {"source": {**person, "type": "group", "groupId": "C1"}},
        "a room without a name": {"source": {"type": "room"}},
        "a person without a name": {"source": {"type": "user"}},
        "a name of spaces and NUL": {"source": {"type": "user", "userId": "\0\0"}},
        "a name without end": {"source": {"type": "user", "userId": "U" + "a" * 5_000}},
        "somebody else's chat": {"mode": "standby"},
        "a kind in capitals": {"type": "MESSAGE"},
        "a kind with a space": {"type": "message "},
        "a kind in another script": {"type": "ｍessage"},
    }
    for name, content in silent.items():
        yield shape(name, "message", may_begin=False, message=_TEXT, **content)
    answered = {
        "a person in a group": {"source": None},
        "a text and a button": {"postback": _TAP},
        "a text and what was taken back": {"unsend": {"messageId": "m1"}},
        "a mode of no kind": {"mode": ["standby"]},
        "a token without end": {"replyToken": "a" * 5_000},
        "a token of somebody's": {"replyToken": "0" * 32},
        "a name of the event without end": {"webhookEventId": "0" * 5_000},
        "a name of the event with line ends": {"webhookEventId": "a\r\nb"},
    }
    for name, content in answered.items():
        yield shape(name, "message", message=_TEXT, **content)
    yield shape("a message that is everything", "message", message={**_IMAGE, **_FILE, **_PLACE, **_TEXT})
    yield shape("a text that is a sticker", "message", message={**_STICKER, "text": "嗨"})
    yield shape("a new kind of message", "message", message={"id": "1", "type": "hologram"})


def _from(line: FakeLineServer, sender: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """Make an event of a sender; a source that is given keeps its shape, None makes it the sender's own in a group."""
    event = line.make_event(sender, kind, **content)
    if content.get("source", "") is None:
        return {**event, "source": {"type": "user", "userId": sender, "groupId": "C1", "roomId": "R1"}}
    return event


def _name_sender(number: int) -> str:
    return f"Uf{number:031x}"
