"""
Reading LINE webhooks: is it from LINE, and what did people do.

Our own decoding, event by event, because the SDK's parser drops the reply token of any event that
LINE has extended and loses a whole body over one malformed neighbour. Ids of messages, file names,
addresses of content and coordinates are left behind here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Final

from bot.channels.taps import decode_tap
from bot.channels.wire import find_id, find_text, find_whole, get_object, parse_json, read_moment
from bot.core.inputs import Input, Left, MediaKind, SentMedia, Started, Typed
from bot.ports import Address, Inbound

CHANNEL: Final = "line"
SIGNATURE_HEADER: Final = "x-line-signature"
#: LINE gives about a minute and reserves the right to change it; we stop earlier.
#: Source: LINE Messaging API reference, Reply token.
TOKEN_LIFE = timedelta(seconds=50)
#: More is no body of LINE's; the rest is left out.
MAX_EVENTS = 100
#: The console's old verification sends these; answering them is refused.
#: Source: line-bot-sdk-python, discussions of the verify button.
_DUMMY_TOKENS = frozenset({"0" * 32, "f" * 32})
_MEDIA: dict[str, MediaKind] = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "file": "file",
    "location": "location",
    "sticker": "sticker",
}


def verify(raw: bytes, signature: str | None, secret: str) -> bool:
    """
    Tell whether LINE signed exactly these bytes. Never raises, in constant time.

    Source: LINE Messaging API reference, Signature validation.
    """
    if not signature or not secret:
        return False
    expected = base64.b64encode(hmac.digest(secret.encode(), raw, hashlib.sha256))
    return hmac.compare_digest(expected, signature.encode("utf-8", "replace"))


def decode(raw: bytes, now: datetime) -> list[Inbound]:
    """
    Read what people did in private chats: at most 100 events, in the order they happened.

    Never raises: a body that is no JSON is an empty list, an event that is malformed, unknown, of a
    group or handled by another module (`standby`) is left out.
    """
    body = parse_json(raw)
    events = body.get("events") if isinstance(body, dict) else None
    if not isinstance(events, list):
        return []
    found = (_read_event(event, now) for event in events[:MAX_EVENTS] if isinstance(event, dict))
    return sorted(
        (inbound for inbound in found if inbound is not None), key=lambda inbound: inbound.sent_at or now
    )


def _read_event(event: dict[str, object], now: datetime) -> Inbound | None:
    source = get_object(event, "source")
    user_id = find_id(source, "userId")
    if source.get("type") != "user" or user_id is None or event.get("mode") == "standby":
        return None
    what = _read_input(event)
    if what is None:
        return None
    sent_at = read_moment(_unix_s(event), now=now)
    return Inbound(
        channel=CHANNEL,
        user_id=user_id,
        delivery_id=find_id(event, "webhookEventId") or _derive_id(event),
        what=what,
        sent_at=sent_at,
        reply_to=None if isinstance(what, Left) else _read_address(event, user_id, min(now, sent_at or now)),
    )


def _unix_s(event: dict[str, object]) -> float | None:
    milliseconds = find_whole(event, "timestamp")
    return None if milliseconds is None else milliseconds / 1000


def _read_input(event: dict[str, object]) -> Input | None:
    match event.get("type"):
        case "message":
            return _read_message(get_object(event, "message"))
        case "postback":
            # A button of an older edition or of somebody else's menu: ask the question again.
            return decode_tap(get_object(event, "postback").get("data")) or Started()
        case "follow":
            return Started()
        case "unfollow":
            return Left()
    return None


def _read_message(message: dict[str, object]) -> Input | None:
    kind = message.get("type")
    if not isinstance(kind, str):
        return None
    if kind == "text":
        text = find_text(message, "text")
        return None if text is None else Typed(text)
    return SentMedia(_MEDIA.get(kind, "other"))


def _read_address(event: dict[str, object], user_id: str, since: datetime) -> Address | None:
    """A redelivered event counts from its first sending, so that its token is not used twice."""
    token = find_id(event, "replyToken")
    if token is None or token in _DUMMY_TOKENS:
        return None
    return Address(to=user_id, token=token, until=since + TOKEN_LIFE)


def _derive_id(event: dict[str, object]) -> str:
    """Name an event of an older shape by what stays the same when LINE sends it again."""
    same = {
        "type": find_text(event, "type"),
        "timestamp": find_whole(event, "timestamp"),
        "userId": find_text(get_object(event, "source"), "userId"),
        "replyToken": find_text(event, "replyToken"),
        "messageId": find_text(get_object(event, "message"), "id"),
        "postback": find_text(get_object(event, "postback"), "data"),
    }
    canonical = json.dumps(same, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
