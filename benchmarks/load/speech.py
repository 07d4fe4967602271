"""
How a platform writes what people do, and what people see of an answer.

A person knows only what a phone shows: the buttons of the last answer.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qs, parse_qsl

from benchmarks.terms import BOT_USER_ID, CHANNEL_SECRET, TELEGRAM_SECRET


@dataclass(slots=True)
class Person:
    """Somebody with a phone. `buttons`: what the last answer offers, in its order."""

    number: int
    buttons: tuple[str, ...] = ()
    events: int = 0


@dataclass(frozen=True, slots=True)
class Began:
    """Added the bot as a friend, or pressed Start."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """Pressed a button that carries this."""

    data: str


@dataclass(frozen=True, slots=True)
class Wrote:
    """Wrote something."""

    text: str


Act = Began | Pressed | Wrote


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook as it is sent: `key` names the answer that belongs to it."""

    key: str
    headers: str
    body: bytes


class Speech(Protocol):
    """One platform."""

    def write(self, person: Person, act: Act) -> Delivery:
        """Write what somebody did."""
        ...

    def repeat(self, delivery: Delivery) -> Delivery:
        """Write it again, as the platform does after a refusal."""
        ...

    def read(self, body: bytes) -> tuple[str, tuple[str, ...]]:
        """Read an answer: the key it belongs to, and its buttons."""
        ...


@dataclass(slots=True)
class LineSpeech:
    """LINE. Source: LINE Messaging API reference, Webhook event objects. `run` makes names unique."""

    run: int
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _secret: bytes = CHANNEL_SECRET.encode()

    def write(self, person: Person, act: Act) -> Delivery:
        """Write one event, signed."""
        number = next(self._numbers)
        token = f"{self.run:012x}{number:020x}"
        event = {
            **_line_act(act, number),
            "mode": "active",
            "timestamp": int(time.time() * 1000),
            "source": {"type": "user", "userId": f"U{person.number:032x}"},
            "webhookEventId": f"{self.run:012X}{number:014X}",
            "deliveryContext": {"isRedelivery": False},
            "replyToken": token,
        }
        body = json.dumps({"destination": BOT_USER_ID, "events": [event]}, ensure_ascii=False).encode()
        return self._sign(token, body)

    def repeat(self, delivery: Delivery) -> Delivery:
        """Say that it is sent again, and sign that."""
        return self._sign(
            delivery.key, delivery.body.replace(b'"isRedelivery": false', b'"isRedelivery": true')
        )

    def read(self, body: bytes) -> tuple[str, tuple[str, ...]]:
        """Read the reply token, and the buttons under the last message."""
        reply = json.loads(body)
        items = reply["messages"][-1].get("quickReply", {}).get("items", ())
        return reply["replyToken"], tuple(
            item["action"]["data"] for item in items if item["action"]["type"] == "postback"
        )

    def _sign(self, token: str, body: bytes) -> Delivery:
        signature = base64.b64encode(hmac.digest(self._secret, body, hashlib.sha256)).decode()
        return Delivery(token, f"x-line-signature: {signature}\r\n", body)


def _line_act(act: Act, number: int) -> dict[str, Any]:
    match act:
        case Began():
            return {"type": "follow", "follow": {"isUnblocked": False}}
        case Pressed(data):
            return {"type": "postback", "postback": {"data": data}}
        case Wrote(text):
            message = {"type": "text", "id": f"{number:018d}", "quoteToken": "q", "text": text}
            return {"type": "message", "message": message}


@dataclass(slots=True)
class TelegramSpeech:
    """Telegram, private chats. Source: Bot API, Update. An answer belongs to a chat: one event at a time in each."""

    run: int
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def write(self, person: Person, act: Act) -> Delivery:
        """Write one update."""
        number = next(self._numbers)
        user = {
            "id": 1_000_000 + person.number,
            "is_bot": False,
            "first_name": "t",
            "language_code": "zh-hant",
        }
        chat = {"id": user["id"], "type": "private", "first_name": "t"}
        message = {"message_id": number + 1, "date": int(time.time()), "chat": chat}
        update: dict[str, Any] = {"update_id": self.run % 1_000_000 * 1_000_000 + number}
        match act:
            case Pressed(data):
                shown = message | {"from": {"id": 100, "is_bot": True, "first_name": "b"}, "text": "t"}
                query = {
                    "id": str(number),
                    "from": user,
                    "message": shown,
                    "chat_instance": "1",
                    "data": data,
                }
                update["callback_query"] = query
            case Began() | Wrote():
                text = act.text if isinstance(act, Wrote) else "/start"
                marks = [] if isinstance(act, Wrote) else [{"type": "bot_command", "offset": 0, "length": 6}]
                update["message"] = message | {"from": user, "text": text, "entities": marks}
        header = f"X-Telegram-Bot-Api-Secret-Token: {TELEGRAM_SECRET}\r\n"
        return Delivery(str(user["id"]), header, json.dumps(update).encode())

    def repeat(self, delivery: Delivery) -> Delivery:
        """Telegram sends the same again."""
        return delivery

    def read(self, body: bytes) -> tuple[str, tuple[str, ...]]:
        """Read the chat, and the buttons under the message. Libraries send a form or JSON."""
        sent: Any
        if body.startswith(b"{"):
            sent = json.loads(body)
        elif body.startswith(b"--"):
            sent = _read_parts(body)
        else:
            sent = dict(parse_qsl(body.decode()))
        markup = sent.get("reply_markup") or "{}"
        markup = json.loads(markup) if isinstance(markup, str) else markup
        rows = markup.get("inline_keyboard", ())
        return str(sent["chat_id"]), tuple(one["callback_data"] for row in rows for one in row)


def _read_parts(body: bytes) -> dict[str, str]:
    """Read the plain fields of a multipart form."""
    boundary = body.split(b"\r\n", 1)[0]
    parts = [part.partition(b"\r\n\r\n") for part in body.split(boundary)[1:-1]]
    named = (
        (head.split(b'name="', 1)[1].split(b'"', 1)[0], value.rstrip(b"\r\n")) for head, _, value in parts
    )
    return {name.decode(): value.decode() for name, value in named}


def name_choice(data: str) -> str:
    """Name the choice that a button stands for, where the bot says so as `c=`."""
    return parse_qs(data).get("c", [""])[0]
