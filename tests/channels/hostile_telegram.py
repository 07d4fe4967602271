"""Hostile updates and bodies for Telegram's webhook."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from tests.channels.hostile import (
    Path,
    Shape,
    is_text,
    list_bodies,
    list_places,
    list_wrongs,
    name_place,
    spoil,
)
from tests.fakes.telegram_server import FakeTelegramServer

Update = dict[str, Any]
_FIRST_SENDER = 7_000_000
#: Without these nobody can say who did what; whatever else is odd, the rest is still said.
_CHAT = {("chat",), ("chat", "id"), ("chat", "type")}
_NEEDED = {(), *_CHAT, ("from",), ("from", "id")}

_TEXTS = {
    "no text": "",
    "20,000 characters": "長" * 20_000,
    "accents": "e" + "\u0301" * 1_000,
    "text that turns around": "\u202e\u2066嗨\u2069",
    "nothing to see": "\u200b\ufeff",
    "control characters": "".join(map(chr, range(32))),
    "a command of no name": "/",
    "a command without end": "/" + "a" * 5_000,
    "a command in another script": "/ｓｔａｒｔ",
    "a start with a payload": "/start " + "x" * 3_000,
    "a start with a code": "/start AAAAA-AAAAA",
    "a command for another bot": "/start@another_bot",
    "half a character": "\ud800",
    "a formula": "=1+1",
    "markup": "<b>*_[x](tg://user?id=1)",
    "digits of other scripts": "１ ٣ ๓",
}
_DATA = {
    "no data": "",
    "65 bytes": "v=abcd&t=1&c=" + "a" * 52,
    "5,000 bytes": "a" * 5_000,
    "a turn without end": "v=abcd&t=" + "9" * 40 + "&c=safe",
    "another order": "c=safe&t=1&v=abcd",
    "broken percents": "v=%zz&t=1&c=%",
    "NUL": "v=%00&t=1&c=%00",
    "half a character": "\ud800",
    "what destroys": "v=abcd&t=0&c=erase_yes",
    "what wipes": "v=abcd&t=0&c=wipe_yes",
}


def list_telegram_updates(telegram: FakeTelegramServer) -> list[Shape]:
    """Return hostile updates, each from a sender of its own."""
    numbers = count(_FIRST_SENDER)
    return [*_list_spoilt(telegram, numbers), *_list_picked(telegram, numbers)]


def list_telegram_bodies(telegram: FakeTelegramServer) -> list[Shape]:
    """Return hostile bodies, each naming somebody else, who must not be begun with."""

    def write_good(sender: int) -> str:
        return json.dumps(telegram.make_text_update(sender, "/start"), ensure_ascii=False)

    senders = {name: _FIRST_SENDER - 1 - n for n, name in enumerate(_spoil_body(write_good(1)))}
    return [
        Shape(name, _spoil_body(write_good(sender))[name], str(sender), whole=True)
        for name, sender in senders.items()
    ]


def _spoil_body(good: str) -> dict[str, bytes]:
    kept = {
        "the number twice": good[:-1] + ', "update_id": 5}',
        "the message twice": good[:-1] + ', "message": {}}',
        "another letter case": good.replace('"message"', '"Message"'),
        "inside an answer": json.dumps({"ok": True, "result": [json.loads(good)]}),
        "inside a text": json.dumps(good),
    }
    return {**list_bodies(good), **{name: text.encode() for name, text in kept.items()}}


def _make_good(telegram: FakeTelegramServer) -> dict[str, tuple[Callable[[int], Update], bool]]:
    """Return how good updates of somebody are made, and whether they may be answered."""
    size = {"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}

    def tap(number: int) -> Update:
        return telegram.make_tap_update(number, "v=abcd&t=1&c=safe")

    def edit(number: int) -> Update:
        sent = telegram.make_text_update(number, "一")
        return telegram.make_edit_update(number, sent["message"]["message_id"], "二")

    def post(number: int) -> Update:
        made = telegram.make_text_update(number, "嗨", chat={"id": -100, "type": "channel"})
        return {"update_id": made["update_id"], "channel_post": made["message"]}

    return {
        "text": (lambda number: telegram.make_text_update(number, "嗨"), True),
        "picture": (lambda number: telegram.make_message_update(number, photo=[size]), True),
        "sticker": (lambda number: telegram.make_message_update(number, sticker=size), True),
        "button": (tap, True),
        "edited": (edit, True),
        "blocked": (telegram.make_block_update, False),
        "group": (lambda number: telegram.make_group_update(-200, number, text="嗨"), False),
        "taken into a group": (lambda number: telegram.make_place_update(-300, number), False),
        "channel": (post, False),
    }


def _list_spoilt(telegram: FakeTelegramServer, numbers: Iterator[int]) -> Iterator[Shape]:
    turns = count()
    for kind, (make, is_answered) in _make_good(telegram).items():
        for at in list_places(make(next(numbers))):
            for wrong, raw in list_wrongs(next(turns)).items():
                sender = next(numbers)
                text = spoil(make(sender), at, raw).encode("utf-8", "replace")
                may_begin = is_answered and not _is_needed(at, kind, raw)
                yield Shape(f"{kind}: {name_place(at)} is {wrong}", text, str(sender), may_begin)


def _is_needed(at: Path, kind: str, raw: str | None) -> bool:
    inside = at[1:]
    if at == ("update_id",):
        return raw not in {"7", "-1"}
    if kind == "text" and inside == ("text",):
        return not is_text(raw) and raw not in {'""', r'"\u0000"'}
    if kind == "button":
        return inside in _NEEDED or (inside[:1] == ("message",) and inside[1:] in {(), *_CHAT})
    return inside in _NEEDED


def _list_picked(telegram: FakeTelegramServer, numbers: Iterator[int]) -> Iterator[Shape]:
    def shape(name: str, update: Update, sender: int, *, may_begin: bool = True) -> Shape:
        return Shape(name, json.dumps(update).encode(), str(sender), may_begin)

    for name, text in _TEXTS.items():
        for kind, key in (("text", "message"), ("edited", "edited_message")):
            sender = next(numbers)
            message = telegram.make_text_update(sender, "嗨")["message"] | {"text": text, "edit_date": 1}
            yield shape(f"{kind}: {name}", {"update_id": sender, key: message}, sender)
    for name, carried in _DATA.items():
        sender = next(numbers)
        yield shape(f"button: {name}", telegram.make_tap_update(sender, carried), sender)
    yield from _list_contradictions(telegram, numbers, shape)


def _list_contradictions(
    telegram: FakeTelegramServer, numbers: Iterator[int], shape: Callable[..., Shape]
) -> Iterator[Shape]:
    def say(**changes: Any) -> tuple[Update, int]:
        sender = next(numbers)
        message = telegram.make_text_update(sender, "嗨")["message"]
        return {"update_id": sender, "message": {**message, **changes}}, sender

    silent: dict[str, dict[str, Any]] = {
        "somebody else's chat": {"chat": {"id": _FIRST_SENDER - 2, "type": "private"}},
        "a chat below zero": {"chat": {"id": -5, "type": "private"}},
        "a group above zero": {"chat": {"id": 5, "type": "group"}},
        "a chat of a new kind": {"chat": {"id": 5, "type": "hologram"}},
        "a sender without a number": {"from": {"is_bot": False}},
        "a number as a text": {"from": {"id": "7"}},
        "a number with a fraction": {"from": {"id": 7.0}},
        "a number that is true": {"from": {"id": True}},
    }
    for name, changes in silent.items():
        update, sender = say(**changes)
        yield shape(name, update, sender, may_begin=False)
    answered: dict[str, dict[str, Any]] = {
        "a text and a picture": {"photo": [{"file_id": "f"}]},
        "no date": {"date": None},
        "a date far ahead": {"date": 10**12},
        "a date before all": {"date": -(10**12)},
        "an odd language": {"entities": [{"type": "bot_command", "offset": -1, "length": 10**9}]},
        "a number below zero": {"message_id": -4},
        "a number beyond any": {"message_id": 10**18},
        "an answer to nothing": {"reply_to_message": {"reply_to_message": {"text": []}}},
    }
    for name, changes in answered.items():
        update, sender = say(**changes)
        yield shape(name, update, sender)
    for name, tag in {"long": "x" * 5_000, "a list": ["en"], "NUL": "z\0h", "odd": "zh-\ud800"}.items():
        update, sender = say()
        update["message"]["from"] = {"id": sender, "is_bot": False, "first_name": "x", "language_code": tag}
        yield shape(f"language: {name}", update, sender)
    for name, update_id in {"zero": 0, "below zero": -1, "beyond any": 10**18}.items():
        update, sender = say()
        yield shape(f"update: {name}", {**update, "update_id": update_id}, sender)
    sender = next(numbers)
    both = telegram.make_text_update(sender, "嗨") | telegram.make_tap_update(sender, "v=a&t=1&c=b")
    yield shape("a text and a button", both, sender)
    tapped = telegram.make_tap_update(next(numbers), "v=a&t=1&c=b", is_accessible=False)
    yield shape("a button of a message that is gone", tapped, tapped["callback_query"]["from"]["id"])
    lone = {"id": "1", "from": {"id": 5, "is_bot": False}, "inline_message_id": "x", "data": "y"}
    yield shape("a button in another chat", {"update_id": 1, "callback_query": lone}, 5, may_begin=False)
    for kind in ("inline_query", "poll_answer", "business_message", "chat_join_request", "hologram"):
        yield shape(
            f"kind: {kind}", {"update_id": 2, kind: {"id": "1", "from": {"id": 5}}}, 5, may_begin=False
        )
