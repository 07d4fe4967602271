"""
Reading Telegram updates: what one person did in a private chat.

Groups, channels, edits and service messages are silence. File ids, captions, names and places are
left behind here.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from bot.channels.taps import decode_tap
from bot.channels.wire import find_id, find_text, find_whole, get_object, parse_json, read_moment
from bot.core.inputs import Input, Left, MediaKind, SentMedia, Started, Typed
from bot.ports import Address, Inbound

CHANNEL: Final = "telegram"
#: Source: Telegram Bot API, setWebhook, `secret_token`.
SECRET_HEADER: Final = "x-telegram-bot-api-secret-token"  # noqa: S105  # the header's name
_START: Final = "/start"
#: In this order: an animation also carries a document, a venue also a location.
_MEDIA: dict[str, MediaKind] = {
    "photo": "image",
    "live_photo": "image",
    "animation": "video",
    "video": "video",
    "video_note": "video",
    "voice": "audio",
    "audio": "audio",
    "document": "file",
    "sticker": "sticker",
    "location": "location",
    "contact": "other",
    "poll": "other",
    "dice": "other",
    "game": "other",
    "story": "other",
    "paid_media": "other",
    "checklist": "other",
}


def verify(given: str | None, secret: str) -> bool:
    """Compare the secret header in constant time. Never raises; without a secret nothing passes."""
    if not given or not secret:
        return False
    return hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())


def decode(raw: bytes, now: datetime) -> list[Inbound]:
    """
    Read one update. Never raises: what is malformed, unknown or not private is an empty list.

    Telegram puts at most one kind into an update; should there be several, each is an event of its
    own. Source: Telegram Bot API, Update.
    """
    update = parse_json(raw)
    number = find_whole(update, "update_id") if isinstance(update, dict) else None
    if not isinstance(update, dict) or number is None:
        return []
    found = (
        _read_message(get_object(update, "message"), f"{number}:message", now),
        _read_callback(get_object(update, "callback_query"), f"{number}:callback"),
        _read_membership(get_object(update, "my_chat_member"), f"{number}:member", now),
    )
    return [inbound for inbound in found if inbound is not None]


def _read_message(message: dict[str, object], delivery_id: str, now: datetime) -> Inbound | None:
    what = _read_input(message)
    if what is None:
        return None
    return _read_private(message, delivery_id, what, sent_at=_read_date(message, now))


def _read_input(message: Mapping[str, object]) -> Input | None:
    text = find_text(message, "text")
    if text is None:
        kind = next((kind for key, kind in _MEDIA.items() if key in message), None)
        return SentMedia(kind) if kind else None
    words = text.split(maxsplit=1)
    is_start = bool(words) and words[0].split("@")[0] == _START
    return Started() if is_start else Typed(text)


def _read_callback(callback: dict[str, object], delivery_id: str) -> Inbound | None:
    """The tap has no time of its own, and the message it sits under may be days old."""
    callback_id = find_id(callback, "id")
    if callback_id is None:
        return None
    # Data that no button of ours carries may be forged or of an older edition: ask again.
    what = decode_tap(callback.get("data")) or Started()
    tapped = {"chat": get_object(callback, "message").get("chat"), "from": callback.get("from")}
    return _read_private(tapped, delivery_id, what, sent_at=None, token=callback_id)


def _read_membership(change: dict[str, object], delivery_id: str, now: datetime) -> Inbound | None:
    """In a private chat this only says that they blocked or unblocked the bot."""
    if get_object(change, "new_chat_member").get("status") != "kicked":
        return None
    return _read_private(change, delivery_id, Left(), sent_at=_read_date(change, now))


def _read_date(message: Mapping[str, object], now: datetime) -> datetime | None:
    return read_moment(find_whole(message, "date"), now=now)


def _read_private(
    message: Mapping[str, object], delivery_id: str, what: Input, *, sent_at: datetime | None, token: str = ""
) -> Inbound | None:
    chat, sender = get_object(message, "chat"), get_object(message, "from")
    chat_id, user_id = find_whole(chat, "id"), find_whole(sender, "id")
    if chat.get("type") != "private" or chat_id is None or user_id is None:
        return None
    return Inbound(
        channel=CHANNEL,
        user_id=str(user_id),
        delivery_id=delivery_id,
        what=what,
        sent_at=sent_at,
        locale=find_id(sender, "language_code", max_chars=35) or "",
        reply_to=None if isinstance(what, Left) else Address(to=str(chat_id), token=token),
    )
