"""Somebody on Telegram."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any

from tests.end_to_end.people.person import READS_FOR_S, Person
from tests.fakes.telegram_server import FakeTelegramServer

_NUMBERED = re.compile(r"[0-9]+ ")


class TelegramPerson(Person):
    """In a private chat; their updates are posted by `post`."""

    channel = "telegram"

    def __init__(
        self,
        user_id: str,
        settle: Callable[[Person], Awaitable[None]],
        *,
        telegram: FakeTelegramServer,
        post: Callable[[dict[str, Any]], Awaitable[None]],
        language: str = "zh-hant",
    ) -> None:
        super().__init__(user_id, settle, language=language)
        self.telegram = telegram
        self.post = post
        self.number = int(user_id)

    async def arrive(self) -> None:
        self.telegram.blocked.discard(self.number)
        await self._message(text="/start")

    async def write(self, text: str, *, at_once: bool = False) -> None:
        if not at_once:
            self.telegram.chats.pass_time(seconds=READS_FOR_S)
        await self._message(text=text)

    async def press(self, carried: str) -> None:
        await self.post(self.make_tap(carried))

    async def press_twice(self, label: str) -> None:
        """Press a button twice; both presses arrive at once."""
        carried = self.find(label)
        await asyncio.gather(*(self.post(self.make_tap(carried)) for _ in range(2)))

    async def pick_day(self, day: str) -> None:
        """Telegram has no picker: they write it."""
        await self.write(day)

    async def leave(self) -> None:
        await self.post(self.telegram.make_block_update(self.number))

    async def send_picture(self) -> None:
        await self._message(photo=[{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}])

    async def send_sticker(self) -> None:
        await self._message(sticker={"file_id": "s", "file_unique_id": "s", "type": "regular"})

    async def edit(self, message_id: int, text: str) -> None:
        """Change a message that they sent."""
        self.telegram.chats.pass_time(seconds=READS_FOR_S)
        await self.post(self.telegram.make_edit_update(self.number, message_id, text))

    def list_buttons(self) -> dict[str, str]:
        mine = [sent for sent in self.telegram.sent if sent.chat_id == self.number]
        keys = mine[-1].keys if mine else []
        return {_NUMBERED.sub("", key["text"], count=1): key["callback_data"] for key in keys}

    def list_said(self) -> list[str]:
        return [sent.text for sent in self.telegram.sent if sent.chat_id == self.number]

    def list_standing(self) -> list[str]:
        """Return what stands in the chat now, on both sides."""
        return self.telegram.screen(self.number)

    def find_newest(self) -> int:
        """Return the number of the newest message of their own."""
        chat = self.telegram.chats.private[self.number]
        return max(posted.number for posted in chat.posted.values() if not posted.is_ours)

    def make_text(self, text: str) -> dict[str, Any]:
        """Make the update of something they wrote."""
        return self.telegram.make_text_update(self.number, text, **self._name())

    def make_tap(self, carried: str) -> dict[str, Any]:
        """Make the update of a pressed button."""
        return self.telegram.make_tap_update(self.number, carried, **self._name())

    async def _message(self, **content: Any) -> None:
        await self.post(self.telegram.make_message_update(self.number, **content, **self._name()))

    def _name(self) -> dict[str, Any]:
        language = {"language_code": self.language} if self.language else {}
        return {"from": {"id": self.number, "is_bot": False, "first_name": "測試", **language}}
