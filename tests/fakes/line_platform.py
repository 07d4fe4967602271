"""
The half of LINE that calls the bot: people, what they see, and the signed webhooks of what they do.

Bodies have today's shape. Source: LINE Messaging API reference, Webhook event objects.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.fakes.line_flex_rules import list_said

#: LINE takes a slower answer for a failure. Source: LINE partner guidelines, webhook answers.
PATIENCE_S = 2.0
_LATER = 503
_ULID_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(slots=True)
class Person:
    """Somebody on a phone: the bubbles they see, newest last, and the quick replies above the keyboard."""

    user_id: str
    bubbles: list[str] = field(default_factory=list)
    quick_replies: list[dict[str, Any]] = field(default_factory=list)
    unread: list[list[dict[str, Any]]] = field(default_factory=list)
    has_blocked: bool = False
    language: str = "zh-TW"
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def labels(self) -> list[str]:
        return [item["action"]["label"] for item in self.quick_replies]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook call. `status` 0: no answer in time, or none at all."""

    events: list[dict[str, Any]]
    status: int

    @property
    def is_accepted(self) -> bool:
        return 200 <= self.status < 300


def sign(raw: bytes, secret: str) -> str:
    """Sign a body as LINE does."""
    return base64.b64encode(hmac.digest(secret.encode(), raw, hashlib.sha256)).decode()


def read_message(message: dict[str, Any]) -> str:
    """Return what a message says to whoever looks at it."""
    if message["type"] == "flex":
        return "\n".join(list_said(message["contents"]))
    return str(message.get("text") or f"[{message['type']}]")


