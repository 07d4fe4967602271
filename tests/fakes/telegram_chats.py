"""
What stands in the chats of a fake Telegram: who wrote what, and what is left of it.

A chat counts its messages over both sides. Source: Telegram Bot API, Message, deleteMessage and
deleteMessages; refusals worded as the server's own source words them.
"""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

#: Source: Telegram Bot API, deleteMessage.
DELETABLE_S = 48 * 60 * 60


class BotRefused(Exception):
    """An error answer; nothing was done."""

    def __init__(self, code: int, description: str, *, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Posted:
    """One message as both sides see it; `sent_at` in Unix seconds, `keys` as the API carries them."""

    number: int
    text: str
    sent_at: int
    is_ours: bool
    keys: tuple[str, ...] = ()


@dataclass
class Chat:
    """One private chat. `posted` holds what has not been deleted, by number."""

    posted: dict[int, Posted] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def post(self, text: str, *, sent_at: int, is_ours: bool, keys: tuple[str, ...] = ()) -> Posted:
        number = next(self.numbers)
        self.posted[number] = Posted(number, text, sent_at, is_ours, keys)
        return self.posted[number]

    def edit(self, number: int, text: str) -> Posted:
        self.posted[number] = replace(self.posted[number], text=text)
        return self.posted[number]

    def find_ours(self, carried: str) -> Posted | None:
        """Find the newest message of ours with that button, or the newest of ours."""
        ours = [posted for posted in reversed(self.posted.values()) if posted.is_ours]
        return next((posted for posted in ours if carried in posted.keys), next(iter(ours), None))


class Chats:
    """
    The chats of one bot: private ones by the person's number, and the groups that it is in.

    `pass_time` makes everything in them older. `blocked` have blocked the bot, `deactivated` deleted
    their account.
    """

    def __init__(self) -> None:
        self.private: defaultdict[int, Chat] = defaultdict(Chat)
        self.groups: set[int] = set()
        self.blocked: set[int] = set()
        self.deactivated: set[int] = set()
        self._ahead_s = 0

    def now(self) -> int:
        return int(time.time()) + self._ahead_s

    def pass_time(self, *, hours: float = 0, seconds: int = 0) -> None:
        self._ahead_s += int(hours * 3600) + seconds

    def require_chat(self, chat_id: str, *, writes: bool = True) -> tuple[int, Chat]:
        """Return a private chat that exists and, to be written to, can be."""
        number = int(chat_id) if chat_id.lstrip("-").isdigit() else 0
        if number not in self.private:
            raise BotRefused(400, "Bad Request: chat not found")
        if number in self.deactivated:
            raise BotRefused(403, "Forbidden: user is deactivated")
        if writes and number in self.blocked:
            raise BotRefused(403, "Forbidden: bot was blocked by the user")
        return number, self.private[number]

    def delete_one(self, chat_id: str, number: int) -> None:
        _, chat = self.require_chat(chat_id, writes=False)
        if number not in chat.posted:
            raise BotRefused(400, "Bad Request: message to delete not found")
        if self._is_too_old(chat.posted[number]):
            raise BotRefused(400, "Bad Request: message can't be deleted")
        del chat.posted[number]

    def delete_all(self, chat_id: str, numbers: list[int]) -> None:
        """Delete those that are there. One that is too old keeps all of them: the server asks first."""
        _, chat = self.require_chat(chat_id, writes=False)
        found = [chat.posted[number] for number in numbers if number in chat.posted]
        if any(self._is_too_old(posted) for posted in found):
            raise BotRefused(400, "Bad Request: message can't be deleted for everyone")
        for posted in found:
            chat.posted.pop(posted.number, None)  # a number may have come twice

    def leave(self, chat_id: str) -> None:
        if int(chat_id) not in self.groups:
            raise BotRefused(403, "Forbidden: bot is not a member of the group chat")
        self.groups.remove(int(chat_id))

    def _is_too_old(self, posted: Posted) -> bool:
        return self.now() - posted.sent_at >= DELETABLE_S
