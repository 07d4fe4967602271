"""
The half of a fake Telegram that an operator and a fetching program meet: webhook, texts, getUpdates.

Strict about parameters and limits. An update waits until a later `getUpdates` confirms it, and a
webhook and `getUpdates` exclude each other. Refusals worded as the server's own source words them.
Source: Telegram Bot API, getUpdates, setWebhook, setMyCommands, setMyDescription, setMyShortDescription.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.telegram_chats import BotRefused

Parameters = dict[str, str]

KINDS = {"message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "inline_query"} | {
    "my_chat_member", "chat_member", "chat_join_request", "poll", "poll_answer", "message_reaction",
}  # fmt: skip
#: What comes while nobody ever asked for anything else.
_BY_DEFAULT = KINDS - {"chat_member", "message_reaction"}
_WEBHOOK = {
    "url", "certificate", "ip_address", "max_connections", "allowed_updates", "drop_pending_updates", "secret_token",
}  # fmt: skip
_SCOPES = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators", "chat"}


@dataclass
class TelegramConsole:
    """What Telegram keeps about the bot itself. `published` are the calls that changed something."""

    me: dict[str, Any] = field(default_factory=lambda: {"can_join_groups": False})
    webhook: dict[str, Any] = field(default_factory=dict)
    secret_token: str = ""
    allowed: set[str] = field(default_factory=lambda: set(_BY_DEFAULT))
    commands: dict[tuple[str, str], list[dict[str, str]]] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    published: list[str] = field(default_factory=list)
    queue: list[dict[str, Any]] = field(default_factory=list)
    fetches: int = 0
    _fetching: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _is_closed: bool = False

    def push(self, *updates: dict[str, Any]) -> None:
        """Let updates wait for the bot, as far as it asked for their kind."""
        self.queue += [update for update in updates if self.allowed & update.keys()]
        self._wake()

    def close(self) -> None:
        """End the calls that are being held."""
        self._is_closed = True
        self._wake()

    def methods(self) -> dict[str, Callable[[Parameters], Any]]:
        """Return what each method does; one of them takes its time."""
        return {
            "getMe": self._get_me,
            "getUpdates": self._get_updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._get_webhook_info,
            "setMyCommands": self._set_commands,
            "getMyCommands": self._get_commands,
            "setMyDescription": lambda given: self._set_text("description", 512, given),
            "getMyDescription": lambda given: self._get_text("description", given),
            "setMyShortDescription": lambda given: self._set_text("short_description", 120, given),
            "getMyShortDescription": lambda given: self._get_text("short_description", given),
        }

    def _get_me(self, given: Parameters) -> dict[str, Any]:
        _refuse_unknown(given, set())
        return {"id": 1, "is_bot": True, "first_name": "測試", "username": "frontdoor_bot", **self.me}

    # Updates

    async def _get_updates(self, given: Parameters) -> list[dict[str, Any]]:
        _refuse_unknown(given, {"offset", "limit", "timeout", "allowed_updates"})
        if self.webhook:
            raise BotRefused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
            )
        limit, timeout_s = int(given.get("limit", "100")), int(given.get("timeout", "0"))
        if not 1 <= limit <= 100 or timeout_s < 0:
            raise BotRefused(400, "Bad Request: invalid limit or timeout")
        self._keep_allowed(given)
        self._confirm(int(given.get("offset", "0")))
        self.fetches += 1
        self._fetching += 1
        self._wake()  # whoever else is being held is sent away
        return await self._hold(self._fetching, limit, timeout_s)

    async def _hold(self, ticket: int, limit: int, timeout_s: int) -> list[dict[str, Any]]:
        end_at = asyncio.get_running_loop().time() + timeout_s
        while not self.queue and not self._is_closed:
            left_s = end_at - asyncio.get_running_loop().time()
            if left_s <= 0:
                break
            self._changed.clear()
            await _wait_at_most(self._changed, left_s)
            if self.webhook:
                raise BotRefused(409, "Conflict: terminated by setWebhook request")
            if ticket != self._fetching:
                said = (
                    "terminated by other getUpdates request; make sure that only one bot instance is running"
                )
                raise BotRefused(409, f"Conflict: {said}")
        return self.queue[:limit]

    def _confirm(self, offset: int) -> None:
        """Forget what is before the offset; a negative one keeps so many from the end."""
        if offset < 0:
            self.queue = self.queue[offset:]
        elif offset:
            self.queue = [update for update in self.queue if update["update_id"] >= offset]

    def _keep_allowed(self, given: Parameters) -> None:
        """The list stays as it is when none is given; an empty one is the default."""
        if "allowed_updates" not in given:
            return
        kinds = json.loads(given["allowed_updates"])
        if not isinstance(kinds, list) or set(kinds) - KINDS:
            raise BotRefused(400, "Bad Request: can't parse allowed updates")
        self.allowed = set(kinds) or set(_BY_DEFAULT)

    def _wake(self) -> None:
        self._changed.set()

    # Webhook

    def _set_webhook(self, given: Parameters) -> bool:
        _refuse_unknown(given, _WEBHOOK)
        url = urlsplit(given.get("url", ""))
        if url.scheme != "https" or not url.hostname:
            raise BotRefused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if (url.port or 443) not in {443, 80, 88, 8443}:
            raise BotRefused(
                400, "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"
            )
        if not re.fullmatch("[A-Za-z0-9_-]{0,256}", given.get("secret_token", "")):
            raise BotRefused(400, "Bad Request: secret token contains unallowed characters")
        connections = int(given.get("max_connections", "40"))
        if not 1 <= connections <= 100:
            raise BotRefused(400, "Bad Request: invalid max_connections")
        self._keep_allowed(given)
        if given.get("drop_pending_updates") == "true":
            self.queue = []
        self.secret_token = given.get("secret_token", "")
        self.webhook = {"url": given["url"], "max_connections": connections, "ip_address": "149.154.167.1"}
        self.published.append("setWebhook")
        self._wake()
        return True

    def _delete_webhook(self, given: Parameters) -> bool:
        _refuse_unknown(given, {"drop_pending_updates"})
        if given.get("drop_pending_updates") == "true":
            self.queue = []
        self.webhook = {}
        self.published.append("deleteWebhook")
        return True

    def _get_webhook_info(self, given: Parameters) -> dict[str, Any]:
        _refuse_unknown(given, set())
        info = {"url": "", "has_custom_certificate": False, "pending_update_count": len(self.queue)}
        return {**info, "allowed_updates": sorted(self.allowed), **self.webhook}

    # Texts

    def _set_commands(self, given: Parameters) -> bool:
        _refuse_unknown(given, {"commands", "scope", "language_code"})
        commands = json.loads(given["commands"])
        if len(commands) > 100:
            raise BotRefused(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        for one in commands:
            if not re.fullmatch("[a-z0-9_]{1,32}", one["command"]):
                raise BotRefused(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(one["description"]) <= 256:
                raise BotRefused(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[_read_place(given)] = commands
        self.published.append("setMyCommands")
        return True

    def _get_commands(self, given: Parameters) -> list[dict[str, str]]:
        _refuse_unknown(given, {"scope", "language_code"})
        return self.commands.get(_read_place(given), [])

    def _set_text(self, key: str, at_most: int, given: Parameters) -> bool:
        _refuse_unknown(given, {key, "language_code"})
        if len(given.get(key, "")) > at_most:
            raise BotRefused(400, f"Bad Request: BOT_{key.upper()}_TOO_LONG")
        self.texts[key, _read_language(given)] = given.get(key, "")
        self.published.append(f"set {key}")
        return True

    def _get_text(self, key: str, given: Parameters) -> dict[str, str]:
        _refuse_unknown(given, {"language_code"})
        return {key: self.texts.get((key, _read_language(given)), "")}


async def _wait_at_most(event: asyncio.Event, timeout_s: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), timeout_s)
    except TimeoutError:
        return


def _read_place(given: Parameters) -> tuple[str, str]:
    scope = json.loads(given.get("scope", '{"type": "default"}'))
    if scope.get("type") not in _SCOPES:
        raise BotRefused(400, "Bad Request: can't parse BotCommandScope")
    return str(scope["type"]) + str(scope.get("chat_id", "")), _read_language(given)


def _read_language(given: Parameters) -> str:
    language = given.get("language_code", "")
    if not re.fullmatch("([a-z]{2})?", language):
        raise BotRefused(400, "Bad Request: invalid language code specified")
    return language


def _refuse_unknown(given: Parameters, known: set[str]) -> None:
    unknown = given.keys() - known
    if unknown:
        raise BotRefused(400, f"Bad Request: unknown parameters {sorted(unknown)}")