class LinePlatform:
    """People and webhooks. `issue_reply_token` and `renew_reply_token` come from the API half."""

    def __init__(self, *, channel_secret: str, webhook_url: str, patience_s: float = PATIENCE_S) -> None:
        self.channel_secret = channel_secret
        self.patience_s = patience_s
        self.webhook_url = webhook_url
        self.bot_id = "U" + "b" * 32
        self.people: dict[str, Person] = {}
        self.deliveries: list[Delivery] = []
        self._failed: list[list[dict[str, Any]]] = []
        self._phone: httpx.AsyncClient | None = None

    def issue_reply_token(self, user_id: str) -> str:
        raise NotImplementedError

    def renew_reply_token(self, token: str) -> None:
        raise NotImplementedError

    async def send_text(self, user_id: str, text: str) -> Delivery:
        return await self._message(user_id, type="text", text=text, quoteToken="quote")

    async def sticker(self, user_id: str) -> Delivery:
        return await self._message(
            user_id,
            type="sticker",
            quoteToken="quote",
            packageId="446",
            stickerId="1988",
            stickerResourceType="STATIC",
        )

    async def image(self, user_id: str) -> Delivery:
        return await self._message(
            user_id, type="image", quoteToken="quote", contentProvider={"type": "line"}
        )

    async def follow(self, user_id: str) -> Delivery:
        self._meet(user_id).has_blocked = False
        return await self.send_raw([self.make_event(user_id, "follow", follow={"isUnblocked": False})])

    async def unfollow(self, user_id: str) -> Delivery:
        self._meet(user_id).has_blocked = True
        return await self.send_raw([self.make_event(user_id, "unfollow", replies=False)])

    async def tap(self, user_id: str, button: int | str) -> Delivery:
        """Press a quick reply that is on the screen, by its number from 1 or by its label."""
        person = self._meet(user_id)
        index = person.labels.index(button) if isinstance(button, str) else button - 1
        if not 0 <= index < len(person.quick_replies):
            raise IndexError(f"there is no quick reply {button}")
        action = person.quick_replies[index]["action"]
        return await self.tap_data(user_id, action["data"], action.get("displayText", ""))

    async def tap_data(self, user_id: str, carried: str, shown: str = "") -> Delivery:
        """Press a button that may be long gone from the screen."""
        person = self._meet(user_id)
        person.quick_replies = []
        if shown:
            person.bubbles.append(f"> {shown}")
        return await self.send_raw([self.make_event(user_id, "postback", postback={"data": carried})])

    async def _message(self, user_id: str, **content: Any) -> Delivery:
        person = self._meet(user_id)
        person.quick_replies = []
        person.bubbles.append(f"> {content.get('text', content['type'])}")
        message = {"id": str(secrets.randbelow(10**18)), **content}
        return await self.send_raw([self.make_event(user_id, "message", message=message)])

    def make_event(self, user_id: str, kind: str, *, replies: bool = True, **content: Any) -> dict[str, Any]:
        """Make one event of today's shape with a reply token of its own."""
        token = {"replyToken": self.issue_reply_token(user_id)} if replies else {}
        return {
            "type": kind,
            "mode": "active",
            "timestamp": time.time_ns() // 1_000_000,
            "source": {"type": "user", "userId": user_id},
            "webhookEventId": "01" + "".join(secrets.choice(_ULID_ALPHABET) for _ in range(24)),
            "deliveryContext": {"isRedelivery": False},
            **token,
            **content,
        }

    async def send_raw(self, events: list[Any]) -> Delivery:
        """Sign these events and post them in one body; what is not accepted can be redelivered."""
        raw = json.dumps({"destination": self.bot_id, "events": events}, ensure_ascii=False).encode()
        delivery = Delivery(events, await self.post(raw, sign(raw, self.channel_secret)))
        self.deliveries.append(delivery)
        if not delivery.is_accepted:
            self._failed.append(events)
        return delivery

    async def post(self, raw: bytes, signature: str | None) -> int:
        """Post any bytes with any signature; the status of the answer."""
        headers = {"content-type": "application/json; charset=utf-8", "user-agent": "LineBotWebhook/2.0"}
        if signature is not None:
            headers["x-line-signature"] = signature
        if self._phone is None:
            self._phone = httpx.AsyncClient(timeout=self.patience_s, trust_env=False)
        try:
            return (await self._phone.post(self.webhook_url, content=raw, headers=headers)).status_code
        except httpx.HTTPError:
            return 0

    async def post_until_taken(self, raw: bytes) -> int:
        """Post a signed body as LINE does: 503 means "later", so send the same again, four times at most."""
        for pause_s in (0.2, 0.5, 1.0):
            status = await self.post(raw, sign(raw, self.channel_secret))
            if status != _LATER:
                return status
            await asyncio.sleep(pause_s)
        return await self.post(raw, sign(raw, self.channel_secret))

    async def redeliver_failed(self) -> list[Delivery]:
        """Send again what was not accepted, as LINE does when redelivery is on."""
        failed, self._failed = self._failed, []
        return [await self.redeliver(events) for events in failed]

    async def redeliver(self, events: list[Any]) -> Delivery:
        """Send the same events again: nothing differs but `isRedelivery`."""
        for event in events:
            if "replyToken" in event:
                self.renew_reply_token(event["replyToken"])
        return await self.send_raw([{**event, "deliveryContext": {"isRedelivery": True}} for event in events])

    def show(self, person: Person, messages: list[dict[str, Any]]) -> None:
        """Put accepted messages on the person's screen."""
        person.bubbles += [read_message(message) for message in messages]
        person.quick_replies = messages[-1].get("quickReply", {}).get("items", [])
        person.unread.append(messages)
        person.arrived.set()

    async def wait_for_reply(self, user_id: str, timeout_s: float = 30.0) -> list[dict[str, Any]]:
        """Return the oldest reply not yet returned; TimeoutError when none comes."""
        person = self._meet(user_id)
        async with asyncio.timeout(timeout_s):
            while not person.unread:
                person.arrived.clear()
                await person.arrived.wait()
        return person.unread.pop(0)

    async def hang_up(self) -> None:
        if self._phone is not None:
            await self._phone.aclose()

    def _meet(self, user_id: str) -> Person:
        return self.people.setdefault(user_id, Person(user_id))
