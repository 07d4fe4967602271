"""Somebody on LINE."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Awaitable, Callable
from typing import Any

from tests.end_to_end.people.person import READS_FOR_S, Person
from tests.fakes.line_platform import read_message
from tests.fakes.line_server import FakeLineServer

_PAUSES_S = (0.1, 0.3, 1.0, 3.0, 0.0)
_NUMBERED = re.compile(r"[0-9]+ ")


class LinePerson(Person):
    """On a phone, or on a computer that shows no quick replies (`list_drawn`)."""

    channel = "line"

    def __init__(
        self,
        user_id: str,
        settle: Callable[[Person], Awaitable[None]],
        *,
        line: FakeLineServer,
        language: str = "zh-TW",
    ) -> None:
        super().__init__(user_id, settle, language=language)
        self.line = line
        self.last_message = ""
        self.phone.language = language
        self._ahead_ms = 0
        self._numbers = itertools.count(1)

    @property
    def phone(self) -> Any:
        return self.line._meet(self.user_id)

    async def arrive(self) -> None:
        self.phone.has_blocked = False
        await self._send("follow", follow={"isUnblocked": False})

    async def write(self, text: str, *, at_once: bool = False) -> None:
        if not at_once:
            self._ahead_ms += READS_FOR_S * 1000
        await self._message(type="text", text=text, quoteToken="q")

    async def press(self, carried: str, **params: Any) -> None:
        self.phone.quick_replies = []
        more = {"params": params} if params else {}
        await self._send("postback", postback={"data": carried, **more})

    async def press_twice(self, label: str) -> None:
        """Press a button twice; both presses arrive in one body."""
        carried = self.find(label)
        events = [self.make_event("postback", postback={"data": carried}) for _ in range(2)]
        await self.deliver(events)

    async def pick_day(self, day: str) -> None:
        await self.press(self._find_picker()["data"], date=day)

    async def leave(self) -> None:
        self.phone.has_blocked = True
        await self._send("unfollow", replies=False)

    async def send_picture(self) -> None:
        await self._message(type="image", quoteToken="q", contentProvider={"type": "line"})

    async def send_sticker(self) -> None:
        about = {"packageId": "446", "stickerId": "1988", "stickerResourceType": "STATIC"}
        await self._message(type="sticker", quoteToken="q", **about)

    async def unsend(self, message_id: str) -> None:
        """Take a message back."""
        await self._send("unsend", replies=False, unsend={"messageId": message_id})

    def list_buttons(self) -> dict[str, str]:
        actions = [item["action"] for item in self.phone.quick_replies]
        return {action["label"]: action["data"] for action in actions if action["type"] == "postback"}

    def list_drawn(self) -> dict[str, str]:
        """Return the buttons drawn in the newest bubble, which stay where they are."""
        actions = [part["action"] for part in _list_parts(self._newest) if "action" in part]
        return {
            _NUMBERED.sub("", action["label"]): action["data"]
            for action in actions
            if action["type"] == "postback"
        }

    def list_said(self) -> list[str]:
        return [read_message(message) for messages in self._replies for message in messages]

    def make_event(self, kind: str, *, replies: bool = True, **content: Any) -> dict[str, Any]:
        """Make an event of this person, at the time that their phone has by now."""
        event = self.line.make_event(self.user_id, kind, replies=replies, **content)
        return {**event, "timestamp": event["timestamp"] + self._ahead_ms}

    async def deliver(self, events: list[dict[str, Any]]) -> None:
        """Have LINE deliver these, again as long as it is told "later"."""
        await self.line.send_raw(events)
        for pause_s in _PAUSES_S:
            if await self.line.redeliver_failed():
                await asyncio.sleep(pause_s)
        assert self.line.deliveries[-1].is_accepted

    @property
    def _replies(self) -> list[list[dict[str, Any]]]:
        return list(self.phone.unread)

    @property
    def _newest(self) -> dict[str, Any]:
        return dict(self._replies[-1][-1])

    def _find_picker(self) -> dict[str, Any]:
        actions = (part.get("action", {}) for part in _list_parts(self._newest))
        return next(action for action in actions if action.get("type") == "datetimepicker")

    async def _message(self, **content: Any) -> None:
        self.phone.quick_replies = []
        self.last_message = f"{self.user_id[-4:]}{next(self._numbers)}"
        await self._send("message", message={"id": self.last_message, **content})

    async def _send(self, kind: str, *, replies: bool = True, **content: Any) -> None:
        await self.deliver([self.make_event(kind, replies=replies, **content)])


def _list_parts(part: Any) -> list[dict[str, Any]]:
    """Return an object and every object inside it."""
    if isinstance(part, list):
        return [found for inner in part for found in _list_parts(inner)]
    if not isinstance(part, dict):
        return []
    return [part, *(found for inner in part.values() for found in _list_parts(inner))]
